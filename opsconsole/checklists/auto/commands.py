"""Runs the commands of items: argument by argument, without a shell, within their time, with bounded output."""

from __future__ import annotations

import asyncio
import re
import shlex
import signal
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.checklists.auto.output import Output
from opsconsole.checklists.auto.seen import Figure, Seen, expected, unknown
from opsconsole.checklists.model import Evidence, Verdict
from opsconsole.core.format import duration, size
from opsconsole.core.programs import NOT_STARTED, plain_environment, run
from opsconsole.core.text import limited, storable
from opsconsole.health.conditions.pattern import PatternError, TooMuchWork, compiled

if TYPE_CHECKING:
    from opsconsole.checklists.template import AutoItem, EvidenceItem
    from opsconsole.core.blobs import Blobs
    from opsconsole.core.clock import Clock

MOST_WRITTEN: Final = 1 << 30
"""Bytes after which a command that goes on writing is ended."""
_MOST_TITLE: Final = 500
_SAID: Final = 200
"""Characters of the line that an output is told by."""
_SHELL_SAYS: Final = re.compile(rb"/: (?:line )?[0-9]+: ")
"""How the shell that starts it, in this folder, says that it could not."""


class Done(NamedTuple):
    """How a command ended."""

    output: Output
    status: int | None
    """None: it was ended, or never started."""
    took: float = 0.0
    problem: str = ""
    """Why nothing is known: it did not end, could not be started."""


class Commands:
    """Runs commands.

    Args:
        clock: where time comes from.
        blobs: where outputs are kept; None: only their text is.
        keep: bytes of an output that are kept.
    """

    def __init__(self, clock: Clock, blobs: Blobs | None, keep: int) -> None:
        self._clock = clock
        self._blobs = blobs
        self._keep = keep

    async def look(self, item: AutoItem | EvidenceItem) -> Seen:
        """Runs the command of an item once; what it leaves behind is ended with it.

        Raises:
            StorageError: its output cannot be kept.
        """
        at = self._clock.now()
        done = await self._run(item)
        saw = (await self._evidence(item, done, at),)
        if done.problem or done.status is None:
            return unknown(done.problem, *saw)
        return _judged(item, done.status, done.output, saw)

    async def _run(self, item: AutoItem | EvidenceItem) -> Done:
        loop = asyncio.get_running_loop()
        output, begun = Output(self._keep), loop.time()
        try:
            ran = await run(item.command, plain_environment(), deadline=begun + item.timeout, take=output.take,
                            most=MOST_WRITTEN)
        except (OSError, ValueError) as problem:
            return Done(output, None, problem=f"it could not be started: {problem}")
        took = loop.time() - begun
        if ran.late:
            return Done(output, None, took, f"did not end within {duration(item.timeout)}")
        if ran.flooded or ran.status is None:
            return Done(output, None, took, f"was ended because it wrote more than {size(MOST_WRITTEN)}")
        if ran.status in NOT_STARTED and _SHELL_SAYS.match(output.kept()[:_SAID]):
            return Done(output, ran.status, took, f"could not be started: {NOT_STARTED[ran.status]}")
        return Done(output, ran.status, took)

    async def _evidence(self, item: AutoItem | EvidenceItem, done: Done, at: int) -> Evidence:
        output, sha256 = done.output, ""
        if self._blobs is not None and output.size:
            blob = await asyncio.to_thread(self._blobs.put, output.kept())
            sha256 = blob.sha256
        return Evidence("command", _title(item), storable(output.text()), at, code=done.status,
                        took=round(done.took, 3), sha256=sha256, size=output.size, cut=output.left_out > 0,
                        problem=done.problem, whole=output.sha256)


def _title(item: AutoItem | EvidenceItem) -> str:
    return storable(shlex.join(item.command)[:_MOST_TITLE])


def _judged(item: AutoItem | EvidenceItem, status: int, output: Output, saw: tuple[Evidence, ...]) -> Seen:
    """What an end and an output mean."""
    codes: tuple[int, ...] = getattr(item, "codes", (0,))
    ending = _ending(status)
    text = output.text()
    said = limited(next((line for line in text.split("\n") if line.strip()), ""), _SAID)
    fine = status in codes
    conditions: tuple[str, ...] = getattr(item, "expect", ())
    pattern: str = getattr(item, "pattern", "")
    limit = ", ".join([*([f"`{pattern}`"] if pattern and not conditions else []), *conditions])
    figure: Figure | None = None
    if pattern:
        try:
            searched = output.matched()
            matches, figure = compiled(pattern).found_in(searched), _figure(pattern, searched, item)
        except PatternError as problem:
            return unknown(f"the regular expression cannot be read: {problem}", *saw)
        except TooMuchWork:
            return unknown("the regular expression takes too long on this output", *saw)
        if fine and not matches:
            why = f"`{limited(pattern, 80)}` is not in the output"
            return Seen(Verdict.FAILED, f"{why}: {said}" if said else why, None, saw, limit)
    value = None if figure is None else figure.entered
    if not fine:
        return Seen(Verdict.FAILED, f"{ending}: {said}" if said else ending, value, saw, limit)
    held = expected(conditions, figure, {"status": float(status)}, None)
    if held.holds is None:
        return Seen(Verdict.OPEN, held.why, value, saw, limit)
    if not held.holds:
        return Seen(Verdict.FAILED, held.why, value, saw, limit)
    return Seen(Verdict.OK, (figure.shown if figure is not None else said) or ending, value, saw, limit)


def _figure(pattern: str, text: str, item: AutoItem | EvidenceItem) -> Figure | None:
    """What the first group found, where it is a number; else the word that it is."""
    found = compiled(pattern).first_group(text)
    if found is None:
        return None
    try:
        return Figure(float(found.strip()), "", getattr(item, "unit", ""))
    except ValueError:
        return Figure(found[:_SAID])


def _ending(status: int) -> str:
    if status >= 0:
        return f"exit code {status}"
    try:
        return f"ended by {signal.Signals(-status).name}"
    except ValueError:
        return f"ended by signal {-status}"
