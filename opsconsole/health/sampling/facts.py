"""Facts about the host that change seldom and take long to ask.

Small files are read; programs are run as errands that nobody waits for. Nothing is asked in the first seconds,
so that the first sight of the panel has the machine for itself.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from opsconsole.health.model import Facts
from opsconsole.health.sampling.child import Errand
from opsconsole.health.sampling.kernel import LARGEST, numbers
from opsconsole.health.sampling.mounts import text

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsconsole.core.clock import Clock

FIRST: Final = 10.0
"""Seconds after the start until anything is asked."""
EVERY: Final = 60.0
UPDATES_FIRST: Final = 1800.0
"""Seconds after the start until the package manager is asked, which can take seconds of processor time: whoever looks
in for a quarter of an hour does not have to pay that."""
UPDATES_EVERY: Final = 900.0
"""Seconds between two such questions; it is asked only when something can have changed."""
_UNITS_LIMIT: Final = 5.0
_UPDATES_LIMIT: Final = 120.0
_MOST_NAMES: Final = 100
_STA_UNSYNC: Final = 0x0040
_TIME_ERROR: Final = 5
_TIMEX_BYTES: Final = 512
_FIRST_PID_NAMESPACE: Final = 0xEFFFFFFC
"""PROC_PID_INIT_INO of the kernel."""

_UNITS_COMMAND: Final = ("systemctl", "list-units", "--state=failed", "--plain", "--no-legend", "--no-pager", "--full")
_UPDATES_COMMAND: Final = ("nice", "-n", "19", "apt-get", "-s", "-q", "-o", "Debug::NoLocking=true", "dist-upgrade")
_SECURITY_NOTE: Final = re.compile(
    rb"^(\d{1,6}) (?:of these )?updates? (?:is|are) (?:an? )?(?:standard )?security updates?\.?$", re.MULTILINE)
_ALL_NOTE: Final = re.compile(rb"^(\d{1,6}) (?:updates?|packages?) can be (?:applied|updated|installed)", re.MULTILINE)


class FactFinder:
    """Keeps the newest facts.

    Args:
        clock: where time comes from.
        zombies: counts the processes that nobody has reaped.
        root: the root of the file system.
        proc: where the kernel's figures are.
        first: seconds until the first questions.
    """

    def __init__(self, clock: Clock, zombies: Callable[[], int | None], *, root: Path = Path("/"),
                 proc: Path = Path("/proc"), first: float = FIRST) -> None:
        self._clock = clock
        self._zombies = zombies
        self._root, self._proc = root, proc
        started = clock.monotonic()
        self._next = started + first
        self._next_updates = started + max(first, UPDATES_FIRST)
        self._units: Errand | None = None
        self._updates: Errand | None = None
        self._updates_changed: int | None = None
        self._packages: tuple[int, ...] | None = None
        self._security: int | None = None
        self._failed: tuple[str, ...] | None = None
        self.facts = Facts()

    def refresh(self) -> bool:
        """Takes what has been answered and asks what is due; never waits. Whether `facts` are new."""
        now = self._clock.monotonic()
        changed = self._take(now)
        if now >= self._next:
            self._next = now + EVERY
            self._ask(now)
            changed = True
        if changed:
            self.facts = self._read()
        return changed

    def close(self) -> None:
        """Ends what is under way."""
        for errand in (self._units, self._updates):
            if errand is not None:
                errand.stop()
        self._units = self._updates = None

    def _ask(self, now: float) -> None:
        if self._units is None and (self._root / "run/systemd/system").is_dir():
            self._units = Errand(_UNITS_COMMAND, _UNITS_LIMIT, now)
        note = self._root / "var/lib/update-notifier/updates-available"
        with suppress(OSError):
            changed = note.stat().st_mtime_ns
            if changed != self._updates_changed:
                self._updates_changed = changed
                self._security = noted_updates(note.read_bytes())
            if self._security is not None:
                return
        if now >= self._next_updates and self._updates is None:
            self._next_updates = now + UPDATES_EVERY
            packages = self._package_state()
            if packages is not None and packages != self._packages:
                self._packages = packages
                self._updates = Errand(_UPDATES_COMMAND, _UPDATES_LIMIT, now)

    def _package_state(self) -> tuple[int, ...] | None:
        """What changes when packages are installed or the lists of what there is are fetched; None without apt."""
        try:
            return tuple((self._root / "var/lib" / name).stat().st_mtime_ns for name in ("apt/lists", "dpkg/status"))
        except OSError:
            return None

    def _take(self, now: float) -> bool:
        changed = False
        if self._units is not None and self._units.poll(now):
            output, self._units = self._units.output, None
            self._failed = None if output is None else failed_units(output)
            changed = True
        if self._updates is not None and self._updates.poll(now):
            output, self._updates = self._updates.output, None
            self._security = None if output is None else simulated_updates(output)
            if output is None:
                self._packages = None
            changed = True
        return changed

    def _read(self) -> Facts:
        opened, limit = open_files(_bytes(self._proc / "sys/fs/file-nr"))
        packages = text(_bytes(self._root / "run/reboot-required.pkgs") or b"").split("\n")
        return Facts(
            clock_synchronised=None if in_container(self._proc) else clock_synchronised(),
            reboot_required=self._reboot_required(),
            reboot_packages=tuple(dict.fromkeys(name.strip() for name in packages if name.strip()))[:_MOST_NAMES],
            failed_units=self._failed, security_updates=self._security,
            open_files=opened, open_files_limit=limit, zombies=self._zombies(), at=self._clock.now())

    def _reboot_required(self) -> bool | None:
        if (self._root / "run/reboot-required").exists():
            return True
        # Only Debian's family leaves that note; elsewhere its absence says nothing.
        return False if (self._root / "var/lib/dpkg/status").exists() else None


def in_container(proc: Path = Path("/proc")) -> bool:
    """Whether this is a container, whose clock is its host's business: whether the pid namespace is not the first.

    Marks such as `/.dockerenv` are also found in virtual machines that were made from an image of a container.
    """
    try:
        return (proc / "self/ns/pid").stat().st_ino != _FIRST_PID_NAMESPACE
    except OSError:
        return False


def clock_synchronised() -> bool | None:
    """Whether the kernel's clock is kept right by someone (adjtimex(2)); None where the kernel does not say."""
    import ctypes  # noqa: PLC0415 - takes 4 ms; asked seldom

    try:
        adjtimex = ctypes.CDLL(None, use_errno=True).adjtimex
    except (OSError, AttributeError):
        return None
    timex = ctypes.create_string_buffer(_TIMEX_BYTES)
    state = adjtimex(timex)
    if state < 0:
        return None
    # struct timex begins: unsigned modes; long offset, freq, maxerror, esterror; int status.
    long = ctypes.sizeof(ctypes.c_long)
    status = ctypes.c_int.from_buffer(timex, 5 * long).value
    return not (status & _STA_UNSYNC or state == _TIME_ERROR)


def failed_units(output: bytes) -> tuple[str, ...]:
    """The names in the output of `systemctl list-units --state=failed --plain --no-legend`."""
    words = [line.split() for line in text(output).split("\n")]
    return tuple([line[1] if line[0] in ("●", "*", "x") and len(line) > 1 else line[0]
                  for line in words if line])[:_MOST_NAMES]


def noted_updates(note: bytes) -> int | None:
    """Security updates that Ubuntu's update-notifier has written down; None when it does not say."""
    found = _SECURITY_NOTE.search(note)
    if found:
        return int(found[1])
    everything = _ALL_NOTE.search(note)
    return 0 if everything else None


def simulated_updates(output: bytes) -> int:
    """Packages that `apt-get -s dist-upgrade` would take from a security archive."""
    return sum(line.startswith(b"Inst ") and b"security" in line.partition(b"(")[2].lower()
               for line in output.split(b"\n"))


def open_files(raw: bytes | None) -> tuple[int | None, int | None]:
    """Open files and their limit, of /proc/sys/fs/file-nr."""
    figures = numbers((raw or b"").split())
    if figures is None or len(figures) != 3:
        return None, None
    # The kernel's default limit on large machines is "none": the largest number there is.
    return min(LARGEST, figures[0]), figures[2] if figures[2] < 1 << 62 else None


def _bytes(path: Path) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return None
    finally:
        os.close(descriptor)
