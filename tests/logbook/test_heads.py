"""Heads of the trail in files and in the system's log, and the job that writes them."""

from __future__ import annotations

import logging
import os
import socket
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.core import audit
from opsconsole.core.audit import Head
from opsconsole.core.database import RECORDS, Database
from opsconsole.core.errors import StorageError, StorageUnusable, UsageError
from opsconsole.core.identity import Actor, Role
from opsconsole.core.jobs import CatchUp, Due, Every, LeaseLost
from opsconsole.core.units import Duration
from opsconsole.logbook.heads import append_head, log_head, read_heads, stamped
from opsconsole.logbook.jobs import Keeper, jobs
from opsconsole.logbook.settings import LogbookSettings
from tests.logbook.entries import MONDAY
from tests.tickets.desk import HandClock
from tests.tickets.keeping import Lease

if TYPE_CHECKING:
    from pathlib import Path

ANA = Actor("ana", 1000, Role.OPERATOR)
HEADS = [Head(seq, f"{seq:064x}") for seq in (1, 2, 17)]


def test_a_file_of_heads(tmp_path: Path) -> None:
    path = tmp_path / "heads"
    for place, head in enumerate(HEADS):
        append_head(path, head, MONDAY + place * 1000)
    assert path.read_text().splitlines()[0] == f"2027-01-04T08:00:00Z {HEADS[0]}"
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_heads(path) == HEADS


def test_a_line_that_was_cut_off_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "heads"
    path.write_bytes(b"# of web1\n\n" + f"{stamped(MONDAY)} {HEADS[0]}".encode())
    append_head(path, HEADS[1], MONDAY)
    assert read_heads(path) == HEADS[:2]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with pytest.raises(OSError, match="symbolic"):
        append_head(tmp_path / "link", HEADS[0], MONDAY)


@pytest.mark.parametrize(("raw", "says"), [
    (b"", "no head in"), (b"# nothing\n", "no head in"), (b"2027 12:ab\n", r"heads:1: '12:ab' is not the head"),
    (b"\xff\xfe\x1b[31m\n", "heads:1: ")])
def test_a_file_that_is_none(tmp_path: Path, raw: bytes, says: str) -> None:
    (tmp_path / "heads").write_bytes(raw)
    with pytest.raises(UsageError, match=says):
        read_heads(tmp_path / "heads")
    with pytest.raises(StorageUnusable, match="cannot be read"):
        read_heads(tmp_path / "none")


def listening(path: Path) -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    made.bind(str(path))
    made.settimeout(10)
    return made


def test_the_systems_log_gets_it(tmp_path: Path) -> None:
    with listening(tmp_path / "log") as receiving:
        log_head(HEADS[2], MONDAY, str(tmp_path / "log"))
        said = receiving.recv(4096).decode()
    assert said.startswith("<86>opsconsole: head of the audit trail 2027-01-04T08:00:00Z 17:000")


def test_without_a_systems_log_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        log_head(HEADS[2], MONDAY, str(tmp_path / "none"))


async def test_the_job_writes_to_every_place(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    places = (str(tmp_path / "missing/heads"), "syslog", str(tmp_path / "heads"))
    async with await Database.open(tmp_path / "x.db", RECORDS) as db:
        async with db.write() as tx:
            await audit.append(tx, ANA, "log.sign", "log:1", None, MONDAY)
        keeper = Keeper(db, HandClock(MONDAY), Lease(), places, str(tmp_path / "none"))
        with caplog.at_level(logging.WARNING), pytest.raises(StorageError, match="missing/heads"):
            await keeper.run(Due(MONDAY))
        assert read_heads(tmp_path / "heads") == [await audit.head(db)]
        assert "did not reach the system's log" in caplog.text
        with listening(tmp_path / "log") as receiving:
            keeper = Keeper(db, HandClock(MONDAY), Lease(), ("syslog",), str(tmp_path / "log"))
            await keeper.run(Due(MONDAY))
            assert str(await audit.head(db)).encode() in receiving.recv(4096)


async def test_an_agent_that_lost_its_lease_writes_nothing(tmp_path: Path) -> None:
    async with await Database.open(tmp_path / "x.db", RECORDS) as db:
        lease = Lease()
        lease.mine = False
        with pytest.raises(LeaseLost):
            await Keeper(db, HandClock(MONDAY), lease, (str(tmp_path / "heads"),)).run(Due(MONDAY))
    assert not (tmp_path / "heads").exists()


def test_a_file_that_cannot_be_written_to(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError):
        append_head(tmp_path / "pipe", HEADS[0], MONDAY)


async def test_the_jobs_of_the_log() -> None:
    settings = LogbookSettings(heads=("/var/log/heads",), heads_every=Duration(3600))
    reminder, job = await jobs(workplace(settings))
    assert (job.name, job.schedule, job.catch_up) == ("logbook.heads", Every(3600.0), CatchUp.LATEST)
    assert (reminder.name, reminder.recorded) == ("logbook.emergency", False)
    assert [one.name for one in await jobs(workplace(None))] == ["logbook.emergency"]


def workplace(settings: LogbookSettings | None) -> Any:
    """As much of a place as the jobs look at before they run."""
    return SimpleNamespace(settings=SimpleNamespace(logbook=settings), records=None, clock=None, guard=None)
