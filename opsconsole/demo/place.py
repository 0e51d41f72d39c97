"""Where a demo keeps its files: one folder for everything, which is gone when the demo is over.

What a killed demo left behind is removed by the next one. Each holds a lock on a file in its folder as long as it
lives, and the kernel lets that go when it ends, however it does.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import signal
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core.errors import StorageError, UsageError
from opsconsole.core.paths import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger(__name__)

PREFIX: Final = "opsconsole-demo-"
_LOCK: Final = ".running"
_ENDING: Final = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
_XDG: Final = {"XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "share", "XDG_STATE_HOME": "state",
               "XDG_CACHE_HOME": "cache"}
_UNFINISHED: Final = 60.0
"""Seconds for which a folder without a lock may be one that is just being made."""


class Place(NamedTuple):
    """The folder of one demo; everything that it reads and writes is below it."""

    root: Path

    @property
    def config(self) -> Path:
        """Its configuration."""
        return self.root / "opsconsole.yaml"

    @property
    def data(self) -> Path:
        """Its databases."""
        return self.root / "data"

    @property
    def log(self) -> Path:
        """Its log file."""
        return self.root / "state" / "opsconsole.log"

    def settle(self) -> None:
        """Lets this process find its files, and those of nobody else, here: its own home and its own folders."""
        os.environ["HOME"] = str(self.root)
        os.environ.pop(VARIABLE, None)
        for variable, name in _XDG.items():
            os.environ[variable] = str(self.root / name)


class Ended(BaseException):
    """A signal wants the program to end, before a console is there that would see to it.

    No `Exception`: nobody on the way may take it for a mistake.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.status = 128 + number
        """The exit status, as shells say it."""


@contextmanager
def temporary() -> Iterator[Place]:
    """A folder that is removed at the end, whatever ends it but SIGKILL; first what others left behind is removed.

    Raises:
        StorageError: none can be made.
        Ended: a signal came.
    """
    remove_leftovers()
    with _signals():
        try:
            root = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
        except OSError as problem:
            raise StorageError(f"No folder can be made for the demo in {tempfile.gettempdir()}"
                               f" ({problem.strerror or problem}).",
                               "Set TMPDIR to one that you may write, or name one: `--keep FOLDER`.") from problem
        lock = None
        try:
            lock = _locked(root)
            yield Place(root)
        finally:
            # What came as a signal until here is over; one more must not leave half of it behind.
            _deaf()
            _remove(root)
            if lock is not None:
                os.close(lock)


@contextmanager
def kept(folder: Path) -> Iterator[Place]:
    """A folder that stays: it must be new or empty.

    Raises:
        UsageError: something is in it.
        StorageError: it cannot be made or written.
        Ended: a signal came.
    """
    root = folder.expanduser().absolute()
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(root.iterdir()):
            raise UsageError(f"{root} is not empty.", "Name a new folder for the demo, or empty this one.")
        if not os.access(root, os.W_OK | os.X_OK):
            raise PermissionError(13, os.strerror(13))
    except OSError as problem:
        raise StorageError(f"The demo cannot be kept in {root} ({problem.strerror or problem}).",
                           "Name a folder that you may write.") from problem
    with _signals():
        yield Place(root)


def remove_leftovers() -> None:
    """Removes the folders of demos that were killed."""
    for root in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            facts = root.lstat()
            if root.is_symlink() or not root.is_dir() or facts.st_uid != os.getuid():
                continue
            if _abandoned(root, facts.st_mtime):
                log.info("a demo that was killed is removed", extra={"folder": str(root)})
                _remove(root)


def _abandoned(root: Path, changed: float) -> bool:
    """Whether no demo lives there; one that has made its folder a moment ago need not have its lock yet."""
    try:
        held = os.open(root / _LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return time.time() - changed > _UNFINISHED
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(held)
    return True


def _locked(root: Path) -> int:
    lock = os.open(root / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return lock


@contextmanager
def _signals() -> Iterator[None]:
    """Signals that end a program raise `Ended`; what whoever started it wants ignored stays ignored."""
    before = {number: signal.getsignal(number) for number in _ENDING}
    try:
        for number, handler in before.items():
            if handler is not signal.SIG_IGN:
                signal.signal(number, _raise)
        yield
    finally:
        for number, handler in before.items():
            if handler is not None:
                signal.signal(number, handler)


def _raise(number: int, _: object) -> None:
    raise Ended(number)


def _deaf() -> None:
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)


def _remove(root: Path) -> None:
    shutil.rmtree(root, ignore_errors=True)
    if root.exists():
        log.warning("part of a demo could not be removed", extra={"folder": str(root)})
