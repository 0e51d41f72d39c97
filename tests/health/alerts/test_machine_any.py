"""One alert through whatever may happen to it, in any order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from opsconsole.health.alerts.machine import (
    Effect,
    Kind,
    Phase,
    Policy,
    State,
    step,
)
from tests.health.alerts.course import NOW, OBSERVED, POLICIES, Course, restarted

if TYPE_CHECKING:
    from opsconsole.notify.model import Severity


class Life(RuleBasedStateMachine):
    """Anything that can happen to one alert, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.state, self.now, self.muted = State(), NOW, False
        self.policy = Policy(hold=20, recover_hold=20, remind=60)
        self.known: Severity | None = None
        """The loudest that people know of since the last end; None when they think that all is well."""
        self.firing = False

    @rule(policy=POLICIES)
    def configure(self, policy: Policy) -> None:
        self.policy = policy

    @rule(observed=OBSERVED, after=st.sampled_from([1, 10, 10, 10, 59, 3_600]))
    def observe(self, observed: Any, after: int) -> None:
        self.now += after * 1000
        unknown = observed in ("?", "-")
        self.take(observed, unknown=unknown)

    @rule(observed=OBSERVED, jump=st.sampled_from([-7_200_000, -60_000, 60_000, 7_200_000]))
    def observe_by_a_clock_that_was_set(self, observed: Any, jump: int) -> None:
        self.now += jump + 10_000
        self.take(observed, unknown=observed in ("?", "-"), jump=jump)

    @rule()
    def restart(self) -> None:
        self.state = restarted(self.state)

    @rule()
    def mute(self) -> None:
        self.muted = not self.muted

    @precondition(lambda self: self.state.open)
    @rule(acknowledged=st.booleans())
    def acknowledge(self, acknowledged: bool) -> None:
        self.state = msgspec.structs.replace(self.state, acknowledged=acknowledged)

    def take(self, observed: Any, *, unknown: bool, jump: int = 0) -> None:
        course = Course(self.policy)
        course.now = self.now
        before = self.state
        made = step(before, self.policy, self.now, course._observation(observed), muted=self.muted, jump=jump)
        self.state = made.state
        for effect in made.effects:
            self.check(effect, unknown=unknown, acknowledged=before.acknowledged)

    def check(self, effect: Effect, *, unknown: bool, acknowledged: bool) -> None:
        if effect.kind is Kind.FIRED:
            assert not self.firing
            assert not unknown
            self.firing = True
        elif effect.kind is Kind.RESOLVED:
            assert self.firing
            assert not unknown
            self.firing = False
            assert effect.told == (self.known is not None)
            self.known = None
            return
        if effect.told:
            assert self.firing
            assert not self.muted
            assert effect.kind is not Kind.UNMUTED or not acknowledged
            if effect.kind is Kind.REMINDED:
                assert self.known is not None
                assert not self.state.acknowledged
            else:
                assert self.known is None or effect.severity.rank > self.known.rank
                self.known = effect.severity

    @invariant()
    def it_is_consistent(self) -> None:
        state = self.state
        assert state.open == (state.severity is not None) == (state.fired is not None) == self.firing
        assert state.told is self.known
        assert state.open or not state.acknowledged
        assert (state.phase is Phase.OK) == (state.since is None)
        assert state.phase is not Phase.RECOVERING or (state.well is not None)
        assert len(state.recent) <= 21
        assert not state.recent.startswith("0")


TestLife = Life.TestCase
TestLife.settings = hypothesis_settings(max_examples=60, stateful_step_count=60, deadline=None)
