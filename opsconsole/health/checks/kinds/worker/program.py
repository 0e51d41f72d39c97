"""The program that `asking` starts: reads a request, a line of JSON, and answers with a line of JSON, again and again.

    {"task": "<module>:<function>", "limit": <seconds>, "arguments": {…}}  →  what the function returns
                                                                           →  {"failed": "<what went wrong>"}

It is run by a bare interpreter; its arguments are the folders to import from. It ends when its input ends, when no
request came for `IDLE` seconds, and by SIGALRM when a request takes longer than its limit, so that it does not outlive
its parent on a mount that hangs.
"""

import json
import os
import select
import signal
import sys
from importlib import import_module

IDLE = 45.0
"""Seconds."""
LONGEST = 4_000_000
"""Bytes of a request."""
PACKAGE = "opsconsole.health.checks.kinds.worker"


def answer(line: bytes) -> bytes:
    """What is answered to one request."""
    request = json.loads(line)
    signal.alarm(int(request["limit"]))
    try:
        module, _, function = str(request["task"]).partition(":")
        made = getattr(import_module(f"{PACKAGE}.{module}"), function)(**request["arguments"])
    except Exception as error:  # noqa: BLE001 - whoever asked gets every mistake and tells of it
        made = {"failed": f"{type(error).__name__}: {error}"}
    finally:
        signal.alarm(0)
    return json.dumps(made).encode() + b"\n"


def send(data: bytes) -> None:
    """All of it."""
    while data:
        data = data[os.write(1, data):]


def main() -> None:
    """See above."""
    sys.path[:] = [*sys.argv[1:], *[path for path in sys.path if path not in sys.argv]]
    received = bytearray()
    while len(received) <= LONGEST:
        line, is_whole, rest = received.partition(b"\n")
        if is_whole:
            received = rest
            send(answer(bytes(line)))
            continue
        if not select.select([0], [], [], IDLE)[0]:
            return
        part = os.read(0, 65_536)
        if not part:
            return
        received += part


if __name__ == "__main__":
    main()
