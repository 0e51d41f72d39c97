"""What a check found: frozen types without I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from msgspec import field

from opsconsole.core.clock import Instant
from opsconsole.core.levels import Level
from opsconsole.health.model import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

Value = None | bool | float | str
"""What a condition can compare; numbers are in base units: seconds, bytes, per cent, per second."""


class Measured(NamedTuple):
    """What one run of a check measured, before conditions are applied. Made by the kinds."""

    values: Mapping[str, Value]
    """By the names that conditions use. Each number becomes the series `check:NAME.<key>`."""
    text: str
    """What a person reads when nothing is wrong: `200`, `124 jobs`, `expires in 12 d`. Foreign text is allowed."""
    problem: str = ""
    """Why there is no answer, `refused`, `no answer within 10 s`; then the check is critical, whatever the values."""
    level: Level = Level.OK
    """For kinds that judge by themselves (plugins, units): at least this bad."""
    output: str = ""
    """Detail for whoever looks closer; limited, secrets removed."""
    body: bytes = b""
    """What `body` and `body.path` in conditions mean; never stored."""


class Outcome(Record, frozen=True):
    """What is thought of one run of a check; this is stored."""

    name: str
    level: Level
    text: str
    """One line: what was measured, or what is wrong."""
    at: Instant
    """When it began."""
    took: float
    """Seconds."""
    values: dict[str, Value] = field(default_factory=dict)
    failed: tuple[str, ...] = ()
    """The conditions that did not hold, as written."""
    output: str = ""


class CheckState(Record, frozen=True):
    """The newest of a check as stored, for panels and commands."""

    name: str
    kind: str
    level: Level
    since: Instant
    """Since when it has this level."""
    text: str
    at: Instant | None
    """When it ran last; None before the first run."""
    took: float | None = None
    values: dict[str, Value] = field(default_factory=dict)
    failed: tuple[str, ...] = ()
    output: str = ""
    main: str = ""
    """The value that stands beside it and is drawn as a trend: `latency`, `depth`."""
    limit: str = ""
    """The condition that stands beside it: `< 3 s`."""
    p95: float | None = None
    """Of `latency` over 24 h, seconds."""
    uptime: float | None = None
    """% over 30 d; None without any coverage."""
    interval: float = 60.0
    label: str = ""
    """What the panel calls it; empty: its name."""
    group: str = ""
    """What it belongs to."""
    maintenance: bool = False
    """Whether it counts as in maintenance."""


class Report(Record, frozen=True):
    """What a job said of itself with `opsconsole ping`."""

    seq: int
    """Later reports have higher numbers, whatever the clock did."""
    at: Instant
    kind: Literal["start", "ok", "fail"]
    message: str = ""
    took: float | None = None
    """Seconds since its `start`, where there was one."""


class Beats(NamedTuple):
    """The newest report of each kind."""

    start: Report | None = None
    ok: Report | None = None
    fail: Report | None = None


class Pushed(Record, frozen=True):
    """A number that somebody sent with `opsconsole metric`."""

    name: str
    at: Instant
    value: float
    seq: int = 0
    """Its place in the order of arrival; 0 where only the newest of a name is meant."""
