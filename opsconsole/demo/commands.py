"""`opsconsole demo`: an invented server to try the program on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from opsconsole.core.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from opsconsole.core.invocation import Options
    from opsconsole.demo.making import Made

PRESET: Final = "dashboard"
TICKETS: Final = 60


@click.command()
@click.option("--preset", metavar="NAME", default=PRESET, show_default=True,
              help="What the server runs; `opsconsole preset list` shows what there is.")
@click.option("--at", metavar="TIME", help="When it is there, such as `2026-11-20 14:31`; without it, now.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True,
              help="Another number invents another month.")
@click.option("--tickets", type=click.IntRange(0, 200_000), default=TICKETS, show_default=True,
              help="How many tickets there are.")
@click.option("--keep", type=click.Path(path_type=Path), metavar="FOLDER",
              help="Make it in this folder, which must be new or empty, and leave it there.")
@click.pass_obj
def demo(given: Any, preset: str, at: str | None, seed: int, tickets: int, keep: Path | None) -> int:
    """Open the console on an invented server.

    It has a month of history, an incident that goes on, tickets, checklists and a log. Everything is in a temporary
    folder, which is gone when the console is left; nothing of this host is looked at, no agent runs, and nobody is told
    anything.

    With --keep the folder stays, for any other command: `opsconsole --config FOLDER/opsconsole.yaml ticket list`. Where
    there is no terminal, it is only made.
    """
    from opsconsole.core.clock import SystemClock
    from opsconsole.demo.making import make
    from opsconsole.demo.place import Ended, kept, temporary
    from opsconsole.printing import moment, say

    terminal = all(map(os.isatty, (0, 1, 2)))
    if keep is None and not terminal:
        raise UsageError("This is no terminal, so no console can be shown.",
                         "`opsconsole demo --keep FOLDER` only makes the demo.")
    clock = SystemClock()
    now = clock.now() if at is None else moment(at)
    try:
        with kept(keep) if keep is not None else temporary() as place:
            place.settle()
            options = given.options._replace(config=place.config)
            made = make(place, preset, now, seed=seed, tickets=tickets, load=given.load, options=options)
            if terminal:
                if at is not None:
                    SystemClock.shifted = now - clock.now()
                return _shown(given, made, options)
    except Ended as ending:
        return ending.status
    say(f"The demo is in {place.root}. Try `opsconsole --config {place.config} ticket list`.")
    return ExitCode.DONE


def _shown(given: Any, made: Made, options: Options) -> int:
    """The console, until it is left."""
    from opsconsole.core.invocation import Stage
    from opsconsole.demo.plots import HOST
    from opsconsole.demo.watching import DemoWatch

    stage = Stage(f"demo {HOST}", made.world.me, DemoWatch(made.world))
    return int(given.show(made.loaded, options, stage))
