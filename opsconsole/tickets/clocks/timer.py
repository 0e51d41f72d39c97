"""One clock while the events of its ticket are followed; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.tickets.clocks.model import Clock, reach

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsconsole.core.clock import Instant
    from opsconsole.tickets.clocks.model import Run
    from opsconsole.tickets.clocks.policies import Terms
    from opsconsole.tickets.model import ClockKind

_UNKNOWN: Final = -1
"""A due time that has to be calculated again; no instant of a ticket."""


class Timer:
    """One clock while events are followed."""

    __slots__ = ("_due", "acknowledged", "begun", "breached", "closed", "ended", "floor", "kind", "met", "open_since",
                 "paused_since", "segment", "started", "terms", "waived")

    def __init__(self, kind: ClockKind, segment: int, at: Instant, seq: int, terms: Terms) -> None:
        """A clock that starts.

        Args:
            kind: of promise.
            segment: its number among those of its kind.
            at: when it starts.
            seq: of the event that starts it.
            terms: what is promised.
        """
        self.kind, self.segment, self.started, self.begun, self.terms = kind, segment, at, seq, terms
        self.closed: list[tuple[Instant, Instant]] = []
        self.open_since: Instant | None = at
        self.paused_since: Instant | None = None
        self.floor = at
        """No breach is earlier: the last change that can make it due was then."""
        self.met: Instant | None = None
        self.ended = 0
        """The `seq` of the event that met it."""
        self.breached: Instant | None = None
        self.waived: Instant | None = None
        self.acknowledged: Instant | None = None
        self._due: Instant | None = _UNKNOWN

    def pause(self, at: Instant) -> None:
        """Stand still."""
        if self.open_since is not None:
            if at > self.open_since:
                self.closed.append((self.open_since, at))
            self.open_since, self.paused_since, self._due = None, at, _UNKNOWN

    def resume(self, at: Instant) -> None:
        """Run on."""
        if self.open_since is None:
            joins = self.closed and self.closed[-1][1] == at
            self.open_since = self.closed.pop()[0] if joins else at
            self.paused_since, self._due = None, _UNKNOWN

    def retarget(self, terms: Terms, at: Instant) -> None:
        """Another promise, for the same runs."""
        self.settle(at)
        self.terms, self.floor, self._due = terms, at, _UNKNOWN

    def meet(self, at: Instant, seq: int) -> None:
        """Keep the promise, in time or not."""
        self.settle(at)
        self.met, self.ended = at, seq
        if self.open_since is None:
            self._due = _UNKNOWN

    def go_on(self, at: Instant, pauses: Iterable[tuple[Instant, Instant | None]]) -> None:
        """Forget that it was met: what met it was taken back.

        Args:
            at: when that was.
            pauses: all of the ticket's; those since it was met are caught up with.
        """
        met, self.met, self.floor, self._due = self.met or at, None, max(self.floor, at), _UNKNOWN
        for start, end in pauses:
            if end is None or end >= met:
                self.pause(max(start, met))
                if end is not None:
                    self.resume(end)

    def settle(self, at: Instant) -> None:
        """Keep a breach of before this moment, whatever changes now."""
        if self.breached is None:
            self.breached = self.broken(at - 1)

    def due(self) -> Instant | None:
        """When the target is used up; see `Clock.due`."""
        if self._due == _UNKNOWN:
            self._due = self.at(self.terms.target)
        return self._due

    def at(self, length: int | None) -> Instant | None:
        """When so much is used; of one that was met in a pause, as if it had gone on then."""
        if length is None:
            return None
        since = self.open_since if self.open_since is not None else self.met
        return reach(self.closed if since is None else [*self.closed, (since, None)], self.terms.hours, length)

    def broken(self, now: Instant) -> Instant | None:
        """When it was broken, if that was by now."""
        if self.breached is not None or self.waived is not None:
            return self.breached if self.waived is None else None
        if self.terms.target is None or (due := self.due()) is None:
            return None
        moment = max(due, self.floor)
        # Until it is due, and in that very moment, it can be met.
        return moment if moment <= now and (self.met is None or moment < self.met) else None

    def runs(self) -> tuple[Run, ...]:
        """See `Clock.runs`."""
        if self.open_since is None or self.open_since == self.met:
            return tuple(self.closed)
        return (*self.closed, (self.open_since, self.met))

    def show(self, now: Instant) -> Clock:
        """How it stands at a moment that is no earlier than the last event."""
        terms, end = self.terms, now if self.met is None else self.met
        used = sum(terms.hours.between(start, stop) for start, stop in self.closed)
        if self.open_since is not None:
            used += terms.hours.between(self.open_since, end)
        going = self.met is None and self.waived is None
        paused = self.met is None and self.open_since is None
        due = self.due()
        return Clock(
            self.kind, self.segment, self.started, terms.target, terms.calendar, terms.release, due, paused,
            self.paused_since if paused else None, self.met, self.broken(now), self.waived, used,
            None if terms.target is None else terms.target - used,
            self.at(terms.warn) if going and due is not None else None, self.acknowledged, self.runs())
