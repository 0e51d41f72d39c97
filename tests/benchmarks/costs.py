"""What a tree of processes has used so far, as the kernel counts it: times do not depend on what else runs."""

from __future__ import annotations

import contextlib
from typing import NamedTuple

import psutil

from tests.terminal_costs import memory, process_tree


class Costs(NamedTuple):
    """Sums since the process began; of a process and, apart, of all that it started."""

    own: float
    """Processor time of the process itself, seconds."""
    children: float
    """The same of what it started, alive or ended, seconds."""
    written: float
    """Bytes handed to the file system by processes that are alive."""
    stored: float
    """Bytes that went on to a disk; 0 where the files are in memory."""
    switches: float
    """Times that a thread of the process itself gave the processor away to wait: how often it was woken."""

    def since(self, before: Costs) -> Costs:
        """What was used between."""
        return Costs(*(now - then for now, then in zip(self, before, strict=True)))


def costs(pid: int) -> Costs:
    """Of a process and what it started.

    Raises:
        psutil.NoSuchProcess: it has ended.
    """
    process = psutil.Process(pid)
    times = process.cpu_times()
    children = times.children_user + times.children_system
    written = stored = 0
    for one in process_tree(pid):
        with contextlib.suppress(psutil.Error):
            counters = one.io_counters()
            written, stored = written + counters.write_chars, stored + counters.write_bytes
            if one.pid != pid:
                children += sum(one.cpu_times()[:4])
    switches = 0
    for thread in process.threads():
        with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{thread.id}/status", encoding="ascii") as status:  # noqa: PTH123 - short
            switches += sum(int(line.split()[1]) for line in status if line.startswith("voluntary_ctxt_switches"))
    return Costs(times.user + times.system, children, written, stored, switches)


def mebibytes(pid: int) -> float:
    """Proportional set size of a process and all that it started, MiB."""
    return memory(process_tree(pid)) / 2**20
