"""Starts an agent in a mount namespace where a file system takes questions and never answers them.

`python hanging.py <folder> <command> …`: the file system is mounted at the folder, hangs, and ends with the agent.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

NO_FUSE = 77
"""The exit status where nothing can be mounted."""
SERVER = Path(__file__).parents[1] / "health" / "sampling" / "fuse_server.py"


def main() -> int:
    """See above."""
    server = subprocess.Popen([sys.executable, str(SERVER), sys.argv[1]], stdout=subprocess.PIPE)
    try:
        if server.stdout is None or server.stdout.readline() != b"ready\n":
            return NO_FUSE
        server.send_signal(signal.SIGUSR1)
        with subprocess.Popen(sys.argv[2:]) as agent:
            signal.signal(signal.SIGTERM, lambda *_: agent.terminate())
            return agent.wait()
    finally:
        server.kill()
        server.wait()


if __name__ == "__main__":
    sys.exit(main())
