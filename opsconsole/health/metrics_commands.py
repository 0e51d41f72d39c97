"""The command `metrics`: the history for scripts, for Prometheus and for whoever has no console at hand."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from opsconsole.core.errors import ExitCode, StorageUnusable, UsageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database
    from opsconsole.health.checks.settings.base import Check
    from opsconsole.health.history.model import History, SeriesInfo
    from opsconsole.health.history.openmetrics import Exposed
    from opsconsole.health.history.store import MetricStore

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
ROWS = 24
"""Parts of the period that `show` prints."""
PERCENTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
UNKNOWN_SHOWN = 200
"""Characters of a wrong name that are repeated."""


@click.group()
def metrics() -> None:
    """Export, list or show what was recorded."""


@metrics.command()
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE",
              help="Write this file, in one step and readable by everyone, instead of printing.")
@click.option("--timestamps", is_flag=True,
              help="Add the time of each value. The text file collector of Prometheus refuses files that have them.")
@click.pass_obj
def export(given: Any, output: Path | None, timestamps: bool) -> int:
    """Print the newest values in OpenMetrics, for a Prometheus text file collector.

    Values that are older than five minutes are left out, those of a check when it missed three runs. Exit code 1: there
    are none at all, no agent records.
    """
    from opsconsole.health.history.openmetrics import exposition

    found = _read(given, lambda db, now: _newest(db, now, given.loaded.settings.checks or {}))
    text = exposition(found, timestamps=timestamps)
    if output is None:
        click.echo(text, nl=False)
    else:
        _write(output.expanduser().absolute(), text)
    if not found:
        click.echo("Nothing was recorded in the last 5 minutes; is an agent running?", err=True)
        return ExitCode.PROBLEM
    return ExitCode.DONE


@metrics.command("list")
@click.argument("prefix", default="")
@JSON
@click.pass_obj
def list_series(given: Any, prefix: str, as_json: bool) -> None:
    """List the series whose names begin with PREFIX; without it, all of them."""
    from opsconsole.core.format import stamp
    from opsconsole.core.jsontext import to_json
    from opsconsole.core.text import harmless
    from opsconsole.health.history.store import MetricStore

    found: list[SeriesInfo] = _read(given, lambda db, _: MetricStore(db).series(prefix))
    if as_json:
        click.echo(to_json(found))
        return
    if not found:
        click.echo("Nothing of that name was recorded yet." if prefix else "Nothing was recorded yet.", err=True)
    for one in found:
        click.echo(f"{stamp(one.since)}  {harmless(one.name, ascii_only=_ascii())}")


@metrics.command()
@click.argument("series")
@click.option("--since", default="24h", metavar="DURATION", help="How far back: 15m, 24h, 30d.", show_default=True)
@click.option("--rows", default=ROWS, type=click.IntRange(1, 10_000), help="In so many parts.", show_default=True)
@JSON
@click.pass_obj
def show(given: Any, series: str, since: str, rows: int, as_json: bool) -> None:
    """Show the course of SERIES: mean, minimum and maximum, and the percentiles of a latency."""
    from opsconsole.core.units import Duration
    from opsconsole.health.history.store import MetricStore

    try:
        span = round(Duration.parse(since) * 1000)
    except ValueError as error:
        raise UsageError(f"--since must be {error}, not `{since[:UNKNOWN_SHOWN]}`.") from None
    if span < rows:
        raise UsageError(f"--since {since} is too short for {rows} rows.")
    history, shares = _read(given, lambda db, now: _course(MetricStore(db), series, now - span, now, rows))
    if as_json:
        from opsconsole.core.jsontext import to_json

        percentiles = None if shares is None else dict(zip(PERCENTILES, shares, strict=True))
        click.echo(to_json({"series": series, "gap": history.gap, "percentiles": percentiles,
                            "buckets": history.buckets}))
    else:
        click.echo("\n".join(_table(history, shares)))


async def _newest(db: Database, now: Instant, checks: Mapping[str, Check]) -> list[Exposed]:
    """The newest values of the host and of what was sent, and those of each check that runs as it should."""
    from opsconsole.health.history.names import Meaning, meaning
    from opsconsole.health.history.openmetrics import Exposed
    from opsconsole.health.history.store import MetricStore

    found = {name: one for name, one in (await MetricStore(db).latest(now)).items() if not name.startswith("check:")}
    samples = [Exposed(meaning(name), one.value, one.at) for name, one in found.items()]
    samples += await _of_checks(db, now, checks)
    if samples:
        newest = max(one.at for one in samples if one.at is not None)
        samples.append(Exposed(Meaning("recorded_timestamp", "seconds", (), "When the newest value was recorded."),
                               newest / 1000, newest))
    return samples


async def _of_checks(db: Database, now: Instant, checks: Mapping[str, Check]) -> list[Exposed]:
    from opsconsole.health.checks.store import CheckStore
    from opsconsole.health.history.names import Meaning, meaning
    from opsconsole.health.history.openmetrics import Exposed
    from opsconsole.health.history.store import FRESH

    units = {name: check.units for name, check in checks.items()}
    said = "Worst of its conditions: 0 ok, 1 unknown, 2 warning, 3 critical."
    samples = []
    for name, stored in (await CheckStore(db).all()).items():
        check, outcome = checks.get(name), stored.outcome
        # One that runs seldom is not stale before it should have run again.
        if check is None or not check.enabled or now - outcome.at > max(FRESH, 3000 * check.every):
            continue
        samples.append(Exposed(Meaning("check_status", "", (("check", name),), said), float(outcome.level), outcome.at))
        samples += [Exposed(meaning(f"check:{name}.{key}", units), float(value), outcome.at)
                    for key, value in outcome.values.items() if isinstance(value, int | float)]
    return samples


async def _course(store: MetricStore, series: str, since: Instant, until: Instant,
                  rows: int) -> tuple[History, tuple[float, ...] | None]:
    from opsconsole.core.config import nearest
    from opsconsole.core.text import harmless

    known = {one.name for one in await store.series()}
    if series not in known:
        raise UsageError(f"There is no series `{harmless(series[:UNKNOWN_SHOWN])}`{nearest(series, known) or '.'}",
                         "`opsconsole metrics list` prints all of them.")
    return (await store.history(series, since, until, buckets=rows),
            await store.percentiles(series, since, until, tuple(PERCENTILES.values())))


def _table(history: History, shares: tuple[float, ...] | None) -> list[str]:
    from opsconsole.core.format import stamp
    from opsconsole.health.history.names import meaning

    unit = meaning(history.series).unit
    wide = max(len(stamp(bucket.start)) for bucket in history.buckets)
    lines = [f"{'from':<{wide}} {'mean':>12} {'min':>12} {'max':>12} {'values':>8}"]
    lines += [f"{stamp(bucket.start):<{wide}} {_written(bucket.mean, unit):>12} {_written(bucket.min, unit):>12}"
              f" {_written(bucket.max, unit):>12} {bucket.count:>8}" for bucket in history.buckets]
    if shares is not None:
        named = zip(PERCENTILES, shares, strict=True)
        lines.append("  ".join(f"{name} {_written(value, unit)}" for name, value in named))
    return lines


def _written(value: float | None, unit: str) -> str:
    from opsconsole.core import format as fmt

    if value is None:
        return "-"
    match unit:
        case "percent":
            return fmt.percent(value, 1)
        case "bytes":
            return fmt.size(value)
        case "bytes per second":
            return fmt.rate(value)
        case "seconds":
            return f"{value * 1000:.1f} ms" if abs(value) < 1 else f"{value:.3g} s"
    return f"{value:.6g}"


def _read(given: Any, ask: Callable[[Database, Instant], Awaitable[Any]]) -> Any:
    """What `ask` finds in the history, which is opened for reading only."""
    async def run() -> Any:
        from opsconsole.core.clock import SystemClock
        from opsconsole.core.database import METRICS, Database

        async with await Database.open(path, METRICS, read_only=True) as db:
            return await ask(db, SystemClock().now())

    path = given.loaded.paths.metrics
    if not path.exists():
        raise StorageUnusable(f"Nothing was recorded yet: there is no {path}.", "Start `opsconsole agent`.")
    return asyncio.run(run())


def _ascii() -> bool:
    import sys

    return (sys.stdout.encoding or "ascii").lower().replace("-", "") != "utf8"


def _write(path: Path, text: str) -> None:
    """A file in place of another in one step, so that a collector never reads half of it.

    Raises:
        StorageError: it could not be written; what was there before is still there.
    """
    import contextlib
    import os

    from opsconsole.core.database.place import from_os

    new = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            # Whatever the umask: the collector is another user.
            os.fchmod(file.fileno(), 0o644)
            file.write(text)
        new.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)
        raise from_os(error, path, "write") from error
