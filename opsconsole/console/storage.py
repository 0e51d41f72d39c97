"""Opening the records in the background, keeping them open, and telling who wants to know what changed.

The console works without its records: health needs none. So nothing waits for the database; it is opened after the
first paint, tried again while it cannot be opened, and asked once a second whether something changed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from opsconsole.core.errors import OpsError, StorageBusy, StorageError, StorageFull

if TYPE_CHECKING:
    from opsconsole.console.context import ConsoleContext
    from opsconsole.core.database import Database

log = logging.getLogger(__name__)

POLL = 1.0
"""Seconds between two questions to the feed."""
WAIT = 0.05
"""Seconds between two looks of a screen at records that are being opened."""
BACKOFF = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds until the next try; the last one repeats."""


class StorageState(StrEnum):
    """Whether records can be read and written."""

    OPENING = "opening"
    READY = "ready"
    FAILED = "failed"


class TopicFeed(Protocol):
    """What tells which topics changed."""

    async def changed(self) -> frozenset[str]:
        """Topics changed since it was last asked."""




Opener = Callable[[], Awaitable[tuple["Database", TopicFeed]]]
"""Opens the records; raises `OpsError`."""


class Storage:
    """The records as the console sees them.

    Args:
        opener: opens database and feed; raises `OpsError`.
        changed: called whenever the state changes.
        topics: called with the topics that another process, or this one, changed.
        sleep: waits; a test hands in one that it turns by hand.
    """

    def __init__(
        self,
        opener: Opener,
        *,
        changed: Callable[[], None] = lambda: None,
        topics: Callable[[frozenset[str]], None] = lambda _: None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.state = StorageState.OPENING
        self.sentence = ""
        """What failed and what to do; empty unless failed."""
        self.problem = ""
        """The same in two or three words, for the top line."""
        self.changed = changed
        self.topics = topics
        self._opener = opener
        self._sleep = sleep
        self._wake: asyncio.Event | None = None
        self._db: Database | None = None

    @property
    def db(self) -> Database:
        """The open database.

        Raises:
            StorageError: it is not open; the sentence says why.
        """
        if self._db is None or self.state is not StorageState.READY:
            raise StorageError(self.sentence or "The records are still being opened.", "" if self.sentence
                               else "Try again in a moment.")
        return self._db

    def ask(self) -> None:
        """Look for changes, or try to open again, at once instead of at the next turn."""
        if self._wake is not None:
            self._wake.set()

    async def run(self) -> None:
        """Open and watch until cancelled; closes the database then."""
        self._wake = asyncio.Event()
        tries = 0
        try:
            while True:
                try:
                    self._db, feed = await self._opener()
                except OpsError as error:
                    self._fail(error)
                    await self._pause(BACKOFF[min(tries, len(BACKOFF) - 1)])
                    tries += 1
                    continue
                if await self._watch(feed):
                    tries = 0
                await self._close()
                await self._pause(BACKOFF[min(tries, len(BACKOFF) - 1)])
                tries += 1
        finally:
            await self._close()

    async def _watch(self, feed: TopicFeed) -> bool:
        """Ask the feed until it fails; True if it ever answered."""
        answered = False
        while True:
            try:
                topics = await feed.changed()
            except StorageBusy as busy:
                log.warning("feed busy: %s", busy)
                topics = frozenset()
            except OpsError as error:
                self._fail(error)
                return answered
            answered = True
            self._become(StorageState.READY)
            if topics:
                self.topics(topics)
            await self._pause(POLL)

    def _fail(self, error: OpsError) -> None:
        self.sentence = str(error)
        self.problem = ("disk full" if isinstance(error, StorageFull) else
                        "records busy" if isinstance(error, StorageBusy) else "no records")
        log.warning("storage failed: %s", error)
        self._become(StorageState.FAILED, always=True)

    def _become(self, state: StorageState, *, always: bool = False) -> None:
        if state is StorageState.READY:
            self.sentence = self.problem = ""
        if state is not self.state or always:
            self.state = state
            self.changed()

    async def _close(self) -> None:
        db, self._db = self._db, None
        if db is not None:
            try:
                await db.close()
            except OpsError as error:
                log.warning("closing the records failed: %s", error)

    async def _pause(self, seconds: float) -> None:
        assert self._wake is not None  # noqa: S101 - set by run, the only caller's caller
        waiting = asyncio.ensure_future(self._sleep(seconds))
        woken = asyncio.ensure_future(self._wake.wait())
        try:
            await asyncio.wait({waiting, woken}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            woken.cancel()
        self._wake.clear()


async def opened(context: ConsoleContext, *, measured: bool = False) -> None:
    """Wait while the records are being opened; that they could not be is told by whoever asks them next.

    Args:
        context: of the console.
        measured: whether to wait for what machines measured too.
    """
    awaited = [context.storage, *([context.metrics] if measured and context.metrics is not None else [])]
    while any(one.state is StorageState.OPENING for one in awaited):  # noqa: ASYNC110 - the app is told, not each screen
        await asyncio.sleep(WAIT)
