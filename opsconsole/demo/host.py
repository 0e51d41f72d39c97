"""The invented server itself, as a sampler would find it at any moment. Pure: the same at the same moment.

Its figures follow the hours of the day. What breaks shows: pages without their cache or database take the processors,
and /var fills because of what is written into the logs.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from opsconsole.core.clock import DAY, HOUR, MINUTE, local
from opsconsole.demo.plots import HOST
from opsconsole.demo.world import BROKE, FILLING, UPGRADED
from opsconsole.health.model import (
    Cpu,
    Disk,
    Facts,
    Host,
    Interface,
    Load,
    Memory,
    Mount,
    Pressure,
    Process,
    Sensor,
    SensorKind,
    SignIn,
    Snapshot,
    Swap,
)

if TYPE_CHECKING:
    from opsconsole.core.clock import Instant
    from opsconsole.demo.world import World

_GIB: Final = 1024**3
_MIB: Final = 1024**2
_MEMORY: Final = round(7.8 * _GIB)
_CORES: Final = (14.0, -6.0, 3.0, -11.0)
_FIRST_PID: Final = 1 << 22
"""Above the highest number that a process of Linux can have, so that ending one here can never end one of this host."""


def snapshot(world: World, at: Instant, processes: int | None = 0) -> Snapshot:
    """What is found at a moment.

    Args:
        world: the server.
        at: when.
        processes: how many of the busiest there shall be; None: all.
    """
    since = at - (world.now - BROKE)
    bad = min(1.0, since / (4 * MINUTE)) if since > 0 else 0.0
    day = activity(at)
    busy = _within(_wave(at, 14 + 24 * day, 7, 420) + 34 * bad, 2, 99)
    used = round(_MEMORY * (_wave(at, 54 + 8 * day, 1.5, 5000) + 9 * bad) / 100)
    found = processes_of(world, at, busy, bad) if processes != 0 else ()
    return Snapshot(
        at=at, host=Host(HOST, "Debian GNU/Linux 12 (bookworm)", "6.1.0-28-amd64", 4, world.now - 41 * DAY - 3 * HOUR),
        cpu=Cpu(busy, busy * 0.72, busy * 0.28, 1.6 + 4 * bad, 0.2,
                tuple(_within(busy + offset, 0, 100) for offset in _CORES)),
        memory=Memory(_MEMORY, _MEMORY - used, used, round(_MEMORY * 0.22), round(_MEMORY * 0.02)),
        swap=Swap(2 * _GIB, round(0.11 * _GIB), 0.0, 0.0),
        load=Load(round(busy / 26, 2), round(busy / 30 + 0.1, 2), round(0.4 + day + bad, 2)),
        pressure=Pressure(2 + 14 * bad, 0.1, 0.0, 0.9 + 3 * bad, 0.4), mounts=_mounts(world, at),
        interfaces=_interfaces(at, day), disks=_disks(at, day, bad), sensors=_sensors(at, busy),
        sign_ins=_sign_ins(world, at), facts=_facts(world, at),
        processes=found if processes is None else found[:processes],
        process_count=205 + round(9 * day) + round(12 * bad), interval=2.0)


@lru_cache(maxsize=4)
def activity(at: Instant) -> float:
    """How much goes on, 0 at night to 1 in the afternoon; at weekends a third of it."""
    moment = local(at)
    hour = moment.hour + moment.minute / 60
    share = max(0.0, math.sin((hour - 6) / 16 * math.pi)) if 6 <= hour <= 22 else 0.0
    return share / 3 if moment.weekday() > 4 else share


def _wave(at: Instant, middle: float, swing: float, period: float) -> float:
    """A figure that goes up and down, the same at the same instant."""
    turns = at / 1000 / period
    return middle + swing * (0.6 * math.sin(2 * math.pi * turns) + 0.4 * math.sin(2 * math.pi * turns * 3.7 + 1))


def _within(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def _mount(path: str, device: str, total: float, percent: float) -> Mount:
    size = round(total * _GIB)
    used = round(size * percent / 100)
    nodes = round(total * 65_536)
    return Mount(path, device, "ext4", total=size, used=used, free=size - used, inodes_total=nodes,
                 inodes_used=round(nodes * percent / 600))


def _mounts(world: World, at: Instant) -> tuple[Mount, ...]:
    # 80 % are reached when the alert of it begins; every Sunday old logs go.
    week = (at - (world.now - 6 * DAY)) / DAY % 7
    var = 62 + 2.3 * week
    if at > world.now - DAY:
        var = 80 + 11 * (at - (world.now - FILLING)) / FILLING if at > world.now - FILLING else 80 - 4.2 * (
            (world.now - FILLING - at) / (DAY - FILLING))
    days = (at - world.begun) / DAY
    return (_mount("/", "/dev/vda1", 220, 70.4 + 0.06 * days), _mount("/var", "/dev/vdb1", 46, _within(var, 5, 97)),
            _mount("/srv/media", "/dev/vdc1", 500, 38.0 + 0.1 * days), _mount("/boot", "/dev/vda2", 0.92, 31.0))


def _interfaces(at: Instant, day: float) -> tuple[Interface, ...]:
    coming = max(2e3, _wave(at, 2e5 + 1.1e6 * day, 1e5 + 3e5 * day, 300))
    return (Interface("eth0", up=True, speed=10_000, received=10**12, sent=10**11, drops=12, receive_rate=coming,
                      send_rate=coming * 2.8, error_rate=0.0, drop_rate=0.0),
            Interface("wg0", up=True, received=10**9, sent=10**9, receive_rate=1850.0, send_rate=920.0, error_rate=0.0,
                      drop_rate=0.0))


def _disks(at: Instant, day: float, bad: float) -> tuple[Disk, ...]:
    return (Disk("vda", 12_000.0, 4.1e5, 1.0, 22.0, 3.1),
            Disk("vdb", 1.1e6 + 2.1e6 * day, 9e5 + 4e5 * day + 2e6 * bad, 30 + 60 * day, 64.0,
                 _within(_wave(at, 9 + 9 * day + 22 * bad, 5, 240), 0, 100)))


def _sensors(at: Instant, busy: float) -> tuple[Sensor, ...]:
    return (Sensor("CPU package", SensorKind.TEMPERATURE, round(41 + busy / 4, 1), high=80.0, critical=100.0),
            Sensor("nvme0", SensorKind.TEMPERATURE, round(_wave(at, 41, 1.5, 3600), 1), high=70.0, critical=85.0),
            Sensor("rear fan", SensorKind.FAN, round(_wave(at, 1240, 25, 900))))


def _sign_ins(world: World, at: Instant) -> tuple[SignIn, ...]:
    other, since = world.colleague, world.now - UPGRADED - 3 * MINUTE
    mine = SignIn(world.me.name, "pts/0", world.me.origin, world.now - 2 * MINUTE)
    return (SignIn(other.name, "pts/1", other.origin, since), mine) if at >= since else (mine,)


def _facts(world: World, at: Instant) -> Facts:
    upgraded, broken = at >= world.now - UPGRADED, at >= world.now - BROKE
    return Facts(
        clock_synchronised=True, reboot_required=upgraded,
        reboot_packages=("linux-image-6.1.0-28-amd64",) if upgraded else (),
        failed_units=(world.plot.trouble.unit,) if broken else (), security_updates=3, open_files=9_120,
        open_files_limit=801_544, oom_kills=0, zombies=0, at=at)


def processes_of(world: World, at: Instant, busy: float, bad: float) -> tuple[Process, ...]:
    """What runs at a moment, the busiest first."""
    found = [Process(
        _FIRST_PID + place, 1 if name != "app" or place % 4 == 0 else _FIRST_PID + place - 1, name, command, user, "S",
        cpu=round(max(0.0, share * busy / 10 * (1 + 0.1 * math.sin(at / 9000 + place))), 1), memory=round(size * _MIB),
        threads=4, started=world.now - age * HOUR, read_rate=0.0, write_rate=share * 1000)
        for place, (name, share, size, user, command, age) in enumerate(_PROGRAMS)]
    gone = world.plot.trouble.unit.partition(".")[0] if bad else ""
    return tuple(sorted((one for one in found if one.name != gone), key=lambda one: -(one.cpu or 0.0)))


_PROGRAMS: Final = (
    ("postgres", 9.2, 1240, "postgres", "postgres: 15/main: web web 127.0.0.1(41822) SELECT", 458),
    ("app", 4.4, 410, "web", "/srv/web/bin/app serve --workers 4", 30),
    ("app", 3.9, 402, "web", "/srv/web/bin/app serve --workers 4", 30),
    ("app", 3.1, 398, "web", "/srv/web/bin/app serve --workers 4", 30),
    ("nginx", 1.1, 38, "www-data", "nginx: worker process", 458),
    ("nginx", 0.9, 37, "www-data", "nginx: worker process", 458),
    ("redis-server", 0.7, 96, "redis", "/usr/bin/redis-server 127.0.0.1:6379", 458),
    ("systemd-journald", 0.5, 60, "root", "/lib/systemd/systemd-journald", 987),
    ("worker", 0.4, 220, "web", "/srv/web/bin/app queue:work", 30),
    ("postgres", 0.3, 180, "postgres", "postgres: 15/main: checkpointer", 458),
    ("postgres", 0.2, 92, "postgres", "postgres: 15/main: walwriter", 458),
    ("sshd", 0.1, 9, "root", "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups", 987),
    ("systemd", 0.0, 13, "root", "/sbin/init", 987),
    ("chronyd", 0.0, 4, "_chrony", "/usr/sbin/chronyd -F 1", 987),
    ("cron", 0.0, 3, "root", "/usr/sbin/cron -f", 987),
)
"""Name, share of what is busy, MiB, user, command line, and for how many hours it has run."""
