"""The program, loaded once: a shell's `opsconsole` asks this process to fork a child that runs the command.

Most of what a command costs is loading the program. The child gets the caller's arguments, folder, environment and
descriptors; what it does then is what the program does. One page is followed with the real program.
"""

from __future__ import annotations

import gc
import importlib
import marshal
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import opsconsole
from tests.docs.pages import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLIENT = """\
import _socket, array, marshal, posix, sys
server = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
server.connect({address!r})
said = marshal.dumps((sys.argv[1:], posix.getcwd(), posix.environ))
server.sendmsg([len(said).to_bytes(4, "big")], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))])
while said:
    said = said[server.send(said):]
status = server.recv(1)
posix._exit(status[0] if status else 70)
"""
"""What stands for the program; it loads nothing that it does not need."""
LEFT_OUT = ("opsconsole.console", "opsconsole.demo", "opsconsole.__main__", "opsconsole.health.sampling.probe")


@contextmanager
def program_at(folder: Path) -> Iterator[Path]:
    """A file that can be started as the program, while its process is there."""
    address, client = folder / "program.socket", folder / "client.py"
    client.write_text(CLIENT.format(address=str(address)))
    program = folder / "opsconsole"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S {client} "$@"\n')
    program.chmod(0o755)
    server = subprocess.Popen([sys.executable, "-m", __name__, str(address)], cwd=ROOT, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        assert server.stdout.readline() == b"ready\n"
        yield program
    finally:
        server.stdin.close()
        server.wait(30)
        server.stdout.close()


def load() -> None:
    """Import what commands need."""
    for module in pkgutil.walk_packages(opsconsole.__path__, "opsconsole.", onerror=lambda _: None):
        if not module.name.startswith(LEFT_OUT) and ".screen" not in module.name:
            importlib.import_module(module.name)
    # Else the collector of each child would write into, and so copy, all of this.
    gc.collect()
    gc.freeze()


def serve(address: str) -> None:
    """Fork a child for each call, until standard input ends."""
    import select

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as waiting:
        waiting.bind(address)
        waiting.listen(16)
        print("ready", flush=True)
        while True:
            ready, _, _ = select.select([waiting, sys.stdin], [], [])
            if sys.stdin in ready:
                return
            caller, _ = waiting.accept()
            if not os.fork():
                waiting.close()
                _run(caller)
            caller.close()
            _reap()


def _reap() -> None:
    """Ended children are waited for."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def _run(caller: socket.socket) -> None:
    """In the child: be the caller's program, and say how it ended."""
    from opsconsole import cli
    from tests.e2e.moved_clock import follow

    status = 70
    try:
        length, descriptors, _, _ = socket.recv_fds(caller, 4, 3)
        arguments, folder, environment = _order(caller, int.from_bytes(length, "big"))
        for number, descriptor in enumerate(descriptors):
            os.dup2(descriptor, number)
            os.close(descriptor)
        os.chdir(folder)
        os.environ.clear()
        os.environb.update(environment)
        time.tzset()
        follow()
        status = cli.run(arguments)
        sys.stdout.flush()
    finally:
        caller.send(bytes([status]))
        os._exit(status)


def _order(caller: socket.socket, length: int) -> tuple[list[str], str, dict[bytes, bytes]]:
    said = b""
    while len(said) < length:
        said += caller.recv(length - len(said))
    found: tuple[list[str], str, dict[bytes, bytes]] = marshal.loads(said)
    return found


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    load()
    serve(sys.argv[1])
