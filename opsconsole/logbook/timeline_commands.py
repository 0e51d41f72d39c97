"""The command `log timeline`: everything that happened on this server, in one order."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, Final

import click

from opsconsole.core.errors import ExitCode, StorageError, UsageError
from opsconsole.core.timeline import KINDS
from opsconsole.logbook.commanding import when
from opsconsole.printing import JSON, columns, machine_clock, print_json, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.timeline import Page, Source

LIMIT: Final = 200
"""Lines when nobody says how many."""
BEFORE: Final = 2 * 3_600_000
AFTER: Final = 1_800_000
"""ms around a thing: what led to it matters more than what followed."""
DAY: Final = 24 * 3_600_000
_TARGET: Final = re.compile(r"(alert|ticket|run|entry|handover):([1-9][0-9]{0,12})")


@click.command()
@click.argument("words", nargs=-1)
@click.option("--since", metavar="WHEN", help="From when on: a time, or how long ago, such as 2h. Default: a day ago.")
@click.option("--until", metavar="WHEN", help="Until when, in the same forms; what happens then is left out.")
@click.option("--around", metavar="THING",
              help="The time around alert:17, ticket:3, run:5, entry:9 or handover:2, marked.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Only these; may be given again.")
@click.option("--each", is_flag=True, help="Each package in a line of its own, not one line for all of a command.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=LIMIT, show_default=True, metavar="N",
              help="About so many; all that happened in one moment stay together.")
@JSON
@click.pass_obj
def timeline(given: Any, words: tuple[str, ...], since: str | None, until: str | None, around: str | None,
             kinds: tuple[str, ...], *, each: bool, limit: int, as_json: bool) -> int:
    """Show everything that happened on this server, the newest first.

    WORDS must all occur. The exit status is 1 where a part could not be read; the rest is shown.
    """
    now = machine_clock().now()
    asked = (None if since is None else when(since, now), None if until is None else when(until, now))
    target = _target(around)
    page: Page = asyncio.run(_read(given, asked, target, limit, " ".join(words), kinds))
    if as_json:
        print_json({"happenings": page.happenings, "problems": page.problems, "older": page.older})
    else:
        for line in _lines(page, around or "", each=each):
            say(line)
    for problem in page.problems:
        say(problem, err=True)
    return ExitCode.PROBLEM if page.problems else ExitCode.DONE


def _target(text: str | None) -> tuple[str, int] | None:
    """What stands behind `--around`.

    Raises:
        UsageError: it is nothing that can be opened.
    """
    if text is None:
        return None
    match = _TARGET.fullmatch(text)
    if match is None:
        raise UsageError(f"`{text}` is nothing on the timeline.", "Give one of alert:17, ticket:3, run:5, entry:9,"
                         " handover:2.")
    return match[1], int(match[2])


async def _read(given: Any, asked: tuple[Instant | None, Instant | None], target: tuple[str, int] | None, limit: int,
                text: str, kinds: tuple[str, ...]) -> Page:
    from opsconsole.core.database import METRICS, RECORDS, Database
    from opsconsole.core.timeline import Page, gather

    paths = given.loaded.paths
    if not paths.records.exists():
        if target is not None:
            raise _unknown(target)
        return Page()
    problem, metrics = "", None
    async with await Database.open(paths.records, RECORDS, read_only=True) as records:
        try:
            if paths.metrics.exists():
                metrics = await Database.open(paths.metrics, METRICS, read_only=True)
        except StorageError as error:
            problem = str(error)
        try:
            sources = given.timeline(records, metrics)
            since, until = await _period(sources, asked, target, machine_clock().now())
            page = await gather(sources, since, until, limit, text, kinds)
        finally:
            if metrics is not None:
                await metrics.close()
    wanted = problem and (not kinds or "change" in kinds)
    return page._replace(problems=(*page.problems, problem)) if wanted else page


async def _period(sources: Sequence[Source], asked: tuple[Instant | None, Instant | None],
                  target: tuple[str, int] | None, now: Instant) -> tuple[Instant, Instant]:
    """From when until when; what is planned did not happen yet."""
    since, until = asked
    if target is None:
        until = now + 1 if until is None else until
        since = until - DAY if since is None else since
    else:
        at = await _moment(sources, target)
        until = min(at + AFTER, now) + 1 if until is None else until
        since = at - BEFORE if since is None else since
    if since >= until:
        raise UsageError("The time ends before it begins.", "Give a `--since` that is before `--until`.")
    return since, until


async def _moment(sources: Sequence[Source], target: tuple[str, int]) -> Instant:
    kind, number = target
    for one in sources:
        if one.target == kind and (at := await one.when(number)) is not None:
            return at
    raise _unknown(target)


def _unknown(target: tuple[str, int]) -> UsageError:
    return UsageError(f"There is no {target[0]} {target[1]}.", "`opsconsole log timeline` shows what there is.")


def _lines(page: Page, marked: str, *, each: bool) -> Iterator[str]:
    from opsconsole.core import format as fmt
    from opsconsole.core.clock import local
    from opsconsole.core.text import clip, harmless
    from opsconsole.core.timeline import folded

    day = None
    for one in page.happenings if each else folded(page.happenings):
        at = local(one.at)
        if at.date() != day:
            day = at.date()
            yield f"{day:%Y-%m-%d %A}"
        level = one.level.word if one.level is not None else ""
        mark = ">" if marked and one.target == marked else " "
        said = harmless(one.what) + (f" ({harmless(one.who)})" if one.who else "")
        yield clip(f"{mark} {at:%H:%M:%S}  {one.kind:<11}  {fmt.left(level, 8)}  {said}", max(columns(), 60)).rstrip()
    if not page.happenings:
        yield "Nothing happened." if not page.problems else "Nothing else happened."
    elif page.older is not None:
        yield f"There is more before: --until \"{local(page.older):%Y-%m-%d %H:%M:%S.%f}\""
