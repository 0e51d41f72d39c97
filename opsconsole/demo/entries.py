"""The maintenance log of a month, besides what checklists draft: changes, incidents, an emergency, a correction."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opsconsole.core.clock import DAY, HOUR, MINUTE, local
from opsconsole.logbook.model import Action, EntryType, Point, Status
from opsconsole.logbook.model.emergency import Message, MessageStatus, PostMortem, Way

if TYPE_CHECKING:
    from opsconsole.core.clock import Instant
    from opsconsole.demo.house import House


class Work(NamedTuple):
    """One entry."""

    days: float
    """How long ago it began."""
    type: EntryType
    title: str
    minutes: int
    tasks: tuple[str, ...]
    found: tuple[str, ...] = ()
    resolved: tuple[str, ...] = ()
    actions: tuple[tuple[str, int], ...] = ()
    """What is to be done next, and in how many days from today."""
    notes: str = ""
    tags: tuple[str, ...] = ()
    mine: bool = True
    """Whether whoever opens the console did it."""


WORKS: Final = (
    Work(27.2, EntryType.CHANGE, "nginx 1.26.2 rolled out", 20,
         ("Package upgraded", "Configuration tested and reloaded"), tags=("nginx",)),
    Work(23.3, EntryType.INCIDENT, "Pages slow for an hour", 65, ("Slow queries looked through",),
         ("A report read the whole history for each line",), ("Report switched off, then mended",),
         (("Keep reports from reading more than a year", -9),), "The slowest query took **41 s**.", ("database",),
         mine=False),
    Work(20.1, EntryType.CHANGE, "Certificate of the old address renewed", 15,
         ("Name added to the certificate", "Redirect to the new address set up"), tags=("certificate",)),
    Work(16.4, EntryType.CHANGE, "Copies go to the second place as well", 80,
         ("Second place mounted", "First copy compared, byte by byte"), (), (),
         (("Restore one copy from the second place", 4), ("Write down how it is mounted", -2)), "", ("backup",)),
    Work(12.6, EntryType.CHANGE, "Disk of /srv/media is 41 % full", 10, ("Growth looked at: 3 GB in a month",),
         mine=False),
    Work(9.0, EntryType.CHANGE, "Kernel upgraded, restarted at night", 60,
         ("Maintenance announced", "Kernel upgraded", "Restarted, all checks green after 3 minutes"), tags=("kernel",)),
    Work(5.2, EntryType.INCIDENT, "Mail held by a provider", 45, ("Logs of the mail server read",),
         ("New senders are put on hold for ten minutes",), ("Mail is sent again every ten minutes",), (), "",
         ("mail",), mine=False),
    Work(2.1, EntryType.CHANGE, "fail2ban 1.0.2 rolled out", 15, ("Package upgraded", "Rules loaded"), (), (),
         (("Look at what it bans, after a week", 5),), "", ("security",)),
    Work(0.2, EntryType.CHANGE, "Old releases removed from /var", 15, ("Releases older than a month removed",),
         ("Logs grow by 8 GB a day since yesterday",), (), (("Find out what writes so much into the logs", 0),),
         mine=False),
)
_LAST: Final = WORKS[-1].title
"""The one that nobody has signed yet."""
_EMERGENCY: Final = 18


def plan_entries(house: House) -> None:
    """Plans all entries, an amendment, and an emergency that is over."""
    world = house.world
    for work in WORKS:
        begun = world.now - round(work.days * DAY)
        house.diary.plan(begun + work.minutes * MINUTE, partial(_written, house, work, begun))
    house.diary.plan(world.now - _EMERGENCY * DAY - 3 * HOUR, partial(_emergency, house))


async def _written(house: House, work: Work, begun: Instant) -> None:
    """Somebody writes an entry when the work is done, and signs it."""
    world, log = house.world, house.log
    who = world.me if work.mine else world.colleague
    ended = begun + work.minutes * MINUTE
    fields: dict[str, Any] = {
        "begun": begun, "ended": ended, "status": Status.ISSUES if work.found else Status.NORMAL,
        "tasks": _points(work.tasks), "found": _points(work.found), "resolved": _points(work.resolved),
        "actions": tuple(Action(text, who.name, f"{local(world.now + days * DAY):%Y-%m-%d}")
                         for text, days in work.actions),
        "notes": work.notes, "seconds": work.minutes * 60.0, "tags": work.tags}
    entry = await log.new(who, work.type, work.title, fields)
    if work.title == _LAST:
        return
    house.diary.plan(ended + 10 * MINUTE, partial(log.sign, who, entry.id))
    if work.title == WORKS[1].title:
        house.diary.plan(ended + DAY, partial(
            log.amend, who, entry.id, {"notes": "The slowest query took **41 s**, on the replica as well."},
            "The replica was looked at a day later."))
    for place, (_, days) in enumerate(work.actions):
        if days < 0:
            house.diary.plan(world.now + days * DAY, partial(log.finish_action, who, entry.id, place))


async def _emergency(house: House) -> None:
    """An emergency: declared, told of twice, over after an hour and a half, and signed."""
    world, log, begun = house.world, house.log, house.world.now - _EMERGENCY * DAY - 3 * HOUR
    number = (await log.declare(world.me, "Site unreachable from one provider")).entry.id
    first = Message("Site unreachable from one provider", MessageStatus.INVESTIGATING,
                    "Some customers cannot reach us.", "About a fifth of the visitors.", "", begun + 45 * MINUTE,
                    world.me.name)
    last = Message("Site reachable again", MessageStatus.RESOLVED, "The provider had a wrong route.",
                   "None any more.", "done", None, world.me.name)
    house.diary.plan(begun + 12 * MINUTE, partial(log.tell, world.me, number, first, Way.COPIED))
    house.diary.plan(begun + 30 * MINUTE, partial(log.jot, world.colleague, number,
                                                  "Only visitors of one provider are missing, see the access log."))
    house.diary.plan(begun + 80 * MINUTE, partial(log.tell, world.me, number, last, Way.COPIED))
    house.diary.plan(begun + 90 * MINUTE, partial(log.finish, world.me, number, PostMortem(
        begun + 85 * MINUTE, "A route of the provider led nowhere.", "fixed by the provider",
        "A fifth of the visitors for 80 minutes.", "", "The access log showed it within minutes.",
        "Nobody knew whom to call at the provider.",
        (Action("Note the number of the provider's desk", world.me.name),))))
    house.diary.plan(begun + 2 * HOUR, partial(log.sign, world.me, number))


def _points(texts: tuple[str, ...]) -> tuple[Point, ...]:
    return tuple(Point(text) for text in texts)
