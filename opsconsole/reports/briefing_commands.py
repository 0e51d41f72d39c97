"""The commands `briefing` and `handover`: what happened while somebody was away, and what they must know."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from opsconsole.core.clock import DAY
from opsconsole.core.errors import ExitCode, OpsError, UsageError
from opsconsole.lazygroup import RoleGroup
from opsconsole.printing import (
    JSON,
    changing,
    machine_clock,
    milliseconds,
    moment,
    print_json,
    print_lines,
    reading,
    say,
)
from opsconsole.reports.briefing_commanding import features_of, me, measured, view

if TYPE_CHECKING:
    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database
    from opsconsole.core.identity import Actor
    from opsconsole.reports.briefing.model import Briefing, Handover

MOST = 2**43 - 1
"""The highest number that a hand-over can have."""
NUMBER = click.argument("number", type=click.IntRange(1, MOST))
LIMIT = 20
"""Hand-overs of `handover list` when nobody says how many."""


@click.command()
@click.option("--since", metavar="WHEN", help="A time, or how long ago, such as 2d. Without it, since your last visit;"
              " or for a day, where there was none.")
@click.option("--all", "everything", is_flag=True, help="Show every line of every part.")
@click.option("--seen", is_flag=True, help="Count this as a visit: the next briefing begins here.")
@JSON
@click.pass_obj
def briefing(given: Any, since: str | None, everything: bool, seen: bool, as_json: bool) -> int:
    """Show what happened since your last visit.

    What others handed over comes first; what you did yourself is left out. The console shows the same when it is
    opened, and counts a visit when you have dismissed it. The exit status is 1 where a part could not be read.
    """
    asked = None if since is None else _when(since, machine_clock().now())
    found: Briefing | None = reading(given, lambda db: _gathered(given, db, asked), None)
    if found is not None and seen:
        changing(given, lambda db, actor: _visited(db, actor, found.until))
    if as_json:
        print_json(found)
    elif found is None:
        say("Nothing was ever stored here.")
    else:
        from opsconsole.reports.briefing.model import Part
        from opsconsole.reports.briefing.present import briefing_lines, title_line

        shown = view(given)
        print_lines([title_line(found, shown), *briefing_lines(found, shown, frozenset(Part) if everything else ())])
    return ExitCode.PROBLEM if found is not None and found.problems else ExitCode.DONE


async def _gathered(given: Any, db: Database, asked: Instant | None) -> Briefing:
    from msgspec.structs import replace

    from opsconsole.reports.briefing.gathering import gather

    metrics, problem = await measured(given)
    try:
        features, who, now = features_of(given, db, metrics), me(given), machine_clock().now()
        since = asked if asked is not None else await features.briefing.last_visit(who.name)
        since = now - DAY if since is None else since
        if since > now:
            raise UsageError("That is in the future.", "Give a `--since` that is before now.")
        found = await gather(features, who.name, since, now, who.origin)
    finally:
        if metrics is not None:
            await metrics.close()
    return replace(found, problems=(*found.problems, problem)) if problem else found


async def _visited(db: Database, actor: Actor, until: Instant) -> None:
    from opsconsole.reports.briefing.service import BriefingService

    await BriefingService(db, machine_clock()).visited(actor.name, until)


def _when(text: str, now: Instant) -> Instant:
    """A time, or how long ago it was.

    Raises:
        UsageError: it is neither.
    """
    try:
        return now - milliseconds(text)
    except UsageError:
        return moment(text)


@click.group(cls=RoleGroup, roles=dict.fromkeys(("write", "take", "withdraw"), "operator"))
def handover() -> None:
    """Hand over to the next one, or take over."""


@handover.command()
@click.argument("text", nargs=-1)
@click.option("--open", "standing", is_flag=True, help="Add what stands open: alerts, your tickets, checklists, next"
              " actions.")
@click.option("--again", is_flag=True, help="Write the one anew that you wrote last and nobody has taken.")
@JSON
@click.pass_obj
def write(given: Any, text: tuple[str, ...], standing: bool, again: bool, as_json: bool) -> None:
    """Write what whoever comes next must know.

    TEXT is Markdown; `-` is standard input. Others find it when they open the console, until one of them takes it.
    """
    said = _piped() if text == ("-",) else " ".join(text)

    async def change(db: Database, actor: Actor) -> Handover:
        from opsconsole.reports.briefing.drafting import draft
        from opsconsole.reports.briefing.gathering import standing as standing_of

        features, now = features_of(given, db, None), machine_clock().now()
        below = draft(await standing_of(features, actor.name, now), now) if standing else ""
        own = [one.id for one in await features.briefing.open() if one.author == actor.name]
        if again and not own:
            raise UsageError("There is no hand-over of yours that nobody has taken.", "Leave `--again` away.")
        whole = "\n\n".join(part for part in (said.strip("\r\n"), below) if part.strip())
        return await features.briefing.write(actor, whole, own[-1] if again else 0)

    made: Handover = changing(given, change)
    if as_json:
        print_json(made)
    else:
        say(f"Hand-over {made.id} is written; whoever comes next takes it.")


@handover.command()
@click.argument("number", type=click.IntRange(1, MOST), required=False)
@JSON
@click.pass_obj
def show(given: Any, number: int | None, as_json: bool) -> None:
    """Show a hand-over, or all that nobody has taken.

    NUMBER is that of one of them.
    """
    async def read(db: Database) -> list[Handover]:
        from opsconsole.reports.briefing.service import BriefingService

        service = BriefingService(db, machine_clock())
        return await service.open() if number is None else [await service.handover(number)]

    found: list[Handover] = reading(given, read, [])
    if number is not None and not found:
        raise UsageError(f"There is no hand-over {number}.", "None was ever written here.")
    if as_json:
        print_json({"handovers": found} if number is None else found[0])
        return
    from opsconsole.core.lines import BLANK
    from opsconsole.reports.briefing.present import handover_lines, handover_title

    shown = view(given)
    for place, one in enumerate(found):
        print_lines([*([BLANK] if place else []), handover_title(one, shown), *handover_lines(one, shown)])
    if not found:
        say("Nobody has handed anything over that was not taken.")


@handover.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=LIMIT, show_default=True, metavar="N",
              help="At most so many.")
@click.option("--before", type=click.IntRange(0, MOST), default=0, metavar="NUMBER", help="Only those before this one.")
@JSON
@click.pass_obj
def list_handovers(given: Any, limit: int, before: int, as_json: bool) -> None:
    """List hand-overs, the newest first, and what became of each."""
    async def read(db: Database) -> list[Handover]:
        from opsconsole.reports.briefing.service import BriefingService

        return await BriefingService(db, machine_clock()).listed(limit, before)

    found: list[Handover] = reading(given, read, [])
    if as_json:
        print_json({"handovers": found})
        return
    from opsconsole.reports.briefing.present import handover_row

    shown = view(given)
    print_lines(handover_row(one, shown) for one in found)
    if not found:
        say("Nobody has handed anything over.")


@handover.command()
@click.argument("number", type=click.IntRange(1, MOST), required=False)
@JSON
@click.pass_obj
def take(given: Any, number: int | None, as_json: bool) -> None:
    """Confirm that you have read a hand-over, and know.

    NUMBER can be left out where there is only one that others wrote and nobody has taken.
    """
    async def change(db: Database, actor: Actor) -> Handover:
        from opsconsole.reports.briefing.service import BriefingService

        service = BriefingService(db, machine_clock())
        return await service.take(actor, number if number is not None else _only(await service.open(), actor))

    _tell(changing(given, change), "is taken; it is yours now", as_json=as_json)


@handover.command()
@NUMBER
@JSON
@click.pass_obj
def withdraw(given: Any, number: int, as_json: bool) -> None:
    """Take your own hand-over back, as long as nobody has taken it.

    NUMBER is that of the hand-over.
    """
    async def change(db: Database, actor: Actor) -> Handover:
        from opsconsole.reports.briefing.service import BriefingService

        return await BriefingService(db, machine_clock()).withdraw(actor, number)

    _tell(changing(given, change), "is withdrawn", as_json=as_json)


def _only(found: list[Handover], actor: Actor) -> int:
    """The number of the only one that the actor can take.

    Raises:
        OpsError: there is none, or there are several.
    """
    numbers = [one.id for one in found if one.author != actor.name]
    if not numbers:
        raise OpsError("There is no hand-over to be taken.", "")
    if len(numbers) > 1:
        raise UsageError(f"There are hand-overs {', '.join(map(str, numbers))}.", "Say which one you take.")
    return numbers[0]


def _tell(one: Handover, said: str, *, as_json: bool) -> None:
    if as_json:
        print_json(one)
    else:
        say(f"Hand-over {one.id} of {one.author} {said}.")


def _piped() -> str:
    """What comes through standard input, and a little more than a hand-over can hold."""
    from opsconsole.core.text import decode
    from opsconsole.reports.briefing.model import MOST_TEXT

    stream = getattr(sys.stdin, "buffer", None)
    return "" if stream is None else decode(stream.read(4 * MOST_TEXT + 1))
