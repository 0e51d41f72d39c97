"""SQLite as an engine: one thread per connection, by aiosqlite. Imported when the first file is opened."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

import aiosqlite

from opsconsole.core.database import opening, sentences
from opsconsole.core.errors import StorageError, StorageUnusable

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from opsconsole.core.database.connection import Params, Row, Session
    from opsconsole.core.database.schema import Schema

T = TypeVar("T")

TOUCH = (
    "INSERT INTO topic (topic, version) VALUES (:topic, 1) "
    "ON CONFLICT (topic) DO UPDATE SET version = topic.version + 1"
)
"""Raises the version of a topic."""
_ABANDON = 2.0
"""Seconds that a cancelled opening is waited for; a disk that hangs may not hold the program's end."""


class SqliteConnector:
    """Opens connections to one file: the first call prepares it, later ones make sure that it is still that file."""

    def __init__(self, path: Path, schema: Schema, *, mode: int, read_only: bool, timeout: float) -> None:
        self._path = path
        self._schema = schema
        self._mode = mode
        self._read_only = read_only
        self._timeout = timeout
        self._known = 0
        self._file: tuple[int, int] | None = None

    async def __call__(self, *, writing: bool) -> Session:
        """See `Connector`."""
        session = SqliteSession(self._make_writer if writing else self._make_reader, self)
        opened = asyncio.ensure_future(session.start())
        try:
            await asyncio.shield(opened)
        except asyncio.CancelledError:
            await _settled(opened, _ABANDON)
            if not opened.done():
                opened.add_done_callback(lambda done: _close_late(session, done))
            elif opened.exception() is None:
                await _settled(asyncio.ensure_future(session.close()))
            raise
        return session

    @property
    def path(self) -> Path:
        """The file; without links once it is open."""
        return self._path

    def _make_reader(self) -> sqlite3.Connection:
        self._path = Path(os.path.realpath(self._path))
        raw = opening.ready(self._path, self._schema, mode=self._mode, read_only=self._read_only, timeout=self._timeout)
        self._known = len(self._schema.migrations())
        self._file = self._identity()
        return raw

    def _make_writer(self) -> sqlite3.Connection:
        self.check_same()
        return opening.patient(lambda: opening.connect(self._path, self._schema), self._path, self._timeout)

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def check_same(self) -> None:
        """Refuses to write into a file that nobody will find again.

        Raises:
            StorageUnusable: the file was moved, removed or replaced while in use.
        """
        if self._identity() != self._file:
            raise StorageUnusable(
                f"{self._path} was moved, removed or replaced while opsconsole used it.",
                "Put it back and start opsconsole again; this entry was not stored.",
            )

    def check_version(self, version: int) -> None:
        """Refuses to write into a file whose tables changed their form.

        Raises:
            StorageUnusable: a newer program upgraded the file while this one used it.
        """
        if version != self._known:
            raise StorageUnusable(
                f"{self._path} was upgraded by a newer opsconsole (schema {version}, this one knows {self._known}).",
                "Start this opsconsole again; this entry was not stored.",
            )


class SqliteSession(aiosqlite.Connection):
    """One connection and its thread; see `Session` for what each method does."""

    def __init__(self, connector: Callable[[], sqlite3.Connection], home: SqliteConnector) -> None:
        super().__init__(connector, iter_chunk_size=64)
        self._home = home
        # A console that crashes shall end; a transaction that is cut off is rolled back by whoever comes next.
        self._stopped: asyncio.Future[None] | None = None
        # Before aiosqlite 0.22 the connection is itself the thread.
        thread = cast("threading.Thread", getattr(self, "_thread", None) or self)
        thread.daemon = True

    def stop(self) -> asyncio.Future[None] | None:
        """Ends the thread; see aiosqlite."""
        self._stopped = super().stop()
        return self._stopped

    async def start(self) -> None:
        """Connects; where that fails, the thread has ended as well, or it would report to a loop that is closed."""
        try:
            await self
        except BaseException:
            if self._stopped is not None:
                await _settled(self._stopped)
            raise

    async def call(self, function: Callable[[sqlite3.Connection], T], *, interrupt: bool = True) -> T:
        """Runs `function` in the connection's thread; a cancellation of the caller waits until it has ended.

        Otherwise the thread would begin, or go on with, what nobody is there to end.
        """
        if self._connection is None:
            raise StorageError(f"{self._home.path} is closed.", "opsconsole is ending.")
        running = asyncio.ensure_future(self._execute(self._translated, function))  # type: ignore[no-untyped-call]
        try:
            return cast("T", await asyncio.shield(running))
        except asyncio.CancelledError:
            if interrupt and not running.done():
                await self.interrupt()
            await _settled(running)
            raise

    def _translated(self, function: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return function(self._conn)
        except sqlite3.Error as error:
            raise sentences.translate(error, self._home.path) from error
        except (UnicodeEncodeError, OverflowError) as error:
            raise StorageError(f"{self._home.path} cannot hold this value: {error}.", "Change it.") from error

    async def rows(self, sql: str, params: Params) -> Sequence[Row]:
        """See `Session.rows`."""
        return await self.call(lambda raw: raw.execute(sql, params).fetchall())

    async def run(self, sql: str, params: Params) -> int:
        """See `Session.run`."""

        def work(raw: sqlite3.Connection) -> int:
            cursor = raw.execute(sql, params)
            try:
                return max(cursor.rowcount, 0)
            finally:
                cursor.close()

        return await self.call(work)

    async def many(self, sql: str, params: Sequence[Params]) -> int:
        """See `Session.many`."""
        return await self.call(lambda raw: max(raw.executemany(sql, params).rowcount, 0))

    async def begin(self) -> None:
        """See `Session.begin`."""

        def work(raw: sqlite3.Connection) -> None:
            raw.execute("BEGIN IMMEDIATE")
            try:
                self._home.check_same()
                self._home.check_version(raw.execute("PRAGMA user_version").fetchone()[0])
            except StorageUnusable:
                raw.rollback()
                raise

        await self.call(work)

    async def commit(self, topics: Sequence[str] = (), done: list[bool] | None = None) -> None:
        """See `Session.commit`."""

        def work(raw: sqlite3.Connection) -> None:
            raw.executemany(TOUCH, [{"topic": topic} for topic in topics])
            raw.execute("COMMIT")
            if done is not None:
                done.append(True)

        await self.call(work, interrupt=False)

    async def rollback(self) -> None:
        """See `Session.rollback`."""
        await self.call(lambda raw: raw.rollback(), interrupt=False)

    async def mark(self) -> int:
        """See `Session.mark`; https://www.sqlite.org/pragma.html#pragma_data_version."""
        return await self.call(lambda raw: int(raw.execute("PRAGMA data_version").fetchone()[0]))


async def _settled(running: asyncio.Future[T], limit: float | None = None) -> None:
    """Waits until `running` has ended, however often the waiting task is cancelled meanwhile."""
    while not running.done():
        try:
            await asyncio.wait([running], timeout=limit)
        except asyncio.CancelledError:
            continue
        if limit is not None:
            break
    if running.done() and not running.cancelled():
        running.exception()


def _close_late(session: SqliteSession, opened: asyncio.Future[None]) -> None:
    if not opened.cancelled() and opened.exception() is None:
        session.stop()
