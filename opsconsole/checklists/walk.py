"""A run as it stands: the items of its template with the answers that count; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from opsconsole.checklists.model import Answer, Event, Proposal, Record, Run, Verdict
from opsconsole.checklists.template import Template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.checklists.template import Item


class Left(Record, frozen=True):
    """What a run before left open: a failed, skipped or unanswered item, for the hand-over."""

    run: int
    slug: str
    title: str
    """Of that run's template."""
    occurrence: str
    item: str
    what: str
    """The title of the item; foreign text."""
    verdict: Verdict
    note: str = ""
    ticket: int = 0
    ticket_state: str = ""
    """Empty: there is none, or nobody knows."""


class Step(NamedTuple):
    """One item of a run."""

    item: Item
    section: int
    """The number of its section, from 0."""
    shown: bool
    """Whether it is asked at all; see `ItemBase.when`."""
    answer: Answer | None = None
    """The one that counts; None: none was given, or it was taken back."""
    earlier: tuple[Answer, ...] = ()
    """Those before it, and those that were taken back, oldest first."""
    proposal: Proposal | None = None
    waived: Event | None = None
    """By whom and why it need not hold."""

    @property
    def verdict(self) -> Verdict:
        """How it was answered."""
        return self.answer.verdict if self.answer is not None else Verdict.OPEN

    @property
    def base(self) -> int:
        """The number of the last answer to it that was seen, for `ChecklistService.answer`; 0: none was."""
        last = max((one.id for one in self.earlier), default=0)
        return max(last, self.answer.id if self.answer is not None else 0)


class Walk(msgspec.Struct, frozen=True):
    """A run with all that belongs to it."""

    run: Run
    template: Template
    steps: tuple[Step, ...]
    """All items in their order, those that are not asked too."""
    events: tuple[Event, ...] = ()
    left: tuple[Left, ...] = ()
    """What the runs before it left open."""
    newer: bool = False
    """Whether the template has changed since, and can be adopted."""
    states: dict[int, str] = {}
    """The states of the tickets that answers name."""

    def step(self, item: str) -> Step | None:
        """One item; None: there is none of that id."""
        return next((one for one in self.steps if one.item.id == item), None)


def make_walk(run: Run, template: Template, answers: Sequence[Answer], proposals: Sequence[Proposal] = (),
              events: Sequence[Event] = (), left: Sequence[Left] = (), *, newer: bool = False,
              states: dict[int, str] | None = None) -> Walk:
    """Puts a run together from what was stored of it.

    Args:
        run: its row.
        template: as pinned.
        answers: all, in the order of their numbers.
        proposals: the newest of each item.
        events: all, in the order of their numbers.
        left: what the runs before it left open.
        newer: whether the template has changed since.
        states: the states of the tickets that answers name.
    """
    raise NotImplementedError


def counts(walk: Walk) -> tuple[int, int, int]:
    """How many items are asked, how many of them are answered, and how many of these failed."""
    raise NotImplementedError


def missing(walk: Walk) -> tuple[str, ...]:
    """The ids of what keeps it from being signed, in order.

    Required items without an answer, and failed required ones that have neither a ticket nor a waiver.
    """
    raise NotImplementedError


def next_open(walk: Walk, after: str = "") -> str:
    """The id of the first item to be answered, after the given one and then from the top; empty: there is none."""
    raise NotImplementedError


def handed_over(walk: Walk) -> bool:
    """Whether there is nothing to acknowledge from the runs before, or somebody has."""
    raise NotImplementedError
