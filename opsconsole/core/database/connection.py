"""The database as callers see it: rows, transactions, and nothing of the engine.

What an engine has to do is `Session`; waiting, cancellation and the queue of writers are here, for every engine.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

from opsconsole.core.errors import StorageBusy, StorageError, StorageUnusable

if TYPE_CHECKING:
    from types import TracebackType

    from opsconsole.core.database.schema import Schema

LOG = logging.getLogger(__name__)

Value = None | int | float | str | bytes
"""What a column holds."""
Params = Mapping[str, Value]
"""Values of the `:name` parameters of a statement."""

_NONE: Params = {}


class Row(Protocol):
    """One row: by name, by position, and iterable; `dict(row)` is its mapping."""

    def __getitem__(self, key: str | int, /) -> Any:
        """The value of a column."""

    def __iter__(self) -> Iterator[Any]:
        """The values in the order of the columns."""

    def __len__(self) -> int:
        """The number of columns."""

    def keys(self) -> Sequence[str]:
        """The names of the columns."""


class Session(Protocol):
    """One connection of an engine; its errors are `StorageError`.

    A caller that is cancelled gets the cancellation only when the call has ended, so that nothing goes on behind it.
    """

    async def rows(self, sql: str, params: Params) -> Sequence[Row]:
        """All rows of a statement."""

    async def run(self, sql: str, params: Params) -> int:
        """The number of rows that a statement changed."""

    async def many(self, sql: str, params: Sequence[Params]) -> int:
        """The number of rows that a statement changed, over all parameter sets."""

    async def begin(self) -> None:
        """Begins a writing transaction, or raises StorageBusy soon."""

    async def commit(self, topics: Sequence[str], done: list[bool]) -> None:
        """Raises the versions of `topics` and commits; appends to `done` at the moment that it is stored."""

    async def rollback(self) -> None:
        """Ends a transaction, if there is one, without a trace."""

    async def mark(self) -> int:
        """A number that changes whenever another session commits. Cheap."""

    async def close(self) -> None:
        """Ends the session."""


class Connector(Protocol):
    """Opens sessions of one database."""

    def __call__(self, *, writing: bool) -> Awaitable[Session]:
        """A session for reading only, or one for transactions."""


class ConstraintError(StorageError):
    """A rule of the schema (unique, check, foreign key, trigger) refused a change."""


class Transaction:
    """What can be done between the begin and the end of `Database.write`."""

    def __init__(self, session: Session) -> None:
        self._session: Session | None = session
        self._topics: set[str] = set()

    def _open(self) -> Session:
        if self._session is None:
            raise RuntimeError("this transaction has ended")
        return self._session

    async def run(self, sql: str, params: Params = _NONE) -> int:
        """Runs one statement; the number of rows that it changed."""
        return await self._open().run(sql, params)

    async def many(self, sql: str, params: Sequence[Params]) -> int:
        """Runs one statement for each set of values; the number of rows that it changed in all."""
        return await self._open().many(sql, params)

    async def rows(self, sql: str, params: Params = _NONE) -> Sequence[Row]:
        """All rows of a query or of RETURNING, as this transaction sees them."""
        return await self._open().rows(sql, params)

    async def row(self, sql: str, params: Params = _NONE) -> Row | None:
        """The first row, or None."""
        found = await self.rows(sql, params)
        return found[0] if found else None

    def touch(self, topic: str) -> None:
        """Tells every console, with the commit, to read again what `topic` names."""
        self._open()
        self._topics.add(topic)

    @property
    def topics(self) -> list[str]:
        """What was touched, in an order that is the same for all, so that no two writers wait for each other."""
        return sorted(self._topics)

    def end(self) -> None:
        """Refuses whatever comes now."""
        self._session = None


class Database:
    """One database: a session for reading, and one for writing that is opened when first needed.

    Reads never wait for writers. One transaction at a time is open in this process; the others queue.
    """

    def __init__(self, connect: Connector, reader: Session, *, name: str, read_only: bool, timeout: float) -> None:
        self.name = name
        """The file, for sentences."""
        self._connect = connect
        self._reader: Session | None = reader
        self._writer: Session | None = None
        self._read_only = read_only
        self._timeout = timeout
        self._reading = asyncio.Lock()
        self._writing = asyncio.Lock()
        self._owner: asyncio.Task[object] | None = None
        self._listeners: set[asyncio.Event] = set()

    @classmethod
    async def open(
        cls,
        path: Path,
        schema: Schema,
        *,
        mode: int = 0o600,
        read_only: bool = False,
        timeout: float = 5.0,  # noqa: ASYNC109 - of every later write, not of this call
    ) -> Database:
        """Opens a file, makes it where there is none, brings it to the schema that this program knows.

        Args:
            path: the file. A missing folder is made with mode 0700 (2770 if `mode` has group bits).
            schema: `RECORDS` or `METRICS`.
            mode: of a new file: 0600, or 0660 in a shared installation.
            read_only: nothing is made, upgraded or written.
            timeout: seconds that a caller waits for other writers, here and in other processes.

        Raises:
            StorageUnusable: newer, foreign, corrupt, forbidden, read-only, on a network file system, in the way.
            StorageFull: no space. StorageBusy: held by another process for longer than `timeout`.
        """
        from opsconsole.core.database.sqlite import SqliteConnector  # noqa: PLC0415 - the first paint needs no database

        connect = SqliteConnector(Path(path), schema, mode=mode, read_only=read_only, timeout=timeout)
        reader = await connect(writing=False)
        return cls(connect, reader, name=str(path), read_only=read_only, timeout=timeout)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def rows(self, sql: str, params: Params = _NONE) -> Sequence[Row]:
        """All rows of a query, as of the last commit.

        Raises:
            StorageError: the file is damaged, the statement is wrong, the database is closed.
        """
        async with self._reading:
            return await self._open_reader().rows(sql, params)

    async def row(self, sql: str, params: Params = _NONE) -> Row | None:
        """The first row, or None."""
        found = await self.rows(sql, params)
        return found[0] if found else None

    async def mark(self) -> int:
        """A number that changes whenever anyone commits, here or in another process. Cheap."""
        async with self._reading:
            return await self._open_reader().mark()

    @asynccontextmanager
    async def aside(self) -> AsyncIterator[Session]:
        """A session for questions that take long: all other readers would wait behind them.

        Raises:
            StorageError: the database is closed, or cannot be opened once more.
        """
        self._open_reader()
        session = await self._connect(writing=False)
        try:
            yield session
        finally:
            await session.close()

    def _open_reader(self) -> Session:
        if self._reader is None:
            raise self._closed()
        return self._reader

    def _closed(self) -> StorageError:
        return StorageError(f"{self.name} is closed.", "opsconsole is ending.")

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        """One transaction: committed at the end of the block, rolled back if the block raises or is cancelled.

        A cancellation that arrives while the commit is under way does not undo it.

        Raises:
            StorageBusy: others wrote for longer than the time limit. StorageFull, StorageUnusable.
            RuntimeError: the task is inside a transaction already.
        """
        if self._read_only:
            raise StorageUnusable(f"{self.name} was opened for reading only.", "Ask someone who may write it.")
        if self._owner is not None and self._owner is asyncio.current_task():
            raise RuntimeError("a transaction inside a transaction of the same task would wait for itself")
        deadline = asyncio.get_running_loop().time() + self._timeout
        await self._queue()
        try:
            self._owner = asyncio.current_task()
            async with self._transaction(deadline) as transaction:
                yield transaction
        finally:
            self._owner = None
            self._writing.release()

    async def _queue(self) -> None:
        try:
            async with asyncio.timeout(self._timeout):
                await self._writing.acquire()
        except TimeoutError:
            raise StorageBusy(
                f"{self.name} has been written by another part of opsconsole for more than {self._timeout:g} s.",
                "Try again.",
            ) from None

    @asynccontextmanager
    async def _transaction(self, deadline: float) -> AsyncIterator[Transaction]:
        session = await self._open_writer()
        transaction = Transaction(session)
        stored: list[bool] = []
        try:
            await self._begin(session, deadline)
            yield transaction
            await session.commit(transaction.topics, stored)
        except BaseException:
            if not stored:
                await self._undo(session)
            raise
        finally:
            transaction.end()
            if stored and transaction.topics:
                for listener in self._listeners:
                    listener.set()

    async def _open_writer(self) -> Session:
        if self._reader is None:
            raise self._closed()
        if self._writer is None:
            self._writer = await self._connect(writing=True)
        return self._writer

    async def _begin(self, session: Session, deadline: float) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            try:
                return await session.begin()
            except StorageBusy as error:
                if clock() >= deadline:
                    raise StorageBusy(
                        f"Another process has held {self.name} for more than {self._timeout:g} s.", error.todo
                    ) from error
            # Chance keeps processes that began to wait together from asking together ever after.
            await asyncio.sleep(0.001 + os.urandom(1)[0] / 255 * 0.015)

    async def _undo(self, session: Session) -> None:
        try:
            await session.rollback()
        except StorageError:
            # Ending the session ends the transaction as well; the next writer gets a new one.
            LOG.exception("rollback failed on %s", self.name)
            self._writer = None
            await session.close()

    def listen(self, event: asyncio.Event) -> None:
        """Sets `event` after every commit of this process that touched a topic, until `unlisten`."""
        self._listeners.add(event)

    def unlisten(self, event: asyncio.Event) -> None:
        """Ends `listen`."""
        self._listeners.discard(event)

    async def close(self) -> None:
        """Waits for the transaction and the query that are under way, then ends. May be called again."""
        if self._owner is not None and self._owner is asyncio.current_task():
            raise RuntimeError("close inside a transaction would wait for itself")
        async with self._writing, self._reading:
            reader, self._reader = self._reader, None
            writer, self._writer = self._writer, None
            try:
                if reader is not None:
                    await reader.close()
            finally:
                if writer is not None:
                    await writer.close()
