"""One job in the loop: when it is due next, what it has to do, and how it fared."""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING

from opsconsole.agent.model import JobRun
from opsconsole.core.jobs import CatchUp
from opsconsole.core.schedule import LATE, MOST_CAUGHT_UP, Interval, backoff, jitter, rhythm
from opsconsole.core.text import limited

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.jobs import Due, Job
    from opsconsole.core.schedule import Plan

log = logging.getLogger(__name__)

LONGEST_ERROR = 1000
"""Characters that are stored of why a run failed."""


class Slot:
    """A job and its state.

    Raises:
        ValueError: its schedule cannot be read.
    """

    def __init__(self, job: Job, host: str, known: JobRun | None, now: Instant) -> None:
        self.job = job
        self.beats = rhythm(job.schedule)
        self.delay = jitter(host, job.name, job.jitter)
        self.run = known if known is not None else JobRun(job.name, last_due=now)
        self.start: Instant | None = None
        """When it is begun next."""
        self.not_before: Instant = 0
        """After a failure."""
        self.pending: deque[Due] = deque()
        """What it is run for, and what it has still to be run for."""
        self.task: asyncio.Task[None] | None = None
        self.begun = False
        """Whether it was looked at since the agent works."""
        self.dirty = False
        """Whether its run has to be stored."""

    @property
    def busy(self) -> bool:
        """Whether it is being run."""
        return self.task is not None and not self.task.done()

    @property
    def late_at_start(self) -> int:
        """Milliseconds by which a run may be late when the agent begins; intervals simply wait for their next beat."""
        return 0 if isinstance(self.beats, Interval) else LATE

    def goes_on_from(self, old: Slot) -> None:
        """Takes over from the slot of the job that had this name."""
        self.task, self.begun, self.dirty = old.task, old.begun, old.dirty
        if old.begun:
            self.start = self.beats.after(self.run.last_due)
            self.start = None if self.start is None else self.start + self.delay

    def next(self, made: Plan) -> None:
        """What was planned."""
        self.start = None if made.next is None else made.next + self.delay
        self._change(last_due=made.last, missed=self.run.missed + made.missed)

    def take(self, dues: Sequence[Due], now: Instant) -> bool:
        """Whether it is to be begun now; else it still runs or waits after a failure, and that is counted."""
        if self.busy and self.job.catch_up is CatchUp.ALL:
            room = MOST_CAUGHT_UP - len(self.pending)
            self.pending.extend(dues[:room])
            self._change(skipped=self.run.skipped + max(0, len(dues) - room))
            return False
        if self.busy or now < self.not_before:
            self._change(skipped=self.run.skipped + len(dues))
            return False
        self.pending.clear()
        self.pending.extend(dues)
        return True

    def ended(self, due: Due, *, started: Instant, ended: Instant, took: float, problem: str) -> None:
        """A run has ended; an empty `problem` is a success."""
        before = self.run.failures
        failures = before + 1 if problem else 0
        if problem and not before:
            log.warning("job fails: %s", problem, extra={"job": self.job.name})
        elif before and not problem:
            log.info("job works again", extra={"job": self.job.name, "failures": before})
        self.not_before = due.at + backoff(failures, self.beats.step) if failures and self.job.backoff else 0
        self._change(last_started=started, last_ended=ended, took=took, ok=not problem, runs=self.run.runs + 1,
                     failures=failures, error=limited(problem, LONGEST_ERROR) if problem else "")

    def row(self) -> JobRun:
        """What is stored: as if what is not done yet had not been due yet, where it has to be made up for."""
        if self.pending and self.job.catch_up is not CatchUp.NONE:
            return self.run._replace(last_due=min(self.run.last_due, self.pending[0].at - 1))
        return self.run

    def _change(self, **fields: object) -> None:
        changed = self.run._replace(**fields)  # type: ignore[arg-type]
        if changed != self.run:
            # What fails is shown, so it is stored, and that it works again too.
            self.dirty = self.dirty or self.job.recorded or bool(self.run.failures or changed.failures)
            self.run = changed
