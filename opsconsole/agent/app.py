"""Puts the agent together: both databases, the lease, the features' jobs, the loop. A composition root."""

from __future__ import annotations

import asyncio
import logging
import signal
from contextlib import AsyncExitStack, suppress
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from opsconsole.agent.journal import set_level
from opsconsole.agent.lease import Lease, Taking
from opsconsole.agent.model import Kind, LeaseState, Timing
from opsconsole.agent.opening import Databases, open_databases
from opsconsole.agent.processes import this_process
from opsconsole.agent.shift import Built, Outcome, Setting, Shift, Wishes, close
from opsconsole.core.clock import SystemClock
from opsconsole.core.errors import ExitCode, OpsError, StorageError, StorageUnusable
from opsconsole.core.jobs import Job, Workplace
from opsconsole.core.text import harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from pathlib import Path
    from typing import Any

    from opsconsole.agent.service import ServiceManager
    from opsconsole.core.clock import Clock
    from opsconsole.core.jobs import Provider
    from opsconsole.settings import Loaded

log = logging.getLogger(__name__)
T = TypeVar("T")

PROVIDERS: tuple[str, ...] = ("opsconsole.agent.upkeep:jobs", "opsconsole.health.jobs:jobs",
                              "opsconsole.tickets.jobs:jobs", "opsconsole.checklists.jobs:jobs",
                              "opsconsole.logbook.jobs:jobs", "opsconsole.reports.jobs:jobs",
                              "opsconsole.notify.jobs:jobs")
"""Who makes the features' jobs, as `module:function`; see `core.jobs.Provider`."""
SILENT = 30.0
"""Seconds after which the watchdog hears no more of a loop that does not turn or a database that does not answer."""


class AgentOptions(NamedTuple):
    """What the command line says."""

    kind: Kind = Kind.PERMANENT
    once: bool = False
    """Run each job once and end."""
    debug: bool = False


class Occupied(OpsError):  # noqa: N818 - an error is named for what happened
    """Another agent works."""


class Agent:
    """One run of the agent.

    Args:
        loaded: the configuration and the paths.
        options: of the command line.
        manager: who is told how it goes.
        read: reads the configuration again; raises ConfigError.
        clock: the time of day, and the time since boot.
        timing: tests shorten it.
        providers: who makes the jobs.
    """

    def __init__(self, loaded: Loaded, options: AgentOptions, manager: ServiceManager, *, read: Callable[[], Loaded],
                 clock: Clock | None = None, timing: Timing = Timing(),  # noqa: B008 - a tuple
                 providers: Sequence[str] = PROVIDERS) -> None:
        self.wishes = Wishes()
        """What it is asked to do: signals set them, and whoever started it."""
        self._loaded = loaded
        self._options = options
        self._manager = manager
        self._read = read
        self._clock = clock or SystemClock()
        self._timing = timing
        self._providers = providers
        self._process = this_process()
        self._lease: Lease | None = None
        self._shift: Shift | None = None

    async def work(self) -> int:
        """Runs the jobs of this host until SIGTERM or SIGINT; an exit status.

        Raises:
            StorageError: a database cannot be used, and waiting does not help.
            Occupied: another agent works, and this one was to run each job once.
        """
        wishes = self.wishes
        handlers = {signal.SIGTERM: wishes.ending, signal.SIGINT: wishes.ending, signal.SIGHUP: wishes.reload.set}
        loop = asyncio.get_running_loop()
        for number, handler in handlers.items():
            loop.add_signal_handler(number, handler)
        watchdog = asyncio.create_task(self._watch())
        try:
            return await self._work()
        finally:
            watchdog.cancel()
            self._manager.stopping()
            for number in handlers:
                loop.remove_signal_handler(number)

    async def _work(self) -> int:
        opening = open_databases(self._loaded.paths, self._manager, wait=not self._options.once)
        databases = await self._unless_ended(opening)
        if databases is None:
            return ExitCode.DONE
        try:
            self._manager.ready()
            self._lease = Lease(databases.records, self._clock, self._options.kind, self._process, self._timing)
            work = self._once if self._options.once else self._serve
            return await work(databases, self._lease)
        finally:
            await databases.close()

    async def _serve(self, databases: Databases, lease: Lease) -> int:
        """Waits for the lease and works, again and again; a child works once, and waits for no living one."""
        child = self._options.kind is Kind.CHILD
        while True:
            self._manager.status("waiting for the lease")
            got = await self._taken(lease, wait=not child)
            if got is None:
                break
            taking, before = got
            if taking is Taking.OCCUPIED:
                log.info("another agent works: %s", _who(before))
                break
            log.info("working", extra={"kind": lease.kind.value, "token": lease.token[:8]})
            outcome = await self._one(databases, lease).run()
            self._shift = None
            log.info("stopped working", extra={"because": outcome.name.lower()})
            if child or outcome is Outcome.ENDING:
                break
        return ExitCode.DONE

    async def _once(self, databases: Databases, lease: Lease) -> int:
        got = await self._taken(lease, wait=False)
        if got is None:
            return ExitCode.DONE
        taking, before = got
        if taking is Taking.OCCUPIED:
            raise Occupied(f"Another agent works: {_who(before)}.", "Its jobs run without this one; else end it first.")
        failed = await self._one(databases, lease).once()
        for name, problem in sorted(failed.items()):
            log.error("job failed: %s", problem or "it was not run", extra={"job": name})
        return ExitCode.PROBLEM if failed else ExitCode.DONE

    async def _taken(self, lease: Lease, *, wait: bool) -> tuple[Taking, LeaseState | None] | None:
        """The lease, or None when the agent was told to end; the configuration is read again meanwhile."""
        taking = asyncio.create_task(self._unless_ended(lease.take(wait=wait)))
        while True:
            reload = asyncio.create_task(self.wishes.reload.wait())
            try:
                await asyncio.wait([taking, reload], return_when=asyncio.FIRST_COMPLETED)
            finally:
                reload.cancel()
            if taking.done():
                break
            self.wishes.reload.clear()
            await self._reload()
        got = taking.result()
        if got is None:
            # It may have been taken in the moment of the end.
            with suppress(StorageError):
                await lease.release()
        return got

    async def _unless_ended(self, work: Coroutine[Any, Any, T]) -> T | None:
        """What `work` returns; None when the agent was told to end before."""
        task, ending = asyncio.ensure_future(work), asyncio.create_task(self.wishes.end.wait())
        try:
            await asyncio.wait([task, ending], return_when=asyncio.FIRST_COMPLETED)
        finally:
            ending.cancel()
            if not task.done():
                task.cancel()
                await asyncio.wait([task], timeout=self._timing.patience)
        return None if task.cancelled() or not task.done() else task.result()

    def _one(self, databases: Databases, lease: Lease) -> Shift:
        self._shift = Shift(Setting(
            databases, lease, self._clock, self._timing, self._process.host, self.wishes, self._providers,
            build=partial(self._build, databases, lease), reload=self._reload, told=self._manager.status))
        return self._shift

    async def _build(self, databases: Databases, lease: Lease, features: Sequence[str],
                     closing: AsyncExitStack) -> Built:
        """See `shift.Setting.build`; a feature that fails does not keep the others from working."""
        built = Built([], {})
        for name in features:
            own = AsyncExitStack()
            try:
                built.jobs.extend(await self._made(name, databases, lease, own))
            except OpsError as error:
                log.error("jobs left out: %s", error, extra={"provider": name})  # noqa: TRY400 - the sentence says it all
                built.failed[name] = str(error)
            except Exception as error:
                log.exception("jobs left out", extra={"provider": name})
                built.failed[name] = f"{type(error).__name__}: {error}"
            except BaseException:
                await close(own)
                raise
            if name in built.failed:
                await close(own)
            else:
                closing.push_async_callback(own.aclose)
        return built

    async def _made(self, name: str, databases: Databases, lease: Lease, closing: AsyncExitStack) -> Sequence[Job]:
        module, _, attribute = name.partition(":")
        provider: Provider = getattr(import_module(module), attribute)
        paths = self._loaded.paths
        return await provider(Workplace(
            settings=self._loaded.settings, records=databases.records, metrics=databases.metrics, clock=self._clock,
            guard=lease, paths=paths, host=self._process.host, state=_state_folder(paths.state / "agent"),
            closing=closing))

    async def _reload(self) -> Callable[[], None] | None:
        """See `shift.Setting.reload`."""
        self._manager.reloading()
        before = self._loaded
        try:
            fresh = await asyncio.to_thread(self._read)
        except OpsError as error:
            for mistake in getattr(error, "mistakes", ()) or (error,):
                log.error("configuration: %s", mistake)  # noqa: TRY400 - the sentence says it all
            log.warning("the old configuration stays")
            return None
        finally:
            self._manager.ready()
        if (fresh.paths.data, fresh.paths.state) != (before.paths.data, before.paths.state):
            log.warning("another data folder needs another start; this agent keeps %s", before.paths.data)
        self._use(fresh._replace(paths=before.paths))
        log.info("configuration read", extra={"file": str(fresh.path)})
        return partial(self._use, before)

    def _use(self, loaded: Loaded) -> None:
        self._loaded = loaded
        set_level(loaded.settings.log.level, debug=self._options.debug)

    async def _watch(self) -> None:
        """Signs of life for the service manager, for as long as the loop turns and the database answers."""
        if self._manager.watchdog is None:
            return
        while True:
            if self._healthy():
                self._manager.alive()
            await asyncio.sleep(self._manager.watchdog / 3)

    def _healthy(self) -> bool:
        now = self._clock.monotonic()
        seen = [self._lease.tried if self._lease is not None else now,
                self._shift.turned() if self._shift is not None else None]
        return all(now - one < SILENT for one in seen if one is not None)


def _state_folder(folder: Path) -> Path:
    try:
        # `parents` would make the person's own folder by the umask, for everyone to look into.
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StorageUnusable(f"The folder {folder} cannot be made ({error.strerror or error}).",
                              "Make it, or set XDG_STATE_HOME to a folder that this user may write.") from error
    return folder


def _who(row: LeaseState | None) -> str:
    if row is None:
        return "nobody"
    kind = "the child of a console" if row.kind is Kind.CHILD else "a permanent one"
    return harmless(f"{kind}, process {row.process.pid} on {row.process.host}")
