"""What to do next: small rules over what one console can know by itself.

Each says what was measured, what it means, what to do and which command helps. A level of OK is a hint
that can wait. Commands are shown, never run; foreign names in them are quoted for a shell.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from opsconsole.core import format as fmt
from opsconsole.core.levels import Level
from opsconsole.health.judging.readings import sensor_names
from opsconsole.health.model import Advice, Finding, Forecast, Mount, Process, SensorKind, Snapshot

MANY_ZOMBIES = 10
SOON = 86_400.0
"""Seconds; what is full within a day is a warning, whatever its percentage."""
UNITS_NAMED = 3


class Swelling(NamedTuple):
    """A process whose memory grows steadily: bytes then and now, seconds in between."""

    process: Process
    before: int
    seconds: float


class Scene(NamedTuple):
    """All that the rules may look at."""

    snapshot: Snapshot
    found: Mapping[str, Finding]
    forecasts: Mapping[str, Forecast] = {}
    swellings: tuple[Swelling, ...] = ()
    oom_kills: int = 0
    """Lately; the snapshot has those since boot."""

    def level(self, target: str) -> Level:
        """How bad a target is; OK when it is not judged."""
        finding = self.found.get(target)
        return finding.level if finding else Level.OK


Rule = Callable[[Scene], Iterator[Advice]]


def advise(scene: Scene) -> tuple[Advice, ...]:
    """Every piece of advice that applies, worst first, then in the order of `RULES`."""
    given = [advice for rule in RULES for advice in rule(scene)]
    return tuple(sorted(given, key=lambda advice: -advice.level))


def silent_mount(scene: Scene) -> Iterator[Advice]:
    """A file system that gives no answer blocks whoever touches it."""
    for mount in scene.snapshot.mounts:
        if mount.silent_since is not None:
            silent = fmt.duration((scene.snapshot.at - mount.silent_since) / 1000)
            level = max(scene.level(f"answer:{mount.path}"), Level.UNKNOWN)
            yield Advice(target=f"mount:{mount.path}", level=level,
                         measured=f"{mount.path} has not answered for {silent}",
                         meaning=f"whoever touches it hangs; it comes from {mount.device}",
                         todo="look at its server and the way there; if it stays away, detach it",
                         command=f"umount -l {shlex.quote(mount.path)}")


def read_only(scene: Scene) -> Iterator[Advice]:
    """The kernel makes a file system read-only when its device fails."""
    for mount in scene.snapshot.mounts:
        level = scene.level(f"readonly:{mount.path}")
        if level > Level.UNKNOWN:
            yield Advice(target=f"mount:{mount.path}", level=level,
                         measured=f"{mount.path} became read-only",
                         meaning=f"the kernel does this when {mount.device} fails; nothing can be written",
                         todo="read the kernel's messages before anything else; save what can be read",
                         command="dmesg --level=err,warn | tail -n 30")


def disk_filling(scene: Scene) -> Iterator[Advice]:
    """A mount is nearly full, or will be soon."""
    for mount in scene.snapshot.mounts:
        target = f"mount:{mount.path}"
        forecast, level = scene.forecasts.get(target), scene.level(target)
        if mount.percent is None or mount.free is None or (forecast is None and level < Level.WARNING):
            continue
        meaning = "what writes there fails when it is full"
        if forecast is not None:
            seconds = (forecast.full_at - scene.snapshot.at) / 1000
            meaning = f"full in {fmt.duration(seconds)}, at {fmt.rate(forecast.growth)}, if it goes on so"
            level = max(level, Level.WARNING) if seconds < SOON else level
        yield Advice(target=target, level=max(level, Level.OK),
                     measured=f"{mount.path} is {fmt.percent(mount.percent)} full, {fmt.size(mount.free)} free",
                     meaning=meaning, todo="find what is large and make room",
                     command=f"du -xh --max-depth=2 {shlex.quote(mount.path)} | sort -h | tail -n 15")


def inodes(scene: Scene) -> Iterator[Advice]:
    """Too many files: `no space left` while there is space."""
    for mount in scene.snapshot.mounts:
        level, forecast = scene.level(f"inodes:{mount.path}"), scene.forecasts.get(f"inodes:{mount.path}")
        if mount.inodes_percent is None or (level < Level.WARNING and forecast is None):
            continue
        meaning = "no file can be made when they are used up, whatever space is left"
        if forecast is not None:
            left = fmt.duration((forecast.full_at - scene.snapshot.at) / 1000)
            meaning = f"used up in {left} if it goes on so; then no file can be made"
        yield Advice(target=f"mount:{mount.path}", level=level,
                     measured=f"{mount.path} has used {fmt.percent(mount.inodes_percent)} of its inodes",
                     meaning=meaning, todo="find the folder with very many small files",
                     command=f"du -x --inodes --max-depth=3 {shlex.quote(mount.path)} | sort -n | tail -n 15")


def memory_short(scene: Scene) -> Iterator[Advice]:
    """Memory is nearly used up, or the machine spends its time moving pages."""
    snapshot = scene.snapshot
    level = max(scene.level("memory"), scene.level("swap"), scene.level("memory:pressure"))
    if level < Level.WARNING:
        return
    measured = f"{fmt.size(snapshot.memory.available)} of {fmt.size(snapshot.memory.total)} memory are available"
    if scene.level("swap") >= Level.WARNING:
        traffic = (snapshot.swap.in_rate or 0) + (snapshot.swap.out_rate or 0)
        measured += f", {fmt.rate(traffic)} to and from swap"
    largest = max(snapshot.processes, key=lambda one: one.memory, default=None)
    todo = "find the largest processes; stop or limit what is not needed"
    if largest is not None:
        todo = f"largest is {largest.name} ({largest.pid}) with {fmt.size(largest.memory)}"
    yield Advice(target="memory", level=level, measured=measured,
                 meaning="the kernel will soon end a process to get some", todo=todo,
                 command="ps -eo pid,rss,user,comm --sort=-rss | head")


def oom(scene: Scene) -> Iterator[Advice]:
    """The kernel has ended processes to get memory."""
    since_boot = scene.snapshot.facts.oom_kills or 0
    if not since_boot and not scene.oom_kills:
        return
    number = scene.oom_kills or since_boot
    what = "process" if number == 1 else "processes"
    yield Advice(target="oom", level=scene.level("oom"),
                 measured=f"{number} {what} killed for lack of memory{'' if scene.oom_kills else ' since boot'}",
                 meaning="something that was running is not, or was started again",
                 todo="see which it was, and whether its service came back",
                 command="journalctl -k -g 'out of memory' -n 20")


def swelling(scene: Scene) -> Iterator[Advice]:
    """The memory of one process grows and grows."""
    for process, before, seconds in scene.swellings:
        yield Advice(target=f"process:{process.pid}", level=Level.OK,
                     measured=f"{process.name} ({process.pid}) grew from {fmt.size(before)} to "
                              f"{fmt.size(process.memory)} in {fmt.duration(seconds)}",
                     meaning="steady growth of one process is mostly a leak",
                     todo="plan a restart of its service, and tell who maintains it",
                     command=f"systemctl status {process.pid}")


def swap_without_need(scene: Scene) -> Iterator[Advice]:
    """Swap is still in use although memory is there again."""
    memory, swap = scene.snapshot.memory, scene.snapshot.swap
    quiet = scene.level("swap") <= Level.OK and scene.level("memory") <= Level.OK
    if quiet and swap.percent >= 20 and memory.percent < 60 and swap.used * 2 < memory.available:
        yield Advice(target="swap", level=Level.OK,
                     measured=f"{fmt.size(swap.used)} in swap while {fmt.size(memory.available)} memory are available",
                     meaning="left from a shortage that is over; it comes back slowly, when it is used",
                     todo="no hurry; in a quiet hour, take it back at once",
                     command="swapoff -a && swapon -a")


def load_without_cpu(scene: Scene) -> Iterator[Advice]:
    """Many tasks are ready or blocked, yet the processors idle: they wait for a disk or a network file system."""
    snapshot = scene.snapshot
    level = max(scene.level("load"), scene.level("iowait:cpu"), scene.level("io:pressure"))
    busy = snapshot.cpu.busy
    if level < Level.WARNING or busy is None or busy >= 60:
        return
    blocked = [process for process in snapshot.processes if process.state == "D"]
    wait = "" if snapshot.cpu.iowait is None else f", I/O wait {fmt.percent(snapshot.cpu.iowait)}"
    meaning = "tasks wait for a disk or a network file system, not for a processor"
    if blocked:
        meaning += f": {', '.join(f'{process.name} ({process.pid})' for process in blocked[:3])}"
    yield Advice(target="load", level=level,
                 measured=f"load {snapshot.load.five:.2f} while the processors are {fmt.percent(busy)} busy{wait}",
                 meaning=meaning, todo="see who is blocked, and on what",
                 command="ps -eo state,pid,wchan:24,comm | grep '^D'")


def cpu_busy(scene: Scene) -> Iterator[Advice]:
    """The processors are used up: by whom."""
    snapshot = scene.snapshot
    level = max(scene.level("cpu"), scene.level("cpu:pressure"))
    busiest = max(snapshot.processes, key=lambda process: process.cpu or 0, default=None)
    if level < Level.WARNING or snapshot.cpu.busy is None:
        return
    todo = "see which processes they are"
    if busiest is not None and busiest.cpu:
        todo = f"busiest is {busiest.name} ({busiest.pid}) with {fmt.percent(busiest.cpu)} of a core"
    yield Advice(target="cpu", level=level, measured=f"the processors are {fmt.percent(snapshot.cpu.busy)} busy",
                 meaning="everything else waits for its turn", todo=todo,
                 command="ps -eo pid,pcpu,user,comm --sort=-pcpu | head")


def stolen(scene: Scene) -> Iterator[Advice]:
    """The hypervisor gives the time to others."""
    if scene.level("steal:cpu") >= Level.WARNING and scene.snapshot.cpu.steal is not None:
        yield Advice(target="cpu", level=scene.level("steal:cpu"),
                     measured=f"{fmt.percent(scene.snapshot.cpu.steal)} of processor time went to other guests",
                     meaning="the machine below is overbooked, or this guest has used up its credit",
                     todo="ask the provider, or move to a larger or another machine", command="vmstat 5 5")


def failed_units(scene: Scene) -> Iterator[Advice]:
    """A unit of systemd has failed."""
    units = scene.snapshot.facts.failed_units or ()
    for unit in units[:UNITS_NAMED]:
        yield Advice(target="units", level=max(scene.level("units"), Level.WARNING), measured=f"{unit} failed",
                     meaning="systemd has given it up; it stays down until somebody starts it",
                     todo="read why, correct it, start it again",
                     command=f"journalctl -u {shlex.quote(unit)} -n 50")
    if len(units) > UNITS_NAMED:
        more = len(units) - UNITS_NAMED
        yield Advice(target="units", level=Level.WARNING, measured=f"{more} more unit{'' if more == 1 else 's'} failed",
                     meaning="they often have one cause", todo="list them all", command="systemctl --failed")


def interface_errors(scene: Scene) -> Iterator[Advice]:
    """Frames are damaged."""
    for interface in scene.snapshot.interfaces:
        level = scene.level(f"net:{interface.name}")
        if level >= Level.WARNING and interface.error_rate is not None:
            yield Advice(target=f"net:{interface.name}", level=level,
                         measured=f"{interface.name} has {interface.error_rate:.3g} errors/s, "
                                  f"{fmt.count(interface.errors)} since boot",
                         meaning="cable, port, speed or driver; everything over it becomes slow",
                         todo="see which counters grow, then change cable or port",
                         command=f"ip -s link show dev {shlex.quote(interface.name)}")


def disk_busy(scene: Scene) -> Iterator[Advice]:
    """A disk works all the time."""
    for disk in scene.snapshot.disks:
        level = scene.level(f"disk:{disk.name}")
        if level >= Level.WARNING and disk.busy is not None:
            traffic = (disk.read_rate or 0) + (disk.write_rate or 0)
            yield Advice(target=f"disk:{disk.name}", level=level,
                         measured=f"{disk.name} is {fmt.percent(disk.busy)} busy at {fmt.rate(traffic)}",
                         meaning="requests queue up; what reads or writes becomes slow",
                         todo="see who reads and writes", command="iotop -boa -n 3 | head -n 30")


def hot(scene: Scene) -> Iterator[Advice]:
    """A sensor is past the hardware's own limit."""
    sensors = scene.snapshot.sensors
    for name, sensor in zip(sensor_names(sensors), sensors, strict=True):
        level = scene.level(f"sensor:{name}")
        if level < Level.WARNING:
            continue
        if sensor.kind is SensorKind.BATTERY:
            yield Advice(target=f"sensor:{name}", level=level,
                         measured=f"{name} has {fmt.percent(sensor.value)} left and is not being charged",
                         meaning="the machine stops when it is empty", todo="restore its power")
        else:
            yield Advice(target=f"sensor:{name}", level=level, measured=f"{name} has {sensor.value:.0f} °C",
                         meaning="past the limit that the hardware states; it slows down, then switches off",
                         todo="look at fans, dust, air and load", command="sensors")


def open_files(scene: Scene) -> Iterator[Advice]:
    """The kernel's limit of open files is near."""
    facts, level = scene.snapshot.facts, scene.level("files")
    if level >= Level.WARNING and facts.open_files is not None and facts.open_files_limit:
        yield Advice(target="files", level=level,
                     measured=f"{fmt.count(facts.open_files)} of {fmt.count(facts.open_files_limit)} files are open",
                     meaning="at the limit no program can open a file or accept a connection",
                     todo="find who holds so many; a leak more often than a need",
                     command="for p in /proc/[0-9]*; do echo \"$(ls $p/fd 2>/dev/null | wc -l) $p\"; done"
                             " | sort -n | tail")


def clock(scene: Scene) -> Iterator[Advice]:
    """Nobody sets the clock."""
    if scene.level("clock") >= Level.WARNING:
        yield Advice(target="clock", level=scene.level("clock"), measured="the clock is not synchronised",
                     meaning="it drifts; logs, certificates and sign-ins by code go wrong",
                     todo="start a time service", command="timedatectl status")


def zombies(scene: Scene) -> Iterator[Advice]:
    """Ended processes that nobody asks about."""
    number = scene.snapshot.facts.zombies or 0
    if number >= MANY_ZOMBIES:
        yield Advice(target="processes", level=Level.OK, measured=f"{number} zombie processes",
                     meaning="their parent does not ask how they ended; each holds a process id",
                     todo="restart the parent", command="ps -eo stat,ppid,pid,comm | grep '^Z'")


def security_updates(scene: Scene) -> Iterator[Advice]:
    """The distribution has corrections that are not installed."""
    number = scene.snapshot.facts.security_updates or 0
    if number > 0:
        apt = any(name in scene.snapshot.host.system for name in ("Debian", "Ubuntu", "Mint"))
        yield Advice(target="updates", level=Level.OK,
                     measured=f"security updates: {number} not installed",
                     meaning="the weaknesses that they close are public", todo="install them today",
                     command="apt list --upgradable" if apt else "dnf updateinfo list --security")


def reboot(scene: Scene) -> Iterator[Advice]:
    """An update works only after a reboot."""
    facts = scene.snapshot.facts
    if facts.reboot_required:
        packages = ", ".join(facts.reboot_packages[:3])
        more = len(facts.reboot_packages) - 3
        named = f" for {packages}{f' and {more} more' if more > 0 else ''}" if packages else ""
        yield Advice(target="reboot", level=Level.OK, measured=f"a reboot is required{named}",
                     meaning="the old version runs until then",
                     todo="choose a quiet hour, tell the others", command="systemctl reboot")


def refused_mount(scene: Scene) -> Iterator[Advice]:
    """A file system answers with an error."""
    for mount in scene.snapshot.mounts:
        if mount.problem and scene.level(f"mount:{mount.path}") >= Level.UNKNOWN:
            yield Advice(target=f"mount:{mount.path}", level=scene.level(f"mount:{mount.path}"),
                         measured=f"{mount.path}: {mount.problem}", meaning=_came_from(mount),
                         todo="mount it again, or take it away",
                         command=f"findmnt --target {shlex.quote(mount.path)}")


def _came_from(mount: Mount) -> str:
    return f"its space is not known; it is {mount.kind} from {mount.device}"


RULES: tuple[Rule, ...] = (silent_mount, read_only, refused_mount, disk_filling, inodes, memory_short, oom, cpu_busy,
                           load_without_cpu, stolen, failed_units, disk_busy, interface_errors, hot, open_files,
                           clock, swelling, swap_without_need, zombies, security_updates, reboot)
"""In the order in which they are given where they are equally urgent."""
