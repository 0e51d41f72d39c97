"""What is known of alerts, silences and maintenance: frozen types without I/O. Instants are ms UTC."""

from __future__ import annotations

from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from opsconsole.core.clock import Instant
from opsconsole.health.alerts.machine import Phase
from opsconsole.health.model import Record
from opsconsole.notify.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TOPIC = "alerts"
"""The topic of the change feed that everything here belongs to."""
MOST_NOTE = 2_000
"""Characters of what a person adds."""


class Detail(Record, frozen=True):
    """What a rule says about its alerts, kept with each, because the rule may be gone when it ends."""

    help: str = ""
    runbook: str = ""
    category: str = ""
    ladder: str = ""
    channels: tuple[str, ...] = ()
    react_within: float | None = None
    """Seconds."""
    names: tuple[str, ...] = ()
    """What a silence can name it by: its rule, its check, its group, its target."""
    check: str = ""
    """The check that it is about."""
    limit: str = ""
    """`< 80 %`, as it stands beside the value."""
    ticket: bool = False
    """Whether it opens a ticket."""
    ticket_category: str = ""
    """Which kind; empty: the first one."""
    group: str = ""
    """What it belongs to, since it fired: those of one group share a ticket. `check:db`, of whatever needed `db` while
    that was critical; empty of an old one: its key."""


class Alert(Record, frozen=True):
    """One firing, from its first telling to its end."""

    id: int
    key: str
    """What it is about, the same each time: `limit:mount:/var`, `check:redis`, `rule:disk|mount:/var.percent`."""
    rule: str
    """Name of its rule; empty for a built-in one."""
    target: str
    """The series, the check or the target of `judging`."""
    title: str
    """What it is called: `redis`, `/var`. Foreign text."""
    severity: Severity
    phase: Phase
    """Firing or recovering; ok when it is over."""
    begun: Instant
    """Since when it was bad."""
    fired: Instant
    text: str
    """What is wrong now, or was last: `refused`, `91 %, warning from 80 %`. Foreign text."""
    detail: Detail = Detail()
    ended: Instant | None = None
    acknowledged_by: str = ""
    acknowledged: Instant | None = None
    note: str = ""
    flapping: bool = False
    muted_by: str = ""
    """Why nobody is told: `silenced by ana until 14:00: disks are replaced`; empty when people are."""
    told: bool = False
    """Whether anybody was told that it fires."""
    count: int = 1
    """Which time it fires within a day."""
    evidence: bool = False
    version: int = 1
    ticket: int = 0
    """The number of its ticket, where the services of alerts tell of it; 0: it has none."""
    ticket_assignee: str = ""
    """Who has that ticket."""

    @property
    def open(self) -> bool:
        """Whether it is not over."""
        return self.ended is None

    @property
    def thread(self) -> str:
        """What its notices have in common."""
        return f"alert:{self.id}"

    @property
    def state(self) -> str:
        """The word for its state."""
        if self.ended is not None:
            return "resolved"
        if self.phase is Phase.RECOVERING:
            return "recovering"
        return "acknowledged" if self.acknowledged is not None else "firing"


class Event(Record, frozen=True):
    """Something that happened to an alert."""

    at: Instant
    kind: str
    """`fired`, `worse`, `eased`, `resolved`, `flapping`, `calm`, `acknowledged`, `muted` …"""
    actor: str
    """Who did it; empty when it happened by itself."""
    text: str


class WindowKind(StrEnum):
    """Why nobody is told."""

    SILENCE = "silence"
    MAINTENANCE = "maintenance"
    """Planned work: the time counts as maintenance, not as down."""


class Window(Record, frozen=True):
    """A time in which nobody is told of some alerts: a silence, or maintenance."""

    id: int
    kind: WindowKind
    pattern: str
    """Which alerts: a name of theirs, `*` for any rest: `redis`, `group:shop`, `mount:/srv/*`."""
    author: str
    reason: str
    begins: Instant
    ends: Instant
    ended: Instant | None = None
    """When somebody ended it early."""
    ended_by: str = ""
    warned: bool = False
    """Whether it was said that it runs out."""
    version: int = 1
    others: tuple[str, ...] = ()
    """More such names, where it is about several."""
    entry: int = 0
    """The entry of the log that opened it; 0: none did."""

    @property
    def about(self) -> str:
        """All its names; foreign text."""
        return ", ".join((self.pattern, *self.others))

    def active(self, now: Instant) -> bool:
        """Whether it holds now."""
        return self.ended is None and self.begins <= now < self.ends

    def covers(self, names: Iterable[str]) -> bool:
        """Whether something with these names is meant."""
        patterns = (self.pattern, *self.others)
        return any(name == one or fnmatchcase(name, one) for name in names for one in patterns)

    def mutes(self, names: Iterable[str], needed: Iterable[str] = ()) -> bool:
        """Whether nobody is told of something: it is meant, or work is done on what it needs.

        Args:
            names: its own.
            needed: those of all that it depends on.
        """
        return self.covers(names) or (self.kind is WindowKind.MAINTENANCE and self.covers(needed))


class Evidence(Record, frozen=True):
    """What was seen when an alert fired; raw, to be made harmless where it is shown."""

    at: Instant
    parts: tuple[Part, ...] = ()


class Part(Record, frozen=True):
    """One piece of evidence: `processes`, `output`, `journal`, `mounts`, `changes`."""

    title: str
    text: str


def check_names(name: str, group: str) -> tuple[str, ...]:
    """What a silence can name a check by."""
    return (name, f"check:{name}", *((f"group:{group}",) if group else ()))


def in_maintenance(windows: Iterable[Window], check: str, group: str, now: Instant,
                   needed: Sequence[str] = ()) -> bool:
    """Whether a check, or what it needs, is being worked on, so that a failure is no downtime."""
    names = check_names(check, group)
    return any(one.kind is WindowKind.MAINTENANCE and one.active(now) and one.mutes(names, needed) for one in windows)
