"""The command `checklist`: what can be read; the others are in modules of their own, loaded when called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from opsconsole.checklists.commanding import (
    ITEM,
    OF,
    RUN,
    opened,
    plain,
    read_runs,
    service_of,
    since_of,
    view,
)
from opsconsole.core.errors import UsageError
from opsconsole.lazygroup import LazyGroup, places
from opsconsole.printing import JSON, machine_clock, print_json, print_lines, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsconsole.checklists.cases.types import Board
    from opsconsole.checklists.service import ChecklistService
    from opsconsole.checklists.walk import Walk

_MODULES = {
    "commands": ("list", "show", "history", "stats"),
    "walking_commands": ("run", "start"),
    "answering_commands": ("answer", "undo", "propose", "ticket"),
    "keeping_commands": ("sign", "return", "waive", "explain", "defer", "resume", "acknowledge", "adopt",
                         "marks"),
    "template_commands": ("validate", "export")}
_NAMES = {"list": "list_checklists", "return": "send_back"}
"""What a command is called there, where its own name is taken."""
_ROLES = {"marks": "supervisor", "ticket": "operator", "waive": "supervisor"}
"""The least role that a command takes, whatever the template says; of the others it alone says it."""


@click.group(cls=LazyGroup, places=places("opsconsole.checklists", _MODULES, _NAMES), roles=_ROLES)
def checklist() -> None:
    """List, walk through, sign and export checklists."""


@click.command("list")
@click.option("--on", "day", metavar="DATE", help="What is due on this day, by the templates alone: 2027-01-04.")
@click.option("--week", is_flag=True, help="Also what is due this week.")
@click.option("--all", "everything", is_flag=True, help="Also what is due this month, quarter and year.")
@JSON
@click.pass_obj
def list_checklists(given: Any, day: str | None, week: bool, everything: bool, as_json: bool) -> None:
    """List checklists: what is due today, late, in progress, missed, and what can be started at any time.

    What is due is opened by that. Mistakes of templates are told on standard error.
    """
    if day is not None:
        _listed_on(given, day, as_json=as_json)
        return

    async def read(service: ChecklistService) -> Board:
        return await service.board()

    board = opened(given, read)
    if as_json:
        print_json(plain(board))
        return
    from opsconsole.checklists.plainlines import board_lines

    _print(board_lines(board, view(given), week=week, everything=everything), "Nothing is due today.")
    for text in (*board.broken, *board.warnings):
        say(text, err=True)


def _listed_on(given: Any, day: str, *, as_json: bool) -> None:
    from datetime import date

    try:
        wanted = date.fromisoformat(day)
    except ValueError as problem:
        raise UsageError(f"`{day}` is no date.", "Give one such as 2027-01-04.") from problem
    # Templates alone say it, so no records are opened.
    service = service_of(given, None)  # type: ignore[arg-type]
    try:
        found = service.on(wanted)
    except (OverflowError, OSError) as problem:
        raise UsageError(f"`{day}` is too far away.", "Give one such as 2027-01-04.") from problem
    if as_json:
        print_json({"on": day, "checklists": found})
        return
    from opsconsole.checklists.plainlines import coming_text

    shown = view(given)._replace(zone=service.zone)
    _print((coming_text(one, shown) for one in found), f"Nothing is due on {day}.")
    for text in map(str, service.library.mistakes):
        say(text, err=True)


@click.command()
@RUN
@OF
@click.option("--item", metavar="ITEM", help="All that was answered to this item.")
@click.option("--log", "as_log", is_flag=True, help="The log entry that it proposes.")
@JSON
@click.pass_obj
def show(given: Any, run: str, occurrence: str, item: str | None, as_log: bool, as_json: bool) -> None:
    """Show one run: its items, what was answered, who signed it.

    RUN is its number, or the name of a checklist: then the run that goes on, or else the newest one.
    """
    async def read(service: ChecklistService) -> tuple[Any, ...]:
        found = await service.find(run, occurrence)
        walk = await service.walk(found.id)
        return walk, service.state(found), await service.draft(found.id) if as_log else None

    found = read_runs(given, read, None)
    if found is None:
        raise UsageError(f"There is no checklist run {run}.", "None was ever opened here.")
    walk, state, draft = found
    from opsconsole.checklists import plainlines

    if as_log:
        _either(draft, plainlines.draft_lines(draft, view(given)), as_json=as_json)
    elif item is not None:
        step = _step(walk, item)
        _either(step, plainlines.item_lines(step, view(given)), as_json=as_json)
    elif as_json:
        print_json({"run": walk.run, "state": state, "items": plain(walk.steps), "events": walk.events,
                    "left": walk.left, "newer": walk.newer,
                    "tickets": {str(number): text for number, text in walk.states.items()}, "gone": walk.gone})
    else:
        _print(plainlines.walk_lines(walk, state, view(given)))


def _step(walk: Walk, item: str) -> Any:
    step = walk.step(item)
    if step is None:
        from opsconsole.core.config import nearest

        raise UsageError(f"There is no item `{item}` in it{nearest(item, [one.item.id for one in walk.steps])}.",
                         "`opsconsole checklist show` names them.")
    return step


@click.command()
@click.argument("slug")
@ITEM
@click.option("--since", metavar="WHEN", help="From this date on, or for so long: 2027-01-04, 30d.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=1000, show_default=True, metavar="N",
              help="At most so many.")
@JSON
@click.pass_obj
def history(given: Any, slug: str, item: str, since: str | None, limit: int, as_json: bool) -> None:
    """Show what was answered to one item over time, newest first, figures also as a small chart.

    SLUG is the name of the checklist, ITEM the id of the item.
    """
    start = None if since is None else since_of(since)

    async def read(service: ChecklistService) -> Any:
        answers = await service.history(slug, item, start, limit)
        if not answers:
            loaded = service.library.get(slug)
            if loaded is None:
                await service.find(slug)
            elif loaded.template.item(item) is None:
                raise UsageError(f"`{slug}` has no item `{item}`.", f"`opsconsole checklist export {slug}` names them.")
        return answers

    found = read_runs(given, read, [])
    if as_json:
        print_json({"checklist": slug, "item": item, "answers": found})
        return
    from opsconsole.checklists.plainlines import history_lines

    _print(history_lines(found, view(given)), "Nothing was answered to it.")


@click.command()
@click.option("--since", default="30d", show_default=True, metavar="WHEN", help="From when on, or for how long.")
@click.option("--until", metavar="WHEN", help="Until when; without it, until now.")
@JSON
@click.pass_obj
def stats(given: Any, since: str, until: str | None, as_json: bool) -> None:
    """Show how well checklists were kept: what was done, in time, missed, and by whom."""
    start, end = since_of(since), machine_clock().now() if until is None else since_of(until)
    if start >= end:
        raise UsageError("The period is empty: --since is not before --until.", "The earlier date comes first.")

    async def read(service: ChecklistService) -> Any:
        return await service.statistics(start, end)

    from opsconsole.checklists.cases.types import Statistics

    found = read_runs(given, read, Statistics(start, end))
    if as_json:
        print_json({**plain(found), "checklists": [
            {**plain(one), "completion": one.completion, "punctuality": one.punctuality} for one in found.checklists]})
        return
    from opsconsole.checklists.present.statistics import period_line, statistics_lines

    shown = view(given)
    print_lines([period_line(found, shown), *statistics_lines(found, shown)])


def _either(model: Any, lines: Iterable[str], *, as_json: bool) -> None:
    if as_json:
        print_json(plain(model))
    else:
        _print(lines)


def _print(lines: Iterable[str], nothing: str = "") -> None:
    empty = True
    for text in lines:
        say(text)
        empty = False
    if empty and nothing:
        say(nothing)
