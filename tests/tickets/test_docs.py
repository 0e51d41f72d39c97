"""The guide to tickets says what the program knows."""

from __future__ import annotations

import re

from opsconsole.tickets.commands import ticket
from opsconsole.tickets.filters.keys import HAS, IS, KEYS
from opsconsole.tickets.settings import BUILT_IN, STATISTICS
from tests.reference import DOCS

TEXT = (DOCS / "tickets.md").read_text(encoding="utf-8")


def test_every_key_of_filters_is_there() -> None:
    rows = re.findall(r"(?m)^\| `([a-z]+):` \| (.*) \| `(.*)` \|$", TEXT)
    assert rows == [(name, key.help.replace("|", "\\|"), key.example) for name, key in KEYS.items()]


def test_every_word_of_is_and_has_is_there() -> None:
    assert [word for word in (*IS, *HAS) if not re.search(rf"\b{word}\b", TEXT)] == []


def test_the_lifecycles_are_there() -> None:
    for name, lifecycle in BUILT_IN.items():
        line = next(line for line in TEXT.splitlines() if line.startswith(f"{name}:"))
        named = {word.strip() for word in re.split(r"->|[;,]", line.removeprefix(f"{name}:"))}
        assert named == set(lifecycle.states), name


def test_most_commands_are_used() -> None:
    used = set(re.findall(r"opsconsole ticket ([a-z]+)", TEXT + (DOCS / "mail.md").read_text(encoding="utf-8")))
    unused = set(ticket.list_commands(None)) - used  # type: ignore[arg-type]
    assert unused <= {"link", "merge", "unmerge", "split"}


def test_goals_are_figures_that_there_are() -> None:
    part = TEXT.partition("  goals:\n")[2].partition("```")[0]
    assert set(re.findall(r"(?m)^    ([a-z_0-9]+):", part)) <= set(STATISTICS)
