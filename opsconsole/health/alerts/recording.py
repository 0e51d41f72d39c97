"""Stores what happened to alerts, and tells of it: everything of one evaluation in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from msgspec.structs import replace

from opsconsole.health.alerts import store
from opsconsole.health.alerts.machine import Effect, Kind, Phase, State
from opsconsole.health.alerts.model import TOPIC, Alert, Event
from opsconsole.health.alerts.store import Machine  # noqa: TC001 - part of a public type
from opsconsole.health.alerts.text import notice, running_out
from opsconsole.notify.model import NoticeKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Transaction
    from opsconsole.health.alerts.model import Window
    from opsconsole.health.alerts.watches import Watch
    from opsconsole.health.changes.model import Change as HostChange
    from opsconsole.notify.model import Notice

_SAID: Final = frozenset({Kind.FIRED, Kind.WORSE, Kind.EASED, Kind.RESOLVED, Kind.FLAPPING, Kind.CALM})
"""What the history of an alert names; reminders stand in the outbox."""


class Outbox(Protocol):
    """Where notices go: `opsconsole.notify.service`."""

    async def put(self, tx: Transaction, notice: Notice) -> Any:
        """Stores a notice in the transaction of its cause."""

    async def hold(self, tx: Transaction, thread: str, by: str, at: Instant) -> Any:
        """Whoever was told is not reminded, and nobody else is told, until `free`."""

    async def free(self, tx: Transaction, thread: str, by: str, at: Instant) -> Any:
        """Ends `hold`."""

    async def give_back(self, tx: Transaction, thread: str, by: str, at: Instant) -> Any:
        """Nobody has taken it any more."""


class Tickets(Protocol):
    """Who opens tickets about alerts: `ticketing.AlertTickets`. All of it is part of the transaction of the alert."""

    async def fired(self, tx: Transaction, alert: Alert, text: str) -> Any:
        """An alert fires that wants a ticket; `text` says what is known of it."""

    async def worse(self, tx: Transaction, alert: Alert) -> Any:
        """It became louder than it was."""

    async def over(self, tx: Transaction, alert: Alert, text: str) -> Any:
        """It is over; `text` says how long it was."""


class Stale(Exception):  # noqa: N818 - it is no error: somebody else wrote meanwhile
    """What is known here is not what is stored."""


class Known(NamedTuple):
    """What is remembered of one alert between two evaluations."""

    machine: Machine
    alert: Alert | None = None
    """While it is open."""
    written: Instant = 0
    """When it was stored last."""

    @property
    def state(self) -> State:
        """Where it is in its life."""
        return self.machine.state


class Change(NamedTuple):
    """What one evaluation makes of one alert."""

    before: Known
    watch: Watch | None
    """None when nothing watches it any more."""
    state: State
    effects: tuple[Effect, ...]
    alert: Alert | None
    """As it is now, with id 0 when it is new; None while it has never fired."""
    stored: bool = True
    """Whether it is worth storing."""
    jumped: int = 0
    advice: str = ""
    silenced: bool = False
    """Whether somebody silenced it, or works on it; not when it only waits for what it needs."""


class Recorder:
    """Writes changes.

    Args:
        outbox: where notices go.
        host: what stands first in titles; empty: nothing.
        tickets: who opens tickets; None: nobody.
    """

    def __init__(self, outbox: Outbox, host: str = "", tickets: Tickets | None = None) -> None:
        self._outbox = outbox
        self._host = host
        self._tickets = tickets

    async def write(self, tx: Transaction, changes: Iterable[Change], now: Instant,
                    before: Sequence[HostChange] = ()) -> dict[str, Known]:
        """Stores and tells; what is known afterwards of each of them.

        Raises:
            Stale: somebody else wrote in between; nothing may be stored.
            StorageError: it could not be stored.
        """
        return {one.before.machine.key: await self._one(tx, one, now, before) for one in changes}

    async def _one(self, tx: Transaction, change: Change, now: Instant, before: Sequence[HostChange]) -> Known:
        alert = await self._alert(tx, change, now)
        machine = change.before.machine._replace(state=change.state)
        if change.state.quiet:
            if machine.version and not await store.drop_machine(tx, machine.key, machine.version):
                raise Stale
            machine = machine._replace(alert=None, version=0)
        else:
            machine = machine._replace(alert=alert.id if alert is not None and alert.open else None)
            if not await store.put_machine(tx, machine):
                raise Stale
            machine = machine._replace(version=machine.version + 1)
        if alert is not None:
            await self._turned(tx, change, alert, now)
            for effect in change.effects:
                await self._effect(tx, change, effect, alert, now, before)
            if self._tickets is not None:
                await self._ticketed(self._tickets, tx, change, alert, now, before)
            if alert != change.before.alert or change.effects:
                tx.touch(TOPIC)
        return Known(machine, alert if alert is not None and alert.open else None, now)

    async def _alert(self, tx: Transaction, change: Change, now: Instant) -> Alert | None:
        alert = change.alert
        if alert is None:
            return None
        if not alert.id:
            alert = replace(alert, count=1 + await store.count_before(tx, alert.key, now))
            return replace(alert, id=await store.add_alert(tx, alert))
        if alert != change.before.alert:
            await store.set_course(tx, alert, withdrawn=any(effect.withdrawn for effect in change.effects))
        return alert

    async def _turned(self, tx: Transaction, change: Change, alert: Alert, now: Instant) -> None:
        """Notes that people are not told of it any more, or again; its ladder pauses so long."""
        before = change.before.alert
        muted = bool(before is not None and before.muted_by)
        if not alert.open or muted == bool(alert.muted_by):
            return
        await store.add_event(tx, alert.id, Event(now, "unmuted" if muted else "muted", "", alert.muted_by))
        if before is not None and before.told:
            turn = self._outbox.free if muted else self._outbox.hold
            await turn(tx, alert.thread, alert.muted_by, now)

    async def _effect(self, tx: Transaction, change: Change, effect: Effect, alert: Alert, now: Instant,
                      before: Sequence[HostChange]) -> None:
        if effect.kind in _SAID:
            await store.add_event(tx, alert.id, Event(now, effect.kind.value, "", self._said(change, effect, alert)))
        if effect.withdrawn:
            await store.add_event(tx, alert.id, Event(now, "unacknowledged", "", "it became worse"))
            await self._outbox.give_back(tx, alert.thread, "", now)
        if effect.told:
            since = change.before.state.since if effect.kind is Kind.RESOLVED else change.state.since
            if since is not None and effect.kind is Kind.RESOLVED:
                since += change.jumped
            await self._outbox.put(tx, notice(alert, self._why(change, effect), now, host=self._host, since=since,
                                              changes=before, advice=change.advice))

    async def _ticketed(self, tickets: Tickets, tx: Transaction, change: Change, alert: Alert, now: Instant,
                        before: Sequence[HostChange]) -> None:
        """What becomes of its ticket: one for which nobody is to be told gets none before that ends."""
        kinds = {effect.kind for effect in change.effects}
        if Kind.RESOLVED in kinds:
            await tickets.over(tx, alert, notice(alert, NoticeKind.RESOLVED, now).text)
            return
        freed = change.before.alert is not None and bool(change.before.alert.muted_by) and not alert.muted_by
        if alert.open and alert.detail.ticket and not change.silenced and (Kind.FIRED in kinds or freed):
            await tickets.fired(tx, alert, notice(alert, NoticeKind.FIRING, now, changes=before,
                                                  advice=change.advice).text)
        elif Kind.WORSE in kinds:
            await tickets.worse(tx, alert)

    def _said(self, change: Change, effect: Effect, alert: Alert) -> str:
        said = alert.text
        if effect.kind is Kind.RESOLVED and change.watch is None:
            said = "it is not watched any more"
        return f"{effect.severity.value}: {said}" if effect.kind in (Kind.FIRED, Kind.WORSE, Kind.EASED) else said

    def _why(self, change: Change, effect: Effect) -> NoticeKind:
        if effect.kind is Kind.RESOLVED:
            return NoticeKind.RESOLVED
        if effect.kind is Kind.REMINDED:
            return NoticeKind.REMINDER
        # Whoever hears of it for the first time hears that it fires, however bad it has become meanwhile.
        first = change.before.state.told is None or not change.before.state.open
        return NoticeKind.FIRING if first else NoticeKind.WORSE

    async def warn(self, tx: Transaction, window: Window, firing: Sequence[Alert], now: Instant) -> None:
        """Tells that a silence runs out, once."""
        if await store.warned(tx, window.id):
            await self._outbox.put(tx, running_out(window, firing, now))
            tx.touch(TOPIC)


def next_alert(known: Known, watch: Watch | None, state: State, effects: Sequence[Effect], now: Instant, *,
               text: str, limit: str, muted_by: str, group: str = "") -> Alert | None:
    """The alert as it is after a step; None while it has never fired."""
    alert = known.alert
    fired = any(effect.kind is Kind.FIRED for effect in effects)
    if alert is None and fired and watch is not None and state.severity is not None and state.since is not None:
        detail = replace(watch.detail, limit=limit or watch.detail.limit, group=group)
        return Alert(id=0, key=known.machine.key, rule=watch.rule, target=watch.target, title=watch.title,
                     severity=state.severity, phase=Phase.FIRING, begun=state.since, fired=now, text=text,
                     detail=detail, muted_by=muted_by, told=state.told is not None, flapping=state.flapping)
    if alert is None:
        return None
    if not state.open:
        told = next((effect.told for effect in effects if effect.kind is Kind.RESOLVED), alert.told)
        return replace(alert, phase=Phase.OK, ended=max(now, alert.fired), muted_by="", told=told, flapping=False)
    withdrawn = any(effect.withdrawn for effect in effects)
    return replace(
        alert, severity=state.severity or alert.severity, phase=state.phase, text=text or alert.text,
        flapping=state.flapping, told=state.told is not None, muted_by=muted_by,
        acknowledged=None if withdrawn else alert.acknowledged,
        acknowledged_by="" if withdrawn else alert.acknowledged_by, note="" if withdrawn else alert.note)
