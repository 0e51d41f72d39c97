"""What can be done to this host: ending a process. Permission first, then the audit trail, then the deed."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from enum import StrEnum
from errno import ENOSYS, EPERM, ESRCH
from pathlib import Path
from typing import TYPE_CHECKING, Final

from opsconsole.core.errors import OpsError, PermissionDenied, StorageError, StorageUnusable
from opsconsole.core.identity import Role, require
from opsconsole.core.text import harmless, limited
from opsconsole.health.sampling.processes import read_stat, started_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsconsole.core.clock import Clock
    from opsconsole.core.database import Database
    from opsconsole.core.identity import Actor
    from opsconsole.health.model import Process

TOPIC: Final = "processes"
_KERNEL: Final = 2
"""The parent of all threads of the kernel."""


class Signal(StrEnum):
    """How a process is ended."""

    TERMINATE = "terminate"
    """SIGTERM: it may clean up."""
    KILL = "kill"
    """SIGKILL: at once."""


class ProcessGone(OpsError):  # noqa: N818 - it says what happened
    """The process has ended; perhaps another one has its number now."""


class Refused(OpsError):  # noqa: N818 - it says what happened
    """This process is not to be ended by this program."""


_NUMBERS: Final = {Signal.TERMINATE: signal.SIGTERM, Signal.KILL: signal.SIGKILL}


class HealthService:
    """Use cases on this host.

    Args:
        database: gives the records, or None while they cannot be used.
        clock: where time comes from.
        proc: where the kernel shows processes.
    """

    def __init__(self, database: Callable[[], Database | None], clock: Clock, *, proc: Path = Path("/proc")) -> None:
        self._database = database
        self._clock = clock
        self._proc = proc

    async def signal_process(self, actor: Actor, process: Process, how: Signal) -> None:
        """Sends a signal to exactly the process that was shown. Intent and result stand in the audit trail.

        Args:
            actor: who does it; operator and up.
            process: as it was sampled; another process that has its number by now is left alone.
            how: terminate or kill.

        Raises:
            PermissionDenied: the role, or the kernel, does not allow it.
            Refused: it is process 1, this program itself, a thread of the kernel or has ended already.
            ProcessGone: it is not there any more.
            StorageError: the audit trail cannot be written: nothing was done; or, as its sentence then says, the
                signal was sent and only the result could not be recorded.
        """
        require(actor, Role.OPERATOR, f"{how.value} a process")
        name = f"Process {process.pid} ({limited(harmless(process.name), 60)})"
        self._refuse(process, name)
        handle = self._open(process, name)
        try:
            await self._record(actor, process, how, "intended")
            try:
                self._send(process, name, how, handle)
            except OpsError as error:
                with suppress(StorageError):
                    # That nothing was sent matters more than that this could not be recorded.
                    await self._record(actor, process, how, "not sent", error.sentence)
                raise
            try:
                await self._record(actor, process, how, "sent")
            except StorageError as error:
                raise StorageError(f"{name} was sent the signal, but the audit trail holds only the intent: "
                                   f"{error.sentence}", error.todo) from error
        finally:
            if handle is not None:
                os.close(handle)

    def _refuse(self, process: Process, name: str) -> None:
        if process.pid <= 1:
            raise Refused(f"{name} keeps the whole system running and is never ended from here.")
        if process.pid == os.getpid():
            raise Refused(f"{name} is this program itself.", "Quit it instead.")
        if _KERNEL in (process.pid, process.parent) and not process.memory:
            raise Refused(f"{name} is a thread of the kernel and cannot be ended.")
        if process.state == "Z":
            raise Refused(f"{name} has ended already; its parent {process.parent} has not taken notice yet.",
                          "Only restarting the parent removes it.")

    def _open(self, process: Process, name: str) -> int | None:
        """A handle that can only ever mean this process; None where the kernel has none to give."""
        handle: int | None = None
        try:
            handle = os.pidfd_open(process.pid)
        except OSError as error:
            if error.errno == ESRCH:
                raise _gone(name) from error
            if error.errno not in (ENOSYS, EPERM):
                raise Refused(f"{name} cannot be reached: {error.strerror}.") from error
        # Only after the handle is open: from here on it stays the one whose start is read.
        try:
            self._check_same(process, name)
        except OpsError:
            if handle is not None:
                os.close(handle)
            raise
        return handle

    def _check_same(self, process: Process, name: str) -> None:
        stat = read_stat(process.pid, self._proc)
        if stat is None or started_at(stat.started, self._proc) != process.started:
            raise _gone(name)

    def _send(self, process: Process, name: str, how: Signal, handle: int | None) -> None:
        try:
            if handle is None or not _sent(handle, _NUMBERS[how]):
                self._check_same(process, name)
                os.kill(process.pid, _NUMBERS[how])
        except ProcessLookupError as error:
            raise _gone(name) from error
        except PermissionError as error:
            owner = limited(harmless(process.user), 60)
            raise PermissionDenied(f"{name} belongs to {owner}: the kernel lets only that user and root end it.",
                                   "Run opsconsole as one of them.") from error
        except OSError as error:
            raise Refused(f"{name} cannot be reached: {error.strerror}.") from error

    async def _record(self, actor: Actor, process: Process, how: Signal, stage: str, reason: str = "") -> None:
        from opsconsole.core import audit  # noqa: PLC0415 - the database is opened after the first paint

        database = self._database()
        if database is None:
            raise StorageUnusable("The audit trail cannot be written, so nothing was done.",
                                  "See the storage line of the console for the cause.")
        # No command line: it may hold a password, and the trail is for ever.
        detail: dict[str, object] = {"stage": stage, "name": process.name, "user": process.user,
                                     "started": process.started, "parent": process.parent}
        if reason:
            detail["reason"] = reason
        async with database.write() as tx:
            await audit.append(tx, actor, f"process.{how.value}", f"process:{process.pid}", detail, self._clock.now())
            tx.touch(TOPIC)


def _sent(handle: int, number: signal.Signals) -> bool:
    """Sends by handle; False where the kernel, or what guards a container, does not know how."""
    try:
        signal.pidfd_send_signal(handle, number)
    except OSError as error:
        if error.errno != ENOSYS:
            raise
        return False
    return True


def _gone(name: str) -> ProcessGone:
    return ProcessGone(f"{name} has ended already.", "Nothing was done.")
