"""The commands of `checklist` for what becomes of runs: names under them, reasons, times, other versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from opsconsole.checklists.commanding import OF, REASON, RUN, change_runs, moment_of, name_of, plain, read_runs
from opsconsole.core.errors import ExitCode, UsageError
from opsconsole.printing import JSON, print_json, say

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opsconsole.checklists.model import Event, Run
    from opsconsole.checklists.service import ChecklistService
    from opsconsole.core.identity import Actor

    Change = Callable[[ChecklistService, Actor, int], Awaitable[Any]]


def _changed(given: Any, name: str, occurrence: str, change: Change) -> tuple[Run, Any]:
    """The run that was meant, and what a change made of it."""
    async def main(service: ChecklistService, actor: Actor) -> tuple[Run, Any]:
        run = await service.find(name, occurrence)
        made = await change(service, actor, run.id)
        return await service.run(run.id), made

    found: tuple[Run, Any] = change_runs(given, main)
    return found


def _tell(model: Any, sentence: str, *, as_json: bool) -> None:
    if as_json:
        print_json(plain(model))
    else:
        say(sentence)


@click.command()
@RUN
@OF
@JSON
@click.pass_obj
def sign(given: Any, run: str, occurrence: str, as_json: bool) -> int:
    """Put your name under a run; the last name that it takes freezes it.

    RUN is a number or the name of a checklist. What must be answered first is named.
    """
    from opsconsole.checklists.errors import Unfinished

    try:
        found, _ = _changed(given, run, occurrence, lambda service, actor, number: service.sign(actor, number))
    except Unfinished as problem:
        if not as_json:
            raise
        print_json({"signed": False, "missing": problem.items})
        return problem.exit_code
    frozen = f"; it is sealed: {found.seal}" if found.seal else "; another person has to sign it too"
    _tell(found, f"{name_of(found)} is signed{frozen}.", as_json=as_json)
    return ExitCode.DONE


@click.command("return")
@RUN
@OF
@REASON
@JSON
@click.pass_obj
def send_back(given: Any, run: str, occurrence: str, reason: str, as_json: bool) -> None:
    """Give a run back to whoever signed it first, instead of signing it too.

    RUN is a number or the name of a checklist.
    """
    found, _ = _changed(given, run, occurrence, lambda service, actor, number: service.send_back(actor, number, reason))
    _tell(found, f"{name_of(found)} goes on.", as_json=as_json)


@click.command()
@RUN
@click.argument("item", required=False)
@OF
@REASON
@JSON
@click.pass_obj
def waive(given: Any, run: str, item: str | None, occurrence: str, reason: str, as_json: bool) -> None:
    """Let a run, or one item of it, be as it is; for supervisors.

    RUN is a number or the name of a checklist, ITEM the id of an item; without it, the whole run is waived.
    """
    def change(service: ChecklistService, actor: Actor, number: int) -> Awaitable[Any]:
        return (service.waive(actor, number, reason) if item is None
                else service.waive_item(actor, number, item, reason))

    found, made = _changed(given, run, occurrence, change)
    _tell(made, f"{f'{item} of ' if item else ''}{name_of(found)} is waived.", as_json=as_json)


@click.command()
@RUN
@click.argument("reason")
@OF
@JSON
@click.pass_obj
def explain(given: Any, run: str, reason: str, occurrence: str, as_json: bool) -> None:
    """Say why a run was missed.

    RUN is a number or the name of a checklist, REASON is what others will read.
    """
    found, _ = _changed(given, run, occurrence, lambda service, actor, number: service.explain(actor, number, reason))
    _tell(found, f"{name_of(found)} is explained.", as_json=as_json)


@click.command()
@click.argument("runs", nargs=-1, required=True)
@click.option("--until", required=True, metavar="WHEN", help="Until when: `2027-01-04 18:00`, or for how long: 4h.")
@REASON
@JSON
@click.pass_obj
def defer(given: Any, runs: tuple[str, ...], until: str, reason: str, as_json: bool) -> None:
    """Put runs off, for an emergency; recorded.

    RUNS are numbers or names of checklists. All of them are put off, or none.
    """
    at = moment_of(until)

    async def change(service: ChecklistService, actor: Actor) -> list[Run]:
        return await service.defer(actor, [(await service.find(name)).id for name in runs], at, reason)

    found: list[Run] = change_runs(given, change)
    if as_json:
        print_json({"runs": found})
        return
    from opsconsole.core.format import stamp

    for one in found:
        say(f"{name_of(one)} is put off until {stamp(at)}.")


@click.command()
@RUN
@OF
@JSON
@click.pass_obj
def resume(given: Any, run: str, occurrence: str, as_json: bool) -> None:
    """Go on with a run that was put off.

    RUN is a number or the name of a checklist.
    """
    found, _ = _changed(given, run, occurrence, lambda service, actor, number: service.resume(actor, number))
    _tell(found, f"{name_of(found)} is not put off any more.", as_json=as_json)


@click.command()
@RUN
@OF
@click.option("--note", default="", metavar="TEXT", help="Words for whoever reads it.")
@JSON
@click.pass_obj
def acknowledge(given: Any, run: str, occurrence: str, note: str, as_json: bool) -> None:
    """Say that you know what the runs before this one left open.

    RUN is a number or the name of a checklist.
    """
    made: Event
    found, made = _changed(given, run, occurrence,
                           lambda service, actor, number: service.acknowledge(actor, number, note))
    _tell(made, f"What was left open before {name_of(found)} is acknowledged.", as_json=as_json)


@click.command()
@RUN
@OF
@click.option("--note", default="", metavar="TEXT", help="What came of it; others will read it.")
@JSON
@click.pass_obj
def marks(given: Any, run: str, occurrence: str, note: str, as_json: bool) -> None:
    """Say that you have looked at what seemed rubber-stamped in a run; for supervisors.

    RUN is a number or the name of a checklist; `show` names the marks.
    """
    found, _ = _changed(given, run, occurrence,
                        lambda service, actor, number: service.look_at_marks(actor, number, note))
    _tell(found, f"The marks of {name_of(found)} are looked at.", as_json=as_json)


@click.command()
@RUN
@OF
@click.option("--yes", is_flag=True, help="Do it; without it, only what it would change is shown.")
@JSON
@click.pass_obj
def adopt(given: Any, run: str, occurrence: str, yes: bool, as_json: bool) -> None:
    """Show what the new version of its template changes in a run, and with --yes go on with that.

    RUN is a number or the name of a checklist. Answers to items that are the same stay.
    """
    async def read(service: ChecklistService) -> tuple[Run, Any]:
        found = await service.find(run, occurrence)
        return found, await service.changes(found.id)

    seen = read_runs(given, read, None)
    if seen is None:
        raise UsageError(f"There is no checklist run {run}.", "None was ever opened here.")
    found, changes = seen
    if yes:
        found, _ = _changed(given, str(found.id), "", lambda service, actor, number: service.adopt(actor, number))
    if as_json:
        print_json({"run": plain(found), "changes": plain(changes), "adopted": yes})
        return
    for one in changes:
        say(f"{one.what:<8} {one.item}: {one.title}{f' ({one.detail})' if one.detail else ''}"
            f"{', is asked anew' if one.reopened else ''}")
    if yes:
        say(f"{name_of(found)} goes on with the new version.")
    else:
        say("--yes adopts that." if changes else "Its items are those of the newest version.")
