"""Configurations broken by a generator, and by chance: each mistake is told at its place, and nothing else happens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.config import ConfigMistakes, Mistake, decode
from opsconsole.core.schema import show
from opsconsole.settings import Settings, cross_check

if TYPE_CHECKING:
    from collections.abc import Iterator

VALID = """\
# yaml-language-server: $schema=opsconsole.schema.json
data: /srv/opsconsole
log:
  level: info
  file: ~/opsconsole.log
  size: 2MB
  keep: 3
console:
  theme: high-contrast
  refresh: 1m30s
  ascii: no
  mouse: yes
  keys:
    health.processes: [p, f5]
    list.down: ctrl+n
roles:
  admin:
    users: [ana, ben]
    groups: ["domain admins"]
  viewer: &everyone {users: [], groups: [staff]}
  operator: *everyone
health:
  cpu:
    warning: 70%
    critical: 90
    warning_for: 2m
    margin: 5%
  load: {warning: 1.5, critical: 4}
  swap: {warning: 1MB, critical: 100MiB}
  mounts:
    /var: {warning: 85%, critical: 95%}
    '/srv/*': {inodes_warning: 70%}
  ignore_interfaces:
    - lo
    - veth*
  forecast: 14d
"""
LINES = VALID.splitlines()


class Broken(NamedTuple):
    """A configuration with one thing wrong, where that is (line; None: not exactly known) and a word that is said."""

    name: str
    text: str
    line: int | None
    word: str = ""


def replaced(number: int, line: str) -> str:
    return "\n".join([*LINES[: number - 1], line, *LINES[number:]]) + "\n"


def keyed() -> Iterator[tuple[int, re.Match[str]]]:
    """Every line that is a key, with its indentation, name and the rest."""
    for number, line in enumerate(LINES, 1):
        if found := re.fullmatch(r"( *)([^\s#-][^:]*):(.*)", line):
            yield number, found


def misspelled() -> Iterator[Broken]:
    for number, found in keyed():
        name = found[2]
        if "/" in name:
            continue
        for what, wrong in (("double", name[0] + name), ("foreign", "ключ"), ("upper", name.upper()),
                            ("cut", name[:-2])):
            yield Broken(f"{what} {number}", replaced(number, f"{found[1]}{wrong}:{found[3]}"), number, wrong)


WRONG = ["[[]]", "{nobody: {}}", "&x [*x]", "!!python/object:os.x y", "*nobody", '"\\0"', "${NOT_SET_ANYWHERE}", "${",
         "'open", "@x", "{a: 1, a: 2}", "a: b: c", "[1, 2"]


def wrong_values() -> Iterator[Broken]:
    """Values that are wrong for every key of this configuration, in place of the right one."""
    for number, found in keyed():
        if not found[3].strip():
            continue
        for wrong in WRONG:
            exact = wrong not in ("'open", "[1, 2")
            yield Broken(f"value {wrong} {number}", replaced(number, f"{found[1]}{found[2]}: {wrong}"),
                         number if exact else None)


def wrong_types() -> Iterator[Broken]:
    """Values that are wrong for this one key."""
    table = {
        "level": ["debg", "5", "~", "on"], "keep": ["-1", "101", "3.5", "010", "three", "12:30", "1e2", "''"],
        "size": ["10M", "1", "2TB", "-5MB", "1.5B", "80%"], "file": ["relative/path", "''"], "data": ["var", "''"],
        "refresh": ["30", "1ms", "2h", "1h1h", "30m1h", "12:30", "-2s", "fast"], "ascii": ["maybe", "1", "''"],
        "mouse": ["~", "2", "nein", "null"], "theme": ["''", "../etc/passwd", "a/b", "' x'"],
        "forecast": ["14", "2 weeks", "~"],
        "list.down": ["nokey+x", "", "ctrl+", "up", "k", "'a b'"],
        "health.processes": ["e", "w", "[p, enter]", "[p, ~~~]"],
        "load": ["{warning: 5, critical: 4}", "{warning: '1,5'}", "{margin: -1}", "{critical: .inf}", "5"],
        "swap": ["{warning: 1GB, critical: 1MB}", "{warning: 80%}"], "warning": ["95%", "x", "-1%", "1:20", "1,5%"],
        "critical": ["high"], "warning_for": ["5", "~"], "margin": ["x%", "null"],
        "users": ["ana", "{ana: true}", "['']", "['a:b']"], "groups": ["['a\\nb', \"c\\td\"]", "[[a]]"],
        "/var": ["{warning: 99%, critical: 90%}", "85%", "{inode_warning: 1}"]}
    for number, found in keyed():
        for wrong in table.get(found[2], []):
            yield Broken(f"type {found[2]}={wrong}", replaced(number, f"{found[1]}{found[2]}: {wrong}"), number)


def doubled() -> Iterator[Broken]:
    for number, found in keyed():
        if found[3].strip():
            text = "\n".join([*LINES[:number], LINES[number - 1], *LINES[number:]]) + "\n"
            if "&" not in found[3]:
                yield Broken(f"twice {number}", text, number + 1, "given twice")


def deformed() -> Iterator[Broken]:
    for number, line in enumerate(LINES, 1):
        if number > 1:
            yield Broken(f"tab {number}", replaced(number, f"\t{line}"), None)
            yield Broken(f"escape {number}", replaced(number, f"{line}\x1b[2J"), number, "escape character")
        if re.match(r" +\S", line):
            yield Broken(f"no colon {number}", replaced(number, line.replace(": ", " ", 1).rstrip(":") + " ]"), None)
            yield Broken(f"shifted {number}", replaced(number, f" {line}"), None)
    for name, text in {"list": "- a\n- b\n", "text": "hello\n", "number": "12:30\n", "documents": f"{VALID}---\na: 1\n",
                       "end": f"{VALID}...\nx\n", "directive": f"%YAML 3.0\n---\n{VALID}", "brace": VALID + "}\n",
                       "surrogate": VALID + "x: \ud800\n", "deep": VALID + "x: " + "[" * 5000 + "\n",
                       "wide": VALID + "x: [" + "a," * 50_000 + "]\n", "large": VALID + "#" * (1 << 20)}.items():
        yield Broken(f"whole {name}", text, None)


BROKEN = {broken.name: broken for make in (misspelled, wrong_values, wrong_types, doubled, deformed)
          for broken in make()}
SHIFTED_YET_VALID = {name for name in BROKEN if name.startswith(("shifted", "no colon", "tab"))}


def read(text: str | bytes) -> Settings:
    return decode(text, Settings, source="opsconsole.yaml", env={"HOME": "/home/ana"}, check=cross_check)


def require_told(mistake: Mistake, text: str) -> None:
    """A mistake has a place inside of the text, and a sentence that can be shown anywhere."""
    lines = re.split("\r\n|\n|\r", text)
    assert mistake.source == "opsconsole.yaml"
    assert 1 <= mistake.line <= len(lines)
    assert 1 <= mistake.column <= len(lines[mistake.line - 1]) + 1
    assert mistake.message.isprintable()
    assert 10 < len(mistake.message) < 520
    assert mistake.message.endswith((".", "?", "…"))
    assert mistake.message[0].isupper() or mistake.message[0] == "`"
    assert "Traceback" not in mistake.message
    assert "msgspec" not in mistake.message


def test_the_whole_one_is_valid() -> None:
    settings = read(VALID)
    assert settings.console.keymap() == {"health.processes": ("p", "f5"), "list.down": ("ctrl+n",)}
    assert settings.roles.operator == settings.roles.viewer
    assert str(settings.health.cpu.warning) == "70%"


def test_there_are_enough_of_them() -> None:
    assert len(BROKEN) >= 400


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_configuration_is_told(name: str) -> None:
    broken = BROKEN[name]
    try:
        read(broken.text)
    except ConfigMistakes as error:
        found = error.mistakes
    else:
        assert name in SHIFTED_YET_VALID
        return
    for mistake in found:
        require_told(mistake, broken.text)
    if broken.line is not None:
        assert broken.line in {mistake.line for mistake in found}
    assert any(broken.word in mistake.message for mistake in found)


def test_a_shift_is_rarely_still_valid() -> None:
    valid = 0
    for name in SHIFTED_YET_VALID:
        try:
            read(BROKEN[name].text)
        except ConfigMistakes:
            continue
        valid += 1
    assert valid < len(SHIFTED_YET_VALID) / 5


def settings_or_mistakes(text: str | bytes) -> Any:
    """What reading gives; any other exception is a failure of the test."""
    try:
        return read(text)
    except ConfigMistakes as error:
        shown = text.decode("utf-8", "replace") if isinstance(text, bytes) else text.removeprefix("\ufeff")
        for mistake in error.mistakes:
            require_told(mistake, shown)
        return error


@given(st.text(max_size=400) | st.binary(max_size=400))
def test_anything_is_settings_or_mistakes(text: str | bytes) -> None:
    assert isinstance(settings_or_mistakes(text), (Settings, ConfigMistakes))


SCRAPS = st.sampled_from([
    "", "\n", "\n  ", "\t", " ", ":", ": ", "- ", "[", "]", "{", "}", "'", '"', "#", "&a ", "*a", "<<: ", "!!str ", "!",
    "|", ">", "%", "~", "null", "yes", "0", "010", "12:30", "1_000", "-", "${", "${HOME}", "$$", "\0", "\x1b", "\ufeff",
    "ä", "\u2028", "...", "---", "\r", "console:\n  ", "health: ", "keys: ", "cpu: ", "99%", "1h"])


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """The valid configuration with a few pieces cut out, put in, copied or moved."""
    text = VALID
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 30)))
        piece = draw(SCRAPS | st.text(max_size=5) | st.just(text[start:end]))
        to = draw(st.sampled_from([start, 0, len(text) // 2, len(text)]))
        text = text[:start] + text[end:]
        text = text[:to] + piece + text[to:]
    return text


@given(mutated())
def test_any_mutation_is_settings_or_mistakes(text: str) -> None:
    outcome = settings_or_mistakes(text)
    if isinstance(outcome, Settings):
        assert read(show(outcome)) == outcome


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10)
    | st.sampled_from(["2m", "80%", "10MB", "08:00", "info", "p", "/var", "lo", "dark"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["data", "log", "console", "roles", "health", "cpu", "load", "mounts", "keys", "theme", "refresh", "warning",
         "critical", "admin", "users", "level", "keep", "size", "health.open", "/var", "x"]), inner, max_size=4),
    max_leaves=15)


@given(st.dictionaries(st.sampled_from(["data", "log", "console", "roles", "health"]), VALUES, max_size=5))
def test_any_structure_is_settings_or_mistakes(value: dict[str, Any]) -> None:
    assert isinstance(settings_or_mistakes(yaml.safe_dump(value)), (Settings, ConfigMistakes))
