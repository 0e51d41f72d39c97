"""What a person is typing, on disk within a second, so that a dropped connection or a crash loses no more than that.

Each console writes drafts of its own: two that fill in the same form never overwrite one another. A console holds a
lock for as long as it lives, which the kernel takes away however it ends. When a form is opened again, the newest
draft whose console has ended is taken over; older ones stay and are offered once that one is saved or discarded.
Drafts of consoles that live are left alone; the form says that they are there.

The end of a process takes nothing away from what the kernel has, only a power cut does. So what is typed is written
first (`<name>.new`, within half a second even on a disk that stands still), and put in the place of the draft before
(`<name>.json`) once the disk has it. Of what a console has left the newest that is whole counts.

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
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core.errors import StorageError, StorageFull
from opsconsole.core.replacefile import reach_disk, removed_on_failure, write_beside

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from opsconsole.core.clock import Clock, Instant

LIMIT = 4 * 1024 * 1024
"""Bytes of one draft; no form holds more, and a larger file is not ours."""

Fields = dict[str, str]


class Draft(NamedTuple):
    """What was typed into a form and not saved yet."""

    fields: Fields
    at: Instant
    path: Path
    version: int
    """Rises with each state of one console's form, also while the clock goes back."""


class Written(NamedTuple):
    """A state of a draft that is written beside it; the disk may not have it yet."""

    path: Path
    version: int
    """See `Draft.version`."""


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
        self._version = 0
        self._placing = threading.Lock()
        self._placed: dict[Path, int] = {}
        """The version that is in its place, by where that is."""

    def save(self, form: str, key: str, fields: Mapping[str, str]) -> None:
        """Write a draft so that it survives a power cut: `write` and `settle`.

        Raises:
            StorageError: it could not be written; the draft before is still there.
        """
        self.settle(form, key, self.write(form, key, fields))

    def write(self, form: str, key: str, fields: Mapping[str, str]) -> Written:
        """Write a draft so that it survives the end of this process, without waiting for the disk.

        Returns:
            What `settle` is to be called with.

        Raises:
            StorageError: it could not be written; the draft before is still there.
        """
        with self._placing:
            self._version += 1
            version = self._version
        content = {"form": form, "key": key, "at": self._clock.now(), "version": version, "fields": dict(fields)}
        try:
            self._live()
            return Written(write_beside(self._path(form, key, self.session), json.dumps(content).encode("ascii")),
                           version)
        except OSError as error:
            raise _sentence(error, self.folder) from error

    def settle(self, form: str, key: str, written: Written) -> None:
        """Make sure that what was written survives a power cut, too.

        Nothing is done where it was discarded meanwhile, or where a newer state is in its place: the form was closed
        and opened again while the disk stood still, and two wait for it.

        Raises:
            StorageError: the disk does not take it: it is gone, and the draft before is still there.
        """
        own = self._path(form, key, self.session)
        try:
            with removed_on_failure(written.path):
                reach_disk(written.path)
                with self._placing:
                    if self._placed.get(own, 0) > written.version:
                        written.path.unlink(missing_ok=True)
                        return
                    written.path.replace(own)
                    self._placed[own] = written.version
            reach_disk(self.folder)
        except FileNotFoundError:
            return
        except OSError as error:
            raise _sentence(error, self.folder) from error

    def load(self, form: str, key: str) -> Found:
        """The newest draft of a form that no living console writes, taken over by this one.

        Raises:
            StorageError: the folder cannot be read.
        """
        own = self._path(form, key, self.session)
        try:
            found, elsewhere = self._found(form, key)
            if (draft := _newest(found.pop(self.session, []))) is not None:
                return Found(draft, elsewhere)
            left = [(draft, states) for states in found.values() if (draft := _newest(states)) is not None]
            for draft, older in sorted(left, key=lambda one: one[0].at, reverse=True):
                self._live()
                # Whoever renames it first has it; for the others it is gone.
                with contextlib.suppress(FileNotFoundError):
                    draft.path.replace(own)
                    self._version = max(self._version, draft.version)
                    for state in older:
                        state.path.unlink(missing_ok=True)
                    return Found(draft._replace(path=own), elsewhere)
        except OSError as error:
            raise _sentence(error, self.folder) from error
        return Found(None, elsewhere)

    def _found(self, form: str, key: str) -> tuple[dict[str, list[Draft]], int]:
        """States of this draft by the console that left them, and how many other consoles that live have one.

        What a console had not written to the end is removed.
        """
        found: dict[str, list[Draft]] = {}
        alive: dict[str, bool] = {self.session: False}
        for path in self._files(form, key):
            session = path.name.split(".")[1]
            if session not in alive:
                alive[session] = self._alive(session)
            if alive[session]:
                continue
            if (draft := _read(path, form, key)) is not None:
                found.setdefault(session, []).append(draft)
            elif session != self.session and path.suffix != ".json":
                path.unlink(missing_ok=True)
        return found, sum(alive.values())

    def _files(self, form: str, key: str) -> list[Path]:
        """In an order in which nothing is missed: one that is put in its place meanwhile is found there, later on."""
        names = os.listdir(self.folder) if self.folder.is_dir() else []
        there = [self.folder / name for name in names if name.startswith(_stem(form, key))]
        placed = {path for path in there if path.suffix == ".json"} | {self._path(form, key, self.session)}
        return [path for path in there if path not in placed] + sorted(placed)

    def discard(self, form: str, key: str) -> None:
        """Remove this console's draft of a form: it was saved, or is not wanted.

        Raises:
            StorageError: it could not be removed.
        """
        own = self._path(form, key, self.session)
        try:
            for path in self._files(form, key):
                if path.name.startswith(f"{own.stem}."):
                    path.unlink(missing_ok=True)
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
    fields, at, version = content.get("fields"), content.get("at"), content.get("version", 0)
    if not isinstance(fields, dict) or not isinstance(at, int) or not isinstance(version, int):
        return None
    return Draft({name: text for name, text in fields.items() if isinstance(text, str)}, at, path, version)


def _newest(states: list[Draft]) -> Draft | None:
    """Taken out of what one console left of one form."""
    newest = max(states, key=lambda one: one.version, default=None)
    if newest is not None:
        states.remove(newest)
    return newest


def _sentence(error: OSError, folder: Path) -> StorageError:
    todo = "What you type is kept here and written as soon as that works again."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageFull(f"The draft is not on disk: no space left for {folder}.", todo)
    return StorageError(f"The draft is not on disk: {folder}: {error.strerror or error}.", todo)
