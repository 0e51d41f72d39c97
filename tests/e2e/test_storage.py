"""Records that cannot be opened are told in a sentence; health goes on without them, and with them once they can."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.program import READY, console, eventually, records, tight

if TYPE_CHECKING:
    from tests.terminal import Terminal

pytestmark = pytest.mark.e2e

TROUBLE = r"no records|disk full|records busy"
"""What the top line says while there are none."""


def leave(terminal: Terminal) -> None:
    terminal.send("q")
    assert terminal.wait_exit() == 0
    terminal.assert_clean()


@pytest.fixture
def database() -> Path:
    """Records as a console has made them."""
    with console() as terminal:
        terminal.wait_for(READY)
        eventually(records().exists, "the database")
        terminal.settle(0.5, 5)
        leave(terminal)
    with closing(sqlite3.connect(records())) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    return records()


def comes_up_and_says(*sentences: str) -> None:
    with console() as terminal:
        terminal.wait_for(READY)
        terminal.wait_until(lambda: all(tight(sentence) in tight(terminal.text) for sentence in sentences),
                            f"{sentences}")
        terminal.wait_for(TROUBLE)
        terminal.send("?")
        terminal.wait_for("Keys of Health")
        terminal.send("<esc>")
        terminal.wait_gone("Keys of Health")
        leave(terminal)


def test_a_file_that_is_no_database() -> None:
    records().parent.mkdir(parents=True)
    records().write_bytes(b"this is no database, but somebody's only copy\n" * 500)
    before = records().read_bytes()
    comes_up_and_says(f"{records()} is not a database", "It was not changed.")
    assert records().read_bytes() == before


def test_a_corrupt_database(database: Path) -> None:
    content = bytearray(database.read_bytes())
    content[20:2000] = b"\xa5" * 1980
    database.write_bytes(content)
    comes_up_and_says(f"{database} is not a database, or its beginning is damaged", "It was not changed.")
    assert database.read_bytes() == content


def test_a_database_of_a_newer_version(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA user_version = 9999")
    comes_up_and_says(f"{database} was written by a newer opsconsole", "The file was not changed.")
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (9999,)


def test_a_database_of_another_program(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA application_id = 4711")
    comes_up_and_says(str(database), "another program")


def test_a_database_that_somebody_holds(database: Path) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        with console() as terminal:
            terminal.wait_for(READY)
            terminal.wait_for(TROUBLE, 40)
            connection.execute("ROLLBACK")
            connection.close()
            terminal.send("<ctrl+r>")
            terminal.wait_gone(TROUBLE, 40)
            leave(terminal)


def test_a_folder_that_cannot_be_made() -> None:
    records().parent.parent.mkdir(parents=True)
    records().parent.write_text("a file where the folder should be", encoding="utf-8")
    comes_up_and_says(str(records().parent))
    assert records().parent.is_file()


def may_mount() -> bool:
    """Whether this user may mount in a namespace of its own."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        return False
    mount = ["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(mount, capture_output=True, check=False).returncode == 0


FULL_DISK = """
set -e
mkdir -p "$1"
mount -t tmpfs -o size=64k none "$1"
head -c 1000000 /dev/zero > "$1/filler" 2>/dev/null || true
shift
exec "$@"
"""


@pytest.mark.skipif(not may_mount(), reason="only root may mount a small disk, and not everywhere")
def test_a_disk_that_is_full_and_then_is_not() -> None:
    folder = records().parent
    with console(before=("unshare", "--mount", "sh", "-c", FULL_DISK, "sh", str(folder))) as terminal:
        terminal.wait_for(READY)
        terminal.wait_for(TROUBLE)
        terminal.wait_until(lambda: "space" in terminal.text, "a sentence about space")
        inside = Path(f"/proc/{terminal.pid}/root{folder}")
        (inside / "filler").unlink()
        enter = ["nsenter", "--mount", "--target", str(terminal.pid)]
        subprocess.run([*enter, "mount", "-o", "remount,size=16m", str(folder)], check=True)
        terminal.send("<ctrl+r>")
        terminal.wait_gone(TROUBLE, 40)
        assert (inside / records().name).stat().st_size > 0
        leave(terminal)
