"""A database in which a whole month happens at once.

Each use case thinks that it has a transaction of its own, and all of them share one: a month is one commit, and not a
thousand. The connection is used directly, since nobody else waits for the loop, and handing thousands of statements to
a thread takes longer than they do.
"""

from __future__ import annotations

import sqlite3
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING, TypeVar

from opsconsole.core.database import Database, Transaction
from opsconsole.core.database.opening import connect, ready
from opsconsole.core.database.sentences import translate
from opsconsole.core.database.sqlite import TOUCH

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from opsconsole.core.database import Params, Row, Schema

T = TypeVar("T")
_NONE: dict[str, None] = {}
_PATIENCE = 5.0


class Direct:
    """One connection, used where it is asked; see `core.database.Session`."""

    def __init__(self, raw: sqlite3.Connection, path: Path) -> None:
        self._raw = raw
        self._path = path

    def _told(self, function: Callable[[], T]) -> T:
        try:
            return function()
        except sqlite3.Error as error:
            raise translate(error, self._path) from error

    async def rows(self, sql: str, params: Params) -> Sequence[Row]:
        """See `Session.rows`."""
        return self._told(lambda: self._raw.execute(sql, params).fetchall())

    async def run(self, sql: str, params: Params) -> int:
        """See `Session.run`."""
        return self._told(lambda: max(self._raw.execute(sql, params).rowcount, 0))

    async def many(self, sql: str, params: Sequence[Params]) -> int:
        """See `Session.many`."""
        return self._told(lambda: max(self._raw.executemany(sql, params).rowcount, 0))

    async def begin(self) -> None:
        """See `Session.begin`."""
        self._told(lambda: self._raw.execute("BEGIN IMMEDIATE"))

    async def commit(self, topics: Sequence[str] = (), done: list[bool] | None = None) -> None:
        """See `Session.commit`."""
        await self.many(TOUCH, [{"topic": topic} for topic in topics])
        self._told(lambda: self._raw.execute("COMMIT"))
        if done is not None:
            done.append(True)

    async def rollback(self) -> None:
        """See `Session.rollback`."""
        self._told(self._raw.rollback)

    async def mark(self) -> int:
        """See `Session.mark`."""
        return int((await self.rows("PRAGMA data_version", _NONE))[0][0])

    async def close(self) -> None:
        """See `Session.close`."""
        self._raw.close()


class Together(Database):
    """Everything in the one transaction that is open; where something fails, whoever began it undoes all of it.

    Args:
        tx: the transaction.
        name: of the file, for sentences.
    """

    def __init__(self, tx: Transaction, name: str) -> None:  # its connections are those of the transaction
        self.tx = tx
        self.name = name

    async def rows(self, sql: str, params: Params = _NONE) -> Sequence[Row]:
        """See `Database.rows`; what was written before is seen."""
        return await self.tx.rows(sql, params)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        """See `Database.write`."""
        yield self.tx


@asynccontextmanager
async def filling(path: Path, schema: Schema) -> AsyncIterator[Together]:
    """A new database; what was written is there when the block has ended, and nothing of it where it raises.

    Raises:
        StorageError: it cannot be made or written.
    """
    ready(path, schema, mode=0o600, read_only=False, timeout=_PATIENCE).close()
    with closing(connect(path, schema)) as raw:
        # Nothing in a demo has to outlive a loss of power.
        raw.execute("PRAGMA synchronous=OFF")
        session = Direct(raw, path)
        await session.begin()
        tx = Transaction(session)
        yield Together(tx, str(path))
        await session.commit(tx.topics)
