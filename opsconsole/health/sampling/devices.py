"""Disks and network interfaces: which are listed, and their counters made into rates.

Disks: whole devices (what /sys/block names) with a size. Left out are loop, ram and zram devices, optical and
floppy drives, and device-mapper volumes (LVM, LUKS, multipath): all that these do arrives at a disk that is
listed, or is memory and seen as swap traffic. md arrays are listed beside their members.

Interfaces: all physical ones; virtual ones (bridge, bond, vlan, tunnel …) when they are up and have carried
something, or are the machine's only ones. The loopback is left out, and what the settings ignore.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from opsconsole.health.model import Disk, Interface
from opsconsole.health.sampling.counters import CounterTable
from opsconsole.health.sampling.kernel import KernelFile, parse_disks, parse_network
from opsconsole.health.sampling.mounts import text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_NO_DISKS: Final = ("loop", "ram", "zram", "sr", "fd", "dm-", "mtdblock")
_PLUMBING: Final = ("ifb", "dummy", "vnet", "vif", "tap", "fwbr", "fwpr", "fwln", "sit0", "ip6tnl", "gre0", "gretap0",
                    "erspan0", "teql", "nlmon")
"""How virtual interfaces begin that only repeat what passes another one."""
_RECHECK: Final = 60.0
"""Seconds until names, speeds and sizes that hardly change are read again."""
_LONGEST_NAME: Final = 255


class Disks:
    """Rates of the whole disks.

    Args:
        proc: where the counters are.
        sys: where it says what a device is.
    """

    def __init__(self, proc: Path, sys: Path) -> None:
        self._file = KernelFile(proc / "diskstats", "Disk traffic is")
        self._block = sys / "block"
        self._table = CounterTable()
        self._seen: frozenset[bytes] = frozenset()
        self._whole: dict[bytes, str] = {}
        self._checked = 0.0

    @property
    def gap(self) -> str:
        """Why there are no figures; empty when there are."""
        return self._file.gap

    def sample(self, now: float) -> tuple[Disk, ...]:
        """All whole disks with their rates since the pass before; `now` is monotonic seconds."""
        counters = parse_disks(self._file.read() or b"")
        if self._seen != counters.keys() or now - self._checked >= _RECHECK:
            self._seen, self._checked = frozenset(counters), now
            self._whole = {name: text(name) for name in counters if self._is_whole(name)}
        rates = self._table.rates({title: counters[name] for name, title in self._whole.items()}, now)
        return tuple([
            Disk(name, read, write, reads, writes, None if busy is None else min(100.0, busy / 10))
            for name, (read, write, reads, writes, busy) in rates.items()])

    def _is_whole(self, name: bytes) -> bool:
        if name.startswith(tuple([prefix.encode() for prefix in _NO_DISKS])) or len(name) > _LONGEST_NAME:
            return False
        # The kernel writes a slash in a device's name (cciss/c0d0) as `!` in /sys.
        folder = os.fsencode(self._block) + b"/" + name.replace(b"/", b"!")
        if not self._block.is_dir():
            return True
        if not os.path.isdir(folder) or b".." in name:  # noqa: PTH112 - a name of foreign bytes is no `Path`
            return False
        return _first_line(folder + b"/size") not in (b"", b"0") and _first_line(folder + b"/hidden") != b"1"

    def close(self) -> None:
        """Closes the files."""
        self._file.close()


class _Link:
    """What is known of one interface besides its counters."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.physical = (folder / "device").exists()
        self.operational = KernelFile(folder / "operstate")
        self.speed = 0
        self.checked = -_RECHECK
        self.up = False

    def look(self, now: float) -> None:
        state = (self.operational.read() or b"").strip()
        # Tunnels, and some drivers, never say `up`; then the carrier tells.
        up = state == b"up" or (state == b"unknown" and _first_line(bytes(self.folder / "carrier")) == b"1")
        if up is not self.up or now - self.checked >= _RECHECK:
            self.up, self.checked = up, now
            speed = _first_line(bytes(self.folder / "speed")) if up else b""
            self.speed = int(speed) if speed.isdigit() and len(speed) < 10 and int(speed) < 10_000_000 else 0


class Interfaces:
    """Rates of the network interfaces.

    Args:
        proc: where the counters are.
        sys: where it says what an interface is.
        shows: whether the settings let a name be shown.
    """

    def __init__(self, proc: Path, sys: Path, shows: Callable[[str], bool]) -> None:
        self._file = KernelFile(proc / "net" / "dev", "Network traffic is")
        self._net = sys / "class" / "net"
        self._shows = shows
        self._table = CounterTable()
        self._links: dict[bytes, _Link] = {}
        self._names: dict[bytes, str | None] = {}

    @property
    def gap(self) -> str:
        """Why there are no figures; empty when there are."""
        return self._file.gap

    def sample(self, now: float) -> tuple[Interface, ...]:
        """The interfaces that matter with their rates since the pass before; `now` is monotonic seconds."""
        counters = parse_network(self._file.read() or b"")
        for gone in self._names.keys() - counters.keys():
            del self._names[gone]
            if gone in self._links:
                self._links.pop(gone).operational.close()
        listed: dict[str, tuple[_Link, Sequence[int]]] = {}
        for name, values in counters.items():
            title = self._title(name)
            if title is None:
                continue
            link = self._links.get(name)
            if link is None:
                link = self._links[name] = _Link(self._net / os.fsdecode(name))
            if link.physical or ((values[0] or values[1]) and not title.startswith(_PLUMBING)):
                link.look(now)
                if link.physical or link.up:
                    listed[title] = (link, values)
        rates = self._table.rates({name: values for name, (_, values) in listed.items()}, now)
        return tuple([Interface(name, link.up, link.speed, *values, *rates[name])
                      for name, (link, values) in listed.items()])

    def _title(self, name: bytes) -> str | None:
        if name not in self._names:
            title = text(name)
            shown = name != b"lo" and self._shows(title)
            possible = b"/" not in name and name not in (b".", b"..") and len(name) <= _LONGEST_NAME
            self._names[name] = title if shown and possible and b"\0" not in name else None
        return self._names[name]

    def close(self) -> None:
        """Closes the files."""
        self._file.close()
        for link in self._links.values():
            link.operational.close()


def _first_line(path: bytes) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (OSError, ValueError):
        return b""
    try:
        return os.read(descriptor, 256).split(b"\n")[0].strip()
    except OSError:
        return b""
    finally:
        os.close(descriptor)
