"""What runs, answers and events are made of."""

from __future__ import annotations

from typing import Any

import msgspec

from opsconsole.checklists.model.words import Category, EventKind, Given, Verdict
from opsconsole.core.clock import Instant

Value = bool | float | str | list[list[str]] | None
"""What was entered: yes or no; a number; a text or a choice; the rows of a table; None: the verdict says it all."""


class Record(msgspec.Struct, frozen=True):
    """The base of everything here: immutable, comparable, encodable as JSON."""


class Evidence(Record, frozen=True):
    """What an answer rests on. Its bytes lie beside the database under their hash, where there are any."""

    kind: str
    """`check`, `metric`, `tickets`, `command`, `file`."""
    title: str
    """The name of the check or file, the command line: foreign text."""
    text: str = ""
    """What was seen, a few lines: head and tail of an output."""
    at: Instant = 0
    code: int | None = None
    """The exit code of a command; negative: the signal that ended it."""
    took: float = 0.0
    """Seconds."""
    sha256: str = ""
    """Of the kept bytes; empty: none are kept."""
    size: int = 0
    """Bytes that there were; what is kept of them may be less, see `cut`."""
    cut: bool = False
    """Whether `sha256` is of the head and the tail only, since there was too much."""
    problem: str = ""
    """Why it could not be had: `did not end within 30 s`."""
    whole: str = ""
    """SHA-256 of all bytes that a command wrote, those that are not kept included; empty: it is not known."""


class Proposal(Record, frozen=True):
    """What the machine thinks the answer to an item is."""

    run: int
    item: str
    at: Instant
    verdict: Verdict
    """OK or FAILED; OPEN where it could not find out, and `text` says why."""
    value: Value = None
    text: str = ""
    """One line for whoever confirms it: `6 h (03:12), 1.2 GB`; foreign text."""
    evidence: tuple[Evidence, ...] = ()
    limit: str = ""
    """What was compared with, as the template says it: `< 24h`."""


class Answer(Record, frozen=True):
    """One answer; never changed. The last one of an item counts, those before it stay visible."""

    id: int
    run: int
    item: str
    at: Instant
    actor: str
    """Empty: the program."""
    origin: str = ""
    """Where the person was: an address, `local`, or empty."""
    given: Given = Given.CONSOLE
    verdict: Verdict = Verdict.OK
    value: Value = None
    unit: str = ""
    limit: str = ""
    """The limit in force: `0 … 24 h`, `< 3s`."""
    note: str = ""
    """Of a skipped one its reason."""
    evidence: tuple[Evidence, ...] = ()
    ticket: int = 0
    """The ticket that was raised or joined because of it; 0: none."""
    proposed: bool = False
    """Whether a person confirmed what the machine proposed."""
    seconds: float = 0.0
    """How long the item stood open under the cursor; 0: not known."""
    undoes: int = 0
    """The answer that this one takes back: it says again what was said before that; 0: it takes none back."""


class Event(Record, frozen=True):
    """One thing that happened to a run besides answers; never changed."""

    id: int
    run: int
    at: Instant
    kind: EventKind
    actor: str = ""
    text: str = ""
    data: dict[str, Any] = {}


class Signature(Record, frozen=True):
    """Somebody put their name under a run."""

    actor: str
    at: Instant
    origin: str = ""


class Run(Record, frozen=True):
    """One walk through one template for one period, as it stands."""

    id: int
    slug: str
    title: str
    category: Category
    occurrence: str
    """What it is for: the local date `2027-01-04`, with `T08:00` where there may be several on a day; for those on
    demand the number of the start, `#17`. Unique within its slug."""
    template: str
    """SHA-256 of the pinned template."""
    opens: Instant
    due: Instant | None
    """None: started on demand, with no time."""
    late: Instant | None
    missed: Instant | None
    begun: Instant | None = None
    """When somebody gave the first answer or opened it to walk through."""
    ended: Instant | None = None
    outcome: str = ""
    """`done`, `waived`, `missed`; empty: it goes on."""
    deferred: Instant | None = None
    """Until when it is put off; None: it is not."""
    performers: tuple[str, ...] = ()
    """Who answered, in the order of their first answer."""
    signatures: tuple[Signature, ...] = ()
    persons: int = 1
    """How many must sign."""
    seal: str = ""
    """SHA-256 over template, answers and signatures; set by the last signature."""
    total: int = 0
    """Items that are to be answered, those that do not apply left out."""
    answered: int = 0
    failed: int = 0
    reason: str = ""
    """Why it was missed or waived."""
    marks: tuple[str, ...] = ()
    """What looks rubber-stamped, for supervisors."""
    version: int = 0
    """Grows with every change."""


class Unscheduled(Record, frozen=True):
    """What will be due: an occurrence of a template that has no run yet."""

    slug: str
    title: str
    category: Category
    occurrence: str
    opens: Instant
    due: Instant
    late: Instant
    missed: Instant


class LogDraft(Record, frozen=True):
    """The log entry that a signed run proposes; reference/field-service: maintenance log entry."""

    type: str
    """`daily`, `weekly`, `monthly`, `quarterly`, `annual`, `emergency`, `change`."""
    title: str
    start: Instant
    end: Instant
    status: str
    """`normal` or `issues`."""
    performed_by: tuple[str, ...]
    tasks: tuple[str, ...]
    found: tuple[str, ...] = ()
    resolved: tuple[str, ...] = ()
    escalated: tuple[str, ...] = ()
    next_actions: tuple[str, ...] = ()
    notes: str = ""
    seconds: float = 0.0
    """Time spent: measured between answers, pauses longer than a quarter of an hour left out."""
    signed_by: tuple[str, ...] = ()
    run: int = 0
    tickets: tuple[int, ...] = ()
