"""What an entry says, field by field, for whoever reads it outside; every format is made of this table. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core import format as fmt
from opsconsole.core.clock import Instant, local
from opsconsole.logbook.model import EntryState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import tzinfo

    from opsconsole.core.periods import Period
    from opsconsole.logbook.model import Action, Amendment, Attachment, Entry, Point


class Whole(NamedTuple):
    """An entry as it reads today, and all that belongs to it."""

    entry: Entry
    """With its amendments merged into it."""
    amendments: Sequence[Amendment] = ()
    files: Sequence[Attachment] = ()


class Sheet(NamedTuple):
    """An export: which entries, of which time, for whom."""

    wholes: Sequence[Whole]
    period: Period
    made: Instant
    zone: tzinfo | None = None
    """That of whoever reads it; None: the machine's."""
    host: str = ""

    @property
    def title(self) -> str:
        """What the document is called."""
        first, last = local(self.period.begin, self.zone).date(), local(self.period.end - 1, self.zone).date()
        days = f"{first}" if first == last else f"{first} to {last}"
        return f"Maintenance log{f' of {self.host}' if self.host else ''}, {days}"


Value = str | tuple[str, ...]
"""What a field says; several lines are those of a list."""


class Field(NamedTuple):
    """One field of an entry."""

    name: str
    """In CSV and JSON."""
    label: str
    """For people."""
    of: Callable[[Whole, tzinfo | None], Value]
    free: bool = False
    """Whether it is text of many lines."""


def values(whole: Whole, zone: tzinfo | None) -> list[tuple[Field, Value]]:
    """All fields of an entry, in their order; what says nothing is empty."""
    return [(field, field.of(whole, zone)) for field in FIELDS]


def heading(entry: Entry) -> str:
    """What an entry is called; foreign text."""
    return f"{entry.id} {entry.title}"


def standing(entry: Entry, amendments: Sequence[Amendment]) -> str:
    """How far an entry is: `signed`, `signed, amended once`."""
    word = {EntryState.OPEN: "not signed", EntryState.WAITING: "waits for a second signature",
            EntryState.SIGNED: "signed", EntryState.DROPPED: "dropped"}[entry.state]
    count = len(amendments)
    return word + (f", amended {'once' if count == 1 else f'{count} times'}" if count else "")


def correction(one: Amendment, zone: tzinfo | None) -> str:
    """One amendment in a line: when, who, what, why."""
    fields = ", ".join(one.changes)
    return f"{fmt.stamp(one.at, zone)}, {one.actor}, {fields}: {one.reason}"


def _day(whole: Whole, zone: tzinfo | None) -> str:
    return f"{local(whole.entry.begun, zone):%Y-%m-%d}"


def _at(at: Instant | None, zone: tzinfo | None) -> str:
    return "" if at is None else fmt.stamp(at, zone)


def _hours(whole: Whole, _: tzinfo | None) -> str:
    return f"{whole.entry.seconds / 3600:.2f}" if whole.entry.seconds else ""


def _points(points: Iterable[Point]) -> tuple[str, ...]:
    return tuple(" ".join((one.text, *_came_from(one))) for one in points)


def _came_from(one: Point) -> tuple[str, ...]:
    """In brackets what a point is about, where it names it."""
    named = [f"ticket {one.ticket}"] if one.ticket else []
    named += [{"run": "checklist run"}.get(kind, kind) + f" {number}"
              for kind, _, number in (one.link.partition(":"),) if number]
    return (f"({', '.join(named)})",) if named else ()


def _action(one: Action, zone: tzinfo | None) -> str:
    about = ", ".join(part for part in (one.person, f"due {one.due}" if one.due else "",
                                        f"done {fmt.stamp(one.done, zone)}" if one.done is not None else "",
                                        f"by {one.done_by}" if one.done is not None and one.done_by else "") if part)
    return f"{one.text} ({about})" if about else one.text


def _signatures(whole: Whole, zone: tzinfo | None) -> tuple[str, ...]:
    return tuple(f"{one.actor}, {fmt.stamp(one.at, zone)}{f', from {one.origin}' if one.origin else ''}"
                 for one in whole.entry.signatures)


def _files(whole: Whole, _: tzinfo | None) -> tuple[str, ...]:
    return tuple(f"{one.name} ({fmt.size(one.size)}, SHA-256 {one.sha256})" for one in whole.files)


FIELDS: Final = (
    Field("number", "Number", lambda whole, _: str(whole.entry.id)),
    Field("date", "Date", _day),
    Field("type", "Type", lambda whole, _: whole.entry.type.value),
    Field("title", "Title", lambda whole, _: whole.entry.title),
    Field("begun", "Begun", lambda whole, zone: _at(whole.entry.begun, zone)),
    Field("ended", "Ended", lambda whole, zone: _at(whole.entry.ended, zone)),
    Field("status", "Status", lambda whole, _: whole.entry.status.value),
    Field("performed_by", "Performed by", lambda whole, _: ", ".join(whole.entry.performed_by)),
    Field("tasks", "Tasks completed", lambda whole, _: _points(whole.entry.tasks)),
    Field("found", "Issues found", lambda whole, _: _points(whole.entry.found)),
    Field("resolved", "Issues resolved", lambda whole, _: _points(whole.entry.resolved)),
    Field("escalated", "Issues escalated", lambda whole, _: _points(whole.entry.escalated)),
    Field("next_actions", "Next actions", lambda whole, zone: tuple(_action(one, zone) for one in whole.entry.actions)),
    Field("notes", "Notes", lambda whole, _: whole.entry.notes, free=True),
    Field("time_spent", "Time spent (h)", _hours),
    Field("checks", "Affected checks", lambda whole, _: ", ".join(whole.entry.checks)),
    Field("tags", "Tags", lambda whole, _: ", ".join(whole.entry.tags)),
    Field("run", "Checklist run", lambda whole, _: str(whole.entry.run or "")),
    Field("window", "Maintenance window", lambda whole, _: str(whole.entry.window or "")),
    Field("files", "Files", _files),
    Field("state", "State", lambda whole, _: standing(whole.entry, whole.amendments)),
    Field("sign_off", "Sign-off", _signatures),
    Field("seal", "Seal", lambda whole, _: whole.entry.seal),
    Field("amendments", "Amendments", lambda whole, zone: tuple(correction(one, zone) for one in whole.amendments)),
)
"""Those of the maintenance log of a field service, and what is needed besides to find and to trust an entry."""
