"""Plausible states of one host, web-01, at one instant: made by the real monitor from a made-up history."""

from __future__ import annotations

import math
from contextlib import nullcontext
from functools import lru_cache
from typing import TYPE_CHECKING
from unittest import mock
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from opsconsole.core.clock import DAY, HOUR, MINUTE, SECOND, Instant
from opsconsole.health.judging.monitor import Monitor
from opsconsole.health.model import (
    Cpu,
    Disk,
    Facts,
    Health,
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
from opsconsole.health.settings import HealthSettings

if TYPE_CHECKING:
    from collections.abc import Callable

ZONE = ZoneInfo("Europe/Berlin")
NOW: Instant = 1_795_181_460_000
"""2026-11-20 14:31:00 CET."""
WATCHED = 4 * HOUR
KIB, MIB, GIB = 1024, 1024**2, 1024**3
HOST = Host(name="web-01", system="Debian GNU/Linux 12 (bookworm)", kernel="6.1.0-28-amd64", cores=4,
            booted_at=NOW - 41 * DAY - 3 * HOUR)


class HandClock:
    """A clock that is turned by hand."""

    def __init__(self, at: Instant = NOW, tick: float = 0.0) -> None:
        self.at, self.tick = at, tick

    def now(self) -> Instant:
        return self.at

    def monotonic(self) -> float:
        return self.tick

    def forward(self, seconds: float) -> None:
        self.at += round(seconds * 1000)
        self.tick += seconds


def wave(at: Instant, middle: float, swing: float, period: float) -> float:
    """A figure that goes up and down, the same at the same instant."""
    turns = (at - NOW) / 1000 / period
    return middle + swing * (0.6 * math.sin(2 * math.pi * turns) + 0.4 * math.sin(2 * math.pi * turns * 3.7 + 1))


def mount(path: str, device: str, total: float, percent: float, *, inodes: float = 11.0, kind: str = "ext4") -> Mount:
    """A mount with its space in GiB and its used share."""
    size = round(total * GIB)
    used = round(size * percent / 100)
    return Mount(path=path, device=device, kind=kind, total=size, used=used, free=size - used,
                 inodes_total=round(total * 65_536), inodes_used=round(total * 65_536 * inodes / 100))


def process(pid: int, name: str, cpu: float, memory: float, user: str, command: str, *, parent: int = 1,
            state: str = "S", age: float = 19 * 86_400.0) -> Process:
    """A process with its memory in MiB."""
    return Process(pid=pid, parent=parent, name=name, command=command, user=user, state=state, cpu=cpu,
                   memory=round(memory * MIB), threads=4, started=NOW - round(age * 1000), read_rate=0.0,
                   write_rate=cpu * 1000)


PROCESSES = (
    process(8123, "postgres", 38.2, 1240, "postgres", "postgres: 15/main: shop shop 127.0.0.1(41822) SELECT"),
    process(9010, "gunicorn", 9.1, 410, "shop", "/srv/shop/.venv/bin/python /srv/shop/.venv/bin/gunicorn shop.wsgi"),
    process(9011, "gunicorn", 7.4, 402, "shop", "/srv/shop/.venv/bin/python /srv/shop/.venv/bin/gunicorn shop.wsgi",
            parent=9010),
    process(9012, "gunicorn", 6.8, 398, "shop", "/srv/shop/.venv/bin/python /srv/shop/.venv/bin/gunicorn shop.wsgi",
            parent=9010),
    process(1020, "nginx", 2.3, 38, "www-data", "nginx: worker process"),
    process(1021, "nginx", 2.1, 37, "www-data", "nginx: worker process"),
    process(702, "redis-server", 1.4, 96, "redis", "/usr/bin/redis-server 127.0.0.1:6379"),
    process(881, "systemd-journald", 0.9, 60, "root", "/lib/systemd/systemd-journald"),
    process(8120, "postgres", 0.6, 180, "postgres", "postgres: 15/main: checkpointer"),
    process(8121, "postgres", 0.4, 92, "postgres", "postgres: 15/main: walwriter"),
    process(1544, "celery", 0.3, 220, "shop", "/srv/shop/.venv/bin/python -m celery -A shop worker"),
    process(640, "sshd", 0.1, 9, "root", "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"),
    process(1, "systemd", 0.0, 13, "root", "/sbin/init"),
    process(655, "chronyd", 0.0, 4, "_chrony", "/usr/sbin/chronyd -F 1"),
    process(512, "cron", 0.0, 3, "root", "/usr/sbin/cron -f"),
    process(2, "kthreadd", 0.0, 0, "root", "[kthreadd]", parent=0, age=41 * 86_400.0),
)


def snapshot(at: Instant = NOW) -> Snapshot:
    """A quiet afternoon."""
    busy = wave(at, 31, 12, 420)
    used = wave(at, 61, 1.5, 5000) / 100
    total = round(7.8 * GIB)
    return Snapshot(
        at=at, host=HOST,
        cpu=Cpu(busy=busy, user=busy * 0.72, system=busy * 0.28, iowait=2.1, steal=0.2,
                cores=tuple(max(0.0, min(100.0, busy + offset)) for offset in (14.0, -6.0, 3.0, -11.0))),
        memory=Memory(total=total, available=round(total * (1 - used)), used=round(total * used),
                      cached=round(total * 0.22), buffers=round(total * 0.02)),
        swap=Swap(total=2 * GIB, used=0, in_rate=0.0, out_rate=0.0),
        load=Load(one=wave(at, 1.2, 0.4, 600), five=0.90, fifteen=0.71),
        pressure=Pressure(cpu_some=3.2, memory_some=0.0, memory_full=0.0, io_some=1.1, io_full=0.8),
        mounts=(mount("/", "/dev/vda1", 220, 72.2), mount("/var", "/dev/vdb1", 46, 64.0),
                mount("/srv/shop/media", "/dev/vdc1", 500, 41.0, inodes=22.0),
                mount("/boot", "/dev/vda2", 0.92, 31.0)),
        interfaces=(Interface(name="eth0", up=True, speed=10_000, received=10**12, sent=10**11, errors=0, drops=12,
                              receive_rate=max(0.0, wave(at, 1.2e6, 7e5, 300)), send_rate=3.4e5, error_rate=0.0,
                              drop_rate=0.0),
                    Interface(name="wg0", up=True, received=10**9, sent=10**9, errors=0, drops=0, receive_rate=1850.0,
                              send_rate=920.0, error_rate=0.0, drop_rate=0.0)),
        disks=(Disk(name="vda", read_rate=12_000.0, write_rate=4.1e5, reads=1.0, writes=22.0, busy=3.1),
               Disk(name="vdb", read_rate=2.4e6, write_rate=1.3e6, reads=80.0, writes=64.0, busy=wave(at, 18, 9, 240))),
        sensors=(Sensor(name="CPU package", kind=SensorKind.TEMPERATURE, value=52.0, high=80.0, critical=100.0),
                 Sensor(name="nvme0", kind=SensorKind.TEMPERATURE, value=41.0, high=70.0, critical=85.0),
                 Sensor(name="rear fan", kind=SensorKind.FAN, value=1240.0)),
        sign_ins=(SignIn(user="ana", terminal="pts/0", origin="10.20.0.15", since=NOW - 2 * HOUR - 12 * MINUTE),
                  SignIn(user="ben", terminal="pts/1", origin="10.20.0.31", since=NOW - 14 * MINUTE)),
        facts=Facts(clock_synchronised=True, reboot_required=False, failed_units=(), security_updates=0,
                    open_files=9_120, open_files_limit=801_544, oom_kills=0, zombies=0, at=at),
        processes=PROCESSES, process_count=214, interval=2.0)


def normal_at(at: Instant) -> Snapshot:
    return snapshot(at)


def degraded_at(at: Instant) -> Snapshot:
    """/var fills up, and the machine has hints to give."""
    quiet = snapshot(at)
    percent = 90.9 - 3.5e-5 * (NOW - at) / 1000
    facts = replace(quiet.facts, security_updates=3, reboot_required=True,
                    reboot_packages=("linux-image-6.1.0-28-amd64", "libc6", "openssl", "systemd"))
    return replace(quiet, facts=facts, mounts=(quiet.mounts[0], mount("/var", "/dev/vdb1", 46, percent),
                                               *quiet.mounts[2:]))


def many_mounts_at(at: Instant) -> Snapshot:
    """A storage server: 30 mounts, one of which is full."""
    quiet = snapshot(at)
    more = tuple(mount(f"/srv/data/{number:02}", f"/dev/sd{number}", 4096, 93.5 if number == 17 else 35 + number)
                 for number in range(28))
    return replace(quiet, mounts=(*quiet.mounts[:2], *more))


def critical_at(at: Instant) -> Snapshot:
    """Besides, memory is used up since 14:27, pages move, and a unit has failed."""
    bad = degraded_at(at)
    since = NOW - 4 * MINUTE
    if at < since:
        return bad
    total = bad.memory.total
    used = min(97.4, 88 + (at - since) / 1000 / 10)
    busy = min(79.0, 58 + (at - since) / 1000 / 8)
    return replace(
        bad, cpu=Cpu(busy=busy, user=busy * 0.4, system=busy * 0.6, iowait=17.5, steal=0.2,
                     cores=(min(100.0, busy + 16), busy - 9, busy + 4, busy - 11)),
        memory=replace(bad.memory, used=round(total * used / 100), available=round(total * (1 - used / 100)),
                       cached=round(total * 0.01)),
        swap=replace(bad.swap, used=round(1.61 * GIB), in_rate=2.2e6, out_rate=9.4e6),
        load=Load(one=9.41, five=5.12, fifteen=2.30),
        pressure=Pressure(cpu_some=34.0, memory_some=28.5, memory_full=12.0, io_some=31.0, io_full=22.0),
        facts=replace(bad.facts, failed_units=("redis-server.service",), oom_kills=1),
        processes=(process(9010, "gunicorn", 88.0, 4710, "shop",
                           "/srv/shop/.venv/bin/python /srv/shop/.venv/bin/gunicorn shop.wsgi"),
                   process(61, "kswapd0", 41.0, 0, "root", "[kswapd0]", parent=2, state="D"), *PROCESSES[0:1],
                   *PROCESSES[2:6], *PROCESSES[7:]))


def hung_mount_at(at: Instant) -> Snapshot:
    """The file server has not answered since 14:27."""
    quiet = snapshot(at)
    since = NOW - 4 * MINUTE
    nas = mount("/mnt/nas", "nas:/export/backup", 4096, 58.0, kind="nfs4")
    if at >= since:
        nas = Mount(path=nas.path, device=nas.device, kind=nas.kind, silent_since=since)
    return replace(quiet, mounts=(*quiet.mounts, nas))


def no_sensors_at(at: Instant) -> Snapshot:
    """A container: no sensors, no PSI, no systemd, no swap, little permission."""
    quiet = snapshot(at)
    return replace(quiet, sensors=(), pressure=Pressure(), swap=Swap(total=0, used=0), disks=(), facts=Facts(at=at),
                   mounts=quiet.mounts[:1], gaps=("no disks in /proc/diskstats", "systemd is not running here"))


def replayed(of: Callable[[Instant], Snapshot], *, settings: HealthSettings | None = None,
             watched: int = WATCHED) -> Health:
    """What the monitor thinks at NOW after it has watched for a while."""
    return monitored(of, settings=settings, watched=watched)[1]


def monitored(of: Callable[[Instant], Snapshot], *, settings: HealthSettings | None = None,
              watched: int = WATCHED) -> tuple[Monitor, Health]:
    """The monitor as well, whose `trails` are the source of charts."""
    clock = HandClock(NOW - watched)
    monitor = Monitor(settings or HealthSettings(), clock)
    # A forecast is forgotten with the next one, half a minute later: the last ones will do, which are most of the work.
    unseen = NOW - 3 * MINUTE if watched % MINUTE == 0 else clock.at
    with mock.patch.object(monitor, "_forecast") if clock.at < unseen else nullcontext():
        health = monitor.take(of(clock.at))
        while clock.at < unseen - 15 * SECOND:
            clock.forward(15 if NOW - clock.at <= 15 * MINUTE else 60)
            health = monitor.take(of(clock.at))
    while clock.at < NOW:
        clock.forward(15 if NOW - clock.at <= 15 * MINUTE else 60)
        health = monitor.take(of(clock.at))
    return monitor, health


@lru_cache
def normal() -> Health:
    return replayed(normal_at)


@lru_cache
def degraded() -> Health:
    return replayed(degraded_at)


@lru_cache
def many_mounts() -> Health:
    return replayed(many_mounts_at)


@lru_cache
def critical_watched() -> tuple[Monitor, Health]:
    """With the monitor, for those who only read what it has seen."""
    return monitored(critical_at)


def critical() -> Health:
    return critical_watched()[1]


@lru_cache
def hung_mount() -> Health:
    return replayed(hung_mount_at)


@lru_cache
def no_sensors() -> Health:
    return replayed(no_sensors_at)


def first() -> Health:
    """The very first sample: no rates yet."""
    quiet = snapshot()
    return Monitor(HealthSettings(), HandClock()).take(replace(
        quiet, interval=None, cpu=Cpu(busy=None), disks=(Disk(name="vda"), Disk(name="vdb")),
        swap=replace(quiet.swap, in_rate=None, out_rate=None),
        interfaces=tuple(replace(one, receive_rate=None, send_rate=None, error_rate=None, drop_rate=None)
                         for one in quiet.interfaces)))


loading: Health | None = None
"""Before the first sample there is no health at all."""

STATES: dict[str, Callable[[], Health | None]] = {
    "normal": normal, "degraded": degraded, "critical": critical, "hung_mount": hung_mount, "no_sensors": no_sensors,
    "first": first, "loading": lambda: loading}
STEP = 15 * SECOND
