"""Sends messages through a channel: by a process that can be killed, or into the log.

What a sending process does stands in its receipt, a file that is locked as long as somebody works on it. So whoever
comes after a crash knows what was sent, what was not, and, of one message at most, that nobody knows.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from opsconsole.core.text import harmless
from opsconsole.notify.model import Result, Severity
from opsconsole.notify.settings import AppriseChannel, ExecChannel, LogChannel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LOG = logging.getLogger(__name__)
SPARE = 10.0
"""Seconds that the process has beyond the time of its messages."""
_POLL = 0.05
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "USER", "LOGNAME", "SSL_CERT_FILE",
         "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
_SENDER = Path(__file__).with_name("sender.py")
_PROXIES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy")
_PYTHON = ("PYTHONPATH", "PYTHONHOME", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")
_LEVELS = {Severity.CRITICAL: logging.ERROR, Severity.WARNING: logging.WARNING, Severity.INFO: logging.INFO}


class Parcel(msgspec.Struct, frozen=True):
    """One message, ready to be sent; this, as JSON, is what a program of an `exec` channel gets."""

    id: str
    kind: str
    severity: Severity
    title: str
    text: str
    host: str
    channel: str
    contact: str
    """The key of the contact; empty: none."""
    name: str
    """The contact's name."""
    repeat: bool
    """Whether it may have arrived before; then with the same id."""
    notices: tuple[dict[str, Any], ...] = ()
    whole: str = ""
    """All of the text, where `text` is the beginning of what `documents` say."""
    documents: tuple[dict[str, str], ...] = ()
    """What goes with it: `name` of a file, and its `content`, HTML."""


class Progress(NamedTuple):
    """What a receipt says: the results by id, and the one that was begun and not ended."""

    results: dict[str, Result]
    begun: frozenset[str]


class Receipt:
    """Where a sending process notes how far it came; locked until `close`, here and in that process."""

    def __init__(self, descriptor: int, path: Path | None) -> None:
        self.descriptor = descriptor
        self._path = path

    @classmethod
    def make(cls, folder: Path | None) -> Receipt:
        """A new one in a folder; one that does not outlive the processes, where the folder cannot be written."""
        if folder is not None:
            path = folder / f"{os.urandom(8).hex()}.receipt"
            try:
                shared = _prepared(folder)
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC,
                                     0o660 if shared else 0o600)
            except OSError as problem:
                LOG.warning("there is no receipt of what is sent: %s", problem)
            else:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return cls(descriptor, path)
        return cls(os.memfd_create("receipt", os.MFD_CLOEXEC), None)

    @property
    def name(self) -> str:
        """The file's name; empty where there is none."""
        return self._path.name if self._path is not None else ""

    def progress(self) -> Progress:
        """What it says now."""
        return read_progress(os.pread(self.descriptor, 10_000_000, 0))

    def close(self) -> None:
        """Take it away; what it says must be stored by now."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
        os.close(self.descriptor)

    def leave(self) -> None:
        """Let go of it, so that whoever comes next can read it when the process has ended."""
        os.close(self.descriptor)


def _prepared(folder: Path) -> bool:
    """Makes the folder with the permissions of the one above; whether a group shares it."""
    mode = folder.parent.stat().st_mode & 0o7770
    if not folder.is_dir():
        folder.mkdir(exist_ok=True)
        folder.chmod(mode)
    return bool(mode & 0o070)


def found_receipt(folder: Path, name: str) -> Progress | None:
    """What a receipt that somebody left says; None while a process still works on it.

    A receipt that is not there says that everything was begun.

    Raises:
        OSError: it cannot be read.
    """
    try:
        descriptor = os.open(folder / Path(name).name, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return Progress({}, frozenset({"*"}))
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return None
    else:
        return read_progress(os.pread(descriptor, 10_000_000, 0))
    finally:
        os.close(descriptor)


def sweep(folder: Path, before: float) -> None:
    """Takes away receipts that nobody asked for again: last written before then (seconds since the epoch).

    One that somebody works on stays, whatever its age: a clock that is set makes all of them old, and a message whose
    receipt is gone is sent again.
    """
    with contextlib.suppress(FileNotFoundError, PermissionError):
        for path in folder.glob("*.receipt"):
            if path.stat().st_mtime < before:
                _swept(path)


def _swept(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink(missing_ok=True)
    except BlockingIOError:
        return
    finally:
        os.close(descriptor)


def read_progress(data: bytes) -> Progress:
    """A receipt's lines; a last one without its end was not written to its end, and says nothing."""
    results: dict[str, Result] = {}
    begun: set[str] = set()
    for line in data.split(b"\n")[:-1]:
        try:
            said = msgspec.json.decode(line, type=dict[str, Any])
        except msgspec.DecodeError:
            continue
        if "start" in said:
            begun.add(str(said["start"]))
        else:
            results[str(said["id"])] = Result(str(said["id"]), bool(said["ok"]), harmless(str(said["says"])),
                                              bool(said["unsure"]))
    return Progress(results, frozenset(begun - results.keys()))


async def send(channel: AppriseChannel | ExecChannel | LogChannel, parcels: Sequence[Parcel],
               receipt: Receipt) -> list[Result]:
    """Tries to send some messages, one after another; a result for each, in their order. Raises nothing foreseeable.

    When it is cancelled, the process goes on to its end, and the receipt tells of it.
    """
    if isinstance(channel, LogChannel):
        return [_logged(parcel) for parcel in parcels]
    try:
        order = _order(channel, parcels)
    except ValueError as problem:
        # The message says where the secret should have come from, never the secret.
        return [Result(parcel.id, ok=False, says=f"a secret of the channel cannot be had: {problem}")
                for parcel in parcels]
    limit = float(channel.timeout) * len(parcels) + SPARE
    ended = await _run(msgspec.json.encode(order), receipt.descriptor, limit)
    return settled([parcel.id for parcel in parcels], receipt.progress(), ended)


def settled(ids: Sequence[str], progress: Progress, ended: str) -> list[Result]:
    """A result for each message, also for those that the process did not get to.

    Args:
        ids: of the messages.
        progress: what the receipt says.
        ended: how the process ended, as a sentence without its full stop.
    """
    unsure = ids if "*" in progress.begun else progress.begun
    return [progress.results.get(name) or Result(name, ok=False, says=ended, unsure=name in unsure) for name in ids]


def _logged(parcel: Parcel) -> Result:
    LOG.log(_LEVELS[parcel.severity], "%s", parcel.title, extra={"notice": parcel.text, "message_id": parcel.id})
    return Result(parcel.id, ok=True, says="written to the log")


def _order(channel: AppriseChannel | ExecChannel, parcels: Sequence[Parcel]) -> dict[str, object]:
    common: dict[str, object] = {"kind": "apprise", "timeout": float(channel.timeout), "messages": list(parcels)}
    if isinstance(channel, AppriseChannel):
        url = channel.url.reveal()
        return {**common, "url": url, "hide": [url]}
    hidden = {name: secret.reveal() for name, secret in channel.secrets.items()}
    env = {**_environment(_KEPT), **channel.env, **hidden}
    return {**common, "kind": "exec", "command": channel.command, "env": env, "hide": list(hidden.values())}


def _environment(names: Sequence[str]) -> Mapping[str, str]:
    """What a process needs; nothing else, because secrets may stand in the environment."""
    kept = {name: value for name in names if (value := os.environ.get(name)) is not None}
    return kept | {name: value for name, value in os.environ.items() if name.lower() in _PROXIES}


async def _run(order: bytes, output: int, limit: float) -> str:
    """Runs the sending process; how it ended. When this is cancelled, the process goes on."""
    try:
        pid = _started(order, output)
    except OSError as problem:
        return f"the sending process could not be started ({problem.strerror or problem})"
    try:
        async with asyncio.timeout(limit):
            status = await _ended(pid)
    except TimeoutError:
        # Not reaped yet, so neither the pid nor the group can belong to anybody else.
        os.killpg(pid, signal.SIGKILL)
        await _ended(pid)
        return f"no end within {limit:g} s; it was stopped"
    if status:
        return f"the sending process ended with {status}"
    return "the sending process said nothing of it"


def _started(order: bytes, output: int) -> int:
    """Starts the sending process; its pid, which is also its group's."""
    # Its path, not its module: nothing of the working folder may be imported, and nothing of this program need be.
    command = (sys.executable, "-P", os.fspath(_SENDER))
    orders = os.memfd_create("order", os.MFD_CLOEXEC)
    try:
        view = memoryview(order)
        while view:
            view = view[os.write(orders, view):]
        os.lseek(orders, 0, os.SEEK_SET)
        actions = [(os.POSIX_SPAWN_DUP2, orders, 0), (os.POSIX_SPAWN_DUP2, output, 1),
                   (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]
        return os.posix_spawn(command[0], command, _environment((*_KEPT, *_PYTHON)), file_actions=actions,
                              setpgroup=0, setsigmask=[], setsigdef=[signal.SIGPIPE, signal.SIGTERM, signal.SIGINT])
    finally:
        os.close(orders)


async def _ended(pid: int) -> int:
    """Waits for a child; its exit code, negative for a signal."""
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        while (status := _reaped(pid, os.WNOHANG)) is None:  # noqa: ASYNC110 - such a kernel tells nobody of its end
            await asyncio.sleep(_POLL)
        return status
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(handle, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(handle)
        os.close(handle)
    return _reaped(pid, 0) or 0


def _reaped(pid: int, options: int) -> int | None:
    """The exit code of a child that ended; None while it runs."""
    try:
        found, status = os.waitpid(pid, options)
    except ChildProcessError:
        # Somebody ignores SIGCHLD or waits for all children: then it is gone, and the receipt tells the rest.
        return 0
    return os.waitstatus_to_exitcode(status) if found else None
