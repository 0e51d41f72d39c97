"""What is named in prose exists: settings, ids of actions, keys, commands, and the headings that links lead to."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import click
import pytest
from msgspec import inspect

from opsconsole.commandline import COMMANDS
from opsconsole.console.keys import key_label, key_name
from opsconsole.core.typewords import bare, type_of
from opsconsole.settings import Settings, all_actions
from tests.docs.pages import DOCS, GENERATED, PAGES, ROOT, page_name, prose
from tests.docs.test_examples import understood

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opsconsole.core.actions import Action

WRITTEN = [page for page in PAGES if page_name(page) not in GENERATED]
CODE = re.compile(r"`([^`\n]+)`")
TOP = frozenset(Settings.__struct_encode_fields__)
SERIES = re.compile(r"(cpu|memory|load|pressure|mount:|disk:|net:|check:|metric:)")
SPECIAL = frozenset({"y", "esc", "tab", "enter", "space", "n"})
"""Keys of dialogs and of the terminal itself, which are no action's."""
NO_KEYS = frozenset({"*", "#", "$", "~", "-", "+", "<", ">", "=", "@", "|", "…", "_", ".", "0", "D", "R", "/", "%"})
"""Single signs that stand for themselves."""
SHOWN = frozenset({"agent silent", "agent silent 40 s"})
"""What the console shows, and is no command."""


def codes(page: Path) -> Iterator[str]:
    """What stands as code in the text of a page."""
    for match in CODE.finditer(prose(page)):
        yield match[1]


def is_setting(path: str) -> bool:
    """Whether the configuration has this key; names of one's own may be anything."""
    kinds = [type_of(Settings)]
    for part in path.split("."):
        kinds = [below for kind in kinds for below in below_of(kind, part)]
    return bool(kinds)


def below_of(kind: inspect.Type, part: str) -> list[inspect.Type]:
    """What a key leads to; several where a value may be one of several kinds."""
    kind = bare(kind)
    if isinstance(kind, inspect.UnionType):
        return [found for each in kind.types for found in below_of(each, part)]
    if isinstance(kind, inspect.StructType):
        return [field.type for field in kind.fields if field.encode_name == part]
    if isinstance(kind, inspect.DictType):
        return [kind.value_type]
    if isinstance(kind, inspect.ListType | inspect.VarTupleType):
        return below_of(kind.item_type, part)
    return []


@pytest.mark.parametrize("page", WRITTEN, ids=page_name)
def test_settings_and_actions_exist(page: Path) -> None:
    actions = {action.id for action in all_actions()}
    dotted = [code for code in codes(page) if re.fullmatch(r"[a-z_]+(\.[a-zA-Z_-]+)+", code)
              and code.partition(".")[0] in TOP and not re.search(r"\.(py|db|log|yaml|json|md|prom)$", code)
              and not (ROOT / "opsconsole" / code.replace(".", "/")).with_suffix(".py").exists()]
    assert [code for code in dotted if not is_setting(code) and code not in actions and not SERIES.match(code)] == []


@pytest.mark.parametrize(("path", "there"), [
    ("tickets.mail.hold", True), ("tickets.mail.held", False), ("checks.shop.every", True), ("notify.routes", True),
    ("notify.routes.tell", True), ("checks.shop.evry", False), ("health.space.warning", True)])
def test_settings_are_found(path: str, there: bool) -> None:
    assert is_setting(path) == there


def keys_of(actions: tuple[Action, ...]) -> set[str]:
    """The labels of all keys of some actions."""
    return {key_label(key) for action in actions for key in action.keys}


def keys_in(page: Path) -> Iterator[str]:
    """What looks like a key: a single sign that is no word, or one with a modifier or a name."""
    for code in codes(page):
        if re.fullmatch(r"\S|(ctrl|alt|shift)\+\S+|f\d|esc|enter|space|tab|pgdn|pgup", code):
            yield code


@pytest.mark.parametrize("page", WRITTEN, ids=page_name)
def test_keys_exist(page: Path) -> None:
    known = keys_of(all_actions()) | SPECIAL
    assert [key for key in keys_in(page) if key_label(key_name(key)) not in known and key not in NO_KEYS] == []


@pytest.mark.parametrize("page", WRITTEN, ids=page_name)
def test_commands_in_prose_exist(page: Path) -> None:
    """`opsconsole alert show NUMBER`, and `alert show` where it is plain whose it is; values may be left out."""
    wrong = []
    for code in codes(page):
        words = shlex.split(code.removeprefix("opsconsole "))
        if not code.startswith("opsconsole ") and not (len(words) > 1 and words[0] in COMMANDS and is_plain(words)):
            continue
        if code in SHOWN:
            continue
        given = [re.sub(r"^[A-Z]{2,}$", "1", word) for word in words if word != "…" and "|" not in word]
        try:
            understood(given)
        except (click.MissingParameter, click.BadOptionUsage):
            continue
        except click.ClickException as error:
            wrong.append(f"{code}: {error.message}")
    assert wrong == []


def is_plain(words: list[str]) -> bool:
    """Whether some words could be a command, and no part of a configuration or of a sentence."""
    return all(re.fullmatch(r"[a-zA-Z0-9-]+", word) for word in words)


def anchors(page: Path) -> set[str]:
    """What links to a page may name: its headings as web pages of Markdown spell them."""
    text = page.read_text(encoding="utf-8")
    heads = re.findall(r"(?m)^#+ (.*)$", re.sub(r"(?ms)^ *```.*?^ *```", "", text))
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_links_lead_somewhere(page: Path) -> None:
    wrong = []
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name) if name else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            wrong.append(target)
    assert wrong == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    found, waiting = set[str](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        for name in re.findall(r"\]\(([^)#\s]+\.md)", page.read_text(encoding="utf-8")):
            target = (page.parent / name).resolve()
            if str(target) not in found:
                found.add(str(target))
                waiting.append(target)
    assert {page.name for page in DOCS.glob("*.md") if str(page) not in found} == set()
