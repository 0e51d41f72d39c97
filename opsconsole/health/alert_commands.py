"""The commands `alert`, `maintenance` and `rule`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import click
import msgspec

from opsconsole.core.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.identity import Actor
    from opsconsole.core.lines import Line
    from opsconsole.health.alerts.model import Alert, Window
    from opsconsole.health.alerts.replay import Replayed
    from opsconsole.health.alerts.service import AlertService
    from opsconsole.health.alerts.settings import Rule
    from opsconsole.health.checks.settings.base import Check
    from opsconsole.health.present.parts import View

SILENCE, MAINTENANCE = "silence", "maintenance"
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
NUMBER = click.argument("number", type=click.IntRange(1, 2**63 - 1))
FOR = click.option("--for", "length", metavar="TIME", required=True, help="How long, such as 2h or 1d.")
REASON = click.option("--reason", required=True, metavar="TEXT", help="Why; others will read it.")
START = click.option("--at", metavar="TIME", help="When it begins, such as `2026-03-02 18:00`; without it, now.")


@click.group()
def alert() -> None:
    """Show alerts, acknowledge or silence them."""


@alert.command("list")
@JSON
@click.pass_obj
def list_open(given: Any, as_json: bool) -> int:
    """Show what fires, the worst first.

    The exit status is 1 when anything fires.
    """
    found: list[Alert] = _read(given, lambda service: service.open(), [])
    if as_json:
        _print_json({"alerts": [_plain(one) for one in found]})
    elif found:
        from opsconsole.health.present.alert_page import alert_row

        view = _view(given)
        _print_lines([alert_row(one, view) for one in found])
    else:
        _say("Nothing fires.")
    return ExitCode.PROBLEM if found else ExitCode.DONE


@alert.command()
@NUMBER
@JSON
@click.pass_obj
def show(given: Any, number: int, as_json: bool) -> None:
    """Show one alert in full: what happened, who did what, and what was seen when it fired."""
    from opsconsole.health.present.alert_page import alert_page

    async def read(service: AlertService) -> tuple[Any, ...]:
        return await service.one(number), await service.events(number), await service.evidence(number)

    found = _read(given, read, None)
    if found is None:
        raise UsageError(f"There is no alert {number}.", "No agent has stored any yet.")
    one, events, evidence = found
    if as_json:
        _print_json({"alert": _plain(one), "events": events, "evidence": evidence})
    else:
        _print_lines(alert_page(one, events, evidence, _view(given)))


@alert.command()
@NUMBER
@click.option("--note", default="", metavar="TEXT", help="What others shall know.")
@click.option("--undo", is_flag=True, help="Give it back: reminders go on.")
@JSON
@click.pass_obj
def ack(given: Any, number: int, note: str, undo: bool, as_json: bool) -> None:
    """Acknowledge an alert: you take care of it, and reminders end."""
    async def change(service: AlertService, actor: Actor) -> Alert:
        if undo:
            return await service.unacknowledge(actor, number)
        return await service.acknowledge(actor, number, note)

    one: Alert = _change(given, change)
    if as_json:
        _print_json(_plain(one))
    else:
        _say(f"Alert {number} ({one.title}) " + ("is nobody's again." if undo else f"is {one.acknowledged_by}'s."))


@alert.command()
@click.argument("pattern")
@FOR
@REASON
@START
@JSON
@click.pass_obj
def silence(given: Any, pattern: str, length: str, reason: str, at: str | None, as_json: bool) -> None:
    """Tell nobody of some alerts for a while; they are judged and shown all the same.

    PATTERN is a name of the alerts: of a rule, a check, a target such as mount:/var, or group:NAME; `*` stands for any
    rest.
    """
    _open_window(given, SILENCE, pattern, length, reason, at, as_json=as_json)


@alert.command()
@NUMBER
@JSON
@click.pass_obj
def unsilence(given: Any, number: int, as_json: bool) -> None:
    """End a silence early; what still fires is told then."""
    _end_window(given, number, as_json=as_json)


@alert.command()
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, metavar="N",
              help="At most so many, the newest.")
@click.option("--before", type=click.IntRange(1), metavar="NUMBER", help="Only alerts before this one.")
@JSON
@click.pass_obj
def history(given: Any, limit: int, before: int | None, as_json: bool) -> None:
    """Show what fired, the newest first."""
    found: list[Alert] = _read(given, lambda service: service.history(before, None, limit), [])
    if as_json:
        _print_json({"alerts": [_plain(one) for one in found]})
    elif found:
        from opsconsole.health.present.alert_page import past_row

        view = _view(given)
        _print_lines([past_row(one, view) for one in found])
    else:
        _say("Nothing has fired yet.")


@click.group()
def maintenance() -> None:
    """Plan work during which nobody is told, and which counts as no downtime."""


@maintenance.command()
@click.argument("pattern")
@FOR
@REASON
@START
@JSON
@click.pass_obj
def start(given: Any, pattern: str, length: str, reason: str, at: str | None, as_json: bool) -> None:
    """Begin maintenance, or plan it with --at.

    PATTERN is the name of a check, of a rule, of a target such as mount:/var, or group:NAME; `*` stands for any rest.
    """
    _open_window(given, MAINTENANCE, pattern, length, reason, at, as_json=as_json)


@maintenance.command()
@NUMBER
@JSON
@click.pass_obj
def end(given: Any, number: int, as_json: bool) -> None:
    """End maintenance early; what still fires is told then."""
    _end_window(given, number, as_json=as_json)


@maintenance.command("list")
@click.option("--all", "everything", is_flag=True, help="Also what is over.")
@JSON
@click.pass_obj
def list_windows(given: Any, everything: bool, as_json: bool) -> None:
    """Show maintenance and silences: who muted what, why, and how long still."""
    found: list[Window] = _read(
        given, lambda service: service.past_windows(0, 1000) if everything else service.windows(), [])
    if as_json:
        _print_json({"windows": found})
    elif found:
        from opsconsole.health.present.alert_page import window_row

        view = _view(given)
        _print_lines([window_row(one, view) for one in found])
    else:
        _say("Nothing is silenced or in maintenance.")


@click.group()
def rule() -> None:
    """Try rules on the past."""


@rule.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--all", "everything", is_flag=True, help="Try the rules of the configuration in effect.")
@click.option("--since", "length", metavar="TIME", default="7d", show_default=True,
              help="How far back, such as 12h or 30d.")
@JSON
@click.pass_obj
def test(given: Any, file: Path | None, everything: bool, length: str, as_json: bool) -> None:
    """Say how often rules would have fired in the past, and for how long.

    FILE is a configuration; of it, `rules` and `checks` are read. History goes through the same steps as what is
    measured now. Times further back than two days are known by the minute; silences and dependencies are left out.
    """
    if (file is None) is not everything:
        raise UsageError("Name a file with rules, or give --all.")
    rules, checks = _rules(given, file)
    if not rules:
        raise UsageError(f"There are no rules in {file}." if file is not None else "No rules are configured.")
    now = _clock().now()
    since = now - _milliseconds(length)
    found: list[Replayed] = _replayed(given, rules, checks, since, now)
    if as_json:
        _print_json({"since": since, "until": now, "rules": found})
        return
    from opsconsole.health.present.alert_page import replay_lines

    _print_lines(replay_lines(found, _view(given)))


class _OfFile(msgspec.Struct, frozen=True):
    """What `rule test` reads of a configuration."""

    rules: Annotated[Any, msgspec.Meta(extra={"type": "opsconsole.health.alerts.settings:Rules"})] = None
    checks: Annotated[Any, msgspec.Meta(extra={"type": "opsconsole.health.checks.settings:Checks"})] = None


def _rules(given: Any, file: Path | None) -> tuple[Mapping[str, Rule], Mapping[str, Check]]:
    """The rules to try, and the checks that they are about: the file's, else those in effect."""
    if file is None:
        return given.loaded.settings.rules or {}, given.loaded.settings.checks or {}
    from opsconsole.core.config import load_file
    from opsconsole.health.alerts.checking import all_mistakes

    def check(found: _OfFile) -> Any:
        checks = found.checks or given.loaded.settings.checks
        for path, sentence in all_mistakes(found.rules or {}, checks, told=False):
            yield ("rules", *path), sentence

    wanted: _OfFile = load_file(file, _OfFile, os.environ, check=check, need_secrets=False)
    return wanted.rules or {}, wanted.checks or given.loaded.settings.checks or {}


def _replayed(given: Any, rules: Mapping[str, Rule], checks: Mapping[str, Check], since: Instant,
              until: Instant) -> list[Replayed]:
    import asyncio

    from opsconsole.core.database import METRICS, Database
    from opsconsole.health.alerts.replay import replay
    from opsconsole.health.checks.service import CheckService
    from opsconsole.health.history.store import MetricStore

    paths = given.loaded.paths
    if not paths.metrics.exists():
        raise UsageError("There is no history yet.", "The agent records it.")

    async def main() -> list[Replayed]:
        async with await Database.open(paths.metrics, METRICS, read_only=True) as db:
            return await replay(rules, checks, MetricStore(db), CheckService(db, _clock(), checks), since, until)

    return asyncio.run(main())


def _open_window(given: Any, kind: str, pattern: str, length: str, reason: str, at: str | None, *,
                 as_json: bool) -> None:
    from opsconsole.health.present.alert_page import window_row

    begins = None if at is None else _moment(at)
    until = (_clock().now() if begins is None else begins) + _milliseconds(length)

    async def change(service: AlertService, actor: Actor) -> Window:
        add = service.silence if kind == SILENCE else service.start_maintenance
        return await add(actor, pattern, reason, until, begins)

    made: Window = _change(given, change)
    if as_json:
        _print_json(made)
    else:
        _print_lines([window_row(made, _view(given))])


def _end_window(given: Any, number: int, *, as_json: bool) -> None:
    async def change(service: AlertService, actor: Actor) -> Window:
        return await service.end_window(actor, number)

    made: Window = _change(given, change)
    if as_json:
        _print_json(made)
    else:
        _say(f"The {made.kind.value} {number} has ended.")


def _milliseconds(text: str) -> int:
    from opsconsole.core.units import Duration

    try:
        length = round(Duration.parse(text) * 1000)
    except ValueError as problem:
        raise UsageError(f"`{text}` is no length of time.", f"Give {problem}.") from problem
    if not length:
        raise UsageError("The time is empty.", "Give a length such as 2h.")
    return length


def _moment(text: str) -> Instant:
    """A wall clock time of this machine's zone."""
    from datetime import datetime

    from opsconsole.core.clock import instant

    try:
        return instant(datetime.fromisoformat(text).astimezone())
    except (ValueError, OverflowError, OSError) as problem:
        raise UsageError(f"`{text}` is no time.", "Give a date and a time, such as `2026-03-02 18:00`.") from problem


def _read(given: Any, read: Callable[[AlertService], Awaitable[Any]], nothing: Any) -> Any:
    """What `read` returns; `nothing` where nothing was ever stored."""
    import asyncio

    from opsconsole.core.database import RECORDS, Database
    from opsconsole.health.alerts.service import AlertService

    paths = given.loaded.paths

    async def main() -> Any:
        if not paths.records.exists():
            return nothing
        async with await Database.open(paths.records, RECORDS, read_only=True) as db:
            return await read(AlertService(db, _clock()))

    return asyncio.run(main())


def _change(given: Any, change: Callable[[AlertService, Actor], Awaitable[Any]]) -> Any:
    """What `change` returns, which is done by whoever runs this."""
    import asyncio

    from opsconsole.core.database import RECORDS, Database
    from opsconsole.core.identity import current_actor
    from opsconsole.health.alerts.service import AlertService

    loaded = given.loaded
    actor = current_actor(loaded.settings.roles)
    mode = 0o660 if loaded.paths.shared else 0o600

    async def main() -> Any:
        async with await Database.open(loaded.paths.records, RECORDS, mode=mode) as db:
            return await change(AlertService(db, _clock()), actor)

    return asyncio.run(main())


def _plain(one: Alert) -> dict[str, Any]:
    """An alert for JSON, with the word for its state."""
    return {**msgspec.to_builtins(one), "state": one.state}


def _view(given: Any) -> View:
    from opsconsole.health.commands import _columns, _glyphs
    from opsconsole.health.present.parts import View

    return View(_columns(), _glyphs(given), _clock().now())


def _clock() -> Any:
    from opsconsole.core.clock import SystemClock

    return SystemClock()


def _print_lines(lines: Sequence[Line]) -> None:
    from opsconsole.health.commands import _colourful, _drawn

    for one in lines:
        click.echo(_drawn(one, colours=_colourful()))


def _print_json(value: object) -> None:
    from opsconsole.core.jsontext import to_json

    click.echo(to_json(value, indent=2))


def _say(text: str) -> None:
    from opsconsole.core.text import harmless

    click.echo(harmless(text))
