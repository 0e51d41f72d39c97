"""The commands of `ticket` about files: attachments, import, export."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from opsconsole.core.errors import ExitCode, UsageError
from opsconsole.printing import JSON, changing, machine_clock, print_json, print_lines, say
from opsconsole.tickets.commanding import (
    NUMBER,
    change_tickets,
    filter_text,
    me,
    names,
    read_tickets,
    service_of,
    settings,
    tell,
    view,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opsconsole.core.database import Database
    from opsconsole.core.identity import Actor
    from opsconsole.tickets.cases.reading import Reading
    from opsconsole.tickets.cases.types import Done
    from opsconsole.tickets.exchange.csvimport import Reader
    from opsconsole.tickets.exchange.export import Whole
    from opsconsole.tickets.model import Attachment
    from opsconsole.tickets.service import TicketService

_PORTION = 200
"""Tickets that are exported at once."""


@click.command()
@NUMBER
@click.argument("files", nargs=-1, required=True)
@click.option("--name", metavar="NAME", help="What it is called, in place of its own name.")
@click.option("--public", is_flag=True, help="It may be read by people outside.")
@JSON
@click.pass_obj
def attach(given: Any, number: int, files: tuple[str, ...], name: str | None, public: bool, as_json: bool) -> None:
    """Attach files to a ticket.

    NUMBER is that of the ticket. FILES are files of this machine; `-` is standard input.
    """
    if name is not None and len(files) > 1:
        raise UsageError("One name cannot be that of several files.")

    async def change(service: TicketService, actor: Actor) -> Done:
        done = None
        for file in files:
            data: Path | BinaryIO = sys.stdin.buffer if file == "-" else Path(file)
            done = await service.attach(actor, number, name or (Path(file).name if file != "-" else "stdin"), data,
                                        public=public)
        assert done is not None  # noqa: S101 - there is at least one file
        return done

    what = files[0] if len(files) == 1 else f"{len(files)} files"
    tell(change_tickets(given, change), lambda made: f"Attached {what} to {names(made)}.", as_json=as_json)


@click.command()
@NUMBER
@click.option("--save", "folder", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER",
              help="Save them in this folder, which is made where it is missing; nothing is overwritten.")
@click.option("--id", "wanted", type=click.IntRange(1), multiple=True, metavar="ID",
              help="Only this file; may be given again.")
@JSON
@click.pass_obj
def attachments(given: Any, number: int, folder: Path | None, wanted: tuple[int, ...], as_json: bool) -> None:
    """List the files of a ticket, or save them.

    NUMBER is that of the ticket.
    """
    async def read(service: Reading) -> list[Attachment]:
        await service.get(number)
        return [one for one in await service.attachments(number) if not wanted or one.id in wanted]

    found = read_tickets(given, read, [])
    if folder is not None:
        saved = _save(given, [one for one in found if one.deleted is None], folder)
        if as_json:
            print_json({"saved": saved})
        else:
            for path in saved:
                say(path)
        return
    if as_json:
        print_json({"attachments": found})
    elif found:
        from opsconsole.tickets.present.listing import file_lines

        print_lines(file_lines(found, view(given)))
    else:
        say(f"Ticket {number} has no files.")


def _save(given: Any, found: Sequence[Attachment], folder: Path) -> list[str]:
    """Writes files into a folder, under names that can be no paths and that nothing has yet."""
    import shutil

    from opsconsole.core.blobs import Blobs
    from opsconsole.tickets.exchange.names import safe_name

    blobs = Blobs(given.loaded.paths.data / "blobs")
    saved = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for one in found:
            with blobs.open(one.sha256) as source, _new(folder, safe_name(one.name, one.id)) as target:
                shutil.copyfileobj(source, target)
            saved.append(target.name)
    except OSError as problem:
        raise UsageError(f"{folder} cannot be written: {problem.strerror or problem}.",
                         "Name a folder that you may write.") from None
    return saved


def _new(folder: Path, name: str) -> Any:
    """A new file of this name, with a number before its end where there is one already."""
    path = folder / name
    for number in range(2, 10_000):
        try:
            return path.open("xb")
        except FileExistsError:
            path = folder / f"{Path(name).stem}-{number}{Path(name).suffix}"
    raise UsageError(f"{folder} holds very many files called {name}.", "Name another folder.")


@click.command()
@click.argument("filter_", metavar="FILTER", nargs=-1)
@click.option("--format", "kind", type=click.Choice(["csv", "json", "markdown"]), default="csv", show_default=True,
              help="What is written: a table, a JSON object in each line with the whole timeline, or a document.")
@click.option("--public", "outside", is_flag=True,
              help="Only what anybody outside may read: no note, nobody's name, no reply that was taken back.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Write this file, which must not be there yet; without it, standard output.")
@click.option("--view", "name", metavar="NAME", help="Export a view, such as `mine`; words narrow it further.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.pass_obj
def export(given: Any, filter_: tuple[str, ...], kind: str, outside: bool, output: Path | None, name: str | None,
           as_json: bool) -> None:
    """Write tickets as CSV, JSON lines or Markdown.

    FILTER is what the queue understands; without it, all tickets are written. In CSV, a cell that a spreadsheet would
    take for a formula begins with an apostrophe.
    """
    from opsconsole.tickets.exchange import export as make

    kind = "json" if as_json else kind
    text = filter_text(given, filter_, name, "")
    write, close = _target(output)

    def one(whole: Whole) -> str:
        shown = make.public(whole) if outside else whole
        if kind == "csv":
            return make.csv_row(shown if isinstance(shown, make.Public) else whole.ticket)
        return make.json_line(shown) if kind == "json" else make.markdown(shown)

    async def read(service: Reading) -> int:
        found = await service.find(text, me(given))
        for start in range(0, found.count, _PORTION):
            for number in found.numbers[start:start + _PORTION]:
                write(one(await _whole(service, number, events=outside or kind != "csv")))
        return found.count

    try:
        if kind == "csv":
            write(make.csv_head(outside=outside))
        elif kind == "markdown":
            write("# Tickets\n\n")
        count = read_tickets(given, read, 0)
    finally:
        close()
    if output is not None:
        say(f"Wrote {count} ticket{'' if count == 1 else 's'} to {output}.")


async def _whole(service: Reading, number: int, *, events: bool) -> Whole:
    from opsconsole.tickets.exchange.export import Whole

    ticket = await service.get(number)
    if not events:
        return Whole(ticket)
    return Whole(ticket, await service.events(number), await service.attachments(number) if ticket.attachments else ())


def _target(output: Path | None) -> tuple[Callable[[str], object], Callable[[], object]]:
    """How to write text, and how to end; what is no UTF-8 is written as its number."""
    if output is None:
        return lambda text: click.echo(text.encode("utf-8", "backslashreplace"), nl=False), lambda: None
    try:
        file = output.open("xb")
    except FileExistsError:
        raise UsageError(f"{output} is there already.", "Name another file, or remove it.") from None
    except OSError as problem:
        raise UsageError(f"{output} cannot be written: {problem.strerror or problem}.") from None
    return lambda text: file.write(text.encode("utf-8", "backslashreplace")), file.close


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--dry-run", is_flag=True, help="Only say what each column becomes and what is wrong.")
@click.option("--map", "columns", multiple=True, metavar="COLUMN=FIELD",
              help="What a column becomes, `-` for nothing; may be given again.")
@click.option("--state", "states", multiple=True, metavar="WORD=STATE",
              help="What a word of its state column means; may be given again.")
@click.option("--category", default="", metavar="NAME", help="The category of tickets of which the file knows none.")
@click.option("--date-format", default="", metavar="FORM", help="The form of its times, as strptime wants it.")
@JSON
@click.pass_obj
def import_(given: Any, file: Path, dry_run: bool, columns: tuple[str, ...], states: tuple[str, ...], category: str,
            date_format: str, as_json: bool) -> int:
    """Open tickets from a CSV file.

    FILE is the file; `-` is standard input. Columns are known by the names that other systems give them; try
    --dry-run first. Either all tickets are imported or, when anything is wrong, none.
    """
    from opsconsole.tickets.exchange.csvimport import Reader, Wishes

    known = settings(given)
    if category and category not in known.all_categories:
        raise UsageError(f"There is no category `{category}`.", f"There are {', '.join(known.all_categories)}.")
    wishes = Wishes(_pairs(columns), _pairs(states), date_format, category)
    with _opened(file) as opened:
        reader = Reader(opened, known, machine_clock().now(), wishes=wishes)
        for _ in reader:
            pass
        if dry_run or reader.mistakes:
            _tell_reader(reader, file, as_json=as_json)
            return ExitCode.USAGE if reader.mistakes else ExitCode.DONE
        count = reader.count
        batch, first, last = changing(given, lambda db, actor: _import(given, db, actor, reader))
    if as_json:
        print_json({"batch": batch, "first": first, "last": last, "count": count})
    else:
        say(f"Imported {count} ticket{'' if count == 1 else 's'}: {first} to {last}.")
    return ExitCode.DONE


async def _import(given: Any, db: Database, actor: Actor, reader: Reader) -> tuple[int, int, int]:
    from opsconsole.tickets.exchange.importing import import_tickets

    service = service_of(given, db)
    return await import_tickets(db, actor, reader, service.settings, service.policies, machine_clock().now())


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    found = {}
    for text in texts:
        name, equals, value = text.rpartition("=")
        if not (equals and name.strip() and value.strip()):
            raise UsageError(f"`{text}` is not NAME=VALUE.")
        found[name.strip()] = value.strip()
    return found


def _opened(file: Path) -> BinaryIO:
    """The file, so that it can be read twice."""
    import shutil
    import tempfile

    try:
        if str(file) != "-":
            return file.open("rb")
        kept = tempfile.TemporaryFile()  # noqa: SIM115 - whoever asked closes it
        shutil.copyfileobj(sys.stdin.buffer, kept)
    except OSError as problem:
        raise UsageError(f"{file} cannot be read: {problem.strerror or problem}.") from None
    return kept


def _tell_reader(reader: Reader, file: Path, *, as_json: bool) -> None:
    """What each column becomes, and what is wrong."""
    if as_json:
        becomes = [{"name": one.name, "field": one.field} for one in reader.columns]
        print_json({"file": str(file), "encoding": reader.encoding, "separator": reader.separator,
                    "count": reader.count, "columns": becomes, "mistakes": reader.mistakes})
        return
    spoken = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}[reader.separator]
    guessed = ", because it is no UTF-8" if reader.encoding == "cp1252" else ""
    say(f"{file}: read as {reader.encoding}{guessed}, a {spoken} between the cells.")
    cells = max(len(one.name) for one in reader.columns)
    for one in reader.columns:
        says = "is left out" if one.field == "-" else f"becomes {one.field}"
        say(f"  {one.name:<{min(cells, 40)}}  {says}{' (as you say)' if one.said else ''}")
    for mistake in reader.mistakes:
        say(f"{file}:{mistake.line}: {mistake.column + ': ' if mistake.column else ''}{mistake.says}", err=True)
    count, wrong = f"{reader.count} ticket{'' if reader.count == 1 else 's'}", len(reader.mistakes)
    are = "is 1 mistake" if wrong == 1 else f"are {wrong} mistakes"
    say(f"{count} could be imported; there {are}, so nothing is." if wrong else f"{count} can be imported.")
