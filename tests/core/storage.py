"""What the tests of storage share."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.database import RECORDS, Schema, opening
from opsconsole.core.identity import Actor, Role

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
ANA = Actor("ana", 1000, Role.OPERATOR, "192.0.2.7")
NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount or become somebody else")


def schema(folder: Path, *scripts: str, name: str = "records") -> Schema:
    """A schema of our own with these migrations."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, script in enumerate(scripts, start=1):
        (folder / f"{number:04d}_step.sql").write_text(script)
    return Schema(name, RECORDS.application_id, folder, "FULL")


KNOWN = len(RECORDS.migrations())
"""The schema that this program brings the records to."""
SHIPPED = [step.file.read_text() for step in RECORDS.migrations()]
FIRST = (RECORDS.folder_of_migrations / "0001_start.sql").read_text()


@contextmanager
def raw(path: Path) -> Iterator[sqlite3.Connection]:
    """The file as some other program sees it; nothing but what the tests ask for is set."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A real file system of that size."""
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", folder], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip(f"cannot mount here: {made.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def may_not_grow(monkeypatch: pytest.MonkeyPatch, pages: int) -> None:
    """Databases that are opened from now on are full at so many pages."""
    real = opening.connect

    def limited(*args: object, **options: object) -> sqlite3.Connection:
        connection = real(*args, **options)  # type: ignore[arg-type]
        connection.execute(f"PRAGMA max_page_count={pages}")
        return connection

    monkeypatch.setattr(opening, "connect", limited)


def make_read_only(disk: Path) -> None:
    """Nothing on it can be written from now on."""
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)


def python(program: str, *arguments: str | Path, measured: bool = True) -> subprocess.CompletedProcess[str]:
    """Runs a program of its own, to its end; unmeasured, nothing is loaded into it that it does not load itself."""
    env = {name: value for name, value in os.environ.items() if measured or not name.startswith("COVERAGE_")}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        env={**env, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
    )


def start(program: str, *arguments: str | Path) -> subprocess.Popen[str]:
    """Starts a program of its own that talks over pipes."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", program, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
    )


def mode(path: Path) -> int:
    """Its permission bits."""
    return path.stat().st_mode & 0o7777


def listing(folder: Path) -> list[str]:
    """The names in it, sorted."""
    return sorted(file.name for file in folder.iterdir())
