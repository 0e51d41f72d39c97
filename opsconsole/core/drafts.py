"""What a person is typing, on disk within a second, so that a dropped connection or a crash loses no more than that.

Each console writes drafts of its own: two that fill in the same form never overwrite one another. A console holds a
lock for as long as it lives, which the kernel takes away however it ends. When a form is opened again, the newest
draft whose console has ended is taken over; older ones stay and are offered once that one is saved or discarded.
Drafts of consoles that live are left alone; the form says that they are there.

Files are JSON, mode 0600, in a folder of mode 0700, named by a hash: any text can be a form's key.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import secrets
import threading
import time
import weakref
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core.errors import StorageError, StorageFull
from opsconsole.core.replacefile import replace_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from opsconsole.core.clock import Clock, Instant

LIMIT = 4 * 1024 * 1024
"""Bytes of one draft; no form holds more, and a larger file is not ours."""
DELAY = 0.5
"""Seconds from the first unsaved keystroke to the write."""
RETRY = 2.0
"""Seconds until a write that failed is tried again."""

Fields = dict[str, str]


class Draft(NamedTuple):
    """What was typed into a form and not saved yet."""

    fields: Fields
    at: Instant
    path: Path


class Found(NamedTuple):
    """What there was when a form was opened."""

    draft: Draft | None
    """Taken over: it belongs to this console now."""
    elsewhere: int
    """How many other consoles have a draft of this form at this moment."""


class Drafts:
    """The drafts of one console, in a folder that all consoles of a person share."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder = folder
        self._clock = clock
        self.session = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._lock: int | None = None

    def save(self, form: str, key: str, fields: Mapping[str, str]) -> None:
        """Write a draft so that it survives a power cut: atomic, and synced to the disk.

        Raises:
            StorageError: it could not be written; the draft before is still there.
        """
        path = self._path(form, key, self.session)
        content = {"form": form, "key": key, "at": self._clock.now(), "fields": dict(fields)}
        try:
            self._live()
            replace_file(path, json.dumps(content).encode("ascii"))
        except OSError as error:
            raise _sentence(error, self.folder) from error

    def load(self, form: str, key: str) -> Found:
        """The newest draft of a form that no living console writes, taken over by this one.

        Raises:
            StorageError: the folder cannot be read.
        """
        own = self._path(form, key, self.session)
        try:
            left, elsewhere = self._others(form, key)
            if (draft := _read(own, form, key)) is not None:
                return Found(draft, elsewhere)
            for draft in sorted(left, key=lambda one: one.at, reverse=True):
                self._live()
                # Whoever renames it first has it; for the others it is gone.
                with contextlib.suppress(FileNotFoundError):
                    draft.path.replace(own)
                    return Found(draft._replace(path=own), elsewhere)
        except OSError as error:
            raise _sentence(error, self.folder) from error
        return Found(None, elsewhere)

    def _others(self, form: str, key: str) -> tuple[list[Draft], int]:
        """Drafts whose console has ended, and how many belong to one that lives; unfinished files are removed."""
        left: list[Draft] = []
        elsewhere = 0
        names = os.listdir(self.folder) if self.folder.is_dir() else []
        for path in (self.folder / name for name in names if name.startswith(_stem(form, key))):
            session = path.name.split(".")[1]
            if session == self.session:
                continue
            alive = self._alive(session)
            if path.suffix == ".json":
                elsewhere += alive
                draft = None if alive else _read(path, form, key)
                left += [draft] if draft is not None else []
            elif not alive:
                path.unlink(missing_ok=True)
        return left, elsewhere

    def discard(self, form: str, key: str) -> None:
        """Remove this console's draft of a form: it was saved, or is not wanted.

        Raises:
            StorageError: it could not be removed.
        """
        try:
            self._path(form, key, self.session).unlink(missing_ok=True)
        except OSError as error:
            raise _sentence(error, self.folder) from error

    def close(self) -> None:
        """Give the lock back; drafts of this console may be taken over by others from now on."""
        if self._lock is None:
            return
        with contextlib.suppress(OSError):
            self._lock_path(self.session).unlink()
        os.close(self._lock)
        self._lock = None

    def _live(self) -> None:
        """Hold the lock that says this console lives; made with the first draft."""
        if self._lock is not None:
            return
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        lock = os.open(self._lock_path(self.session), flags, 0o600)
        # Without locks, as on some network file systems, others may take a draft over while it is being written here:
        # then both have it, and nothing is lost.
        with contextlib.suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._lock = lock

    def _alive(self, session: str) -> bool:
        path = self._lock_path(session)
        try:
            lock = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        else:
            with contextlib.suppress(OSError):
                path.unlink()
            return False
        finally:
            os.close(lock)

    def _path(self, form: str, key: str, session: str) -> Path:
        return self.folder / f"{_stem(form, key)}.{session}.json"

    def _lock_path(self, session: str) -> Path:
        return self.folder / f"{session}.lock"


def _stem(form: str, key: str) -> str:
    return hashlib.sha256(f"{form}\0{key}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _read(path: Path, form: str, key: str) -> Draft | None:
    """A draft file's content; None when it is broken, not ours, or of another form."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            content = json.loads(file.read(LIMIT))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(content, dict) or (content.get("form"), content.get("key")) != (form, key):
        return None
    fields, at = content.get("fields"), content.get("at")
    if not isinstance(fields, dict) or not isinstance(at, int):
        return None
    return Draft({name: text for name, text in fields.items() if isinstance(text, str)}, at, path)


def _sentence(error: OSError, folder: Path) -> StorageError:
    todo = "What you type is kept here and written as soon as that works again."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageFull(f"The draft is not on disk: no space left for {folder}.", todo)
    return StorageError(f"The draft is not on disk: {folder}: {error.strerror or error}.", todo)


_keepers: weakref.WeakSet[DraftKeeper] = weakref.WeakSet()


def flush_all(timeout: float = 1.0) -> bool:
    """Every form's last keystrokes to the disk, because the program ends; False when some did not get there in time."""
    end = time.monotonic() + timeout
    reached = [keeper.flush(max(0.0, end - time.monotonic())) for keeper in list(_keepers)]
    return all(reached)


class DraftKeeper:
    """Writes the latest state of one form, half a second after the first change that is not on disk.

    It has a thread of its own, so that neither a slow disk nor a terminal that stands still delays the other.

    Args:
        problem: called in that thread, with an error when writing begins to fail and None when it works again.
    """

    def __init__(self, drafts: Drafts, form: str, key: str, problem: Callable[[StorageError | None], None]) -> None:
        self._drafts, self._form, self._key, self._problem = drafts, form, key, problem
        self._state = threading.Condition()
        self._latest: Fields | None = None
        self._hurry = self._closed = self._failing = self._writing = False
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
            return self._state.wait_for(lambda: self._latest is None and not self._writing, timeout)

    def close(self, timeout: float = 1.0) -> bool:
        """The last write, then no more; False when it did not get to the disk in time."""
        done = self.flush(timeout)
        with self._state:
            self._closed = True
            self._state.notify_all()
        return done

    def drop(self) -> None:
        """Write no more, and forget what is not written: the form was saved or its draft discarded.

        The draft itself is for the caller to discard afterwards.
        """
        with self._state:
            self._latest = None
            self._state.wait_for(lambda: not self._writing, RETRY)
            self._latest = None

    def _run(self) -> None:
        wait = DELAY
        while True:
            with self._state:
                self._state.wait_for(lambda: self._latest is not None or self._closed)
                self._state.wait_for(lambda: self._hurry or self._closed, wait)
                self._hurry = False
                fields, self._latest = self._latest, None
                if fields is None:
                    if self._closed:
                        return
                    continue
                self._writing = True
            error = self._try(fields)
            self._written(fields, error)
            wait = DELAY if error is None else RETRY
            if (error is not None) != self._failing:
                self._failing = error is not None
                self._problem(error)

    def _written(self, fields: Fields, error: StorageError | None) -> None:
        with self._state:
            self._writing = False
            if error is not None and self._latest is None and not self._closed:
                self._latest = fields
            self._state.notify_all()

    def _try(self, fields: Fields) -> StorageError | None:
        try:
            self._drafts.save(self._form, self._key, fields)
        except StorageError as error:
            return error
        return None
