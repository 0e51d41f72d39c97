"""How a run stands at a moment; pure.

A run is late from its late instant on, and one that ends at that very instant is in time still. A run that is put off
keeps its due time, so that it is known afterwards; but nobody misses it before it has had its time after the delay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.checklists.model import RunState

if TYPE_CHECKING:
    from opsconsole.checklists.model import Run
    from opsconsole.core.clock import Instant

ORDER: Final = (RunState.LATE, RunState.WAITING, RunState.RUNNING, RunState.DUE, RunState.OPEN, RunState.DEFERRED,
                RunState.UPCOMING, RunState.MISSED, RunState.DONE, RunState.DONE_LATE, RunState.WAIVED)
"""In which order they are listed: first what has to be done, then what is over."""
_RANKS: Final = {state: number for number, state in enumerate(ORDER)}


def rank(state: RunState) -> int:
    """The place of a state in the list."""
    return _RANKS[state]


def state_of(run: Run, now: Instant) -> RunState:
    """How a run stands.

    One whose time to begin is over is missed, whether that has been recorded yet or not.
    """
    if run.ended is not None or run.outcome:
        return _ended(run)
    if 0 < len(run.signatures) < run.persons:
        return RunState.WAITING
    if run.deferred is not None and now < run.deferred:
        return RunState.DEFERRED
    if run.begun is not None:
        return RunState.RUNNING
    return _waiting(run, now)


def _ended(run: Run) -> RunState:
    if run.outcome == "missed":
        return RunState.MISSED
    if run.outcome == "waived":
        return RunState.WAIVED
    late = run.late is not None and run.ended is not None and run.ended > run.late
    return RunState.DONE_LATE if late else RunState.DONE


def _waiting(run: Run, now: Instant) -> RunState:
    """The state of a run that nobody has begun."""
    missed = missed_at(run)
    if missed is not None and now >= missed:
        return RunState.MISSED
    if run.late is not None and now >= run.late:
        return RunState.LATE
    if run.due is not None and now >= run.due:
        return RunState.DUE
    return RunState.OPEN if now >= run.opens else RunState.UPCOMING


def is_late(run: Run, now: Instant) -> bool:
    """Whether a run that goes on, begun or not, is late; one that is put off is not."""
    if run.ended is not None or run.outcome or run.late is None or (run.deferred is not None and now < run.deferred):
        return False
    return now >= run.late


def missed_at(run: Run) -> Instant | None:
    """When a run that nobody begins is missed; None: never.

    One that was put off has as long after that as it would have had after its due time.
    """
    if run.missed is None or run.deferred is None:
        return run.missed
    return max(run.missed, run.deferred + run.missed - (run.due if run.due is not None else run.missed))


def next_change(run: Run, now: Instant) -> Instant | None:
    """The next instant at which it stands otherwise, or is late, if nobody does anything; None: never."""
    if run.ended is not None or run.outcome:
        return None
    moments = [run.late, run.deferred]
    if run.begun is None:
        moments += [run.opens, run.due, missed_at(run)]
    return min((moment for moment in moments if moment is not None and moment > now), default=None)
