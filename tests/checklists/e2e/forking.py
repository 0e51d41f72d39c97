"""Runs commands of the program in children of one process that has loaded it, and kills them where a test says.

A child counts the calls of functions of opsconsole; at the call that the test names it kills itself as the kernel does
where there is no memory: nothing is cleaned up. So a place is hit again and again, whatever the machine is doing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tests.core.storage import ROOT

if TYPE_CHECKING:
    from types import TracebackType

SERVER: Final = """
import json, os, signal, sys, threading
from opsconsole import cli

OWN = os.path.dirname(cli.__file__) + os.sep

def child(order, answer):
    count = 0

    def seen(frame, event, argument):
        nonlocal count
        if event == "call" and frame.f_code.co_filename.startswith(OWN):
            count += 1
            if count == order["at"]:
                os.kill(os.getpid(), signal.SIGKILL)

    stdin = os.open(os.devnull, os.O_RDONLY)
    output = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for number, descriptor in enumerate((stdin, output, output)):
        os.dup2(descriptor, number)
    threading.setprofile(seen)
    sys.setprofile(seen)
    code = cli.run(order["arguments"])
    sys.setprofile(None)
    sys.stdout.flush()
    os.write(answer, json.dumps({"code": int(code), "count": count, "modules": sorted(sys.modules)}).encode())
    os._exit(0)

for line in sys.stdin:
    order = json.loads(line)
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reading)
        try:
            child(order, writing)
        finally:
            os._exit(70)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        found = json.loads(pipe.read() or "{}")
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    for name in found.pop("modules", ()):
        if name.startswith("opsconsole.") and name not in sys.modules:
            __import__(name)
    print(json.dumps({"status": status, **found}), flush=True)
"""


class Ended(NamedTuple):
    """How a command ended."""

    killed: bool
    code: int
    """The exit status; -1: it was killed."""
    calls: int
    said: str


class Forks:
    """Runs `opsconsole` again and again. Leaving it ends the process."""

    def __init__(self) -> None:
        self._output = Path(os.environ["HOME"]) / "said"
        self._server = subprocess.Popen([sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})

    def __enter__(self) -> Forks:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        assert self._server.stdin is not None
        self._server.stdin.close()
        self._server.wait(30)
        assert self._server.stdout is not None
        self._server.stdout.close()

    def run(self, *arguments: str, at: int = 0) -> Ended:
        """One command, killed at a call; 0: not at all."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps({"arguments": arguments, "at": at, "output": str(self._output)}) + "\n")
        self._server.stdin.flush()
        found: dict[str, Any] = json.loads(self._server.stdout.readline())
        said = self._output.read_text(encoding="utf-8", errors="replace")
        assert found["status"] in (0, -9), said
        return Ended(found["status"] == -9, found.get("code", -1), found.get("count", 0), said)
