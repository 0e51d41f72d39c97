"""What changed before it broke: changes of the host, the log, tickets, checklists and an alert in one order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.core.clock import SystemClock, local
from opsconsole.core.database import METRICS, RECORDS, Database
from opsconsole.health.changes.model import Change, ChangeKind
from opsconsole.health.changes.store import ChangeStore
from tests.logbook.commanding import Desk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MINUTE = 60_000
ALERT = """INSERT INTO alert (key, rule, target, title, severity, phase, begun, fired, text, detail)
    VALUES ('check:web', '', 'web', 'web', 'critical', 'firing', :at, :at, 'refused', '{}')"""


@pytest.fixture
def desk(program: Callable[..., tuple[int, str, str]], home: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(program, home, monkeypatch)


def _stamp(at: int) -> str:
    return f"{local(at):%Y-%m-%d %H:%M:%S}"


def _broken(desk: Desk, unit: str = "nginx.service restarted") -> int:
    """A package, a restart, planned work and then an alert; returns when it fired."""
    fired = SystemClock().now() // 1000 * 1000 - 10 * MINUTE
    desk.says("add", "changed the certificate", "--type", "change", "--begun", _stamp(fired - 3 * MINUTE),
              "--ended", "-")
    asyncio.run(_stored(desk.records, fired, unit))
    return fired


async def _stored(records: Path, fired: int, unit: str) -> None:
    async with await Database.open(records.with_name("metrics.db"), METRICS) as db:
        await ChangeStore(db).add([Change(fired - 5 * MINUTE, ChangeKind.PACKAGE, "nginx upgraded 1.22 to 1.24"),
                                   Change(fired - 4 * MINUTE, ChangeKind.UNIT, unit),
                                   Change(fired - 400 * MINUTE, ChangeKind.SIGN_IN, "root from 192.0.2.7")])
    async with await Database.open(records, RECORDS) as db, db.write() as tx:
        await tx.run(ALERT, {"at": fired})
        for at, kind, actor in ((fired, "fired", ""), (fired + MINUTE, "acknowledged", "ben")):
            await tx.run("INSERT INTO alert_event (alert, at, kind, actor, text) VALUES (1, :at, :kind, :actor, '')",
                         {"at": at, "kind": kind, "actor": actor})
        await tx.run("INSERT INTO silence (kind, pattern, author, reason, begins, ends)"
                     " VALUES ('maintenance', 'web', 'ana', 'certificates', :begins, :ends)",
                     {"begins": fired - 6 * MINUTE, "ends": fired + 600 * MINUTE})


def _said(found: Any) -> list[str]:
    return [one["what"] for one in found["happenings"]]


def test_what_changed_before_it_broke(desk: Desk) -> None:
    _broken(desk)
    assert _said(desk.json("timeline", "--around", "alert:1")) == [
        "web: acknowledged", "web: fired", "changed the certificate: change begun", "unit: nginx.service restarted",
        "package: nginx upgraded 1.22 to 1.24", "maintenance of web begun"]
    shown = desk.says("timeline", "--around", "alert:1").splitlines()
    # Days have headings, of which there are two where it happened around midnight.
    assert [line.startswith(">") for line in shown if line[0] in "> "] == [True, True, False, False, False, False]
    assert "(ben)" in shown[1]
    assert "critical" in shown[2]


def test_the_packages_of_a_command_are_one_line(desk: Desk) -> None:
    fired = _broken(desk)
    asyncio.run(_upgraded(desk.records, fired - 30 * MINUTE))
    shown = desk.says("timeline", "--kind", "change", "--since", "50m").splitlines()
    assert [line.split("  ")[-1].strip()[:30] for line in shown if line[0] == " "] == [
        "unit: nginx.service restarted", "package: nginx upgraded 1.22 t", "40 packages: lib0 upgraded, li"]
    assert len(desk.says("timeline", "--kind", "change", "--since", "50m", "--each").splitlines()) >= 42
    assert len(_said(desk.json("timeline", "--kind", "change", "--since", "50m"))) == 42


async def _upgraded(records: Path, at: int) -> None:
    async with await Database.open(records.with_name("metrics.db"), METRICS) as db:
        await ChangeStore(db).add([Change(at + number * 1000, ChangeKind.PACKAGE, f"lib{number} upgraded")
                                   for number in range(40)])


def test_kinds_words_and_pages(desk: Desk) -> None:
    _broken(desk)
    assert _said(desk.json("timeline", "--kind", "change")) == [
        "unit: nginx.service restarted", "package: nginx upgraded 1.22 to 1.24", "sign-in: root from 192.0.2.7"]
    assert _said(desk.json("timeline", "NGINX", "restart")) == ["unit: nginx.service restarted"]
    assert _said(desk.json("timeline", "--kind", "change", "--since", "2h", "root")) == []
    whole = _said(desk.json("timeline"))
    seen: list[str] = []
    until: list[str] = []
    while True:
        page = desk.json("timeline", "--limit", "1", *until)
        seen += _said(page)
        if page["older"] is None:
            break
        until = ["--until", f"{local(page['older']):%Y-%m-%d %H:%M:%S.%f}", "--since", "1d"]
    assert seen == whole


def test_signed_and_amended(desk: Desk) -> None:
    desk.says("add", "swapped disk 3", "--ended", "now", "--begun", "10m")
    desk.says("sign", "1")
    desk.says("amend", "1", "--reason", "the name was wrong", "--title", "swapped disk 4")
    assert sorted(one.partition(": ")[2] for one in _said(desk.json("timeline", "--around", "entry:1"))) == [
        "amended", "change begun", "change ended", "signed"]


def test_foreign_text_is_inert(desk: Desk) -> None:
    _broken(desk, "evil\x1b[2J\x07[red]\u202e.service restarted")
    shown = desk.says("timeline", "--around", "alert:1")
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "[red]" in shown


def test_one_part_that_cannot_be_read_is_told_and_the_rest_is_shown(desk: Desk) -> None:
    _broken(desk)
    desk.records.with_name("metrics.db").write_bytes(b"no database at all" * 500)
    for left in ("-wal", "-shm"):
        desk.records.with_name(f"metrics.db{left}").unlink(missing_ok=True)
    status, output, error = desk("timeline", "--around", "alert:1")
    assert status == 1
    assert "web: fired" in output
    assert "metrics.db" in error


def test_nothing_yet_and_mistakes(desk: Desk) -> None:
    assert desk.says("timeline") == "Nothing happened.\n"
    assert "no alert 7" in desk.fails("timeline", "--around", "alert:7")
    assert "nothing on the timeline" in desk.fails("timeline", "--around", "disk:7")
