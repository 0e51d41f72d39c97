"""Run in its own mount namespace: checks a file on a real mount that hangs, and others meanwhile; prints JSON.

`python hanging_mount.py <folder>`
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from opsconsole.core.clock import SystemClock
from opsconsole.core.units import Duration
from opsconsole.health.checks.kinds import asking, file
from opsconsole.health.checks.model import Measured
from opsconsole.health.checks.runner import Scope
from opsconsole.health.checks.settings.local import FileCheck
from tests.health.sampling import fuse_server

LIMIT = 0.7


def stuck() -> int:
    """Living children of this process in the kernel (state D)."""
    count = 0
    for name in os.listdir("/proc"):
        try:
            words = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        count += name.isdigit() and int(words[1]) == os.getpid() and words[0] == "D"
    return count


async def look(path: str, memory: dict[str, Any]) -> Measured:
    """One run of a check."""
    deadline = asyncio.get_running_loop().time() + LIMIT
    return await file.measure(FileCheck(path=path, timeout=Duration(LIMIT)),
                              Scope("x", SystemClock(), memory, Path("/nonexistent"), deadline))


async def watch(folder: str, server: subprocess.Popen[bytes]) -> dict[str, Any]:
    """What two checks of the mount, and one of something else, saw."""
    first, second, other = {}, {}, {}  # type: ignore[var-annotated]
    well = await look(folder, first)
    seen: dict[str, Any] = {"well": [well.problem, well.values.get("exists")], "others": []}
    server.send_signal(signal.SIGUSR1)
    await asyncio.sleep(0.1)
    # The kernel remembers the folder itself for a second.
    folder += "/backup"
    hung = [asyncio.create_task(look(folder, memory)) for memory in (first, second)]
    longest = 0.0
    while not all(task.done() for task in hung):
        began = time.monotonic()
        seen["others"].append((await look("/etc/passwd", other)).values.get("exists"))
        longest = max(longest, time.monotonic() - began)
        await asyncio.sleep(0.05)
    seen |= {"hung": [task.result().problem for task in hung], "longest": longest, "count": len(seen["others"])}
    seen["again"] = [(await look(folder, memory)).output for memory in (first, second)]
    seen["stuck"] = stuck()
    server.kill()
    server.wait()
    until = time.monotonic() + 20
    while time.monotonic() < until and stuck():  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.05)
    seen["back"] = (await look(folder, first)).text.removeprefix(f"{folder}: ")
    asking.close()
    return seen


def main() -> None:
    """See above."""
    server = subprocess.Popen([sys.executable, fuse_server.__file__, sys.argv[1]], stdout=subprocess.PIPE)
    assert server.stdout is not None
    if server.stdout.readline() != b"ready\n":
        print(json.dumps({"skip": "needs FUSE in a user namespace"}))
        return
    try:
        print(json.dumps(asyncio.run(watch(sys.argv[1], server))))
    finally:
        server.kill()


if __name__ == "__main__":
    main()
