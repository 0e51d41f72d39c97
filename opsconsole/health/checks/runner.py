"""Runs a check: within its time, whatever it does."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - part of a public type
from typing import Any, Final, NamedTuple

from opsconsole.core.clock import Clock  # noqa: TC001

_HERE: Final = "opsconsole.health.checks.kinds"
KINDS: Final[dict[str, str]] = {
    "http": f"{_HERE}.http:measure", "tcp": f"{_HERE}.tcp:measure", "dns": f"{_HERE}.dns:measure",
    "tls": f"{_HERE}.tls:measure", "smtp": f"{_HERE}.mail:measure_smtp", "imap": f"{_HERE}.mail:measure_imap",
    "ssh": f"{_HERE}.ssh:measure",
    "redis": f"{_HERE}.redis:measure", "postgres": f"{_HERE}.postgres:measure", "mysql": f"{_HERE}.mysql:measure",
    "unit": f"{_HERE}.unit:measure", "timer": f"{_HERE}.unit:measure_timer", "process": f"{_HERE}.process:measure",
    "port": f"{_HERE}.port:measure", "file": f"{_HERE}.file:measure", "log": f"{_HERE}.log:measure",
    "access-log": f"{_HERE}.access_log:measure", "command": f"{_HERE}.command:measure",
    "heartbeat": "opsconsole.health.checks.heartbeat:measure", "metric": "opsconsole.health.checks.metric:measure"}
"""The tag of each kind, and `module:function` that measures it."""


class Scope(NamedTuple):
    """What a kind is told besides its settings."""

    name: str
    clock: Clock
    memory: dict[str, Any]
    """Kept between the runs of this check in one process: a file's offset, a connection."""
    state: Path
    """The folder for files that survive the process; it need not exist yet."""
    deadline: float
    """`loop.time()` at which the run is cancelled."""
