"""The commands of `log` that take it elsewhere: exports of a period, and bundles of evidence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from opsconsole.core.errors import UsageError
from opsconsole.logbook.commanding import service_of
from opsconsole.printing import JSON, hand_out, machine_clock, print_json, reading, say, unwritten

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database
    from opsconsole.core.periods import Period
    from opsconsole.logbook.exchange.bundle import Made
    from opsconsole.logbook.exchange.sheet import Sheet

FORMATS = ("markdown", "html", "csv", "json")
_PERIODS = (
    click.option("--since", metavar="WHEN", help="From this date or time on, or for so long: 2027-01-04, 30d."),
    click.option("--until", metavar="WHEN", help="Until the end of this date, or this time; without it, until now."),
    click.option("--day", metavar="DAY", help="This day: 2027-01-04, `today` or `yesterday`."),
    click.option("--week", metavar="WEEK", help="This week: 2027-W01, `this` or `last`."),
    click.option("--month", metavar="MONTH", help="This month: 2027-01, `this` or `last`."),
    click.option("--quarter", metavar="QUARTER", help="This quarter: 2027-Q1, `this` or `last`."),
    click.option("--year", metavar="YEAR", help="This year: 2027, `this` or `last`."))
_FORMS = {"day": r"\d{4}-\d{2}-\d{2}", "week": r"\d{4}-[Ww]\d{2}", "month": r"\d{4}-\d{2}",
          "quarter": r"\d{4}-[Qq][1-4]", "year": r"\d{4}"}


def period(command: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command the options that say of which time."""
    for option in reversed(_PERIODS):
        command = option(command)
    return command


@click.command()
@period
@click.option("--format", "kind", type=click.Choice(FORMATS), default="markdown", show_default=True,
              help="What is written; html is one file, to be read or printed.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Write this file, in place of one that is there; without it, standard output.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.pass_obj
def export(given: Any, /, kind: str, output: Path | None, as_json: bool, **times: str | None) -> None:
    """Write the entries of a period, with their amendments.

    Without a period it is this week. In CSV, a cell that a spreadsheet would take for a formula begins with an
    apostrophe.
    """
    from opsconsole.logbook.exchange.bundle import with_entries

    empty = _sheet(times, default="week")

    async def read(db: Database) -> Sheet:
        return await with_entries(service_of(given, db), empty)

    sheet: Sheet = reading(given, read, empty)
    chosen, count = "json" if as_json else kind, len(sheet.wholes)
    hand_out("".join(_render(chosen)(sheet)), output, f"Wrote {count} entr{'y' if count == 1 else 'ies'} to {output}.",
             foreign=chosen != "json")


def _render(kind: str) -> Callable[[Sheet], Any]:
    from opsconsole.logbook.exchange import page, texts

    return {"markdown": texts.markdown_text, "csv": texts.csv_text, "json": texts.json_text,
            "html": page.html_text}[kind]


@click.command()
@period
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", required=True,
              help="Write this ZIP file, in place of one that is there.")
@JSON
@click.pass_obj
def bundle(given: Any, /, output: Path, as_json: bool, **times: str | None) -> None:
    """Write the evidence of a period: what was recorded, the whole audit trail, and a program that proves it.

    Without a period it is this month. `python3 -I verify.py` inside of it needs nothing but Python.
    """
    from opsconsole.core.blobs import Blobs
    from opsconsole.core.replacefile import replacing
    from opsconsole.logbook.exchange.bundle import write_bundle

    place, sheet, blobs = output.absolute(), _sheet(times, default="month"), Blobs(given.loaded.paths.data / "blobs")
    if not given.loaded.paths.records.exists():
        raise UsageError("There are no records here, so there is no evidence.", "")

    async def read(db: Database) -> Made:
        with replacing(place) as file:
            return await write_bundle(file, db, service_of(given, db), given.sealed, sheet=sheet, blobs=blobs)

    try:
        made: Made = reading(given, read, None)
    except OSError as problem:
        raise unwritten(output, problem) from None
    if as_json:
        print_json(made)
        return
    records = made.records
    say(f"Wrote {output}: {records['entry']} entries with {records['amendment']} amendments, {records['checklist']}"
        f" checklists, {records['message']} messages of emergencies, {made.files} files, {made.entries} entries of the"
        f" audit trail, head {made.head}.")
    for sha256 in made.missing:
        say(f"The file {sha256} is kept no more, so it is not in it.", err=True)


def _sheet(times: dict[str, str | None], default: str) -> Sheet:
    """The period that somebody means, without entries.

    Raises:
        UsageError: it cannot be understood, or there are two.
    """
    import socket

    from opsconsole.logbook.exchange.sheet import Sheet

    now = machine_clock().now()
    return Sheet((), _period(times, now, default), now, None, socket.gethostname())


def _period(times: dict[str, str | None], now: Instant, default: str) -> Period:
    import re
    from contextlib import suppress

    from opsconsole.core.periods import Period, period_of, read_period

    said = {name: text for name, text in times.items() if text is not None}
    named = [name for name in said if name in _FORMS]
    if len(named) > 1 or (named and len(said) > 1):
        raise UsageError("There is more than one period.", "Give one of --since with --until, --day, --week, --month,"
                                                           " --quarter, --year.")
    if not said:
        return period_of(default, now, None)
    if named:
        (name, text), = said.items()
        word = text.strip().lower()
        if word in ("this", "last", "today", "yesterday"):
            return period_of(name, now, None, 1 if word in ("last", "yesterday") else 0)
        if re.fullmatch(_FORMS[name], word):
            with suppress(ValueError, OverflowError):
                return read_period(word, now, None)
        raise UsageError(f"`{text}` is no {name}.", f"`opsconsole log export --help` shows how to write a {name}.")
    if "since" not in said:
        raise UsageError("Since when is missing.", "Give --since too, such as `--since 30d`.")
    begin = _moment(said["since"], now, last=False)
    end = _moment(said["until"], now, last=True) if "until" in said else now + 1
    if begin >= end:
        raise UsageError("The period is empty: --since is not before --until.",
                         "Give two dates, the earlier one first.")
    return Period(begin, end)


def _moment(text: str, now: Instant, *, last: bool) -> Instant:
    """A moment; of a date the beginning, or its end."""
    from datetime import date

    from opsconsole.core.clock import DAY
    from opsconsole.core.periods import day_start, period_of
    from opsconsole.logbook.commanding import when

    try:
        begin = day_start(date.fromisoformat(text), None)
    except (ValueError, OverflowError, OSError):
        return when(text, now)
    return period_of("day", begin + DAY // 2, None).end if last else begin
