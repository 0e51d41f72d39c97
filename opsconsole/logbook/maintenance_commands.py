"""The commands `log maintenance …`: an entry that mutes what is worked on, until it is finished."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from opsconsole.core.errors import UsageError
from opsconsole.lazygroup import RoleGroup
from opsconsole.logbook.commanding import MOST, TYPES, change_log, kind_of, name_of, read_log
from opsconsole.printing import JSON, machine_clock, milliseconds, print_json, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsconsole.core.clock import Instant
    from opsconsole.core.identity import Actor
    from opsconsole.logbook.model import Entry
    from opsconsole.logbook.model.maintenance import Trouble, Work
    from opsconsole.logbook.service import LogService

    Shown = tuple[Entry | None, Work | None, tuple[Trouble, ...]]

WINDOW = click.option("--window", type=click.IntRange(1, MOST), metavar="N",
                      help="Maintenance that was made without an entry, as `opsconsole maintenance list` numbers it.")
NUMBER = click.argument("number", type=click.IntRange(1, MOST), required=False)


@click.group(cls=RoleGroup, roles=dict.fromkeys(("start", "extend", "finish"), "operator"))
def maintenance() -> None:
    """Work on services: mute their checks, and write down what was done.

    Maintenance is an entry of the log. Until it is finished, or its time is over, nobody is told of the checks that it
    names and of those that depend on them, and what is down is no downtime.
    """


@maintenance.command()
@click.argument("title", nargs=-1)
@click.option("--check", "names", multiple=True, required=True, metavar="NAME",
              help="What is worked on: a check, group:NAME, a rule, or a target such as mount:/var; `*` stands for any"
                   " rest. It may be given again.")
@click.option("--for", "length", metavar="TIME", required=True, help="How long, such as 2h; then it ends by itself.")
@click.option("--type", "type_", type=click.Choice(TYPES), metavar="TYPE",
              help="What kind of work the entry is about; without it, a change.")
@click.option("--entry", type=click.IntRange(1, MOST), metavar="NUMBER",
              help="Mute for this entry, which is there already, in place of a new one.")
@JSON
@click.pass_obj
def start(given: Any, title: tuple[str, ...], names: tuple[str, ...], length: str, type_: str | None,
          entry: int | None, as_json: bool) -> None:
    """Open an entry and mute what is worked on, with all that depends on it.

    TITLE is what is done; whoever looks at a muted alert reads it.
    """
    until = machine_clock().now() + milliseconds(length)
    if entry is None and not "".join(title).strip():
        raise UsageError("Maintenance needs a title.", "Say what is done, such as `redis upgraded`.")
    if entry is not None and (title or type_):
        raise UsageError(f"Entry {entry} has a title and a type.", "Leave both out, or leave --entry out.")

    async def change(service: LogService, actor: Actor) -> Shown:
        made = (await service.start_maintenance(actor, " ".join(title), names, until, type=kind_of(type_))
                if entry is None else await service.mute_for(actor, entry, names, until))
        return made, await service.work(made), ()

    _tell(change_log(given, change), as_json=as_json)


@maintenance.command()
@NUMBER
@click.option("--by", "length", metavar="TIME", required=True,
              help="How much longer, such as 30m; where its time is over, from now.")
@WINDOW
@JSON
@click.pass_obj
def extend(given: Any, number: int | None, length: str, window: int | None, as_json: bool) -> None:
    """Let maintenance end later; what ran out before it was finished begins again.

    NUMBER is that of the entry; without it, the only maintenance that goes on.
    """
    more = milliseconds(length)

    async def change(service: LogService, actor: Actor) -> Shown:
        entry, loose = await _meant(service, number, window)
        if loose:
            return None, await service.extend_window(actor, loose, more), ()
        extended = await service.extend_maintenance(actor, entry, more)
        return extended, await service.work(extended), ()

    _tell(change_log(given, change), as_json=as_json)


@maintenance.command()
@NUMBER
@click.option("--reason", default="", metavar="TEXT", help="Why it is finished while not everything is green.")
@click.option("--sign", "signed", is_flag=True, help="Sign the entry at once.")
@WINDOW
@JSON
@click.pass_obj
def finish(given: Any, number: int | None, reason: str, signed: bool, window: int | None, as_json: bool) -> None:
    """End maintenance; what still fires is told.

    Everything that was worked on must be green, or there must be a reason; both stand in the entry then. The exit
    status is 1 where something is not green and no reason was given. NUMBER is that of the entry; without it, the only
    maintenance that goes on. What was made without an entry gets one.
    """
    async def change(service: LogService, actor: Actor) -> Entry:
        meant, loose = await _meant(service, number, window)
        if loose:
            meant = (await service.adopt_maintenance(actor, loose)).id
        entry = await service.finish_maintenance(actor, meant, reason)
        return await service.sign(actor, entry.id) if signed else entry

    entry: Entry = change_log(given, change)
    if as_json:
        print_json({"entry": entry})
    elif entry.state.value == "open":
        say(f"Maintenance is finished. {name_of(entry)} is not signed yet.")
    else:
        say(f"Maintenance is finished, and {name_of(entry)} signed.")


@maintenance.command()
@NUMBER
@JSON
@click.pass_obj
def show(given: Any, number: int | None, as_json: bool) -> None:
    """Show maintenance that goes on: what is muted, until when, and what is not green.

    NUMBER is that of an entry; without it, all of them.
    """
    async def read(service: LogService) -> list[Shown]:
        numbers = [number] if number is not None else [one.entry for one in await service.works()]
        entries = [await service.entry(one) for one in numbers]
        loose = await service.loose_works() if number is None else []
        return [*[(one, await service.work(one), await service.troubles(one.id)) for one in entries],
                *[(None, one, await service.windows.troubles(one)) for one in loose]]

    found: list[Shown] = read_log(given, read, [])
    if number is not None and (not found or found[0][1] is None):
        raise UsageError(f"Entry {number} is no maintenance.", "`opsconsole log maintenance show` names what goes on.")
    if as_json:
        print_json({"maintenance": [_plain(one) for one in found]})
        return
    now = machine_clock().now()
    for one in found:
        for line in _lines(*one, now):
            say(line)
    if not found:
        say("No maintenance goes on.")


async def _meant(service: LogService, number: int | None, window: int | None) -> tuple[int, int]:
    """The entry that is meant, or the window that has none: the only maintenance that goes on, where nobody says it.

    Raises:
        UsageError: there is none, there are several, or both are named.
    """
    if number and window:
        raise UsageError("An entry and a window are not the same.", "Give one of them.")
    if number or window:
        return number or 0, window or 0
    works = await service.works()
    if not works:
        return 0, await _only_loose(service)
    if len(works) > 1:
        raise UsageError(f"{len(works)} maintenances go on: {', '.join(str(one.entry) for one in works)}.",
                         "Give the number of an entry.")
    return works[0].entry, 0


async def _only_loose(service: LogService) -> int:
    """The only maintenance without an entry that goes on.

    Raises:
        UsageError: there is none, or there are several.
    """
    loose = await service.loose_works()
    if not loose:
        raise UsageError("No maintenance goes on.", "Give the number of an entry.")
    if len(loose) > 1:
        raise UsageError(f"{len(loose)} maintenances without an entry go on:"
                         f" {', '.join(str(one.window) for one in loose)}.", "Say which with `--window`.")
    return loose[0].window


def _plain(shown: Shown) -> dict[str, Any]:
    entry, work, troubles = shown
    return {"entry": entry, "maintenance": work, "not_green": troubles}


def _tell(shown: Shown, *, as_json: bool) -> None:
    if as_json:
        print_json({"entry": shown[0], "maintenance": shown[1]})
        return
    for line in _lines(*shown, machine_clock().now()):
        say(line)


def _lines(entry: Entry | None, work: Work | None, troubles: tuple[Trouble, ...], now: Instant) -> Iterator[str]:
    from opsconsole.core import format as fmt
    from opsconsole.core.text import limited
    from opsconsole.logbook.present.maintenance import standing

    if entry is not None:
        yield name_of(entry)
    elif work is not None:
        yield f"Maintenance {work.window} without an entry ({limited(work.reason, 80)})"
    if work is None:
        return
    yield f"  {'stands':<10}{standing(work, now)}"
    yield f"  {'works on':<10}{limited(', '.join(work.names), 400)}, begun {fmt.moment(work.begins, now)}"
    yield f"  {'mutes':<10}{limited(', '.join(work.checks), 400) or 'no check'}"
    for number, one in enumerate(troubles):
        yield f"  {'not green' if not number else '':<10}{limited(one.name, 80)}: {limited(one.text, 200)}"
