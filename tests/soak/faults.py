"""Inflicts the faults of a plan, and takes back those that last."""

from __future__ import annotations

import heapq
import os
import signal
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import psutil

from tests.soak.plan import Fault, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.servers.mail import Sink as MailSink
    from tests.soak.house import House
    from tests.soak.person import Person

JUMPS: Final = (90.0, 600.0, 5_400.0, 50_000.0, 100_000.0)
"""Seconds by which clocks are set."""
PATIENCE: Final = 3.0
"""Seconds that are waited for something to hit."""
LEFT: Final = 4_096
"""Bytes that a full disk still has."""


class Faults(threading.Thread):
    """Works through a plan.

    Args:
        house: where.
        plan: which faults.
        people: whose consoles can be ended; that of the first one is left alone, so that its memory can be followed.
        mail: the server that may refuse.
    """

    def __init__(self, house: House, plan: Sequence[Fault], people: Sequence[Person], mail: MailSink) -> None:
        super().__init__(name="faults", daemon=True)
        self.house, self._plan, self._people, self._mail = house, list(plan), list(people), mail
        self.done: Counter[Kind] = Counter()
        self.missed: Counter[Kind] = Counter()
        """Those that met nothing that they could hit, or are not possible here."""
        self._undo: list[tuple[float, int, Kind, Callable[[], None]]] = []

    def run(self) -> None:
        """Each at its time; in the end all are taken back."""
        begun = time.monotonic()
        for number, fault in enumerate(self._plan):
            self._until(begun + fault.at)
            try:
                undo = self._inflict(fault)
            except (OSError, sqlite3.Error, psutil.Error, subprocess.SubprocessError) as error:
                self.missed[fault.kind] += 1
                self.house.books.count(f"fault not possible: {type(error).__name__}")
                continue
            if undo is _NOTHING:
                self.missed[fault.kind] += 1
                continue
            self.done[fault.kind] += 1
            if undo is not None:
                heapq.heappush(self._undo, (begun + fault.until, number, fault.kind, undo))
        self._until(begun + max((fault.until for fault in self._plan), default=0.0))

    def _until(self, moment: float) -> None:
        """Wait, and take back what is over meanwhile."""
        while True:
            ends = self._undo[0][0] if self._undo else moment
            left = min(moment, ends) - time.monotonic()
            if left > 0:
                time.sleep(left)
            if self._undo and self._undo[0][0] <= time.monotonic():
                kind, undo = heapq.heappop(self._undo)[2:]
                try:
                    undo()
                except (OSError, sqlite3.Error, subprocess.SubprocessError) as error:
                    self.house.books.problem(f"{kind.value} could not be taken back: {error}")
            elif time.monotonic() >= moment:
                return

    def _inflict(self, fault: Fault) -> Callable[[], None] | None:
        """What takes it back; None: it is over at once."""
        pick = fault.pick
        once: dict[Kind, Callable[[], bool]] = {
            Kind.KILL_CONSOLE: lambda: self._end_console(pick, "killed", signal.SIGKILL),
            Kind.DROP_CONSOLE: lambda: self._end_console(pick, "dropped", signal.SIGHUP),
            Kind.KILL_AGENT: lambda: self._signal_agent(signal.SIGKILL),
            Kind.RELOAD_AGENT: lambda: self._signal_agent(signal.SIGHUP),
            Kind.KILL_HELPER: lambda: self._kill_helper(pick),
            Kind.KILL_COMMAND: lambda: self._end_command(pick, signal.SIGKILL),
            Kind.DROP_COMMAND: lambda: self._end_command(pick, signal.SIGHUP)}
        if fault.kind in once:
            return None if once[fault.kind]() else _NOTHING
        lasting: dict[Kind, Callable[[], Callable[[], None]]] = {
            Kind.FREEZE_AGENT: self._freeze, Kind.FULL: self._fill, Kind.READ_ONLY: self._close,
            Kind.LOCKED: self._lock,
            Kind.AHEAD: lambda: self._turn(_chosen(pick)), Kind.BEHIND: lambda: self._turn(-_chosen(pick)),
            Kind.HUNG_CHECK: self._hang, Kind.BROKEN_YAML: self._break, Kind.NO_MAIL: self._refuse}
        return lasting[fault.kind]()

    # -- processes ----------------------------------------------------------------------------------------------------

    def _end_console(self, pick: float, how: str, number: signal.Signals) -> bool:
        there = [one for one in self._people[1:] or self._people if one.terminal is not None and one.terminal.pid
                 and not one.doom and one.terminal.status is None]
        if not there:
            return False
        person = there[int(pick * len(there))]
        person.doom = how
        if person.terminal is None:
            return False
        with suppress(ProcessLookupError):
            os.kill(person.terminal.pid, number)
        return True

    def _signal_agent(self, number: signal.Signals) -> bool:
        process = self.house.agent
        if process is None or process.poll() is not None:
            return False
        process.send_signal(number)
        return True

    def _kill_helper(self, pick: float) -> bool:
        process, until = self.house.agent, time.monotonic() + PATIENCE
        while process is not None and process.poll() is None and time.monotonic() < until:
            if helpers := psutil.Process(process.pid).children(recursive=True):
                helpers[int(pick * len(helpers))].kill()
                return True
            time.sleep(0.02)
        return False

    def _end_command(self, pick: float, number: signal.Signals) -> bool:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if there := sorted(self.house.commands.items()):
                # At any moment of its life, not at its beginning only.
                time.sleep(pick * 0.8)
                process = there[int(pick * len(there))][1]
                if process.poll() is None:
                    process.send_signal(number)
                    return True
            time.sleep(0.05)
        return False

    def _freeze(self) -> Callable[[], None]:
        process = self.house.agent
        if process is None or process.poll() is not None:
            return _NOTHING
        process.send_signal(signal.SIGSTOP)
        return lambda: process.send_signal(signal.SIGCONT)

    # -- the disk -----------------------------------------------------------------------------------------------------

    def _fill(self) -> Callable[[], None]:
        """Write until there is no space. Without a small disk of our own that cannot be."""
        if not self.house.mounted:
            return self._limit()
        ballast = self.house.disk / "ballast"
        found = os.statvfs(self.house.disk)
        self.house.trouble("full", begins=True)
        with ballast.open("wb") as out, suppress(OSError):
            os.posix_fallocate(out.fileno(), 0, max(0, found.f_bavail * found.f_frsize - LEFT))

        def undo() -> None:
            ballast.unlink()
            self.house.trouble("full", begins=False)
        return undo

    def _limit(self) -> Callable[[], None]:
        """In place of a full disk: no file of those who work now may grow beyond what the records have."""
        import resource

        size = self.house.records.stat().st_size
        there = [one.terminal.pid for one in self._people if one.terminal is not None and one.terminal.status is None]
        there += [self.house.agent.pid] if self.house.agent is not None and self.house.agent.poll() is None else []
        self.house.trouble("full", begins=True)
        for pid in there:
            with suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

        def undo() -> None:
            for pid in there:
                with suppress(ProcessLookupError):
                    resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            self.house.trouble("full", begins=False)
        return undo

    def _close(self) -> Callable[[], None]:
        """Nobody who comes now can write to the folder; who has the records open goes on."""
        data = self.house.data
        self.house.trouble("read-only", begins=True)

        def undo() -> None:
            if self.house.mounted:
                subprocess.run(["umount", "-l", data], check=True)
            else:
                data.chmod(0o700)
            self.house.trouble("read-only", begins=False)

        if not self.house.mounted:
            data.chmod(0o500)
            return undo
        subprocess.run(["mount", "--bind", data, data], check=True)
        if subprocess.run(["mount", "-o", "remount,bind,ro", data], capture_output=True, check=False).returncode:
            # Somebody has opened the records for writing between these two.
            undo()
            return _NOTHING
        return undo

    def _lock(self) -> Callable[[], None]:
        other = sqlite3.connect(self.house.records, isolation_level=None, timeout=2.0, check_same_thread=False)
        try:
            other.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error:
            other.close()
            raise
        self.house.trouble("locked", begins=True)

        def undo() -> None:
            other.execute("ROLLBACK")
            other.close()
            self.house.trouble("locked", begins=False)
        return undo

    # -- the rest -----------------------------------------------------------------------------------------------------

    def _turn(self, seconds: float) -> Callable[[], None]:
        self.house.clock.turn(seconds)
        return lambda: self.house.clock.turn(-seconds)

    def _hang(self) -> Callable[[], None]:
        flag = self.house.folder / "hang"
        flag.touch()
        return flag.unlink

    def _break(self) -> Callable[[], None]:
        before = self.house.config.read_text()
        self.house.config.write_text(before + "checks: [this is: no configuration\n")
        self.house.trouble("broken", begins=True)
        self._signal_agent(signal.SIGHUP)

        def undo() -> None:
            self.house.config.write_text(before)
            self.house.trouble("broken", begins=False)
            self._signal_agent(signal.SIGHUP)
        return undo

    def _refuse(self) -> Callable[[], None]:
        self._mail.refuse.extend(["451 try later"] * 200)
        return self._mail.refuse.clear


def _chosen(pick: float) -> float:
    return JUMPS[int(pick * len(JUMPS))]


def _nothing() -> None:
    """Met nothing."""


_NOTHING: Final = _nothing
