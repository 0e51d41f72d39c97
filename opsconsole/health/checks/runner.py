"""Runs checks: each within its time, whatever it does, and many beside each other."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import traceback
from functools import lru_cache
from importlib import import_module
from pathlib import Path  # noqa: TC003 - part of a public type
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol
from weakref import WeakKeyDictionary

from opsconsole.core import format as fmt
from opsconsole.core.clock import Clock  # noqa: TC001 - as above
from opsconsole.core.errors import OpsError
from opsconsole.core.levels import Level
from opsconsole.health.checks.judge import judge
from opsconsole.health.checks.model import Beats, Measured, Outcome, Pushed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from opsconsole.health.checks.settings.base import Check

    Measure = Callable[[Any, "Scope"], Awaitable[Measured]]

LOG = logging.getLogger(__name__)

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

AT_ONCE = 20
"""Checks that a command runs at the same time."""
LAST_CHANCE = 1.0
"""Seconds that a cancelled check has to close what it opened."""
_STUCK: Final = "runner: what did not end"
_TOLD: Final = "runner: the mistake that was logged"


class Reports(Protocol):
    """What others reported, for the checks that wait for it."""

    async def beats(self, name: str) -> Beats:
        """The newest reports of a job."""

    async def pushed(self, name: str) -> Pushed | None:
        """The newest number of a name."""


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
    reports: Reports | None = None
    """None where nothing was ever stored."""


class Run(NamedTuple):
    """One run: what was measured (None where it came to no end), and what is thought of it."""

    measured: Measured | None
    outcome: Outcome


async def run_check(name: str, check: Check, *, clock: Clock, memory: dict[str, Any], state_folder: Path,
                    reports: Reports | None = None) -> Outcome:
    """Runs one check, and returns within its time limit and a second, whatever happens in it.

    Args:
        name: its name in the settings.
        check: its settings.
        clock: where time comes from.
        memory: kept by the caller between the runs of this check.
        state_folder: below it, each check that needs files has a folder of its own.
        reports: what heartbeats and pushed numbers are read from.
    """
    return (await run(name, check, clock=clock, memory=memory, state_folder=state_folder, reports=reports)).outcome


async def run(name: str, check: Check, *, clock: Clock, memory: dict[str, Any], state_folder: Path,
              reports: Reports | None = None) -> Run:
    """The same as `run_check`, with what was measured."""
    at, began = clock.now(), clock.monotonic()

    def failed(text: str) -> Run:
        return Run(None, Outcome(name, Level.UNKNOWN, text, at, clock.monotonic() - began))

    stuck = memory.get(_STUCK)
    if stuck is not None and not stuck.done():
        return failed("an earlier run has not ended yet")
    try:
        measure = await _measure(check.kind)
        scope = Scope(name, clock, memory, folder_of(state_folder, name),
                      asyncio.get_running_loop().time() + check.timeout, reports)
        measured = await _bounded(measure, check, scope)
        outcome = judge(check, measured, at, max(0.0, clock.monotonic() - began), name)
    except OpsError as error:
        return failed(error.sentence)
    except Exception as error:  # noqa: BLE001 - a check that is broken must not end the others
        _tell(name, check, error, memory)
        return failed(f"the check itself failed ({type(error).__name__}); the log says where")
    memory.pop(_TOLD, None)
    return Run(measured, outcome)


async def run_all(checks: Mapping[str, Check], names: Iterable[str], *, clock: Clock, state_folder: Path,
                  reports: Reports | None = None, at_once: int = AT_ONCE) -> list[Run]:
    """Runs several checks beside each other, at most `at_once`; the results are in the order of the names."""
    room = asyncio.Semaphore(at_once)

    async def one(name: str) -> Run:
        async with room:
            return await run(name, checks[name], clock=clock, memory={}, state_folder=state_folder, reports=reports)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(name)) for name in names]
    return [task.result() for task in tasks]


def folder_of(state_folder: Path, name: str) -> Path:
    """The folder of a check's own files; any name gives a plain one, and no two names the same."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", name)[:40]
    mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return state_folder / f"{plain}-{mark}"


@lru_cache(maxsize=64)
def _loaded(kind: str) -> Measure:
    module, _, function = KINDS[kind].partition(":")
    found: Measure = getattr(import_module(module), function)
    return found


_known: dict[str, Measure] = {}
_importing: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


async def _measure(kind: str) -> Measure:
    """The function of a kind; what is imported for the first time is imported beside the loop.

    One after another: threads that import at once only wait for each other, and each keeps memory afterwards.
    """
    if kind not in _known:
        async with _importing.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
            if kind not in _known:
                _known[kind] = await asyncio.to_thread(_loaded, kind)
    return _known[kind]


async def _bounded(measure: Measure, check: Check, scope: Scope) -> Measured:
    """What the kind measures; at its limit it is cancelled, and left behind if it does not even end then."""
    task = asyncio.ensure_future(measure(check, scope))
    try:
        await asyncio.wait([task], timeout=check.timeout)
    except asyncio.CancelledError:
        await _end(task, scope)
        raise
    if task.cancelled():
        raise RuntimeError("it cancelled itself")
    if task.done():
        return task.result()
    await _end(task, scope)
    return Measured({}, "", problem=f"no answer within {fmt.duration(check.timeout)}")


async def _end(task: asyncio.Future[Measured], scope: Scope) -> None:
    task.cancel()
    await asyncio.wait([task], timeout=LAST_CHANCE)
    if not task.done():
        LOG.error("the check %s does not end when it is cancelled", scope.name)
        scope.memory[_STUCK] = task
        task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
    elif not task.cancelled() and (error := task.exception()) is not None:
        LOG.warning("the check %s failed while it was cancelled: %s", scope.name, type(error).__name__)


def _tell(name: str, check: Check, error: Exception, memory: dict[str, Any]) -> None:
    """Logs where it happened, once as long as it is the same; not the message, which may hold a secret."""
    places = "".join(traceback.format_tb(error.__traceback__)[-6:])
    mark = f"{type(error).__name__} {places}"
    if memory.get(_TOLD) == mark:
        return
    memory[_TOLD] = mark
    LOG.error("the check %s of kind %s failed with %s at\n%s", name, check.kind, type(error).__name__, places)
