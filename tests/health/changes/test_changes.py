"""What changed on a host: packages, restarts, services, sign-ins as root."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import re
import struct
from datetime import datetime
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.clock import HOUR, MINUTE, SECOND, SystemClock, instant, local
from opsconsole.core.database import METRICS, Database
from opsconsole.core.timeline import TOGETHER
from opsconsole.health.changes.collect import Collector, Sources, changes
from opsconsole.health.changes.logins import logins
from opsconsole.health.changes.model import Change, ChangeKind, grouped
from opsconsole.health.changes.packages import packages
from opsconsole.health.changes.store import ChangeStore
from opsconsole.health.changes.units import units

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def own(text: str) -> int:
    """A time of the machine's own zone as ms UTC."""
    return instant(datetime.fromisoformat(text).astimezone())


NOON = own("2026-11-20 12:00:00")
DPKG = """\
2026-11-20 11:26:00 startup archives unpack
2026-11-20 11:26:01 upgrade redis-server:amd64 5:7.0.14-1 5:7.0.15-1
2026-11-20 11:26:01 status half-configured redis-server:amd64 5:7.0.14-1
2026-11-20 11:26:02 install libfoo:amd64 <none> 1.2-3
2026-11-20 11:40:00 remove nginx:amd64 1.22.1-9 <none>
2026-11-20 99:99:99 upgrade never:amd64 1 2
garbage \x1b[2J
"""


def put(root: Path, name: str, content: str | bytes) -> Path:
    path = root / "var/log" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    os.utime(path, (NOON / 1000, NOON / 1000))
    return path


def texts(found: list[Change]) -> list[str]:
    return [one.text for one in found]


def test_packages_of_dpkg(tmp_path: Path) -> None:
    put(tmp_path, "dpkg.log", DPKG)
    found = packages(NOON - HOUR, NOON, tmp_path / "var/log")
    assert texts(found) == ["redis-server upgraded 7.0.14-1 to 7.0.15-1", "libfoo installed 1.2-3", "nginx removed"]
    assert found[0] == Change(own("2026-11-20 11:26:01"), ChangeKind.PACKAGE, found[0].text)
    assert texts(packages(own("2026-11-20 11:30:00"), NOON, tmp_path / "var/log")) == ["nginx removed"]


def test_rotated_and_packed_logs_are_read_as_far_as_they_can_matter(tmp_path: Path) -> None:
    put(tmp_path, "dpkg.log.1", "2026-11-19 10:00:00 upgrade old:all 1 2\n")
    put(tmp_path, "dpkg.log.2.gz", gzip.compress(b"2026-11-18 10:00:00 purge older:all 1 <none>\n"))
    put(tmp_path, "dpkg.log.3.gz", b"\x1f\x8b no gzip")
    os.utime(put(tmp_path, "dpkg.log.4.gz", gzip.compress(b"2026-11-17 10:00:00 install never:all <none> 2\n")), (1, 1))
    assert texts(packages(NOON - 72 * HOUR, NOON, tmp_path / "var/log")) == ["older purged", "old upgraded 1 to 2"]


def test_packages_of_dnf_and_yum(tmp_path: Path) -> None:
    put(tmp_path, "dnf.rpm.log",
        "2026-11-20T10:00:00+0000 SUBDEBUG Upgrade: redis-7.0.15-1.el9.x86_64\n"
        "2026-11-20T10:00:01+0000 SUBDEBUG Upgraded: redis-7.0.14-1.el9.x86_64\n"
        "2026-11-20T10:00:02Z INFO Installed: foo-1-1.noarch\n2026-99-20T10:00:02Z INFO Installed: bar-1\n")
    put(tmp_path, "yum.log", "Nov 19 13:00:00 Updated: bash-5.1\nDec 24 13:00:00 Erased: games-1\n"
        "Nov 33 13:00:00 Updated: x\n")
    found = packages(NOON - 400 * 24 * HOUR, NOON, tmp_path / "var/log")
    assert texts(found) == ["games-1 removed", "bash-5.1 upgraded", "redis-7.0.15-1.el9.x86_64 upgraded",
                            "foo-1-1.noarch installed"]
    assert found[0].at == own("2025-12-24 13:00:00")


def record(kind: int, user: str, host: str, at: int) -> bytes:
    return struct.pack("<hxxi32s4s32s256shhiii4i20s", kind, 1, b"pts/0", b"0", user.encode(), host.encode(), 0, 0, 0,
                       at // SECOND, 0, 0, 0, 0, 0, b"")


def test_restarts_and_sign_ins(tmp_path: Path) -> None:
    boot, first, second = NOON - 50 * MINUTE, NOON - 40 * MINUTE, NOON - 30 * MINUTE
    put(tmp_path, "wtmp", record(2, "reboot", "6.1.0", boot) + record(7, "root", "192.0.2.7", first)
        + record(7, "ana", "192.0.2.8", first) + record(7, "root", "", second) + b"half a record")
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/stat").write_text(f"cpu 1 2\nbtime {boot // SECOND + 3}\n")
    put(tmp_path, "auth.log",
        f"{local(first).isoformat()} web sshd[7]: Accepted publickey for root from 192.0.2.7 port 1 ssh2\n"
        f"{local(NOON):%b %e %H:%M:%S} web sshd[8]: Accepted password for root from 2001:db8::1 port 2 ssh2\n"
        "Nov 20 11:00:00 web sshd[9]: Accepted password for ana from 192.0.2.9 port 2 ssh2\n"
        "Foo 99 11:00:00 web sshd[9]: Accepted password for root from 192.0.2.9 port 2 ssh2\n")
    found = logins(NOON - HOUR, NOON, tmp_path / "var/log", tmp_path / "proc")
    assert texts(found) == ["started", "root from 192.0.2.7", "root here", "root from 2001:db8::1"]
    assert [one.kind for one in found] == [ChangeKind.REBOOT, *[ChangeKind.SIGN_IN] * 3]


def test_nothing_there_is_nothing(tmp_path: Path) -> None:
    assert packages(0, NOON, tmp_path / "var/log") == []
    assert logins(0, NOON, tmp_path / "var/log", tmp_path / "proc") == []


@given(st.binary(max_size=2_000))
def test_any_bytes_are_no_trouble(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    root = tmp_path_factory.mktemp("root")
    for name in ("dpkg.log", "dnf.rpm.log", "yum.log", "wtmp", "auth.log"):
        put(root, name, raw)
    assert isinstance(packages(0, 2**45, root / "var/log"), list)
    assert isinstance(logins(0, 2**45, root / "var/log", root / "proc"), list)


def journal(tmp_path: Path, *entries: object, tail: str = "") -> str:
    program = tmp_path / "journalctl"
    lines = "\n".join(json.dumps(entry) for entry in entries)
    program.write_text(f"#!/bin/sh\ncat <<'EOF'\n{lines}\nEOF\n{tail}\n")
    program.chmod(0o755)
    return str(program)


def entry(at: int, unit: object, what: str) -> dict[str, object]:
    ids = {"start": "39f53479d3a045ac8e11786248231fbf", "stop": "9d1aaa27d60140bd96365438aad20286",
           "fail": "be02cf6855d2428ba40df7e9d022f03d"}
    return {"__REALTIME_TIMESTAMP": str(at * 1000), "UNIT": unit, "MESSAGE_ID": ids[what]}


async def test_units(tmp_path: Path) -> None:
    program = journal(
        tmp_path, entry(NOON - 9000, "redis.service", "stop"), entry(NOON - 8000, "redis.service", "start"),
        entry(NOON - 7000, "nginx.service", "fail"), entry(NOON - 6000, "session-4.scope", "start"),
        entry(NOON - 5000, "user@0.service", "start"), entry(NOON - 4000, [1, 2], "start"), {"UNIT": 7}, "text",
        entry(NOON - 3000, "cron.service", "stop"), entry(NOON + 9000, "late.service", "start"), tail="echo '{'")
    found = await units(NOON - HOUR, NOON, program)
    assert texts(found) == ["redis.service restarted", "nginx.service failed to start", "cron.service stopped"]
    assert found[0].at == NOON - 8000


async def test_a_machine_without_a_journal_has_no_units(tmp_path: Path) -> None:
    assert await units(0, NOON, "no-such-journalctl") == []
    broken = tmp_path / "journalctl"
    broken.write_text("not a program")
    broken.chmod(0o755)
    assert await units(0, NOON, str(broken)) == []


async def test_a_journal_that_hangs_or_floods_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opsconsole.health.changes.units.LIMIT", 0.2)
    assert await units(0, NOON, journal(tmp_path, tail="sleep 30")) == []
    monkeypatch.setattr("opsconsole.health.changes.units.MOST_BYTES", 100_000)
    assert await units(0, NOON, journal(tmp_path, tail="exec yes")) == []


async def test_what_is_known_is_stored_once(tmp_path: Path) -> None:
    async with await Database.open(tmp_path / "metrics.db", METRICS) as db:
        store = ChangeStore(db)
        one = Change(NOON, ChangeKind.PACKAGE, "a \x1b]0;x\x07 \udcff")
        boot = Change(NOON - HOUR, ChangeKind.REBOOT, "started")
        assert await store.add([one, one, boot]) == 2
        assert await store.add([one, Change(boot.at + 5000, ChangeKind.REBOOT, "started")]) == 1
        assert len(await store.between(0, NOON)) == 2
        assert await store.newest() == NOON
        assert await store.prune(NOON) == 1
        assert await store.add([]) == 0


async def test_the_collector_carries_on_where_it_was(tmp_path: Path) -> None:
    class Clock:
        at = NOON

        def now(self) -> int:
            return self.at

        def monotonic(self) -> float:
            return 0.0

    clock = Clock()
    sources = Sources(tmp_path / "var/log", tmp_path / "proc", "no-such-journalctl")
    put(tmp_path, "dpkg.log", DPKG)
    async with await Database.open(tmp_path / "metrics.db", METRICS) as db:
        collector = Collector(ChangeStore(db), clock, sources)
        assert await collector.look() == 3
        assert await collector.look() == 0
        with (tmp_path / "var/log/dpkg.log").open("a") as log:
            log.write("2026-11-20 12:00:30 install new:all <none> 2\n")
        clock.at += MINUTE
        assert await collector.look() == 1
        clock.at -= 30 * MINUTE
        assert await collector.look() == 0
        assert await Collector(ChangeStore(db), clock, sources).look() == 0
    assert texts(await changes(NOON - HOUR, NOON, sources))[0].startswith("redis-server")


async def test_something_broke_so_it_looks_again(tmp_path: Path) -> None:
    sources = Sources(tmp_path / "var/log", tmp_path / "proc", "no-such-journalctl")
    put(tmp_path, "dpkg.log", "")
    async with await Database.open(tmp_path / "metrics.db", METRICS) as db:
        store, clock = ChangeStore(db), SystemClock()
        collector = Collector(store, clock, sources)
        now = clock.now()
        put(tmp_path, "dpkg.log", f"{fmt_local(now - SECOND)} install new:all <none> 2\n")
        for _ in range(3):
            collector.look_soon()
        while not (found := await store.between(now - MINUTE, now + MINUTE)):  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)
        assert texts(found) == ["new installed 2"]
        collector.look_soon()
        await collector.close()


def fmt_local(at: int) -> str:
    return local(at).strftime("%Y-%m-%d %H:%M:%S")


def test_packages_changed_together_are_one() -> None:
    found = [Change(NOON + n * SECOND, ChangeKind.PACKAGE, f"p{n} installed 1") for n in range(4)]
    later = Change(NOON + 4 * SECOND + 2 * TOGETHER, ChangeKind.PACKAGE, "q removed")
    unit = Change(NOON + 10 * SECOND, ChangeKind.UNIT, "redis.service restarted")
    assert texts(grouped([*found, unit, later])) == [
        "q removed", "redis.service restarted", "p0 installed 1 and 3 more"]


@given(st.lists(st.builds(Change, st.integers(0, 10**7), st.sampled_from(ChangeKind), st.text(max_size=5)),
                max_size=30))
def test_grouping_loses_nothing(found: list[Change]) -> None:
    told = grouped(found)
    more = sum(int(match[1]) for one in told if (match := re.search(r" and (\d+) more$", one.text)))
    assert len(told) + more == len(found)
    assert [one.at for one in told] == sorted((one.at for one in told), reverse=True)
