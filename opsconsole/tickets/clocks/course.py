"""How the events of a ticket start, stop and end its clocks; pure.

What holds:

- RESPONSE and the first RESOLUTION start when the ticket is created, each further RESOLUTION when it is reopened, with
  its whole target again. NEXT starts, once RESPONSE is met, with the oldest message of the requester that nobody has
  answered; if the ticket was done by then, with its reopening: until then nobody had to answer.
- A public message of staff meets RESPONSE and NEXT. Where the requester has no address and so cannot be answered, any
  message of staff does, and RESPONSE is met too when staff assign the ticket to a person, acknowledge it, or move it
  out of its initial phase. What is done meets all. Automatic mail starts and meets nothing.
- While a ticket waits or is merged into another, its clocks stand still. A merged one shows only what was broken.
- Only hours of the calendar outside of pauses are used. Another priority or category means the same start and the same
  runs with another target and calendar; results that were met before stay as they are.
- A promise is kept by what happens until the moment at which it is due, and in it. Else it is broken then, or, if a
  change made that moment lie in the past, at the change: so no breach is dated back, and no later change takes one
  away, only a waiver does. A BREACHED event stands for a breach that the present configuration would not give.
- What was undone: a message, a waiver and an acknowledgement count as if they had never been. A clock that they had met
  meanwhile is broken at the undoing at the earliest. To undo the end of a ticket lets its clocks go on as if it had not
  ended; to undo a reopening ends them as if there had been none.
- Events count in the order of `seq`. One that says an earlier time than the one before, because somebody set the
  machine's clock, happened when that one did. Two neighbours of the same time may change places without any effect if
  they change different fields, neither decides what the other one is worth (an address, what an answer is), and at most
  one of them is a message, ends or reopens the ticket, judges or acknowledges clocks, or undoes something.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from opsconsole.tickets.clocks.timer import Timer
from opsconsole.tickets.model import ClockKind, Event, EventKind, Party, Phase, Priority

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from opsconsole.core.clock import Instant
    from opsconsole.tickets.clocks.model import Clock
    from opsconsole.tickets.clocks.policies import Policies, Terms

_DONE: Final = Phase.DONE.value
_FIELDS: Final = ("category", "priority", "requester_mail", "merged_into", "phase")


def clocks(events: Iterable[Event], policies: Policies, now: Instant) -> tuple[Clock, ...]:
    """All clocks of a ticket: the response, the next answers, the solutions, each kind from its first segment on.

    Args:
        events: of one ticket, from its first on, in any order.
        policies: the present configuration.
        now: the present; no earlier than the last event, else that counts as the present.
    """
    ordered = list(events)
    if any(one.seq > two.seq for one, two in pairwise(ordered)):
        ordered.sort(key=lambda event: event.seq)
    course = Course(policies, undone(ordered))
    for event in ordered:
        course.follow(event)
    return course.clocks(now)


def undone(events: Iterable[Event]) -> dict[int, Instant]:
    """Which events were taken back, by `seq`, and when; an undoing that was itself undone takes nothing back."""
    takers = [event for event in events if event.kind is EventKind.UNDONE]
    found: dict[int, Instant] = {}
    for event in reversed(takers):
        if event.seq not in found:
            found.update(dict.fromkeys(_numbers(event), event.at))
    return found


def _numbers(event: Event) -> list[int]:
    seqs = event.data.get("seqs")
    return [seq for seq in seqs if isinstance(seq, int)] if isinstance(seqs, (list, tuple)) else []


class Course:
    """The clocks of one ticket while its events are followed, in the order of `seq`.

    To follow some, look, and follow the rest is the same as to follow all; only what is taken back must be known from
    the beginning.
    """

    def __init__(self, policies: Policies, undone: Mapping[int, Instant] | None = None) -> None:
        """No event yet.

        Args:
            policies: the present configuration.
            undone: see `undone`, of all events.
        """
        self._policies, self._taken_back = policies, undone or {}
        self._at: Instant = 0
        self._fields: dict[str, Any] = {"category": "", "priority": Priority.MEDIUM, "requester_mail": "",
                                        "merged_into": 0, "phase": Phase.INITIAL.value}
        self._terms: Mapping[ClockKind, Terms] = {}
        self._timers: dict[ClockKind, list[Timer]] = {kind: [] for kind in ClockKind}
        self._open: list[Timer] = []
        self._just_met: list[Timer] = []
        self._pauses: list[tuple[Instant, Instant | None]] = []
        self._pending = False
        """Whether a message without an answer came while the ticket was done."""

    def clocks(self, now: Instant) -> tuple[Clock, ...]:
        """How they stand at a moment; one before the last event counts as the moment of that."""
        now = max(now, self._at)
        shown = [timer.show(now) for timers in self._timers.values() for timer in timers]
        if self._fields["merged_into"]:
            return tuple(clock for clock in shown if not clock.open or clock.breached is not None)
        return tuple(shown)

    def follow(self, event: Event) -> None:
        """One more event."""
        at = self._at = max(self._at, event.at) if self._terms else event.at
        if event.kind is EventKind.UNDONE and event.seq not in self._taken_back:
            self._take_back(event, at)
        was = self._fields["phase"]
        if event.changes:
            for name in _FIELDS:
                if name in event.changes:
                    self._fields[name] = event.changes[name][1]
        if not self._terms:
            self._begin(event, at)
        elif event.changes:
            self._change(event, at, was)
        if event.kind is EventKind.UNDONE:
            self._hold(at)
            if self._fields["phase"] == _DONE:
                self._end(at, event.seq)
        self._happen(event, at, was)

    def _begin(self, event: Event, at: Instant) -> None:
        self._terms = self._policies.terms(self._fields["category"], self._fields["priority"])
        for kind in (ClockKind.RESPONSE, ClockKind.RESOLUTION):
            self._start(kind, at, event.seq)
        self._hold(at)
        if self._fields["phase"] == _DONE:
            self._end(at, event.seq)

    def _change(self, event: Event, at: Instant, was: str) -> None:
        """Fields were changed."""
        changes = event.changes
        if "priority" in changes or "category" in changes:
            terms = self._policies.terms(self._fields["category"], self._fields["priority"])
            if terms is not self._terms:
                self._terms = terms
                # What was met in this very moment belongs to it: so the order of the two does not matter.
                for timer in (*self._open, *(timer for timer in self._just_met if timer.met == at)):
                    timer.retarget(terms[timer.kind], at)
        if "phase" in changes or "merged_into" in changes:
            phase = self._fields["phase"]
            if phase == _DONE != was:
                self._end(at, event.seq)
            elif was == _DONE != phase and self._last(ClockKind.RESOLUTION).met is not None:
                self._start(ClockKind.RESOLUTION, at, event.seq)
            self._hold(at)
            self._ask(at, event.seq)

    def _stands(self) -> bool:
        return self._fields["phase"] == Phase.WAITING or bool(self._fields["merged_into"])

    def _hold(self, at: Instant) -> None:
        """Let all clocks stand, or go on, as the phase says."""
        stands = self._stands()
        if stands != bool(self._pauses and self._pauses[-1][1] is None):
            if stands:
                self._pauses.append((at, None))
            else:
                self._pauses[-1] = self._pauses[-1][0], at
        for timer in self._open:
            if stands:
                timer.pause(at)
            else:
                timer.resume(at)

    def _ask(self, at: Instant, seq: int) -> None:
        """Start to wait for an answer, if a message has none and the ticket is to be worked on."""
        if self._pending and self._fields["phase"] != _DONE:
            self._pending = False
            if self._last(ClockKind.RESPONSE).met is not None and self._waited_for() is None:
                self._start(ClockKind.NEXT, at, seq)

    def _start(self, kind: ClockKind, at: Instant, seq: int) -> None:
        timers = self._timers[kind]
        timer = Timer(kind, len(timers) + 1, at, seq, self._terms[kind])
        if self._stands():
            timer.pause(at)
        timers.append(timer)
        self._open.append(timer)

    def _last(self, kind: ClockKind) -> Timer:
        return self._timers[kind][-1]

    def _waited_for(self) -> Timer | None:
        """The clock of the answer that the requester waits for, after the first one."""
        timers = self._timers[ClockKind.NEXT]
        return timers[-1] if timers and timers[-1].met is None else None

    def _meet(self, timer: Timer, at: Instant, seq: int) -> None:
        timer.meet(at, seq)
        self._open.remove(timer)
        self._just_met = [one for one in self._just_met if one.met == at] + [timer]

    def _end(self, at: Instant, seq: int) -> None:
        for timer in list(self._open):
            self._meet(timer, at, seq)

    def _happen(self, event: Event, at: Instant, was: str) -> None:
        """What an event does besides its changes."""
        kind = event.kind
        if kind is EventKind.MESSAGE:
            if event.party is Party.STAFF:
                if event.public or not self._fields["requester_mail"]:
                    self._answer(event, at)
            elif event.party is Party.REQUESTER and event.seq not in self._taken_back:
                self._question(event, at)
            return
        if kind is EventKind.ACKNOWLEDGED and event.seq not in self._taken_back:
            for timer in self._open:
                timer.acknowledged = at if timer.acknowledged is None else timer.acknowledged
        elif kind in (EventKind.BREACHED, EventKind.WAIVED):
            self._judge(event, at)
        if event.party is Party.STAFF and kind is not EventKind.UNDONE and not self._fields["requester_mail"]:
            left = was == Phase.INITIAL != self._fields["phase"] and kind is not EventKind.CREATED
            if left or event.changes.get("assignee", ("", ""))[1] or kind is EventKind.ACKNOWLEDGED:
                self._answer_first(event, at)

    def _answer(self, event: Event, at: Instant) -> None:
        """Staff answered."""
        if self._last(ClockKind.RESPONSE).met is None:
            self._answer_first(event, at)
        elif (timer := self._waited_for()) is not None:
            self._meet_or_cover(timer, event, at)
        if event.seq not in self._taken_back:
            self._pending = False

    def _answer_first(self, event: Event, at: Instant) -> None:
        timer = self._last(ClockKind.RESPONSE)
        if timer.met is None:
            self._meet_or_cover(timer, event, at)

    def _meet_or_cover(self, timer: Timer, event: Event, at: Instant) -> None:
        """Meet a clock; if that was taken back later, it cannot have been broken before it was."""
        taken_back = self._taken_back.get(event.seq)
        if taken_back is None:
            self._meet(timer, at, event.seq)
        else:
            timer.settle(at)
            timer.floor = max(timer.floor, taken_back)

    def _question(self, event: Event, at: Instant) -> None:
        """The requester wrote."""
        if self._last(ClockKind.RESPONSE).met is not None and self._waited_for() is None:
            self._pending = True
            self._ask(at, event.seq)

    def _judge(self, event: Event, at: Instant) -> None:
        """A breach was written down, or waived."""
        kind, segment = event.data.get("clock"), event.data.get("segment")
        timers = self._timers.get(kind, []) if isinstance(kind, str) else []  # type: ignore[call-overload]
        if not isinstance(segment, int) or not 1 <= segment <= len(timers):
            return
        timer = timers[segment - 1]
        timer.settle(at)
        taken_back = self._taken_back.get(event.seq)
        if event.kind is EventKind.WAIVED:
            if taken_back is None:
                timer.waived = at
            else:
                timer.floor = max(timer.floor, taken_back)
        elif timer.breached is None and timer.waived is None and timer.broken(at) is None:
            due = event.data.get("due")
            moment = due if isinstance(due, int) and due <= at else at
            timer.breached = max(timer.started, moment if timer.met is None else min(moment, timer.met))

    def _take_back(self, event: Event, at: Instant) -> None:
        """What the undone events met goes on; what they started has never been, unless it is broken."""
        seqs = frozenset(_numbers(event))
        for kind, timers in self._timers.items():
            if not timers:
                continue
            timer = timers[-1]
            timer.settle(at)
            if len(timers) > (kind is not ClockKind.NEXT) and timer.begun in seqs and not (
                    timer.breached or timer.met):
                timers.pop()
                if timer in self._open:
                    self._open.remove(timer)
                if kind is ClockKind.NEXT:
                    self._pending = True
            elif timer.met is not None and timer.ended in seqs:
                timer.go_on(at, self._pauses)
                self._open.append(timer)
