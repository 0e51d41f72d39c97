"""The agent where its databases are locked, full, of others, newer or gone."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from tests.agent.agents import QUICK, Agents, make_place, never_two_at_once, told, wait_for
from tests.core.storage import NOBODY, as_root, python, raw, small_disk

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_a_locked_database_is_waited_for(agents: Agents) -> None:
    assert agents.start(once=True, providers=()).ended() == 0
    with raw(agents.place.records) as db:
        db.execute("BEGIN EXCLUSIVE")
        one = agents.start()
        wait_for(lambda: "has held" in one.said() or "waiting" in one.said())
        assert not told(agents.place)
        db.execute("ROLLBACK")
        wait_for(lambda: told(agents.place))
    assert "can be used again" in one.said() or "working" in one.said()


def test_while_the_database_is_locked_for_long_nobody_works(agents: Agents) -> None:
    one = agents.start()
    agents.start()
    wait_for(lambda: told(agents.place))
    with raw(agents.place.records) as db:
        db.execute("BEGIN IMMEDIATE")
        locked = time.monotonic()
        time.sleep(QUICK.dead + 1)
        db.execute("ROLLBACK")
        free = time.monotonic()
    wait_for(lambda: told(agents.place)[-1].at > free)
    lines = told(agents.place)
    assert not [line for line in lines if locked + QUICK.dead < line.at < free]
    never_two_at_once(lines)
    assert one.process.poll() is None


@as_root
def test_a_full_disk_is_told_and_waited_for(agents: Agents, tmp_path: Path) -> None:
    with small_disk(tmp_path / "data", "1m") as disk:
        ballast = disk / "ballast"
        with pytest.raises(OSError, match="space"):
            ballast.write_bytes(b"x" * 2_000_000)
        one = agents.start()
        wait_for(lambda: "There is no space left" in one.said())
        ballast.unlink()
        wait_for(lambda: told(agents.place))
        one.kill()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach; those of the tests are root's."""
    with TemporaryDirectory(prefix="opsconsole-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@as_root
@pytest.mark.parametrize("file", ["opsconsole.db", "metrics.db"])
def test_without_permission_the_sentence_says_so(open_folder: Path, file: str) -> None:
    place = make_place(open_folder)
    place.config.chmod(0o644)
    place.records.parent.mkdir()
    for name in ("opsconsole.db", "metrics.db"):
        (place.records.parent / name).touch()
        (place.records.parent / name).chmod(0o666 if name != file else 0o600)
    place.records.parent.chmod(0o777)
    # As in the tests of storage: the other user may not be able to read this program, so it is loaded before.
    done = python(
        "import os, sys, opsconsole.cli, opsconsole.commandline, opsconsole.agent.app, opsconsole.agent.commands\n"
        "import opsconsole.agent.upkeep, opsconsole.agent.runner, opsconsole.settings, opsconsole.core.yamltree\n"
        "import opsconsole.core.convert, opsconsole.core.database.sqlite, opsconsole.core.database.migrating\n"
        "import encodings.ascii\n"
        f"os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})\n"
        "sys.exit(opsconsole.cli.run(['--config', sys.argv[1], 'agent', '--once']))", place.config, measured=False)
    assert done.returncode == 4, done.stderr
    assert f"You may not read {place.records.parent / file}" in done.stderr


def test_a_newer_schema_is_refused(agents: Agents) -> None:
    assert agents.start(once=True, providers=()).ended() == 0
    with raw(agents.place.records) as db:
        db.execute("PRAGMA user_version=999")
    one = agents.command("agent")
    assert one.ended() == 4
    assert "was written by a newer opsconsole (schema 999" in one.said()


def test_a_database_that_is_replaced_at_work_ends_the_agent(agents: Agents) -> None:
    one = agents.command("agent")
    wait_for(lambda: agents.place.records.exists() and "working" in one.said())
    agents.place.records.rename(agents.place.records.with_name("gone.db"))
    assert one.ended(30) == 4
    assert "was moved, removed or replaced" in one.said()
