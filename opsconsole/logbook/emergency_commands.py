"""The commands `log emergency …`: declare one, tell others of it, write down what is known, end it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from opsconsole.core.errors import UsageError
from opsconsole.lazygroup import RoleGroup
from opsconsole.logbook.commanding import MOST, name_of, service_of, when
from opsconsole.printing import JSON, changing, columns, glyphs, machine_clock, print_json, print_lines, reading, say

if TYPE_CHECKING:
    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database
    from opsconsole.core.identity import Actor
    from opsconsole.logbook.aid import Round
    from opsconsole.logbook.model.emergency import Message, Standing, Told
    from opsconsole.logbook.model.maintenance import Work
    from opsconsole.logbook.service import LogService

STATUSES = ("investigating", "identified", "fixing", "resolved")
OF = click.option("--of", "number", type=click.IntRange(1, MOST), metavar="N",
                  help="Of this emergency, where several go on.")


class Shown(NamedTuple):
    """An emergency as it is printed."""

    standing: Standing
    round: Round | None = None
    work: Work | None = None


@click.group(cls=RoleGroup, roles=dict.fromkeys(("start", "note", "end"), "operator"))
def emergency() -> None:
    """Work through an emergency: its clock, its checklist, its messages."""


@emergency.command()
@click.argument("title", nargs=-1)
@click.option("--no-checklist", is_flag=True, help="Do not begin the checklist for emergencies.")
@JSON
@click.pass_obj
def start(given: Any, title: tuple[str, ...], no_checklist: bool, as_json: bool) -> None:
    """Declare an emergency: its clock and its checklist begin now.

    TITLE is what is wrong.
    """
    async def change(db: Database, actor: Actor) -> Shown:
        service = service_of(given, db)
        standing = await service.declare(actor, " ".join(title))
        aid = None if no_checklist else given.aid(db)
        if aid is not None:
            run = await aid.begin(actor, service.settings.emergency.checklist, await service.taken_runs())
            if run:
                standing = await service.join(actor, standing.emergency.entry, run)
        return await _shown(given, db, service, standing)

    _print(given, changing(given, change), as_json=as_json)


@emergency.command()
@click.argument("number", type=click.IntRange(1, MOST), required=False)
@JSON
@click.pass_obj
def show(given: Any, number: int | None, as_json: bool) -> None:
    """Show an emergency: what time is left, what is done, what was told, what is known.

    NUMBER is that of its entry; without it, all that go on.
    """
    async def read(db: Database) -> list[Shown]:
        service = service_of(given, db)
        found = await service.emergencies() if number is None else [await service.emergency(number)]
        return [await _shown(given, db, service, one) for one in found]

    found = reading(given, read, [])
    if number is not None and not found:
        raise _none(number)
    if as_json:
        print_json([_plain(one) for one in found])
        return
    for place, one in enumerate(found):
        if place:
            say("")
        _print(given, one, as_json=False)
    if not found:
        say("There is no emergency.")


@emergency.command()
@click.option("--subject", metavar="TEXT", help="What stands behind [URGENT] and the host.")
@click.option("--status", type=click.Choice(STATUSES), help="How far the work is.")
@click.option("--issue", metavar="TEXT", help="What does not work, since when.")
@click.option("--impact", metavar="TEXT", help="Who cannot do what.")
@click.option("--resolution", metavar="TEXT", help="The time to resolution, an estimate.")
@click.option("--next", "next_", metavar="WHEN",
              help="When the next message comes: 30m, 14:30, or `-` for none; without it as configured.")
@click.option("--contact", metavar="TEXT", help="Who can be asked.")
@click.option("--send", is_flag=True, help="Send it by the channels of `notify`.")
@click.option("--to", "tell", multiple=True, metavar="NAME",
              help="Send it to a contact, oncall:ROTATION or channel:NAME, not as the routes say; may be given again.")
@click.option("--draft", is_flag=True, help="Only print it: nobody was told, and nothing is promised.")
@OF
@JSON
@click.pass_obj
def message(given: Any, /, next_: str | None, send: bool, tell: tuple[str, ...], draft: bool, number: int | None,
            as_json: bool, **options: Any) -> None:
    """Print the next message to all whom it concerns, or send it; when the next one is due is kept.

    What is not given is as in the last message.
    """
    from opsconsole.logbook.model.emergency import Way

    if draft and (send or tell):
        raise UsageError("A draft is sent to nobody.", "Leave --draft out.")
    if tell:
        from opsconsole.notify.names import unknown

        for _, problem in unknown(tell, given.loaded.settings.notify):
            raise UsageError(f"{problem[0].upper()}{problem[1:].rstrip('?.')}.", "`opsconsole config show` names all.")

    async def change(db: Database, actor: Actor) -> Message | Told:
        service = service_of(given, db)
        standing = await _one(service, number)
        made = _message(service, standing, actor, options, next_)
        if draft:
            return made
        way = Way.SENT if send or tell else Way.SHOWN
        return await service.tell(actor, standing.emergency.entry, made, way, tell)

    _tell(changing(given, change), as_json=as_json)


def _message(service: LogService, standing: Standing, actor: Actor, options: dict[str, Any],
             following: str | None) -> Message:
    """The message that options ask for, on top of the last one."""
    from msgspec.structs import replace

    from opsconsole.logbook.messages import beginning, next_of
    from opsconsole.logbook.model.emergency import MessageStatus

    now, settings = machine_clock().now(), service.settings.emergency
    first = beginning(standing, settings.contact or actor.name, now, settings.update)
    said = {name: value for name, value in options.items() if value is not None}
    if "status" in said:
        said["status"] = MessageStatus(said["status"])
    if following is not None:
        try:
            said["next"] = None if following == "-" else next_of(following, now, None)
        except ValueError as wrong:
            raise UsageError(str(wrong)) from None
    elif said.get("status", first.status) is MessageStatus.RESOLVED:
        said["next"] = None
    return replace(first, **said)


def _tell(made: Message | Told, *, as_json: bool) -> None:
    from opsconsole.logbook.messages import whole
    from opsconsole.logbook.model.emergency import Told

    message, told = (made.message, made) if isinstance(made, Told) else (made, None)
    if as_json:
        print_json({"message": message, "text": whole(message, os.uname().nodename, None), "told": told})
        return
    click.echo(whole(message, os.uname().nodename, None), nl=False)
    if told is not None and told.way.value == "sent":
        say(f"Message {told.seq} of emergency {told.entry} is on its way.", err=True)


@emergency.command()
@click.argument("text", nargs=-1, required=True)
@OF
@click.pass_obj
def note(given: Any, text: tuple[str, ...], number: int | None) -> None:
    """Write down one thing that is known, with the time.

    TEXT is what is known.
    """
    async def change(db: Database, actor: Actor) -> int:
        service = service_of(given, db)
        return (await service.jot(actor, (await _one(service, number)).emergency.entry, " ".join(text))).id

    say(f"Written down in entry {changing(given, change)}.")


@emergency.command()
@click.option("--cause", required=True, metavar="TEXT", help="Why it happened.")
@click.option("--remedy", type=click.Choice(["fixed", "rolled back"]), help="How it was ended.")
@click.option("--impact", metavar="TEXT", default="", help="Who could not do what, and how long.")
@click.option("--well", metavar="TEXT", default="", help="What went well.")
@click.option("--badly", metavar="TEXT", default="", help="What did not go well.")
@click.option("--prevent", multiple=True, metavar="TEXT",
              help="What keeps it from happening again, such as `watch the disk @ben 2027-01-11`; may be given again.")
@click.option("--ended", metavar="WHEN", help="When it was over: a time, or how long ago; without it, now.")
@OF
@JSON
@click.pass_obj
def end(given: Any, /, cause: str, remedy: str | None, prevent: tuple[str, ...], ended: str | None,
        number: int | None, as_json: bool, **options: str) -> None:
    """End an emergency: what is known and learnt goes into its entry, which is then signed.

    The course of events is made of what was told and noted.
    """
    from opsconsole.logbook.messages import course_of
    from opsconsole.logbook.model.emergency import PostMortem
    from opsconsole.logbook.wording import action_of

    now = machine_clock().now()
    over = now if ended is None else when(ended, now)

    async def change(db: Database, actor: Actor) -> Any:
        service = service_of(given, db)
        standing = await _one(service, number)
        mortem = PostMortem(over, cause, remedy or "", course=course_of(standing, None),
                            prevention=tuple(map(action_of, prevent)), **options)
        return await service.finish(actor, standing.emergency.entry, mortem)

    entry = changing(given, change)
    if as_json:
        print_json(entry)
    else:
        say(f"The emergency is over. {name_of(entry)} is not signed yet.")


# -- what these share -------------------------------------------------------------------------------------------------


async def _one(service: LogService, number: int | None) -> Standing:
    """The emergency that is meant: the only one that goes on.

    Raises:
        NoEntry: there is none of that number.
        UsageError: none goes on, or several do.
    """
    if number is not None:
        return await service.emergency(number)
    going = await service.emergencies()
    if not going:
        raise UsageError("There is no emergency.", "`opsconsole log emergency start` declares one.")
    if len(going) > 1:
        numbers = ", ".join(str(one.emergency.entry) for one in going)
        raise UsageError(f"Several emergencies go on: {numbers}.", "Say which with --of.")
    return going[0]


async def _shown(given: Any, db: Database, service: LogService, standing: Standing) -> Shown:
    aid, run = given.aid(db), standing.emergency.run
    return Shown(standing, await aid.round(run) if aid is not None and run else None,
                 await service.work(standing.entry))


def _plain(one: Shown) -> dict[str, Any]:
    emergency_, now = one.standing.emergency, machine_clock().now()
    steps = None if one.round is None else one.round._asdict() | {"steps": [step._asdict() for step in one.round.steps]}
    return {"emergency": emergency_, "entry": one.standing.entry, "going": one.standing.going, "checklist": steps,
            "maintenance": one.work, "seconds_left": _seconds(emergency_.until, now),
            "seconds_to_next_message": _seconds(emergency_.due, now)}


def _seconds(at: Instant | None, now: Instant) -> int | None:
    return None if at is None else round((at - now) / 1000)


def _print(given: Any, one: Shown, *, as_json: bool) -> None:
    if as_json:
        print_json(_plain(one))
        return
    from opsconsole.core.lines import BLANK
    from opsconsole.core.view import View
    from opsconsole.logbook.present.emergency import Page, clock_line, page_lines, title_line

    view = View(columns(), glyphs(given), machine_clock().now())
    page = Page(*one)
    print_lines([title_line(page, view), clock_line(page, view), BLANK, *page_lines(page, view)])


def _none(number: int) -> Exception:
    from opsconsole.logbook.errors import NoEntry

    return NoEntry(f"There is no emergency {number}.", "None was ever declared here.")
