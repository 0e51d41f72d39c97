"""The commands of `log` by which something is written: entries, signatures, amendments, files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from opsconsole.core.errors import UsageError
from opsconsole.logbook.commanding import (
    NUMBER,
    REASON,
    added,
    change_log,
    fields,
    given_fields,
    kind_of,
    name_of,
    piped,
    service_of,
)
from opsconsole.printing import JSON, changing, machine_clock, print_json, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsconsole.core.database import Database
    from opsconsole.core.identity import Actor
    from opsconsole.logbook.model import Amendment, Attachment, Entry, EntryType
    from opsconsole.logbook.service import LogService

TAKE = click.option("--take", multiple=True, metavar="KEY",
                    help="Take over what happened, by its key in `log proposals`, or `all`; may be given again.")
APPEND = click.option("--append", is_flag=True, help="Add to lists, notes and time spent what is given.")


@click.command()
@click.argument("text", nargs=-1, required=True)
@fields
@click.option("--sign", "signed", is_flag=True, help="Sign it at once.")
@JSON
@click.pass_obj
def add(given: Any, /, text: tuple[str, ...], signed: bool, as_json: bool, **options: Any) -> None:
    """Write an entry about something that is done.

    TEXT is its title; `-` is standard input, whose first line is the title and the rest the notes. Without --begun and
    --ended it began and ended now; without --type it is a change.
    """
    now = machine_clock().now()
    title, notes = _titled(" ".join(text))
    wanted = given_fields(options, now)
    if notes:
        wanted["notes"] = "\n\n".join(part for part in (notes, wanted.get("notes", "")) if part)
    wanted.setdefault("begun", now if wanted.get("ended") is None else wanted["ended"])
    wanted.setdefault("ended", max(now, wanted["begun"]))
    kind = wanted.pop("type", kind_of(None))

    async def change(service: LogService, actor: Actor) -> Entry:
        entry = await service.new(actor, kind, title, wanted)
        return await service.sign(actor, entry.id) if signed else entry

    _tell(change_log(given, change), lambda one: f"{name_of(one)} is {_standing(one)}.", as_json=as_json)


def _titled(text: str) -> tuple[str, str]:
    """A title and notes; what is too long for a title goes on in the notes."""
    from opsconsole.logbook.model import MOST_TITLE

    whole = piped() if text == "-" else text
    first, _, rest = whole.strip().partition("\n")
    title = " ".join(first.split())
    if not title:
        raise UsageError("There is no text, so nothing was written.", "Say what was done, or send it through a pipe.")
    if len(title) > MOST_TITLE:
        return f"{title[:MOST_TITLE - 1]}…", whole.strip()
    return title, rest.strip("\n")


def _standing(entry: Entry) -> str:
    return {"open": "written, and not signed yet", "waiting": "signed; it waits for a second person",
            "signed": "signed", "dropped": "dropped"}[entry.state.value]


@click.command()
@click.argument("title", nargs=-1)
@fields
@TAKE
@JSON
@click.pass_obj
def new(given: Any, /, title: tuple[str, ...], take: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """Open an entry about something that begins now, and print its number.

    TITLE is what it is about. It goes on until it is signed or --ended is set.
    """
    wanted = given_fields(options, machine_clock().now())
    kind = wanted.pop("type", kind_of(None))

    async def change(db: Database, actor: Actor) -> Entry:
        values = await _taken(given, db, actor, (kind, None), wanted, take)
        return await service_of(given, db).new(
            actor, kind, " ".join(title) or f"{kind.value.capitalize()} maintenance", values)

    _tell(changing(given, change), lambda one: str(one.id), as_json=as_json)


async def _taken(given: Any, db: Database, actor: Actor, about: tuple[EntryType, Entry | None], wanted: dict[str, Any],
                 take: tuple[str, ...]) -> dict[str, Any]:
    """Fields with what was taken over of what happened."""
    if not take:
        return wanted
    from opsconsole.logbook.proposal_commands import with_taken

    return await with_taken(given, db, actor, about, wanted, take)


@click.command()
@NUMBER
@click.option("--title", metavar="TEXT", help="What it is about.")
@fields
@TAKE
@APPEND
@JSON
@click.pass_obj
def edit(given: Any, /, number: int, title: str | None, take: tuple[str, ...], append: bool, as_json: bool,
         **options: Any) -> None:
    """Change fields of an entry that is not signed.

    NUMBER is that of the entry. A list that is given takes the place of the one that is there, but for --append.
    """
    wanted = _wanted(title, options, empty=bool(take))

    async def change(db: Database, actor: Actor) -> Entry:
        service = service_of(given, db)
        entry = await service.entry(number)
        values = await _taken(given, db, actor, (entry.type, entry), added(entry, wanted) if append else wanted, take)
        return await service.save(actor, number, values, {name: getattr(entry, name) for name in values})

    _tell(changing(given, change), lambda one: f"{name_of(one)} is saved.", as_json=as_json)


def _wanted(title: str | None, options: dict[str, Any], *, empty: bool = False) -> dict[str, Any]:
    wanted = given_fields(options, machine_clock().now())
    if title is not None:
        wanted["title"] = title
    if not wanted and not empty:
        raise UsageError("Nothing was given to change.", "Give a field, such as `--status issues`.")
    return wanted


@click.command()
@NUMBER
@JSON
@click.pass_obj
def sign(given: Any, number: int, as_json: bool) -> None:
    """Put your name under an entry; the last signature freezes it.

    NUMBER is that of the entry.
    """
    async def change(service: LogService, actor: Actor) -> Entry:
        return await service.sign(actor, number)

    _tell(change_log(given, change), lambda one: f"{name_of(one)} is {_standing(one)}.", as_json=as_json)


@click.command("return")
@NUMBER
@REASON
@JSON
@click.pass_obj
def send_back(given: Any, number: int, reason: str, as_json: bool) -> None:
    """Send an entry back that waits for your signature.

    NUMBER is that of the entry.
    """
    async def change(service: LogService, actor: Actor) -> Entry:
        return await service.send_back(actor, number, reason)

    _tell(change_log(given, change), lambda one: f"{name_of(one)} is open again.", as_json=as_json)


@click.command()
@NUMBER
@REASON
@click.option("--title", metavar="TEXT", help="What it is about.")
@fields
@APPEND
@JSON
@click.pass_obj
def amend(given: Any, /, number: int, reason: str, title: str | None, append: bool, as_json: bool,
          **options: Any) -> None:
    """Correct a signed entry; what it said before stays.

    NUMBER is that of the entry. A list that is given takes the place of the one that is there, but for --append.
    """
    wanted = _wanted(title, options)

    async def change(service: LogService, actor: Actor) -> tuple[Entry, Amendment]:
        values = added(await service.entry(number), wanted) if append else wanted
        made = await service.amend(actor, number, values, reason)
        return await service.entry(number), made

    entry, made = change_log(given, change)
    if as_json:
        print_json({"entry": entry, "amendment": made})
    else:
        say(f"{name_of(entry)} has amendment {made.seq}: {', '.join(made.changes)}.")


@click.command()
@NUMBER
@click.argument("files", nargs=-1, required=True)
@click.option("--name", metavar="NAME", help="What it is called, in place of its own name.")
@JSON
@click.pass_obj
def attach(given: Any, number: int, files: tuple[str, ...], name: str | None, as_json: bool) -> None:
    """Attach files to an entry that is not signed.

    NUMBER is that of the entry. FILES are files of this machine; `-` is standard input.
    """
    if name is not None and len(files) > 1:
        raise UsageError("One name cannot be that of several files.")

    async def change(service: LogService, actor: Actor) -> list[Attachment]:
        made = []
        for file in files:
            data: Path | BinaryIO = sys.stdin.buffer if file == "-" else Path(file)
            called = name or (Path(file).name if file != "-" else "stdin")
            made.append(await service.attach(actor, number, called, data))
        return made

    found = change_log(given, change)
    if as_json:
        print_json({"attachments": found})
    else:
        what = files[0] if len(files) == 1 else f"{len(files)} files"
        say(f"Attached {what} to entry {number}.")


@click.command()
@NUMBER
@JSON
@click.pass_obj
def restore(given: Any, number: int, as_json: bool) -> None:
    """Take an entry back that was dropped; it can be written and signed again.

    NUMBER is that of the entry.
    """
    async def change(service: LogService, actor: Actor) -> Entry:
        return await service.restore(actor, number)

    _tell(change_log(given, change), lambda one: f"{name_of(one)} is open again.", as_json=as_json)


@click.command()
@NUMBER
@REASON
@JSON
@click.pass_obj
def drop(given: Any, number: int, reason: str, as_json: bool) -> None:
    """Put an entry that is not wanted out of sight; it is kept.

    NUMBER is that of the entry.
    """
    async def change(service: LogService, actor: Actor) -> Entry:
        return await service.drop(actor, number, reason)

    _tell(change_log(given, change), lambda one: f"{name_of(one)} is dropped; `is:dropped` finds it.", as_json=as_json)


def _tell(entry: Entry, said: Callable[[Entry], str], *, as_json: bool) -> None:
    if as_json:
        print_json(entry)
    else:
        say(said(entry))
