"""The tickets of a month: those that are done are told at once, those that are open were done by people."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from opsconsole.core.clock import DAY, HOUR, MINUTE, Instant
from opsconsole.demo.plots import people
from opsconsole.demo.stories import ASKERS, STORIES
from opsconsole.demo.world import LENGTH
from opsconsole.tickets.cases.types import Incoming, New
from opsconsole.tickets.model import Event, EventKind, Party, Phase, Priority, Source, Ticket, apply, changed
from opsconsole.tickets.store.writing import Change, record_all

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from opsconsole.core.identity import Actor
    from opsconsole.demo.house import House
    from opsconsole.demo.stories import Story
    from opsconsole.demo.world import World
    from opsconsole.tickets.settings import Lifecycle, TicketSettings

OPEN: Final = 0.3
"""Share of the tickets that are open, besides that of the incident; at least some, and never very many."""
_FEWEST, _MOST = 6, 40
_CATEGORIES: Final[dict[str, tuple[str, ...]]] = {
    "technical": ("technical", "general"), "billing": ("billing", "general", "technical"), "bug": ("bug", "technical"),
    "feature": ("feature", "wish"), "documentation": ("documentation", "training", "general", "technical")}
"""Under which names presets have a kind; the first one that there is."""
_GONE: Final = ("waiting", "closed", "reopened", "declined")
"""States that a story passes by."""
_LATER: Final = 20 * MINUTE


async def tell_done(house: House, count: int) -> None:
    """Writes tickets that are done, oldest first.

    Args:
        house: where.
        count: how many.
    """
    world, settings = house.world, house.tickets.settings
    begins = sorted(world.begun + DAY + round(world.chance("begin", number).random() * (LENGTH - 5 * DAY))
                    for number in range(count))
    told = [_Telling(world, settings, number, begin).told() for number, begin in enumerate(begins, 1)]
    for start in range(0, len(told), 500):
        await record_all(house.tx, [Change(None, events) for events in told[start:start + 500]],
                         house.tickets.policies, world.now)


def plan_work(house: House, count: int) -> None:
    """Plans tickets that come by mail and are still open, and what people do about them."""
    world = house.world
    for number in range(count):
        begin = world.now - round((world.chance("open", number).random() ** 2) * 6 * DAY) - 25 * MINUTE
        house.diary.plan(begin, partial(_opened, house, number, begin))


def split(count: int) -> tuple[int, int]:
    """How many tickets are done, and how many are open."""
    open_ = min(max(_FEWEST, round(count * OPEN)), _MOST, count)
    return count - open_, open_


def category_of(story: Story, settings: TicketSettings) -> str:
    """The category of the configuration that a story belongs to."""
    known = settings.all_categories
    return next((name for name in _CATEGORIES[story.kind] if name in known), next(iter(known)))


def story_of(world: World, number: int) -> Story:
    """What a ticket is about; each story once before any comes again."""
    order = list(range(len(STORIES)))
    world.chance("order", number // len(order)).shuffle(order)
    return STORIES[order[number % len(order)]]


async def _opened(house: House, number: int, begin: Instant) -> None:
    """One ticket that is open; people come with it as far as there is time."""
    world, chance = house.world, house.world.chance("work", number)
    story, asker = story_of(world, 1000 + number), chance.choice(ASKERS)
    ticket = await house.tickets.create_in(house.tx, New(
        title=story.title, description=story.text, category=category_of(story, house.tickets.settings),
        priority=_priority(chance, story), requester=asker.name, requester_mail=asker.mail, tags=story.tags,
        source=Source.MAIL, party=Party.REQUESTER, by=asker.mail, form=False))
    # What nobody has looked at is of today, but for some that were forgotten.
    fresh = 5 if begin > world.now - DAY // 2 else 1
    course = chance.choices(("new", "taken", "asked", "waiting", "answered"), (fresh, 1, 5, 3, 3))[0]
    if course == "new":
        return
    who, first = world.me if chance.random() < 0.4 else world.colleague, begin + _LATER + round(chance.random() * HOUR)
    if ticket.assignee in people(world.plot):
        who = world.actor(ticket.assignee)
    else:
        house.diary.plan(first, partial(house.tickets.take, who, ticket.number))
    if course == "taken":
        return
    house.diary.plan(first + 4 * MINUTE, partial(house.tickets.reply, who, ticket.number,
                                                 story.question or "Thank you, we look at it today."))
    house.diary.plan(first + 5 * MINUTE, partial(begin_work, house, ticket.number, who))
    if course in ("waiting", "answered"):
        house.diary.plan(first + _LATER, partial(_waits, house, ticket.number, who))
    if course == "answered":
        house.diary.plan(first + 2 * HOUR, partial(house.tickets.hear, house.tx, ticket.number, Incoming(
            text=story.answer or "It is the same today.", by=asker.mail)))


async def begin_work(house: House, number: int, who: Actor) -> None:
    """Says that it is worked on."""
    found = [offer for offer in await house.tickets.offers(who, number) if offer.allowed and not offer.require
             and offer.phase is Phase.ACTIVE]
    if found:
        await house.tickets.move(who, number, found[0].state)


async def _waits(house: House, number: int, who: Actor) -> None:
    """Lets it wait for its requester, where it can."""
    offers = await house.tickets.offers(who, number)
    if any(offer.state == "waiting" and offer.allowed for offer in offers):
        await house.tickets.move(who, number, "waiting", "Please tell us whether it happens again.")


def _priority(chance: Random, story: Story) -> Priority:
    if "security" in story.tags:
        return Priority.HIGH
    return Priority.of_rank(chance.choices(range(1, 4), (2, 6, 3))[0])


class _Telling:
    """One ticket from its first event to its last."""

    def __init__(self, world: World, settings: TicketSettings, number: int, begin: Instant) -> None:
        self.chance = world.chance("ticket", number)
        self.story = story_of(world, number)
        self.asker = self.chance.choice(ASKERS)
        self.settings = settings
        self.number, self.at, self.last = number, begin, world.now - 2 * HOUR
        self.person = world.me.name if self.chance.random() < 0.45 else world.colleague.name
        self.events: list[Event] = []
        self.ticket = Ticket(number, created=begin)
        self.lifecycle: Lifecycle

    def told(self) -> list[Event]:
        """All its events."""
        self._opens()
        story = self.story
        self._adds(EventKind.CHANGED, changes=changed(self.ticket, assignee=self.person), wait=self._pause(0.3))
        if story.question:
            self._says(story.question, wait=self._pause(0.2))
            self._adds(EventKind.MESSAGE, text=story.answer, public=True, party=Party.REQUESTER,
                       actor=self.asker.mail, wait=self._pause(0.8))
        way = self._way()
        for state in way[:-1]:
            self._moves(state)
        self._says(story.solution, wait=self._pause(1.5))
        self._moves(way[-1])
        if self.chance.random() < 0.5:
            score = self.chance.choices((2, 3, 4, 5), (1, 1, 5, 8))[0]
            self._adds(EventKind.RATED, party=Party.REQUESTER, actor=self.asker.mail,
                       changes=changed(self.ticket, satisfaction=score), wait=self._pause(1))
        return self.events

    def _opens(self) -> None:
        category = category_of(self.story, self.settings)
        name, self.lifecycle = self.settings.lifecycle_of(category)
        priority = Priority.URGENT if self.chance.random() < 0.05 else _priority(self.chance, self.story)
        mail = self.chance.random() < 0.7
        fields: dict[str, Any] = {
            "title": self.story.title, "description": self.story.text, "lifecycle": name, "category": category,
            "state": self.lifecycle.initial, "phase": Phase.INITIAL, "priority": priority, "tags": self.story.tags,
            "requester": self.asker.name, "requester_mail": self.asker.mail,
            "source": Source.MAIL if mail else Source.CONSOLE}
        self._adds(EventKind.CREATED, party=Party.REQUESTER if mail else Party.STAFF,
                   actor=self.asker.mail if mail else self.person, changes=changed(self.ticket, **fields))
        teams = self.settings.teams
        team = next((one for one, found in teams.items() if self.person in found.members), next(iter(teams), ""))
        if team:
            self._adds(EventKind.ROUTED, party=Party.SYSTEM, actor="", text=f"a rule sends it to {team}",
                       changes=changed(self.ticket, team=team))

    def _way(self) -> Sequence[str]:
        """The states from the first one to the end."""
        found = [name for name in self.lifecycle.states if name not in _GONE and name != self.lifecycle.initial]
        return found or ["closed"]

    def _pause(self, hours: float) -> int:
        return round(self.chance.lognormvariate(0, 0.8) * hours * HOUR)

    def _says(self, text: str, *, wait: int) -> None:
        self._adds(EventKind.MESSAGE, text=text, public=True, wait=wait)

    def _moves(self, state: str) -> None:
        wanted: dict[str, Any] = {"state": state, "phase": self.lifecycle.states[state]}
        if not wanted["phase"].open:
            wanted |= {"knowledge": self.story.knowledge}
            if self.ticket.priority is Priority.URGENT:
                wanted["root_cause"] = self.story.solution
        if state in ("deployed", "deploy", "develop"):
            wanted["release"] = f"2.{self.chance.randrange(30, 34)}"
        self._adds(EventKind.CHANGED, changes=changed(self.ticket, **wanted), wait=round(0.1 * self._pause(1)))

    def _adds(self, kind: EventKind, *, wait: int = 0, actor: str | None = None, **rest: Any) -> None:
        """One more event; nothing happens in the future, whatever was drawn."""
        self.at = min(self.at + wait, self.last)
        event = Event(self.number, len(self.events) + 1, self.at, kind, self.person if actor is None else actor, **rest)
        self.ticket = apply(self.ticket if self.events else None, event)
        self.events.append(event)
