"""The commands of `checklist` about templates: what is wrong with them, and how they and runs are written out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from opsconsole.checklists.commanding import OF, configured, library, plain, read_runs, settings
from opsconsole.core.errors import ExitCode, UsageError
from opsconsole.printing import JSON, print_json, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opsconsole.checklists.library import Library
    from opsconsole.checklists.service import ChecklistService
    from opsconsole.checklists.sources import Source
    from opsconsole.checklists.template import Template
    from opsconsole.checklists.walk import Walk
    from opsconsole.core.config import Mistake


@click.command()
@click.argument("files", nargs=-1, metavar="FILE", type=click.Path(path_type=Path))
@click.option("--set", "set_name", metavar="NAME", help="Check a set that comes with the program, such as shop.")
@JSON
@click.pass_obj
def validate(given: Any, files: tuple[Path, ...], set_name: str | None, as_json: bool) -> int:
    """Name every mistake of templates as file:line:column; the exit status is then 1.

    FILE is a template or a folder of them; without one, all that are in use are checked. No records are needed. What
    templates name and the configuration does not have is a warning, which does not change the exit status.
    """
    mistakes, warned, count = _checked(given, files, set_name)
    if as_json:
        print_json({"valid": not mistakes, "templates": count, "mistakes": [one._asdict() for one in mistakes],
                    "warnings": warned})
    else:
        for text in (*map(str, mistakes), *(f"{text} (warning)" for text in warned)):
            say(text)
        if not mistakes:
            say(f"{count} template{'s are' if count != 1 else ' is'} valid.")
    return ExitCode.PROBLEM if mistakes else ExitCode.DONE


def _checked(given: Any, files: Sequence[Path], set_name: str | None) -> tuple[Sequence[Mistake], list[str], int]:
    import msgspec

    from opsconsole.checklists.library import Library
    from opsconsole.checklists.settings import SETS

    if files and set_name is None:
        return _of_files(given, files)
    if set_name is None:
        chosen = library(given)
    elif files:
        raise UsageError("Files and a set cannot be checked at once.", "Give the files, or --set.")
    elif set_name not in SETS:
        from opsconsole.core.config import nearest

        raise UsageError(f"There is no set `{set_name}`{nearest(set_name, SETS)}.", f"There are {', '.join(SETS)}.")
    else:
        chosen = Library(msgspec.structs.replace(settings(given), use=(set_name,), off=()),
                         configured=configured(given))
    return chosen.mistakes, list(chosen.warned), len(chosen.templates)


def _of_files(given: Any, files: Sequence[Path]) -> tuple[list[Mistake], list[str], int]:
    from opsconsole.checklists.library import lacking, taken_slug

    mistakes: list[Mistake] = []
    good: dict[tuple[Path, str], Source] = {}
    for source in _sources(files):
        source.understand()
        mistakes += sorted(source.mistakes, key=lambda one: (one.line, one.column))
        if source.good is None:
            continue
        first = good.setdefault((source.path.parent, source.good.template.slug), source)
        if first is not source:
            mistakes.append(taken_slug(source, first))
    names = configured(given)
    if names is None:
        return mistakes, [], len(good)
    # What is checked may name one another, and what is in use already.
    slugs = {*library(given).templates, *(slug for _, slug in good)}
    found = lacking(good.values(), names, slugs, settings(given).off)
    order = {source.name: number for number, source in enumerate(good.values())}
    return mistakes, [str(one) for one in sorted(found, key=lambda one: (order[one.source], *one[1:]))], len(good)


def _sources(files: Sequence[Path]) -> Iterator[Source]:
    """The files that were named, those of folders in their order, each once."""
    from opsconsole.checklists.sources import Source, listed, stamp_of

    seen = set()
    for file in files:
        try:
            paths = [file / name for name in listed(file)] if file.is_dir() else [file]
        except OSError as problem:
            raise UsageError(f"{file} cannot be read: {problem.strerror or problem}.") from problem
        for path in paths:
            stamp = stamp_of(path)
            if stamp is None:
                raise UsageError(f"{path} does not exist.", "Name a template or a folder of them.")
            if path not in seen:
                seen.add(path)
                yield Source(path, "", stamp)


@click.command()
@click.argument("name")
@OF
@click.option("--format", "form", type=click.Choice(["yaml", "json", "md", "csv"]), default="yaml", show_default=True,
              help="What is written.")
@click.pass_obj
def export(given: Any, name: str, occurrence: str, form: str) -> None:
    """Write a template, to begin one of your own with; or a run with its answers.

    NAME is that of a checklist, or the number of a run. With --of, the run of that date.
    """
    digits = name.strip().removeprefix("#")
    if occurrence or (digits.isascii() and digits.isdecimal()):
        _export_run(given, name, occurrence, form)
    else:
        _export_template(library(given), name, form)


def _export_template(templates: Library, slug: str, form: str) -> None:
    import msgspec

    loaded = templates.get(slug)
    if loaded is None:
        from opsconsole.checklists.errors import NoRun
        from opsconsole.core.config import nearest

        raise NoRun(f"There is no checklist `{slug}`{nearest(slug, templates.templates)}.",
                    "`opsconsole checklist list --all` names those that there are.")
    if form == "yaml":
        from opsconsole.core.readfile import Unreadable, read_regular
        from opsconsole.core.text import decode
        from opsconsole.core.yamltree import MOST_BYTES

        try:
            click.echo(decode(read_regular(str(loaded.path), MOST_BYTES)), nl=False)
        except Unreadable as problem:
            raise UsageError(f"{loaded.path} {problem.why}.") from problem
    elif form == "json":
        from opsconsole.checklists.template import encoded

        print_json(msgspec.json.decode(encoded(loaded.template)))
    elif form == "csv":
        _csv(("section", "item", "kind", "title", "required"),
             ((part.title, item.id, item.kind, item.title, "yes" if item.required else "no")
              for part in loaded.template.sections for item in part.items))
    else:
        for line in _markdown(loaded.template):
            say(line)


def _markdown(template: Template) -> Iterator[str]:
    from opsconsole.core.text import limited

    yield f"# {limited(template.title, 200)}"
    if template.purpose:
        yield ""
        yield limited(template.purpose, 2000)
    for part in template.sections:
        yield ""
        yield f"## {limited(part.title, 80)}"
        yield ""
        yield from (f"- [ ] {limited(item.title, 200)}" for item in part.items)


def _export_run(given: Any, name: str, occurrence: str, form: str) -> None:
    async def read(service: ChecklistService) -> Walk:
        return await service.walk((await service.find(name, occurrence)).id)

    walk: Walk | None = read_runs(given, read, None)
    if walk is None:
        raise UsageError(f"There is no checklist run {name}.", "None was ever opened here.")
    if form == "csv":
        _csv(("section", "item", "title", "verdict", "value", "unit", "limit", "note", "actor", "at", "ticket"),
             _rows(walk))
    elif form == "md":
        for line in _run_markdown(walk):
            say(line)
    else:
        _print_run(walk, form)


def _print_run(walk: Walk, form: str) -> None:
    model = plain({"run": walk.run, "items": [
        {"id": step.item.id, "title": step.item.title, "asked": step.shown, "verdict": step.verdict.value,
         "answer": step.answer, "earlier": step.earlier} for step in walk.steps], "events": walk.events})
    if form == "json":
        print_json(model)
        return
    import yaml

    click.echo(yaml.safe_dump(model, sort_keys=False, allow_unicode=False), nl=False)


def _rows(walk: Walk) -> Iterator[tuple[str, ...]]:
    from opsconsole.checklists.judging import written
    from opsconsole.core.format import stamp

    for step in walk.steps:
        title, one = walk.template.sections[step.section].title, step.answer
        if one is None:
            yield (title, step.item.id, step.item.title, step.verdict.value if step.shown else "not asked",
                   *("",) * 7)
        else:
            yield (title, step.item.id, step.item.title, one.verdict.value, written(one.value), one.unit, one.limit,
                   one.note, one.actor, stamp(one.at), str(one.ticket or ""))


def _run_markdown(walk: Walk) -> Iterator[str]:
    from opsconsole.checklists.plainlines import value_text
    from opsconsole.core.format import stamp
    from opsconsole.core.text import limited

    run = walk.run
    yield f"# {limited(run.title, 80)} {run.occurrence}"
    for number, part in enumerate(walk.template.sections):
        steps = [step for step in walk.steps if step.section == number and step.shown]
        if steps:
            yield ""
            yield f"## {limited(part.title, 80)}"
            yield ""
        for step in steps:
            box = "x" if step.verdict.answered else " "
            one = step.answer
            said = "" if one is None else " — ".join(part for part in (
                "", one.verdict.value, value_text(one), limited(one.note, 500),
                f"ticket {one.ticket}" if one.ticket else "") if part)
            yield f"- [{box}] {limited(step.item.title, 200)}{f' — {said}' if said else ''}"
    if run.signatures:
        yield ""
        yield from (f"Signed by {limited(sign.actor, 40)}, {stamp(sign.at)}." for sign in run.signatures)


def _csv(heads: Sequence[str], rows: Iterator[tuple[str, ...]]) -> None:
    import csv
    import io

    from opsconsole.core.text import limited

    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(heads)
    # A spreadsheet takes what begins like this for a formula, and foreign text must not compute anything.
    writer.writerows(["'" + cell if cell[:1] in "=+-@\t\r" and cell else limited(cell, 100_000) for cell in row]
                     for row in rows)
    click.echo(out.getvalue(), nl=False)
