"""Makes databases, and sees to it that what refuses them changes nothing."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.database import RECORDS, Database
from opsconsole.core.errors import ExitCode, StorageUnusable

if TYPE_CHECKING:
    from pathlib import Path


def content(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


async def make(path: Path, rows: int = 0) -> None:
    async with await Database.open(path, RECORDS) as db, db.write() as tx:
        for number in range(rows):
            await tx.run("INSERT INTO topic (topic, version) VALUES (:t, 1)", {"t": f"{number:06}" * 50})


def fingerprint(path: Path) -> str | None:
    return content(path) if path.is_file() else None


async def refused(path: Path, *words: str) -> StorageUnusable:
    """The refusal; the file has to be the same afterwards."""
    before = fingerprint(path)
    with pytest.raises(StorageUnusable) as caught:
        async with await Database.open(path, RECORDS) as db:
            await db.rows("SELECT * FROM topic")
    assert fingerprint(path) == before
    for word in words:
        assert word in str(caught.value)
    assert caught.value.sentence.endswith(".")
    assert caught.value.todo.endswith(".")
    assert caught.value.exit_code == ExitCode.STORAGE
    return caught.value
