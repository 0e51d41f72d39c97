"""The command `targets`: what was reached of every target, and where the number comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from opsconsole.core.errors import ExitCode
from opsconsole.core.lines import BLANK
from opsconsole.printing import JSON, machine_clock, print_json, print_lines
from opsconsole.reports.commanding import checklists_of, ground_of, view

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsconsole.core.periods import Period
    from opsconsole.reports.targets.model import Actual
    from opsconsole.reports.targets.settings import Target


@click.command()
@click.option("--for", "period", default="", metavar="PERIOD",
              help="Of this period, and not each target's own window: today, yesterday, week, `last month`, 2027-W01,"
                   " 2027-01, 2027-Q1, 2027, 2027-01-04, 2027-01-04..2027-01-17.")
@JSON
@click.pass_obj
def targets(given: Any, period: str, as_json: bool) -> int:
    """Show every target beside what was reached.

    Each with the time that it is about, and where the number comes from. What nobody knows is unknown, neither met nor
    missed, and says why. Exit code 1: a target is missed.
    """
    import asyncio

    from opsconsole.reports.periods import begun, name_of, named
    from opsconsole.reports.targets.model import State
    from opsconsole.reports.targets.present import record, summary_line, target_lines

    wanted: Mapping[str, Target] = given.loaded.settings.targets or {}
    zone, now = checklists_of(given).zone, machine_clock().now()
    time = begun(named(period, now, zone), now, zone) if period else None
    found = asyncio.run(_actuals(given, wanted, time)) if wanted else []
    if as_json:
        print_json([record(one) for one in found])
    else:
        shown = view(given, zone)
        if found:
            print_lines([summary_line(found, shown, name_of(time, zone) if time is not None else ""), BLANK])
        print_lines(target_lines(found, shown, configured=bool(wanted)))
    return ExitCode.PROBLEM if any(one.state is State.MISSED for one in found) else ExitCode.DONE


async def _actuals(given: Any, wanted: Mapping[str, Target], period: Period | None) -> list[Actual]:
    from opsconsole.reports.targets.gathering import actuals

    async with ground_of(given) as ground:
        return await actuals(ground, wanted, period)
