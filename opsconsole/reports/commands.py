"""The command `report`: reports of a day, week, month, quarter or year, filled in from what is known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from opsconsole.core.errors import ConfigError, ExitCode
from opsconsole.printing import JSON, hand_out, machine_clock, print_json, print_lines, say
from opsconsole.reports.commanding import checklists_of, ground_of, view

if TYPE_CHECKING:
    from datetime import tzinfo

    from opsconsole.core.periods import Period
    from opsconsole.reports.definition import Definition
    from opsconsole.reports.library import Library
    from opsconsole.reports.model import Report

FORMATS: Final = ("text", "md", "html", "csv", "json")
_ENDINGS: Final = {".md": "md", ".html": "html", ".htm": "html", ".csv": "csv", ".json": "json"}


@click.group()
def report() -> None:
    """Fill in reports of a day, week, month, quarter or year.

    What nobody knows stays blank, and says why.
    """


@report.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those of sets that are not in use.")
@JSON
@click.pass_obj
def list_reports(given: Any, everything: bool, as_json: bool) -> int:
    """List the reports that there are.

    They are those of the sets in `checklists.use`, and the files in the folder `reports` beside the configuration.
    Exit code 1: one of them cannot be read.
    """
    library = _library(given)
    found, wrong = [], []
    for one in library.all() if everything else library.used():
        try:
            found.append((one, one.read()))
        except ConfigError as problem:
            wrong.append(str(problem))
    if as_json:
        print_json([{"name": one.name, "title": definition.title, "covers": definition.covers,
                     "purpose": definition.purpose, "path": str(one.path)} for one, definition in found])
    else:
        wide = max((len(one.name) for one, _ in found), default=0)
        for one, definition in found:
            say(f"{one.name:<{wide}}  {definition.covers:<7}  {definition.title}")
    for problem_text in wrong:
        for line in problem_text.splitlines():
            say(line, err=True)
    return ExitCode.PROBLEM if wrong else ExitCode.DONE


@report.command()
@click.argument("name")
@click.option("--for", "period", default="", metavar="PERIOD",
              help="this, last, today, a date such as 2027-01-04 for the period around it, or week, `last month`,"
                   " 2027-W01, 2027-01, 2027-Q1, 2027, 2027-01-04..2027-01-17. Without it, what the report shows:"
                   " mostly the last whole period.")
@click.option("--format", "kind", type=click.Choice(FORMATS),
              help="What is written; html is one file, to be read or printed. Without it, by the ending of FILE, else"
                   " text.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Write this file, in place of one that is there; without it, standard output.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.pass_obj
def show(given: Any, name: str, period: str, kind: str | None, output: Path | None, as_json: bool) -> None:
    """Fill in a report: NAME is one of `opsconsole report list`, such as `weekly` or `field-service/weekly`.

    A figure stands beside its goal and where it comes from. What nobody knows is blank, and says why.
    """
    import asyncio

    from opsconsole.reports.periods import wanted

    named = _library(given).find(name)
    definition = named.read()
    zone = checklists_of(given).zone
    time = wanted(definition, period, machine_clock().now(), zone)
    made = asyncio.run(_filled(given, definition, time, named.name))
    chosen = "json" if as_json else kind or (_ENDINGS.get(output.suffix.lower(), "text") if output else "text")
    if chosen == "text" and output is None:
        _print(given, made, zone)
        return
    hand_out("".join(_written(given, made, chosen, zone)), output, f"Wrote the report to {output}.",
             foreign=chosen != "json")


def _print(given: Any, made: Report, zone: tzinfo | None) -> None:
    from opsconsole.reports.present import report_lines

    print_lines(report_lines(made, view(given, zone)))


def _written(given: Any, made: Report, kind: str, zone: tzinfo | None) -> Any:
    """The parts of a document."""
    from opsconsole.reports import page, present, texts

    match kind:
        case "md":
            return texts.markdown_text(made, zone)
        case "csv":
            return texts.csv_text(made, zone)
        case "json":
            return texts.json_text(made)
        case "html":
            return page.html_text(made, zone)
    return (f"{line.text.rstrip()}\n" for line in present.report_lines(made, view(given, zone)))


def _library(given: Any) -> Library:
    import os

    from opsconsole.core.paths import beside_config
    from opsconsole.reports.library import Library

    return Library(checklists_of(given).use, beside_config("reports", given.loaded.paths, os.environ))


async def _filled(given: Any, definition: Definition, period: Period, name: str) -> Report:
    """The report, from what is stored; where nothing is, it is blank."""
    import socket

    from opsconsole.reports.gathering.filling import fill

    async with ground_of(given) as ground:
        return await fill(ground, definition, period, name=name, host=socket.gethostname())
