"""One alert that is watched step by step, and what may be seen of it."""

from __future__ import annotations

import msgspec
from hypothesis import strategies as st

from opsconsole.health.alerts.machine import (
    Effect,
    Kind,
    Observation,
    Phase,
    Policy,
    State,
    step,
)
from opsconsole.health.alerts.settings import Within
from opsconsole.notify.model import Severity

NOW = 1_795_181_460_000


INFO, WARNING, CRITICAL = Severity.INFO, Severity.WARNING, Severity.CRITICAL


SIGNS = {"0": None, "1": INFO, "2": WARNING, "3": CRITICAL}


def restarted(state: State) -> State:
    return msgspec.json.decode(msgspec.json.encode(state), type=State)


PLAIN = Policy()


class Course:
    """One alert that is watched every `beat` seconds."""

    def __init__(self, policy: Policy = PLAIN, beat: float = 10.0, *, restarts: bool = False) -> None:
        self.policy, self.beat, self.restarts = policy, beat, restarts
        self.state, self.now = State(), NOW
        self.seen: list[tuple[float, Effect]] = []

    def see(self, *observed: Severity | str | None, muted: bool = False) -> list[Kind]:
        """`None` is well, `"?"` unknown, `"-"` nothing new, `"3>2"` reached and held."""
        kinds = []
        for one in observed:
            self.now += round(self.beat * 1000)
            made = step(self.state, self.policy, self.now, self._observation(one), muted=muted)
            self.state = restarted(made.state) if self.restarts else made.state
            kinds += [effect.kind for effect in made.effects]
            self.seen += [((self.now - NOW) / 1000, effect) for effect in made.effects]
        return kinds

    def _observation(self, one: Severity | str | None) -> Observation | None:
        if one == "-":
            return None
        if one == "?":
            return Observation(self.now, unknown=True)
        if isinstance(one, str) and ">" in one:
            return Observation(self.now, SIGNS[one[0]], SIGNS[one[2]])
        severity = None if one is None else Severity(one)
        return Observation(self.now, severity, severity)

    @property
    def phase(self) -> Phase:
        return self.state.phase

    @property
    def told(self) -> list[tuple[Kind, Severity]]:
        return [(effect.kind, effect.severity) for _, effect in self.seen if effect.told]


POLICIES = st.builds(
    Policy, hold=st.sampled_from([0.0, 15.0, 60.0]), recover_hold=st.sampled_from([0.0, 25.0, 60.0]),
    within=st.sampled_from([None, None, Within(1, 1), Within(2, 2), Within(5, 15)]),
    cap=st.sampled_from(list(Severity)), remind=st.sampled_from([None, 30.0, 900.0]),
    remind_from=st.sampled_from(list(Severity)), bridge=st.sampled_from([60.0, 120.0]))


OBSERVED = st.sampled_from([None, INFO, WARNING, CRITICAL, "?", "-", "0>2", "2>3"])
