"""The command `log`: what can be read; the others are in modules of their own, loaded when called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from opsconsole.lazygroup import LazyGroup, places
from opsconsole.logbook.commanding import MOST, NUMBER, change_log, name_of, one_of, read_log
from opsconsole.printing import JSON, columns, machine_clock, print_json, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsconsole.core.identity import Actor
    from opsconsole.logbook.exchange.sheet import Whole
    from opsconsole.logbook.model import Action, Entry, Summary
    from opsconsole.logbook.service import LogService

LIMIT = 50
"""Entries of `log list` when nobody says how many."""
_MODULES = {
    "commands": ("actions", "list", "show"),
    "entry_commands": ("add", "new", "edit", "sign", "return", "amend", "attach", "drop", "restore"),
    "emergency_commands": ("emergency",),
    "export_commands": ("export", "bundle"),
    "proposal_commands": ("proposals",),
    "maintenance_commands": ("maintenance",),
    "timeline_commands": ("timeline",),
    "trust_commands": ("heads", "verify")}
_NAMES = {"list": "list_entries", "return": "send_back"}
"""What a command is called there, where its own name is taken."""


@click.group(cls=LazyGroup, places=places("opsconsole.logbook", _MODULES, _NAMES),
             roles=dict.fromkeys(_MODULES["entry_commands"], "operator"))
def log() -> None:
    """Write, sign and export the maintenance log, and prove it."""


@click.command("list")
@click.argument("filter_", metavar="FILTER", nargs=-1)
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=LIMIT, show_default=True, metavar="N",
              help="At most so many.")
@click.option("--offset", type=click.IntRange(0), default=0, metavar="N", help="Leave out so many at the beginning.")
@JSON
@click.pass_obj
def list_entries(given: Any, filter_: tuple[str, ...], limit: int, offset: int, as_json: bool) -> None:
    """List entries, the newest first.

    FILTER is what the console understands, such as `type:emergency by:ana since:30d is:open "exact words"`; without it,
    all. A term that is not to hold begins with a minus: put `--` before the first one.
    """
    text = " ".join(f'"{word}"' if " " in word and '"' not in word and ":" not in word else word for word in filter_)

    async def read(service: LogService) -> tuple[int, list[Summary]]:
        found = await service.find(text, offset + limit)
        return found.count, await service.rows(found, offset, limit)

    count, rows = read_log(given, read, (0, []))
    if as_json:
        print_json({"filter": text, "count": count, "entries": rows})
        return
    for line in _rows(rows):
        say(line)
    if not rows:
        say("No entry fits." if text else "The log is empty.")
    elif offset + len(rows) < count:
        say(f"{count - offset - len(rows)} more; `--limit` and `--offset` show them.")


def _rows(rows: list[Summary]) -> Iterator[str]:
    from opsconsole.core import format as fmt
    from opsconsole.core.clock import local
    from opsconsole.core.text import clip, harmless

    for one in rows:
        marks = ", ".join(part for part in (one.state.value if one.state.value != "signed" else "",
                                            "issues" if one.status.value == "issues" else "",
                                            f"amended {one.amended}x" if one.amended else "",
                                            f"{one.actions} to do" if one.actions else "") if part)
        who = fmt.left(harmless(", ".join(one.performed_by)), 14)
        row = (f"{one.id:>5}  {local(one.begun):%Y-%m-%d %H:%M}  {one.type.value:<9}  {who}  {harmless(one.title)}"
               f"{f'  ({marks})' if marks else ''}")
        yield clip(row, max(columns(), 60))


@click.command()
@NUMBER
@click.option("--original", is_flag=True, help="As it was signed, without its amendments.")
@click.option("--version", "version", type=click.IntRange(0), metavar="N", help="As it was after its Nth amendment.")
@JSON
@click.pass_obj
def show(given: Any, number: int, original: bool, version: int | None, as_json: bool) -> None:
    """Show one entry as it reads today: its fields, its amendments, its files.

    NUMBER is that of the entry.
    """
    wanted = 0 if original else version

    async def read(service: LogService) -> tuple[Any, ...]:
        from opsconsole.logbook.merging import merged

        amendments = await service.amendments(number)
        if wanted is None:
            entry = await service.entry(number)
        else:
            entry = merged(await service.original(number), amendments[:wanted])
            amendments = amendments[:wanted]
        return entry, amendments, await service.attachments(number)

    entry, amendments, files = one_of(read_log(given, read, ()), number)
    if as_json:
        print_json({"entry": entry, "amendments": amendments, "attachments": files})
        return
    from opsconsole.logbook.exchange.sheet import Whole

    for line in _page(Whole(entry, amendments, files)):
        say(line)


def _page(whole: Whole) -> Iterator[str]:
    """An entry as lines: what each field is called, and what it says."""
    from opsconsole.core.text import harmless_lines
    from opsconsole.logbook.exchange.sheet import values

    shown = [(field, value) for field, value in values(whole, None) if value]
    cells = max(len(field.label) for field, _ in shown)
    for field, value in shown:
        lines = [value] if isinstance(value, str) else list(value)
        if field.free:
            lines = harmless_lines(lines[0], limit=10_000)
        for place, line in enumerate(lines):
            yield f"{field.label if not place else '':<{cells}}  {line}".rstrip()


@click.command()
@click.option("--due", "only_due", is_flag=True, help="Only those due by today.")
@click.option("--done", type=(click.IntRange(1, MOST), click.IntRange(1)), metavar="NUMBER PLACE",
              help="This one of this entry is done; places are those of the list.")
@click.option("--undo", is_flag=True, help="With --done: it is not done after all.")
@JSON
@click.pass_obj
def actions(given: Any, only_due: bool, done: tuple[int, int] | None, undo: bool, as_json: bool) -> None:
    """List next actions that are not done, the oldest due first, or say that one is.

    The exit status is 0 whether anything is due or not.
    """
    if done is not None:
        _finish(given, *done, done=not undo, as_json=as_json)
        return
    from opsconsole.core.clock import local

    today = local(machine_clock().now()).date()

    async def read(service: LogService) -> list[tuple[int, int, Action]]:
        return await service.due_actions(today if only_due else None)

    found = read_log(given, read, [])
    if as_json:
        print_json({"actions": [{"entry": entry, "place": place + 1, "action": one} for entry, place, one in found]})
        return
    for entry, place, one in found:
        late = " (late)" if one.due and one.due < today.isoformat() else ""
        say(f"{entry:>5} {place + 1:>2}  {one.due or 'no date':<10}  {one.person or '-':<14}  {one.text}{late}")
    if not found:
        say("Nothing is due." if only_due else "Nothing is to be done.")


def _finish(given: Any, number: int, place: int, *, done: bool, as_json: bool) -> None:
    async def change(service: LogService, actor: Actor) -> Entry:
        return await service.finish_action(actor, number, place - 1, done=done)

    entry: Entry = change_log(given, change)
    if as_json:
        print_json(entry)
    else:
        say(f"{name_of(entry)}: next action {place} is {'done' if done else 'to be done again'}.")
