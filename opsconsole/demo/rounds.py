"""The checklists of a month: who walked through which, what they entered, and what is being walked through now."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final

from opsconsole.checklists import store
from opsconsole.checklists.cases.types import Reply
from opsconsole.checklists.errors import Unfinished
from opsconsole.checklists.judging import judge
from opsconsole.checklists.model import Answer, Evidence, Proposal, Verdict
from opsconsole.checklists.numerals import from_base
from opsconsole.checklists.template import AutoItem, ChoiceItem, NumberItem, TableItem, TextItem, YesNoItem
from opsconsole.checklists.walk import missing
from opsconsole.core.clock import DAY, HOUR, MINUTE, SECOND
from opsconsole.demo.measuring import figures
from opsconsole.demo.sights import outcome

if TYPE_CHECKING:
    from random import Random

    from opsconsole.checklists.model import Run, Unscheduled
    from opsconsole.checklists.template import Item
    from opsconsole.core.clock import Instant
    from opsconsole.core.identity import Actor
    from opsconsole.demo.house import House
    from opsconsole.demo.world import World

_MISSED: Final = 0.04
_LATE: Final = 0.08
_GOING: Final = 3 * HOUR
"""What is due for no longer than this is still being walked through."""
_WORDS: Final = ("nothing to report", "as expected", "quiet, nothing new", "as in the week before")
_WHY: Final = ("Both of us were on the incident of the day.", "The office was closed.", "It was done, but not entered.")


def plan_rounds(house: House) -> None:
    """Plans that every checklist is opened when its time comes, and what people do then."""
    world, service = house.world, house.checklists
    coming = service.coming(world.begun, world.now + DAY)
    house.diary.plan(world.begun, service.open_due)
    for due in coming:
        house.diary.plan(due.opens, partial(_opened, house, due))
    house.diary.plan(world.now, service.open_due)


def plan_incident(house: House, at: Instant) -> None:
    """Plans that somebody walks through the checklist of the incident."""
    house.diary.plan(at, partial(_incident, house))


async def propose(house: House) -> None:
    """What the machine thinks of the items of every run that goes on, as the agent would have written it."""
    for run in await store.going(house.tx):
        loaded = house.checklists.library.get(run.slug)
        if loaded is None or run.opens > house.world.now:
            continue
        found = [await _proposal(house, run, item) for item in loaded.template.items() if isinstance(item, AutoItem)]
        await house.checklists.propose(run.id, [one for one in found if one is not None])


async def _opened(house: House, due: Unscheduled) -> None:
    """A checklist opens; unless it is forgotten, somebody will walk through it about the time at which it is due."""
    await house.checklists.open_due()
    run = await store.of(house.tx, due.slug, due.occurrence)
    chance = house.world.chance("run", due.slug, due.occurrence)
    if run is None or run.ended is not None:
        return
    if chance.random() < _MISSED and due.missed < house.world.now:
        house.diary.plan(due.missed + MINUTE, partial(_missed, house, run, chance))
        return
    late = chance.random() < _LATE
    begin = due.late + 5 * MINUTE if late else due.due - round(chance.random() * 20 - 5) * MINUTE
    begin = min(max(begin, due.opens + MINUTE), due.missed - HOUR // 2)
    who = house.world.me if chance.random() < 0.6 else house.world.colleague
    going = due.due > house.world.now - _GOING
    house.diary.plan(begin, partial(_part if going else _walked, house, run, who, chance))


async def _missed(house: House, run: Run, chance: Random) -> None:
    await house.checklists.open_due()
    if (found := await store.get(house.tx, run.id)) is not None and found.outcome == "missed":
        await house.checklists.explain(house.world.me, run.id, chance.choice(_WHY))


async def _walked(house: House, run: Run, who: Actor, chance: Random) -> None:
    """Somebody answers everything and signs; the entry of the log that follows is signed a while later."""
    service, begun = house.checklists, await house.checklists.begin(who, run.id)
    template = service.library.templates[run.slug].template
    at = begun.begun or run.opens
    for item in template.items():
        if not item.when:
            at += round(chance.uniform(6, 40)) * SECOND
            await _entered(house, run, item, who, at, chance)
    for _ in range(3):
        walk = await service.walk(run.id)
        for name in missing(walk):
            left = template.item(name)
            if left is not None:
                at += round(chance.uniform(6, 40)) * SECOND
                await _entered(house, run, left, who, at, chance)
    house.diary.plan(at + MINUTE, partial(_signed, house, run, who))


async def _entered(house: House, run: Run, item: Item, who: Actor, at: Instant, chance: Random) -> None:
    """Writes one answer as the service would; the consequences of a failure are no matter, since nothing fails."""
    value, seconds = value_of(house.world, item, at, chance), round(chance.uniform(2, 30), 1)
    judged = judge(item, value) if value is not None else None
    if judged is not None and judged.verdict is Verdict.FAILED:
        judged = None
    said: dict[str, Any] = {"verdict": Verdict.OK} if judged is None else judged._asdict()
    if judged is None and not isinstance(item, AutoItem):
        said = judge(item, None)._asdict() if value is None else {"verdict": Verdict.OK}
    await store.add_answer(house.tx, run.slug, Answer(
        0, run.id, item.id, at, who.name, who.origin, proposed=isinstance(item, AutoItem), seconds=seconds, **said))


async def _signed(house: House, run: Run, who: Actor) -> None:
    """Names under a run, and under the entry of the log that it opened."""
    try:
        signed = await house.checklists.sign(who, run.id)
    except Unfinished:
        return
    second = house.world.colleague if who == house.world.me else house.world.me
    if not signed.seal:
        await house.checklists.sign(second, run.id)
    for number in await house.log.of_run(run.id):
        house.diary.plan((signed.ended or run.opens) + 25 * MINUTE, partial(house.log.sign, who, number))


async def _part(house: House, run: Run, who: Actor, chance: Random) -> None:
    """Somebody has begun, and is half through; what is wrong now is left to whoever comes next."""
    await house.checklists.begin(who, run.id)
    world, template = house.world, house.checklists.library.templates[run.slug].template
    wrong = {world.plot.broken, *world.plot.hit}
    items = [item for item in template.items() if not item.when and getattr(item, "check", "") not in wrong
             and not getattr(item, "tickets", "")]
    at = max(house.hands.now(), world.now - 12 * MINUTE)
    for item in items[:max(1, len(items) // 2)]:
        at += 20 * SECOND
        house.diary.plan(at, partial(_entered, house, run, item, who, at, chance))


async def _incident(house: House) -> None:
    """The checklist of the incident: begun by a colleague, its first items answered."""
    world, service = house.world, house.checklists
    loaded = service.library.get(world.plot.runbook)
    if loaded is None:
        return
    run = await service.start(world.colleague, world.plot.runbook)
    for item in list(loaded.template.items())[:3]:
        if not item.when and not isinstance(item, AutoItem):
            value = world.plot.trouble.heard if isinstance(item, TextItem) else value_of(
                world, item, world.now, world.chance("incident"))
            await service.answer(world.colleague, run.id, item.id, Reply(value=value) if value is not None else
                                 Reply(verdict=Verdict.OK))


def value_of(world: World, item: Item, at: Instant, chance: Random) -> Any:
    """What somebody enters, or the machine reads, where nothing is wrong; None: that it is done says it all."""
    match item:
        case NumberItem():
            low = item.min if item.min is not None else 0.0
            high = item.max if item.max is not None else low + max(5.0, low / 20)
            number = low + (high - low) * chance.uniform(0.2, 0.8)
            return float(round(number)) if item.whole or high - low > 20 else round(number, 1)
        case YesNoItem():
            return item.expect != "no"
        case ChoiceItem():
            return next(option for option in item.options if option not in item.fails)
        case TextItem():
            return chance.choice(_WORDS)
        case TableItem():
            return [["nothing new", *("" for _ in item.columns[1:])]]
        case AutoItem():
            return _read(world, item, at)
    return None


def _read(world: World, item: AutoItem, at: Instant) -> float | None:
    """The figure of an item of the machine, in the unit that it wants; None: there is none."""
    if item.tickets:
        return float(world.chance("tickets", item.id, at // DAY).randrange(3))
    series = item.metric or (f"check:{item.check}.{item.value}" if item.value else "")
    # Of an hour ago: such figures are of a day as a rule, in which what broke a moment ago does not count for much.
    found = _figures(world, (at - HOUR) // HOUR * HOUR).get(series)
    return None if found is None else round(from_base(found, item.unit), 2)


@lru_cache(maxsize=4)
def _figures(world: World, at: Instant) -> dict[str, float]:
    """What was measured in an hour in which somebody walks through a checklist, item by item."""
    return figures(world, at)


async def _proposal(house: House, run: Run, item: AutoItem) -> Proposal | None:
    """What the machine says of an item now; None: nothing, as of commands, which nobody runs in a demo."""
    world, at = house.world, house.world.now - 40 * SECOND
    if item.check and item.check in world.checks:
        own = [one for one in world.outages() if one.check == item.check]
        seen = outcome(world, item.check, at, own)
        verdict = Verdict.OK if seen.level.word == "ok" else Verdict.FAILED
        return Proposal(run.id, item.id, at, verdict, None, seen.text,
                        (Evidence("check", item.check, seen.output or seen.text, seen.at),))
    value = _read(world, item, at)
    if item.tickets:
        value = float((await house.tickets.find(item.tickets, world.me.name)).count)
    if value is None:
        return None
    judged = judge(item, value)
    return Proposal(run.id, item.id, at, judged.verdict, value, f"{value:g} {item.unit}".rstrip(),
                    (Evidence("metric" if item.metric else "tickets", item.metric or item.tickets, f"{value:g}", at),),
                    judged.limit)
