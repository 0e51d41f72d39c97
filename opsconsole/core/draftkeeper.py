"""Writes what a person is typing into a form to its draft, without ever making them wait for the disk."""

from __future__ import annotations

import contextlib
import threading
import time
import weakref
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsconsole.core.drafts import Drafts, Fields, Written

DELAY = 0.5
"""Seconds from the first unsaved keystroke to the write."""
RETRY = 2.0
"""Seconds until a write that failed is tried again."""

_keepers: weakref.WeakSet[DraftKeeper] = weakref.WeakSet()


def flush_all(timeout: float = 1.0) -> bool:
    """Every form's last keystrokes to the disk, because the program ends; False when some did not get there in time."""
    end = time.monotonic() + timeout
    reached = [keeper.flush(max(0.0, end - time.monotonic())) for keeper in list(_keepers)]
    return all(reached)


class _State(NamedTuple):
    """A state of a form that is written; the disk may not have it yet."""

    fields: Fields
    written: Written


class DraftKeeper:
    """Writes the latest state of one form, half a second after the first change that is not written.

    It has threads of its own, one that writes and, while needed, one that waits for the disk, so that neither a slow
    disk nor a terminal that stands still delays the others. Nothing but memory is touched while they hold `_state`:
    whoever types waits for it.

    Args:
        problem: called in such a thread, with an error when writing begins to fail and None when it works again.
    """

    def __init__(self, drafts: Drafts, form: str, key: str, problem: Callable[[StorageError | None], None]) -> None:
        self._drafts, self._form, self._key, self._problem = drafts, form, key, problem
        self._state = threading.Condition()
        self._latest: Fields | None = None
        """Not written yet."""
        self._settling: _State | None = None
        """What a thread makes sure of at this moment."""
        self._next: _State | None = None
        """What it does then: only the newest."""
        self._hurry = self._closed = self._failing = self._writing = False
        self._wait = DELAY
        self._thread: threading.Thread | None = None
        _keepers.add(self)

    def put(self, fields: Fields) -> None:
        """This is what the form holds now. Returns at once."""
        with self._state:
            if self._closed:
                return
            self._latest = fields
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="drafts", daemon=True)
                self._thread.start()
            self._state.notify_all()

    def flush(self, timeout: float = 1.0) -> bool:
        """Wait until everything is on disk; False when that takes longer or fails."""
        with self._state:
            self._hurry = True
            self._state.notify_all()
            return self._state.wait_for(
                lambda: self._latest is None and self._settling is None and not self._writing, timeout)

    def close(self, timeout: float = 1.0) -> bool:
        """The last write, then no more; False when it did not get to the disk in time."""
        done = self.flush(timeout)
        with self._state:
            self._closed = True
            self._state.notify_all()
        return done

    def drop(self) -> None:
        """Write no more, and forget what is not in its place: the form was saved or its draft discarded.

        The draft itself is for the caller to discard afterwards.
        """
        with self._state:
            self._latest = None
            self._state.wait_for(lambda: not self._writing, RETRY)
            self._latest = self._settling = self._next = None

    def _run(self) -> None:
        """Write what is put, until it is closed."""
        while (fields := self._taken()) is not None:
            try:
                state = _State(fields, self._drafts.write(self._form, self._key, fields))
            except StorageError as error:
                with self._state:
                    self._writing = False
                    self._tried(fields, error)
            else:
                superseded = self._hand_on(state)
                if superseded is not None:
                    with contextlib.suppress(OSError):
                        superseded.written.path.unlink(missing_ok=True)

    def _taken(self) -> Fields | None:
        """What is to be written next, once it is time; None at the end."""
        with self._state:
            while True:
                self._state.wait_for(lambda: self._latest is not None or self._closed)
                self._state.wait_for(lambda: self._hurry or self._closed, self._wait)
                self._hurry = False
                fields, self._latest = self._latest, None
                if fields is not None:
                    self._writing = True
                    return fields
                if self._closed:
                    return None

    def _hand_on(self, state: _State) -> _State | None:
        """Have it settled; what was waiting for that need not be any more."""
        with self._state:
            self._writing = False
            superseded = None
            if self._settling is None:
                self._settling = state
                threading.Thread(target=self._settle, args=(state,), name="drafts-settle", daemon=True).start()
            else:
                superseded, self._next = self._next, state
            self._state.notify_all()
        return superseded

    def _settle(self, state: _State) -> None:
        """Wait for the disk, until it has the newest state."""
        following: _State | None = state
        while following is not None:
            state, error = following, None
            try:
                self._drafts.settle(self._form, self._key, state.written)
            except StorageError as problem:
                error = problem
            with self._state:
                if self._settling is not state:
                    # Dropped meanwhile; what was put after that has a thread of its own.
                    return
                following = self._settling = self._next
                self._next = None
                self._tried(state.fields, error)

    def _tried(self, fields: Fields, error: StorageError | None) -> None:
        """It was put on disk, or will be tried again where nothing newer is."""
        if error is not None and self._latest is None and self._settling is None and not self._closed:
            self._latest = fields
        self._wait = DELAY if error is None else RETRY
        if (error is not None) != self._failing:
            self._failing = error is not None
            self._problem(error)
        self._state.notify_all()
