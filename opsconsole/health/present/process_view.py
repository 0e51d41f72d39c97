"""Arranges a list of processes: sorted, as a tree, filtered. Pure and stable."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from opsconsole.health.model import Process


class Sort(StrEnum):
    """What the list is sorted by."""

    CPU = "cpu"
    MEMORY = "memory"
    IO = "io"
    PID = "pid"
    NAME = "name"
    STARTED = "started"

    @property
    def label(self) -> str:
        """As the heading says it."""
        return {Sort.CPU: "CPU", Sort.IO: "I/O", Sort.PID: "PID", Sort.STARTED: "start"}.get(self, self.value)

    def next(self, step: int = 1) -> Sort:
        """The one `step` further in the row, round and round."""
        row = list(Sort)
        return row[(row.index(self) + step) % len(row)]


class Arrangement(NamedTuple):
    """How somebody wants to see the processes."""

    sort: Sort = Sort.CPU
    reverse: bool = False
    tree: bool = False
    filter: str = ""


class Shown(NamedTuple):
    """A process in its place. `stems` says for each ancestor whether another child follows; `last` for itself."""

    process: Process
    depth: int = 0
    last: bool = True
    stems: tuple[bool, ...] = ()
    matches: bool = True
    """False for one that is there only because it is above a match in the tree."""


def io_rate(process: Process) -> float:
    """Bytes read and written per second; 0 where not known."""
    return (process.read_rate or 0.0) + (process.write_rate or 0.0)


_KEYS: dict[Sort, Callable[[Process], float | str]] = {
    Sort.CPU: lambda process: -(process.cpu or 0.0),
    Sort.MEMORY: lambda process: -process.memory,
    Sort.IO: lambda process: -io_rate(process),
    Sort.PID: lambda process: process.pid,
    Sort.NAME: lambda process: process.name.casefold(),
    Sort.STARTED: lambda process: -process.started,
}


def arranged(processes: Iterable[Process], how: Arrangement) -> list[Shown]:
    """The processes as they are shown; equal ones by pid, so that they do not change places."""
    every = sorted(processes, key=lambda process: process.pid)
    key = _KEYS[how.sort]
    every.sort(key=key, reverse=how.reverse)
    wanted = matcher(how.filter)
    if not how.tree:
        return [Shown(process) for process in every if wanted(process)]
    return _tree(every, {process.pid for process in every if wanted(process)})


def matcher(text: str) -> Callable[[Process], bool]:
    """A test for processes that contain all words of the text in name, command, user or pid; `user:NAME` is exact."""
    words = text.casefold().split()
    users = {word.removeprefix("user:") for word in words if word.startswith("user:") and word != "user:"}
    plain = [word for word in words if not word.startswith("user:")]

    def matches(process: Process) -> bool:
        if users and process.user.casefold() not in users:
            return False
        hay = f"{process.name}\n{process.command}\n{process.user}\n{process.pid}".casefold()
        return all(word in hay for word in plain)

    return matches


def _tree(every: Sequence[Process], wanted: set[int]) -> list[Shown]:
    """Children below their parents, in the order of `every`; ancestors of what is wanted stay as its place."""
    by_pid = {process.pid: process for process in every}
    kept = _with_ancestors(by_pid, wanted)
    children: dict[int, list[Process]] = {}
    roots: list[Process] = []
    placed: set[int] = set()
    for process in every:
        if process.pid in kept:
            top = process.parent == process.pid or process.parent not in by_pid
            (roots if top else children.setdefault(process.parent, [])).append(process)
    shown: list[Shown] = []
    # A list taken while processes come and go can hold a circle: whoever is in one has no root, and becomes one.
    for root in (*roots, *(process for process in every if process.pid in kept)):
        _place(root, children, placed, wanted, shown)
    return shown


def _place(root: Process, children: dict[int, list[Process]], placed: set[int], wanted: set[int],
           shown: list[Shown]) -> None:
    """One root and all below it; with a stack of its own, because a chain of forks can be thousands deep."""
    waiting = [Shown(root, matches=root.pid in wanted)]
    while waiting:
        here = waiting.pop()
        if here.process.pid in placed:
            continue
        placed.add(here.process.pid)
        shown.append(here)
        below = [child for child in children.get(here.process.pid, ()) if child.pid not in placed]
        stems = (*here.stems, not here.last) if here.depth else ()
        waiting += reversed([Shown(child, here.depth + 1, child is below[-1], stems, child.pid in wanted)
                             for child in below])


def _with_ancestors(by_pid: dict[int, Process], wanted: set[int]) -> set[int]:
    kept: set[int] = set()
    for pid in wanted:
        while pid in by_pid and pid not in kept:
            kept.add(pid)
            pid = by_pid[pid].parent  # noqa: PLW2901 - climbing to the root
    return kept
