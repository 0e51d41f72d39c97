"""The commands `ping` and `metric`: others report, to checks that wait for it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal

import click
import msgspec

from opsconsole.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from opsconsole.core.database import Database
    from opsconsole.core.paths import Paths

LONGEST_NAME = 100
"""Characters of a number's name."""


@click.command()
@click.argument("name")
@click.argument("kind", type=click.Choice(["start", "ok", "fail"]), default="ok")
@click.option("--message", default="", metavar="TEXT", help="A line that is shown beside it.")
@click.pass_obj
def ping(given: Any, name: str, kind: Literal["start", "ok", "fail"], message: str) -> None:
    """Report that a job starts, went well or failed.

    NAME is a check of the kind `heartbeat`. Reporting `start` before `ok` or `fail` tells how long the job takes.
    """
    named, paths = _light(given)
    known = [one for one, about in named.items() if about.kind == "heartbeat"]
    if name not in known:
        from opsconsole.core.config import nearest

        hint = nearest(name, known)
        todo = "" if hint else "Add a check of the kind `heartbeat` with this name."
        raise UsageError(f"There is no heartbeat `{name}`{hint or '.'}", todo)
    from opsconsole.health.checks.reports import ReportStore

    async def write(db: Database) -> None:
        await ReportStore(db).report(name, kind, _now(), message)

    _writing(paths, write)


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("value", type=float)
@click.option("--at", metavar="TIME", help="When it was measured, as 2024-03-01T12:00:00+01:00; without it, now.")
@click.pass_obj
def metric(given: Any, name: str, value: float, at: str | None) -> None:
    """Send a number, such as orders today or active users.

    VALUE becomes the newest of the series metric:NAME, and is what a check of the kind `metric` judges.
    """
    from math import isfinite

    if not isfinite(value):
        raise UsageError(f"{value} is no number that can be kept.")
    if not name.strip() or name != name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise UsageError(f"The name of a number is at most {LONGEST_NAME} printable characters.")
    now = _now()
    moment = now if at is None else _moment(at, now)
    from opsconsole.health.checks.reports import ReportStore

    async def write(db: Database) -> None:
        await ReportStore(db).push(name, value, moment)

    _writing(_light(given)[1], write)


class _Kind(msgspec.Struct, frozen=True):
    kind: str = ""


class _Light(msgspec.Struct, frozen=True):
    """As much of a configuration as reporting needs: no secret is fetched, nothing else can be wrong in it."""

    data: str | None = None
    checks: dict[str, _Kind] = msgspec.field(default_factory=dict)


def _light(given: Any) -> tuple[Mapping[str, _Kind], Paths]:
    """The kinds of the checks, and where things are."""
    from opsconsole.core.config import load_file
    from opsconsole.core.paths import find_config, make_paths

    path = find_config(given.options.config, os.environ)
    light = _Light() if path is None else load_file(path, _Light, os.environ)
    return light.checks, make_paths(path, os.environ, data=light.data)


def _moment(text: str, now: int) -> int:
    """An instant as a person writes it; without a zone it is local time."""
    from datetime import datetime

    from opsconsole.core.clock import DAY, instant

    try:
        at = instant(datetime.fromisoformat(text).astimezone())
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"`{text}` is no time.", "Write it as 2024-03-01T12:00:00+01:00.") from None
    if not 0 <= at <= now + DAY:
        raise UsageError(f"`{text}` is in the future.", "Leave --at out for now.")
    return at


def _writing(paths: Paths, write: Callable[[Database], Awaitable[None]]) -> None:
    import asyncio

    from opsconsole.core.database import METRICS, Database

    async def main() -> None:
        async with await Database.open(paths.metrics, METRICS, mode=0o660 if paths.shared else 0o600) as db:
            await write(db)

    asyncio.run(main())


def _now() -> int:
    from opsconsole.core.clock import SystemClock

    return SystemClock().now()
