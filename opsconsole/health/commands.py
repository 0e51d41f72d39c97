"""The command `status`: the panel as text, for a pipe, a script or a quick look."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from opsconsole import printing
from opsconsole.core.errors import ExitCode
from opsconsole.core.glyphs import UNICODE
from opsconsole.core.lines import Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.glyphs import Glyphs
    from opsconsole.health.board import Stored
    from opsconsole.health.model import Health
    from opsconsole.health.settings import HealthSettings

BETWEEN = 0.3
"""Seconds between the two samples that rates are calculated from."""
PROCESSES = 8


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print everything that is known as JSON.")
@click.pass_context
def status(context: click.Context, as_json: bool) -> int:
    """Show the state of this host as text.

    Exit code 0: normal; 1: degraded, critical or not known.
    """
    from msgspec import structs

    from opsconsole.health.present.advising import advice_with

    invocation: Any = context.find_root().obj
    stored, problem = known(invocation.loaded)
    health = measure(invocation.loaded.settings.health)
    health = structs.replace(health, advice=advice_with(health.advice, stored))
    if problem:
        click.echo(problem, err=True)
    if as_json:
        from opsconsole.core.jsontext import to_json

        click.echo(to_json({**structs.asdict(health), "checks": stored.checks, "alerts": stored.alerts}))
    else:
        click.echo("\n".join(rendered(health, glyphs=printing.glyphs(invocation), colours=printing.colourful(),
                                       columns=printing.columns(), stored=stored)))
    return exit_code(health, stored)


def known(loaded: Any) -> tuple[Stored, str]:
    """What an agent has stored, and why that could not be read; nothing where there has never been one."""
    from opsconsole.health.board import Stored

    if not (loaded.paths.records.exists() and loaded.paths.metrics.exists()):
        return Stored(), ""
    import asyncio

    from opsconsole.core.errors import StorageError

    try:
        return asyncio.run(_stored(loaded)), ""
    except StorageError as error:
        return Stored(), str(error)


async def _stored(loaded: Any) -> Stored:
    from opsconsole.core.clock import SystemClock
    from opsconsole.core.database import METRICS, RECORDS, Database
    from opsconsole.health.board import Board

    async with await Database.open(loaded.paths.records, RECORDS, read_only=True) as records, \
            await Database.open(loaded.paths.metrics, METRICS, read_only=True) as metrics:
        board = Board(SystemClock(), loaded.settings.checks)
        board.attach(records=lambda: records, metrics=lambda: metrics)
        await board.read(frozenset({"checks", "alerts", "changes"}))
        return board.stored


def measure(settings: HealthSettings) -> Health:
    """The health of this host now, from two samples a moment apart."""
    from opsconsole.core.clock import SystemClock
    from opsconsole.health.judging.monitor import Monitor
    from opsconsole.health.sampling.sampler import Sampler

    clock = SystemClock()
    monitor, sampler = Monitor(settings, clock), Sampler(settings, clock)
    try:
        monitor.take(sampler.sample(PROCESSES))
        time.sleep(BETWEEN)
        return monitor.take(sampler.sample(PROCESSES))
    finally:
        sampler.close()


def exit_code(health: Health, stored: Stored | None = None) -> int:
    """0 when the host and its services are normal, else 1: what is not known is not well."""
    from opsconsole.health.model import State
    from opsconsole.health.present.parts import View
    from opsconsole.health.present.troubles import overall, troubles

    state = overall(health, troubles(health, stored, View(printing.NO_TERMINAL, UNICODE, health.snapshot.at)))
    return ExitCode.DONE if state is State.NORMAL else ExitCode.PROBLEM


def rendered(health: Health, *, glyphs: Glyphs, colours: bool, columns: int, stored: Stored | None = None) -> list[str]:
    """The panel as lines of text of at most `columns` cells, without spaces at their ends."""
    from opsconsole.core import format as fmt
    from opsconsole.health.present.page import banner, page
    from opsconsole.health.present.parts import View

    at = health.snapshot.at
    name = View(columns, glyphs, at).clean(health.snapshot.host.name)
    from opsconsole.core.text import clip

    title = clip(f" {name} {glyphs.dot} {fmt.stamp(at)}", columns, glyphs.ellipsis)
    lines: Sequence[Line] = [banner(health, width=columns, glyphs=glyphs, now=at, stored=stored), Line(),
                             *page(health, width=columns, height=None, glyphs=glyphs, now=at, stored=stored)]
    return [title, *(printing.drawn(line, colours=colours) for line in lines)]
