"""The alerts of a month: those that are over, and the incident that goes on."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from opsconsole.core.clock import DAY, HOUR, MINUTE, SECOND, local
from opsconsole.core.levels import Level
from opsconsole.demo.measuring import changes
from opsconsole.demo.plots import HOST
from opsconsole.demo.telling import begin_work
from opsconsole.demo.world import FILLING
from opsconsole.health.alerts import store
from opsconsole.health.alerts.machine import Phase
from opsconsole.health.alerts.model import Alert, Event, Evidence, Part
from opsconsole.health.alerts.text import notice
from opsconsole.health.alerts.ticketing import AlertTickets, ticket_of
from opsconsole.health.alerts.watches import Rulebook
from opsconsole.health.changes.model import grouped
from opsconsole.notify.model import NoticeKind, Severity

if TYPE_CHECKING:
    from opsconsole.core.clock import Instant
    from opsconsole.demo.house import House
    from opsconsole.demo.world import Outage, World
    from opsconsole.health.alerts.watches import Watch

_SEVERITY: Final = {Level.CRITICAL: Severity.CRITICAL, Level.WARNING: Severity.WARNING}
_NOTICED: Final = MINUTE
"""How long something is wrong before it is an alert."""
_TAKEN: Final = 3 * MINUTE
"""How long it takes until somebody has it."""


def plan_alerts(house: House) -> None:
    """Plans all alerts, with the tickets of those that go on."""
    world, book = house.world, Rulebook(house.world.settings.rules, house.world.checks)
    for outage in world.outages():
        watch = book.again(f"check:{outage.check}")
        if watch is None:
            continue
        alert, course = _alert(watch, outage), _usual
        if outage.ended is None:
            course = _broken if outage.check == world.plot.broken else _usual
            down = next((one for one in watch.depends if one.removeprefix("check:") == world.plot.broken), "")
            if down:
                alert = replace(alert, told=False, muted_by=f"not told while {down} is critical")
        house.diary.plan(outage.begun + _NOTICED, partial(course, house, alert, outage))
    watch = book.of_limit("mount:/var")
    if watch is not None:
        house.diary.plan(world.now - FILLING + _NOTICED, partial(_filling, house, watch))


def plan_windows(house: House) -> None:
    """Plans work that is over, and work that will be."""
    world, alerts = house.world, house.alerts
    past = world.now - 9 * DAY
    house.diary.plan(past, partial(alerts.start_maintenance, world.colleague, world.plot.broken,
                                   "upgrade of the kernel", past + HOUR))
    house.diary.plan(world.now - 6 * HOUR, partial(
        alerts.start_maintenance, world.me, "mount:/srv/media", "a larger disk comes in", world.now + 10 * HOUR,
        world.now + 8 * HOUR))


def _alert(watch: Watch, outage: Outage) -> Alert:
    """What an outage is as an alert."""
    return Alert(0, watch.key, watch.rule, watch.target, watch.title, _SEVERITY[outage.level], Phase.FIRING,
                 outage.begun, outage.begun + _NOTICED, outage.says, replace(watch.detail, group=watch.key), told=True)


async def _fires(house: House, alert: Alert) -> Alert:
    """Stores an alert as it begins."""
    number = await store.add_alert(house.tx, alert)
    said = Event(alert.fired, "fired", "", f"{alert.severity.value}: {alert.text}")
    await store.add_event(house.tx, number, said)
    return replace(alert, id=number)


async def _usual(house: House, alert: Alert, outage: Outage) -> None:
    """One as there are many: of those that are critical, somebody takes most; nearly all are over soon."""
    alert, chance = await _fires(house, alert), house.world.chance("alert", outage)
    taken = alert.fired + _TAKEN
    if outage.ended is None:
        return
    if alert.severity is Severity.CRITICAL and taken < outage.ended and chance.random() < 0.8:
        house.diary.plan(taken, partial(house.alerts.acknowledge, house.world.me, alert.id, chance.choice(_NOTES)))
    house.diary.plan(outage.ended, partial(_ends, house, alert, outage.ended))


async def _ends(house: House, alert: Alert, at: Instant) -> None:
    await store.set_course(house.tx, replace(alert, phase=Phase.OK, ended=at), withdrawn=False)
    await store.add_event(house.tx, alert.id, Event(at, "resolved", "", "ok"))


async def _broken(house: House, alert: Alert, outage: Outage) -> None:
    """The incident: it fires, a ticket is opened about it, and a colleague takes the alert."""
    world, about = house.world, AlertTickets(house.tickets)
    alert = await _fires(house, replace(alert, detail=replace(alert.detail, ticket=True)))
    before = grouped(one for one in changes(world) if outage.begun - HOUR <= one.at <= outage.begun)
    await about.fired(house.tx, alert, notice(alert, NoticeKind.FIRING, alert.fired, changes=before).text)
    house.diary.plan(alert.fired + 20 * SECOND, partial(_seen, house, about, alert))
    house.diary.plan(alert.fired + _TAKEN, partial(house.alerts.acknowledge, world.colleague, alert.id,
                                                   world.plot.trouble.heard))
    house.diary.plan(alert.fired + 5 * MINUTE, partial(_taken, house, alert))


async def _seen(house: House, about: AlertTickets, alert: Alert) -> None:
    seen = evidence(house.world, alert.fired)
    await store.put_evidence(house.tx, alert.id, seen)
    await about.evidence(house.tx, alert, seen)


async def _taken(house: House, alert: Alert) -> None:
    """The colleague works on the ticket of the incident, and writes what is known."""
    found = await ticket_of(house.tx, alert.id)
    if found is None:
        return
    tickets, other, trouble = house.tickets, house.world.colleague, house.world.plot.trouble
    await tickets.take(other, found.number, shown={found.number: found.assignee})
    await begin_work(house, found.number, other)
    await tickets.note(other, found.number, trouble.heard)
    house.diary.plan(alert.fired + 16 * MINUTE, partial(
        tickets.note, other, found.number, f"{trouble.found} @{house.world.me.name}, can you take over?"))


async def _filling(house: House, watch: Watch) -> None:
    """A disk that fills since this morning; somebody knows."""
    begun = house.world.now - FILLING
    alert = await _fires(house, Alert(
        0, watch.key, watch.rule, watch.target, watch.title, Severity.WARNING, Phase.FIRING, begun, begun + _NOTICED,
        "91 %, warning from 80 %", replace(watch.detail, limit="< 80 %", group=watch.key), told=True))
    house.diary.plan(begun + 40 * MINUTE, partial(house.alerts.acknowledge, house.world.colleague, alert.id,
                                                  "Old logs grow; I clean up tonight."))


def evidence(world: World, at: Instant) -> Evidence:
    """What was seen when it broke."""
    trouble, stamp = world.plot.trouble, f"{local(at - MINUTE):%b %d %H:%M:%S} {HOST}"
    changed = "\n".join(f"{local(one.at):%H:%M} {one.text}" for one in changes(world) if one.at > at - HOUR)
    return Evidence(at, (Part("output", trouble.output),
                         Part("journal", "\n".join(f"{stamp} {line}" for line in trouble.journal)),
                         Part("changes", changed)))


_NOTES: Final = ("I look at it.", "Restarted; I watch it.", "Known, the provider works on it.",
                 "Deployment, over soon.")
