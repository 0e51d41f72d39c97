"""Templates, runs and answers for tests of what decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsconsole.checklists.model import Answer, Category, Event, EventKind, Given, Run, Verdict
from opsconsole.checklists.template import Section, Template, TickItem
from opsconsole.checklists.walk import make_walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.checklists.template import Item
    from opsconsole.checklists.walk import Walk

START = 1_800_000_000_000
SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE


def tick(item: str, **fields: Any) -> TickItem:
    return TickItem(id=item, title=fields.pop("title", item.title()), **fields)


def template(*items: Item, **fields: Any) -> Template:
    """A template of one section."""
    return Template(title="Morning check", slug="morning", sections=(Section(title="All", items=items),), **fields)


def run(number: int = 1, **fields: Any) -> Run:
    usual: dict[str, Any] = {
        "slug": "morning", "title": "Morning check", "category": Category.DAILY, "occurrence": f"#{number}",
        "template": "0" * 64, "opens": START, "due": START + HOUR, "late": START + 2 * HOUR,
        "missed": START + 8 * HOUR, "begun": START}
    return Run(number, **{**usual, **fields})


class Answers:
    """Answers to one run, each with the next number, half a minute after the one before."""

    def __init__(self, number: int = 1, gap: int = 30 * SECOND) -> None:
        self.run = number
        self.gap = gap
        self.at = START
        self.all: list[Answer] = []

    def give(self, item: str, verdict: Verdict = Verdict.OK, value: Any = None, **fields: Any) -> Answer:
        self.at = fields.pop("at", self.at + self.gap)
        usual = {"actor": "ana", "origin": "local", "given": Given.CONSOLE}
        number = 100 * self.run + len(self.all) + 1
        answer = Answer(number, self.run, item, self.at, verdict=verdict, value=value, **{**usual, **fields})
        self.all.append(answer)
        return answer

    def walk(self, of: Template, events: Sequence[Event] = (), **fields: Any) -> Walk:
        return make_walk(fields.pop("row", run(self.run)), of, self.all, events=events, **fields)


def event(kind: EventKind, number: int = 1, *, at: int = START + HOUR, **fields: Any) -> Event:
    return Event(number, 1, at, kind, **{"actor": "ana", **fields})
