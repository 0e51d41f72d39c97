"""The life of an alert, as a pure function from what was and what is seen now to what is, and to what has happened.

    ok -> pending -> firing (-> acknowledged) -> recovering -> ok, which is told as resolved

All times are wall clock, so that a state can be stored as JSON and taken up by another process. When the clock is set,
the caller says by how much (`jump`), and every time in the state moves along: durations stay true. After a time in
which nothing was seen, longer than `Policy.bridge`, nothing is known to have held or to have been well in between.

Flapping follows the rule of Nagios: the share of changes among the last 21 observations,
newer ones counting more, from 0.8 to 1.2.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from opsconsole.core.clock import Instant
from opsconsole.health.alerts.settings import Within  # noqa: TC001 - part of a public type
from opsconsole.notify.model import Severity

LOUDEST_FIRST: Final = (Severity.CRITICAL, Severity.WARNING, Severity.INFO)
FLAPPING_OVER: Final = 21
"""Observations."""
FLAPPING_ABOVE: Final = 30.0
CALM_BELOW: Final = 25.0
_WEIGHTS: Final = tuple(0.8 + 0.4 * number / (FLAPPING_OVER - 2) for number in range(FLAPPING_OVER - 1))


class Phase(StrEnum):
    """Where an alert is in its life."""

    OK = "ok"
    PENDING = "pending"
    """Bad, but not for long enough."""
    FIRING = "firing"
    RECOVERING = "recovering"
    """Well, but not for long enough."""


class Kind(StrEnum):
    """What happened to an alert."""

    FIRED = "fired"
    WORSE = "worse"
    EASED = "eased"
    RESOLVED = "resolved"
    REMINDED = "reminded"
    FLAPPING = "flapping"
    CALM = "calm"
    UNMUTED = "unmuted"
    """It fired, or became worse, while nobody was to be told; now they are."""


class Effect(NamedTuple):
    """One thing that happened, and whether people are told of it."""

    kind: Kind
    severity: Severity
    told: bool = False
    withdrawn: bool = False
    """Whether an acknowledgement is withdrawn, because it is worse than what was acknowledged."""


class Observation(NamedTuple):
    """What was seen of one alert at one moment."""

    at: Instant
    """When it was measured; one that is not newer than the last is not counted again."""
    reached: Severity | None = None
    """The loudest severity whose conditions hold; None when none does."""
    held: Severity | None = None
    """The loudest severity that an alert may keep, with its margin; what is reached is held as well."""
    unknown: bool = False
    awaited: Severity | None = None
    """A louder severity that somebody else already counts the time of (the limits of `judging`)."""
    since: Instant | None = None
    """Since when it is bad, where that is known better than by watching."""


class Policy(NamedTuple):
    """What a rule says about the course of its alerts; times are seconds."""

    hold: float = 0.0
    within: Within | None = None
    recover_hold: float = 0.0
    cap: Severity = Severity.CRITICAL
    remind: float | None = 900.0
    remind_from: Severity = Severity.CRITICAL
    bridge: float = 120.0
    """Between two observations that are farther apart nothing is known."""


class State(msgspec.Struct, frozen=True):
    """What must be remembered of one alert."""

    phase: Phase = Phase.OK
    severity: Severity | None = None
    """While firing or recovering."""
    since: Instant | None = None
    """Since when it is bad."""
    begun: dict[Severity, Instant] = {}
    """Since when it is at least so bad, without interruption."""
    awaited: dict[Severity, Instant] = {}
    fired: Instant | None = None
    lower: Instant | None = None
    """Since when it is less bad than its severity, or well."""
    well: Instant | None = None
    recent: str = ""
    """A digit for each of the last observations, 0 well to 3 critical; zeros at the left are left out."""
    flapping: bool = False
    told: Severity | None = None
    """The loudest that people were told of since it fired; None when nobody was told."""
    reminded: Instant | None = None
    """When people were told last."""
    acknowledged: bool = False
    seen: Instant | None = None
    """When something was known last."""
    run: Instant | None = None
    """`Observation.at` of the newest that was counted."""

    @property
    def open(self) -> bool:
        """Whether it has fired and is not over."""
        return self.phase in (Phase.FIRING, Phase.RECOVERING)

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to remember."""
        return self.phase is Phase.OK and not self.recent and not self.flapping


class Step(NamedTuple):
    """The new state, and what happened."""

    state: State
    effects: tuple[Effect, ...] = ()


def step(state: State, policy: Policy, now: Instant, seen: Observation | None, *, muted: bool = False,
         jump: int = 0) -> Step:
    """One moment in the life of an alert.

    Args:
        state: what the last call returned; `State()` at first.
        policy: what its rule says.
        now: the wall clock.
        seen: what was observed; None when there is nothing new.
        muted: whether nobody is to be told now: silenced, in maintenance, or something that it needs is down. A
            recovery is told all the same to those who were told of the firing.
        jump: by how many ms the clock was set since the last call.
    """
    state = _sane(shifted(state, jump) if jump else state, now)
    effects: list[Effect] = []
    fresh = seen is not None and not seen.unknown and (state.run is None or seen.at > state.run)
    if seen is not None and fresh:
        state = _observed(_bridged(state, policy, now), policy, now, _capped(seen, policy.cap))
        state, effects = _moved(state, policy, now, _capped(seen, policy.cap))
        state, wobbled = _wobbled(state)
        effects += wobbled
    state, told = _told(state, policy, now, effects, muted=muted)
    return Step(state, tuple(told))


def closed(state: State) -> Step:
    """The end of an alert whose rule or target is not there any more."""
    if not state.open or state.severity is None:
        return Step(State())
    return Step(State(), (Effect(Kind.RESOLVED, state.severity, state.told is not None),))


def shifted(state: State, jump: int) -> State:
    """The same state by a clock that was set by `jump` ms."""
    def moved(at: Instant | None) -> Instant | None:
        return None if at is None else at + jump

    return replace(state, since=moved(state.since), fired=moved(state.fired), lower=moved(state.lower),
                   well=moved(state.well), reminded=moved(state.reminded), seen=moved(state.seen),
                   run=moved(state.run), begun={severity: at + jump for severity, at in state.begun.items()},
                   awaited={severity: at + jump for severity, at in state.awaited.items()})


def changes(recent: str) -> float:
    """The share of changes among the last observations in %, newer ones counting more."""
    levels = recent[-FLAPPING_OVER:].rjust(FLAPPING_OVER, "0")
    changed = sum(weight for weight, one, two in zip(_WEIGHTS, levels, levels[1:], strict=False) if one != two)
    return 100 * changed / len(_WEIGHTS)


def bad_ones(recent: str, within: Within, severity: Severity) -> int:
    """How many of the last observations that count were at least so bad."""
    return sum(int(digit) > severity.rank for digit in recent[-within.of:])


def _sane(state: State, now: Instant) -> State:
    """Nothing lies in the future: the clock was put back while nobody looked."""
    if state.run is not None and state.run > now:
        state = replace(state, run=None)
    if state.reminded is not None and state.reminded > now:
        state = replace(state, reminded=now)
    return state


def _capped(seen: Observation, cap: Severity) -> Observation:
    reached = _least(seen.reached, cap)
    return seen._replace(reached=reached, held=_most(_least(seen.held, cap), reached),
                         awaited=_least(seen.awaited, cap))


def _bridged(state: State, policy: Policy, now: Instant) -> State:
    """Forgets what would have had to hold through a time in which nothing was seen."""
    if state.seen is None or 0 <= now - state.seen <= policy.bridge * 1000:
        return state
    state = replace(state, begun={}, awaited={}, lower=None, well=None)
    return state if state.open else replace(state, phase=Phase.OK, since=None, recent="")


def _observed(state: State, policy: Policy, now: Instant, seen: Observation) -> State:
    """Notes what is seen, without drawing conclusions."""
    begun = {severity: state.begun.get(severity, now) for severity in LOUDEST_FIRST
             if _reaches(seen.reached, severity)}
    awaited = {} if seen.awaited is None else {seen.awaited: state.awaited.get(seen.awaited, now)}
    level = seen.held if state.open else seen.reached
    keep = max(FLAPPING_OVER, policy.within.of if policy.within else 0)
    recent = f"{state.recent}{0 if level is None else level.rank + 1}"[-keep:].lstrip("0")
    return replace(state, begun=begun, awaited=awaited, recent=recent, seen=now, run=seen.at)


def _due(state: State, policy: Policy, now: Instant) -> Severity | None:
    """The loudest severity that was bad for long enough, or often enough."""
    for severity in LOUDEST_FIRST:
        if policy.within is not None:
            if bad_ones(state.recent, policy.within, severity) >= policy.within.bad:
                return severity
        elif severity in state.begun and now - state.begun[severity] >= policy.hold * 1000:
            return severity
    return None


def _moved(state: State, policy: Policy, now: Instant, seen: Observation) -> tuple[State, list[Effect]]:
    """The state after its conclusions."""
    due = _due(state, policy, now)
    before = state.severity
    if not state.open or before is None:
        return _unfired(state, policy, now, seen, due)
    held = _most(seen.held, due) if policy.within is not None else seen.held
    if due is not None and due.rank > before.rank:
        withdrawn = state.acknowledged
        state = replace(state, phase=Phase.FIRING, severity=due, lower=None, well=None, acknowledged=False)
        return state, [Effect(Kind.WORSE, due, withdrawn=withdrawn)]
    if _reaches(held, before):
        return replace(state, phase=Phase.FIRING, lower=None, well=None), []
    state = replace(state, lower=now if state.lower is None else state.lower,
                    well=None if held is not None else now if state.well is None else state.well)
    if held is not None:
        return _eased(replace(state, phase=Phase.FIRING), policy, now, held)
    if state.flapping or (state.well is not None and now - state.well < policy.recover_hold * 1000):
        return replace(state, phase=Phase.RECOVERING), []
    over = State(recent=state.recent, flapping=state.flapping, told=state.told, seen=state.seen, run=state.run)
    return over, [Effect(Kind.RESOLVED, before)]


def _unfired(state: State, policy: Policy, now: Instant, seen: Observation,
             due: Severity | None) -> tuple[State, list[Effect]]:
    lately = policy.within is not None and any(digit != "0" for digit in state.recent[-policy.within.of:])
    if seen.reached is None and not state.awaited and not lately:
        return replace(state, phase=Phase.OK, since=None), []
    since = seen.since if seen.since is not None else state.since if state.since is not None else now
    if due is None:
        return replace(state, phase=Phase.PENDING, since=min(since, now)), []
    state = replace(state, phase=Phase.FIRING, severity=due, since=min(since, now), fired=now, told=None,
                    acknowledged=False, lower=None, well=None)
    return state, [Effect(Kind.FIRED, due)]


def _eased(state: State, policy: Policy, now: Instant, held: Severity) -> tuple[State, list[Effect]]:
    if state.lower is not None and now - state.lower < policy.recover_hold * 1000:
        return state, []
    return replace(state, severity=held, lower=None), [Effect(Kind.EASED, held)]


def _wobbled(state: State) -> tuple[State, list[Effect]]:
    share = changes(state.recent)
    if not state.flapping and state.open and state.severity is not None and share > FLAPPING_ABOVE:
        return replace(state, flapping=True), [Effect(Kind.FLAPPING, state.severity)]
    if state.flapping and share < CALM_BELOW:
        return replace(state, flapping=False), [Effect(Kind.CALM, state.severity or Severity.INFO)]
    return state, []


def _told(state: State, policy: Policy, now: Instant, effects: list[Effect], *,
          muted: bool) -> tuple[State, list[Effect]]:
    """Decides what people are told of; whoever was told of a firing is told of its end."""
    found = []
    for effect in effects:
        if effect.kind is Kind.RESOLVED:
            found.append(effect._replace(told=state.told is not None))
            state = replace(state, told=None)
        elif effect.kind in (Kind.FIRED, Kind.WORSE) and not muted and _louder(effect.severity, state.told):
            found.append(effect._replace(told=True))
            state = replace(state, told=effect.severity, reminded=now)
        else:
            found.append(effect)
    if state.phase is not Phase.FIRING or state.severity is None or muted or state.acknowledged:
        return state, found
    if _louder(state.severity, state.told):
        found.append(Effect(Kind.UNMUTED, state.severity, told=True))
        return replace(state, told=state.severity, reminded=now), found
    if (policy.remind and state.severity.rank >= policy.remind_from.rank and state.reminded is not None
            and now - state.reminded >= policy.remind * 1000):
        found.append(Effect(Kind.REMINDED, state.severity, told=True))
        state = replace(state, reminded=now)
    return state, found


def _reaches(one: Severity | None, other: Severity) -> bool:
    return one is not None and one.rank >= other.rank


def _louder(one: Severity, other: Severity | None) -> bool:
    return other is None or one.rank > other.rank


def _most(one: Severity | None, other: Severity | None) -> Severity | None:
    return other if one is None else one if other is None or one.rank >= other.rank else other


def _least(one: Severity | None, cap: Severity) -> Severity | None:
    return one if one is None or one.rank <= cap.rank else cap
