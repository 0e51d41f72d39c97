"""What the engine remembers between two evaluations: taken up after a restart, and what of it is worth storing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from opsconsole.health.alerts.machine import Phase, State
from opsconsole.health.alerts.recording import Change, Known
from opsconsole.health.alerts.store import Machine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from opsconsole.core.clock import Instant
    from opsconsole.health.alerts.model import Alert

REFRESH: Final = 30_000
"""ms between two writes of a state in which only time goes on."""
RETEXT: Final = 60_000
"""ms between two writes of an alert of which only the figure changes."""


def joined(machines: Iterable[Machine], alerts: Mapping[str, Alert], now: Instant) -> dict[str, Known]:
    """What was stored: the states with their alerts.

    An alert whose state was lost is taken up as it is shown; a state without its alert begins anew.
    """
    found = {}
    for machine in machines:
        alert = alerts.get(machine.key)
        if alert is None and machine.state.open:
            machine = machine._replace(alert=None, state=State())  # noqa: PLW2901 - the same without what is lost
        found[machine.key] = Known(machine, alert, now)
    for key, alert in alerts.items():
        one = found.get(key)
        if one is None or not one.state.open:
            version = 0 if one is None else one.machine.version
            found[key] = Known(Machine(key, alert.id, _restored(alert), version), alert, now)
    return found


def taken(known: Known, alert: Alert | None) -> Known:
    """The same with what people did: who has acknowledged it."""
    if alert is None or known.alert is None or known.alert.id != alert.id:
        return known
    state = replace(known.state, acknowledged=alert.acknowledged is not None)
    return known._replace(machine=known.machine._replace(state=state), alert=alert)


def worth_storing(change: Change, now: Instant) -> bool:
    """Whether something happened, or so much time went by that a restart would forget something."""
    if change.effects:
        return True
    before, after, alert = change.before.state, change.state, change.alert
    if before == after and alert == change.before.alert:
        return False
    within = change.watch is not None and change.watch.policy.within is not None
    if _core(before, recent=within) != _core(after, recent=within):
        return True
    waited = now - change.before.written
    if alert is not None and change.before.alert is not None and alert != change.before.alert:
        only_text = replace(alert, text=change.before.alert.text) == change.before.alert
        if not only_text or not 0 <= waited < RETEXT:
            return True
    if _counting(after):
        return not 0 <= waited < REFRESH
    return before.recent != after.recent and not 0 <= waited < RETEXT


def _core(state: State, *, recent: bool) -> State:
    """The state without what changes with each observation."""
    return replace(state, seen=None, run=None, recent=state.recent if recent else "")


def _counting(state: State) -> bool:
    """Whether some time is being measured, so that a restart must know when it was watched last."""
    if state.phase in (Phase.PENDING, Phase.RECOVERING) or state.awaited or state.lower is not None:
        return True
    return state.severity is not None and any(one.rank > state.severity.rank for one in state.begun)


def _restored(alert: Alert) -> State:
    return State(phase=Phase.FIRING, severity=alert.severity, since=alert.begun, fired=alert.fired,
                 told=alert.severity if alert.told else None, reminded=alert.fired, flapping=alert.flapping,
                 acknowledged=alert.acknowledged is not None)
