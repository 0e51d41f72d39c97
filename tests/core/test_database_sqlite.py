"""What only the engine can show: its thread."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.database import RECORDS
from opsconsole.core.database.sqlite import SqliteConnector, SqliteSession
from opsconsole.core.errors import StorageUnusable

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path


def connector(path: Path) -> SqliteConnector:
    return SqliteConnector(path, RECORDS, mode=0o600, read_only=False, timeout=5.0)


async def test_a_cancelled_caller_goes_on_only_when_its_call_has_ended(tmp_path: Path) -> None:
    session = await connector(tmp_path / "x.db")(writing=False)
    assert isinstance(session, SqliteSession)
    begun, ended = threading.Event(), threading.Event()

    def work(_: sqlite3.Connection) -> None:
        begun.set()
        time.sleep(0.05)
        ended.set()

    task = asyncio.create_task(session.call(work))
    await asyncio.to_thread(begun.wait)
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0.001)
        assert not task.done() or ended.is_set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()
    await session.close()


async def test_threads_end_with_their_sessions(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    connect = connector(tmp_path / "x.db")
    sessions = [await connect(writing=False), await connect(writing=True)]
    threads = set(threading.enumerate()) - before
    assert len(threads) == 2
    assert all(thread.daemon for thread in threads)
    for session in sessions:
        await session.close()
    for thread in threads:
        thread.join(timeout=10)
        assert not thread.is_alive()


async def test_a_failed_open_has_ended_its_thread_when_it_is_told(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    for _ in range(20):
        with pytest.raises(StorageUnusable):
            await connector(tmp_path)(writing=False)
    for thread in set(threading.enumerate()) - before:
        thread.join(timeout=10)
        assert not thread.is_alive()
