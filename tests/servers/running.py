"""Starts a real server for tests, in a folder of its own, and ends it by its pid."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

STARTING = 60
"""Seconds; starting takes less than two, except on a machine that is very busy."""


def program(name: str, *places: str, needs: str) -> str:
    """Where a program is; the test is skipped where it is not installed."""
    found = shutil.which(name) or next(
        (str(path) for place in places for path in sorted(Path("/").glob(f"{place.lstrip('/')}/{name}"), reverse=True)),
        None)
    if found is None:
        pytest.skip(f"needs {needs}")
    return found


def free_port() -> int:
    """A TCP port of the loopback interface that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def own_folder() -> Iterator[Path]:
    """A folder with a short path, for sockets, that an unprivileged account owns where we are root."""
    folder = Path(tempfile.mkdtemp(prefix="opstest-", dir="/tmp"))
    try:
        if as_nobody():
            entry = pwd.getpwnam("nobody")
            os.chown(folder, entry.pw_uid, entry.pw_gid)
        folder.chmod(0o755)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def as_nobody() -> dict[str, object]:
    """What makes subprocess run a program as `nobody`, where we are root; databases refuse root."""
    return {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}


def one_shot(command: Sequence[str], folder: Path) -> None:
    """Run a program that prepares something, as the server's account."""
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=STARTING, check=False,
                          env={"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": str(folder)},
                          **as_nobody())  # type: ignore[call-overload]
    assert done.returncode == 0, done.stdout.decode(errors="replace")


@contextmanager
def running(command: Sequence[str], folder: Path, ready: Callable[[], bool],
            stop: signal.Signals = signal.SIGTERM) -> Iterator[subprocess.Popen[bytes]]:
    """The server while it runs; its messages are in `folder/log`."""
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                  env={"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": str(folder)},
                                  **as_nobody())  # type: ignore[call-overload]
    try:
        until = time.monotonic() + STARTING
        while not ready():
            if server.poll() is not None or time.monotonic() > until:
                pytest.fail(f"{command[0]} did not start: {(folder / 'log').read_text(errors='replace')[-2000:]}")
            time.sleep(0.02)
        yield server
    finally:
        if server.poll() is None:
            server.send_signal(signal.SIGCONT)
            server.send_signal(stop)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def listens(port: int) -> bool:
    """Whether something accepts connections on a loopback port."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
