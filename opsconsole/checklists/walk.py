"""A run as it stands: the items of its template with the answers that count; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from opsconsole.checklists.model import Answer, Event, EventKind, Given, Proposal, Record, Run, Verdict
from opsconsole.checklists.template import Template

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsconsole.checklists.template import Item

_VERDICTS: Final = {verdict.value: verdict for verdict in Verdict}
_ANSWERED: Final = "answered"
_YES: Final = {"yes": True, "true": True, "no": False, "false": False}


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
    ticket: int = 0
    """The newest ticket that was raised or joined because of it in this run, by an answer or after it; 0: none."""

    @property
    def verdict(self) -> Verdict:
        """How it was answered."""
        return self.answer.verdict if self.answer is not None else Verdict.OPEN

    @property
    def base(self) -> int:
        """The number of the last answer to it that was seen, for `ChecklistService.answer`; 0: none was."""
        last = max((one.id for one in self.earlier), default=0)
        return max(last, self.answer.id if self.answer is not None else 0)

    def saw(self, answer: Answer) -> str:
        """What the machine saw, where an answer to it takes the machine's word; foreign text, empty where it does not.

        So it is told as it was read: a figure of seconds stands there in seconds, and a check with its own words.
        """
        one = self.proposal
        took = one is not None and (answer.proposed or not answer.actor) and one.value == answer.value
        return one.text if one is not None and took else ""


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
    gone: tuple[Answer, ...] = ()
    """Answers to items that the template had before a new version of it was adopted."""

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
    by_item: dict[str, list[Answer]] = {}
    for answer in answers:
        by_item.setdefault(answer.item, []).append(answer)
    newest = {proposal.item: proposal for proposal in sorted(proposals, key=lambda one: one.at)}
    about = _events_of(events)
    shown: dict[str, Answer | None] = {}
    steps = []
    for section, part in enumerate(template.sections):
        for item in part.items:
            given = by_item.pop(item.id, [])
            last = given[-1] if given and given[-1].verdict.answered else None
            asked = _is_asked(item, shown)
            if asked:
                shown[item.id] = last
            told = about.get(item.id, ())
            steps.append(Step(item, section, asked, last, tuple(given[:-1] if last is not None else given),
                              newest.get(item.id), _waiver(told, given), _ticket(told, given)))
    gone = sorted((one for rest in by_item.values() for one in rest), key=lambda one: one.id)
    return Walk(run, template, tuple(steps), tuple(events), tuple(left), newer, dict(states or {}), tuple(gone))


def _events_of(events: Sequence[Event]) -> dict[str, list[Event]]:
    """The waivers and tickets of single items."""
    about: dict[str, list[Event]] = {}
    for event in events:
        if event.kind in (EventKind.WAIVED, EventKind.TICKET) and (item := event.data.get("item")):
            about.setdefault(str(item), []).append(event)
    return about


def _waiver(events: Sequence[Event], answers: Sequence[Answer]) -> Event | None:
    """What was waived was the item as it was then: another version of the template reopens it with its waiver."""
    anew = max((one.at for one in answers if one.given is Given.ADOPTED and one.verdict is Verdict.OPEN), default=None)
    return next((one for one in reversed(events)
                 if one.kind is EventKind.WAIVED and (anew is None or one.at > anew)), None)


def _ticket(events: Sequence[Event], answers: Sequence[Answer]) -> int:
    raised = [(one.at, one.ticket) for one in answers if one.ticket]
    raised += [(one.at, number) for one in events if one.kind is EventKind.TICKET
               and isinstance(number := one.data.get("ticket"), int) and number]
    return max(raised, default=(0, 0))[1]


def _is_asked(item: Item, shown: Mapping[str, Answer | None]) -> bool:
    """Whether an item's condition is met.

    Args:
        item: of the template.
        shown: the items before it that are asked, with the answers that count.
    """
    if not item.when:
        return True
    if (depends := item.depends) is None:
        return False
    name, operator, want = depends
    if name not in shown:
        return False
    same = _is_so(shown[name], want)
    return same is not None and same is (operator == "==")


def _is_so(answer: Answer | None, want: str) -> bool | None:
    """Whether an answer is what a condition names; None: nothing was answered or entered that could be compared.

    So an item that is asked when another one is not good does not stand there before somebody looked at that one.
    """
    word = want.lower()
    if answer is None:
        return word == Verdict.OPEN if word in (Verdict.OPEN, _ANSWERED) else None
    if word == _ANSWERED:
        return True
    if word in _VERDICTS:
        return answer.verdict is _VERDICTS[word]
    value = answer.value
    if isinstance(value, bool):
        return value is _YES.get(word)
    if isinstance(value, int | float):
        return value == _number(word, answer.unit)
    return value.lower() == word if isinstance(value, str) else None


def _number(text: str, unit: str) -> float | None:
    try:
        return float(text.removesuffix(unit.lower()))
    except ValueError:
        return None


def counts(walk: Walk) -> tuple[int, int, int]:
    """How many items are asked, how many of them are answered, and how many of these failed.

    One that somebody found not to apply counts neither as asked nor as answered.
    """
    asked = [step.verdict for step in walk.steps if step.shown and step.verdict is not Verdict.NOT_APPLICABLE]
    return len(asked), sum(one.answered for one in asked), asked.count(Verdict.FAILED)


def missing(walk: Walk) -> tuple[str, ...]:
    """The ids of what keeps it from being signed, in order.

    Required items without an answer, and failed required ones that have neither a ticket nor a waiver.
    """
    return tuple(step.item.id for step in walk.steps
                 if step.shown and step.item.required and step.waived is None
                 and (step.answer is None or (step.verdict is Verdict.FAILED and not step.ticket)))


def next_open(walk: Walk, after: str = "") -> str:
    """The id of the first item to be answered, after the given one and then from the top; empty: there is none."""
    ids = [step.item.id for step in walk.steps]
    start = ids.index(after) + 1 if after in ids else 0
    return next((step.item.id for step in (*walk.steps[start:], *walk.steps[:start])
                 if step.shown and step.answer is None and step.waived is None), "")


def handed_over(walk: Walk) -> bool:
    """Whether there is nothing to acknowledge from the runs before, or somebody has."""
    return not walk.left or any(event.kind is EventKind.HANDED_OVER for event in walk.events)
