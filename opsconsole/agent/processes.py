"""Processes as the kernel knows them: this one, and whether another one still is what it was.

Files: proc_pid_stat(5), proc_sys_kernel(5) (`random/boot_id`), namespaces(7).
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

from opsconsole.agent.model import Process

_PROC = Path("/proc")


def this_process(proc: Path = _PROC) -> Process:
    """This process; what the kernel does not say is empty or 0."""
    try:
        boot = (proc / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        boot = ""
    try:
        space = str((proc / "self/ns/pid").readlink())
    except OSError:
        space = ""
    state = _state(os.getpid(), proc)
    return Process(socket.gethostname(), boot, space, os.getpid(), state[1] if state else 0)


def gone(other: Process, me: Process, proc: Path = _PROC) -> bool:
    """Whether that process surely has ended. False where it lives, and where nobody can know.

    Args:
        other: a process that was noted, perhaps before a reboot or on another machine.
        me: the one who asks.
        proc: where the kernel's files are.
    """
    if not (other.boot and me.boot):
        return False
    if other.boot != me.boot:
        return other.host == me.host
    if not other.space or other.space != me.space or other.pid <= 0:
        return False
    try:
        os.kill(other.pid, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        # It exists and belongs to somebody else; /proc may hide it, which then says nothing.
        pass
    state = _state(other.pid, proc)
    return state is not None and (state[0] in "ZX" or bool(other.born and state[1] != other.born))


def _state(pid: int, proc: Path) -> tuple[str, int] | None:
    """The state's letter and the start in clock ticks since boot; None where it cannot be read."""
    try:
        raw = (proc / str(pid) / "stat").read_bytes()
    except OSError:
        return None
    # The name in brackets may hold anything, brackets and spaces too.
    fields = raw[raw.rfind(b")") + 2:].split()
    return (fields[0].decode("ascii", "replace"), int(fields[19])) if len(fields) > 19 else None
