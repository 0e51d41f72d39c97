"""What the monitor must remember over a restart: it judges the built-in limits, and its alerts know what it thought."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.core.levels import Level
from opsconsole.health.alerts.machine import State  # noqa: TC001 - part of a public type
from opsconsole.health.judging.rules import LONGEST_BLINK, Hold, Standing
from opsconsole.health.model import Finding
from opsconsole.notify.model import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsconsole.core.clock import Instant
    from opsconsole.health.alerts.model import Alert

_LEVELS: Final = {Severity.WARNING: Level.WARNING, Severity.CRITICAL: Level.CRITICAL}
LIMIT: Final = "limit:"


def standings_from(states: Mapping[str, tuple[State, Alert | None]], now: Instant, tick: float) -> dict[str, Standing]:
    """The standings that belong to the stored states of built-in limits, by target.

    What fires stays active until it is well by its margin; what was pending goes on counting, unless nobody watched
    for longer than `judging` bridges.

    Args:
        states: state and open alert by key; other keys are left out.
        now: the wall clock.
        tick: monotonic seconds of this process.
    """
    found = {}
    for key, (state, alert) in states.items():
        if key.startswith(LIMIT):
            target = key.removeprefix(LIMIT)
            found[target] = _standing(target, state, alert, now, tick)
    return found


def _standing(target: str, state: State, alert: Alert | None, now: Instant, tick: float) -> Standing:
    unwatched = LONGEST_BLINK + 1 if state.seen is None else (now - state.seen) / 1000
    since = state.since if state.since is not None else now
    holds = {}
    level = Level.OK
    for severity in (Severity.WARNING, Severity.CRITICAL):
        active = state.open and state.severity is not None and state.severity.rank >= severity.rank
        begun = since if active else state.awaited.get(severity)
        if active:
            level = _LEVELS[severity]
        # Somebody who did not watch cannot say that it held.
        known = begun is not None and (active or 0 <= unwatched <= LONGEST_BLINK)
        holds[severity] = Hold(tick - max(0, now - begun) / 1000, begun, active) if begun is not None and known else (
            Hold())
    finding = Finding(target=target, level=level, since=since, reason=alert.text if alert is not None else "",
                      pending=next((_LEVELS[one] for one in state.awaited if one in _LEVELS), None))
    return Standing(finding, holds[Severity.WARNING], holds[Severity.CRITICAL],
                    tick - min(max(0.0, unwatched), LONGEST_BLINK))
