"""The commands `alert` and `maintenance`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import msgspec

from opsconsole.core.errors import ExitCode, UsageError
from opsconsole.lazygroup import RoleGroup
from opsconsole.printing import (
    JSON,
    changing,
    columns,
    glyphs,
    machine_clock,
    milliseconds,
    moment,
    print_json,
    print_lines,
    reading,
    say,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opsconsole.core.identity import Actor
    from opsconsole.health.alerts.model import Alert, Window
    from opsconsole.health.alerts.service import AlertService
    from opsconsole.health.present.parts import View

SILENCE, MAINTENANCE = "silence", "maintenance"
NUMBER = click.argument("number", type=click.IntRange(1, 2**63 - 1))
FOR = click.option("--for", "length", metavar="TIME", required=True, help="How long, such as 2h or 1d.")
REASON = click.option("--reason", required=True, metavar="TEXT", help="Why; others will read it.")
START = click.option("--at", metavar="TIME", help="When it begins, such as `2026-03-02 18:00`; without it, now.")


@click.group(cls=RoleGroup, roles=dict.fromkeys(("ack", "silence", "unsilence"), "operator"))
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
        print_json({"alerts": [_plain(one) for one in found]})
    elif found:
        from opsconsole.health.present.alert_page import alert_row

        drawn = view(given)
        print_lines([alert_row(one, drawn) for one in found])
    else:
        say("Nothing fires.")
    return ExitCode.PROBLEM if found else ExitCode.DONE


@alert.command()
@NUMBER
@JSON
@click.pass_obj
def show(given: Any, number: int, as_json: bool) -> None:
    """Show one alert in full: what happened, who did what, and what was seen when it fired.

    NUMBER is that of the alert, as `alert list` shows it.
    """
    from opsconsole.health.present.alert_page import alert_page

    async def read(service: AlertService) -> tuple[Any, ...]:
        return await service.one(number), await service.events(number), await service.evidence(number)

    found = _read(given, read, None)
    if found is None:
        raise UsageError(f"There is no alert {number}.", "No agent has stored any yet.")
    one, events, evidence = found
    if as_json:
        print_json({"alert": _plain(one), "events": events, "evidence": evidence})
    else:
        print_lines(alert_page(one, events, evidence, view(given)))


@alert.command()
@NUMBER
@click.option("--note", default="", metavar="TEXT", help="What others shall know.")
@click.option("--undo", is_flag=True, help="Give it back: reminders go on.")
@JSON
@click.pass_obj
def ack(given: Any, number: int, note: str, undo: bool, as_json: bool) -> None:
    """Acknowledge an alert: you take care of it, and reminders end.

    NUMBER is that of the alert.
    """
    async def change(service: AlertService, actor: Actor) -> Alert:
        if undo:
            return await service.unacknowledge(actor, number)
        return await service.acknowledge(actor, number, note)

    one: Alert = _change(given, change)
    if as_json:
        print_json(_plain(one))
    else:
        say(f"Alert {number} ({one.title}) " + ("is nobody's again." if undo else f"is {one.acknowledged_by}'s."))


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
    """End a silence early; what still fires is told then.

    NUMBER is that of the silence, as `maintenance list` shows it.
    """
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
        print_json({"alerts": [_plain(one) for one in found]})
    elif found:
        from opsconsole.health.present.alert_page import past_row

        drawn = view(given)
        print_lines([past_row(one, drawn) for one in found])
    else:
        say("Nothing has fired yet.")


@click.group(cls=RoleGroup, roles=dict.fromkeys(("start", "end", "extend"), "operator"))
def maintenance() -> None:
    """Plan work that counts as no downtime.

    Nobody is told of what fails meanwhile; what still fails at the end is told then.
    """


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
    """End maintenance early; what still fires is told then.

    NUMBER is that of the maintenance, as `maintenance list` shows it.
    """
    _end_window(given, number, as_json=as_json)


@maintenance.command()
@NUMBER
@click.option("--by", "length", metavar="TIME", required=True, help="How much longer, such as 30m.")
@JSON
@click.pass_obj
def extend(given: Any, number: int, length: str, as_json: bool) -> None:
    """Let maintenance, or a silence, end later.

    NUMBER is its number, as `maintenance list` shows it.
    """
    from opsconsole.health.present.alert_page import window_row

    more = milliseconds(length)

    async def change(service: AlertService, actor: Actor) -> Window:
        return await service.extend_window(actor, number, more)

    made: Window = _change(given, change)
    if as_json:
        print_json(made)
    else:
        print_lines([window_row(made, view(given))])


@maintenance.command("list")
@click.option("--all", "everything", is_flag=True, help="Also what is over.")
@JSON
@click.pass_obj
def list_windows(given: Any, everything: bool, as_json: bool) -> None:
    """Show maintenance and silences: who muted what, why, and how long still."""
    found: list[Window] = _read(
        given, lambda service: service.past_windows(0, 1000) if everything else service.windows(), [])
    if as_json:
        print_json({"windows": found})
    elif found:
        from opsconsole.health.present.alert_page import window_row

        drawn = view(given)
        print_lines([window_row(one, drawn) for one in found])
    else:
        say("Nothing is silenced or in maintenance.")


def _open_window(given: Any, kind: str, pattern: str, length: str, reason: str, at: str | None, *,
                 as_json: bool) -> None:
    from opsconsole.health.present.alert_page import window_row

    begins = None if at is None else moment(at)
    until = (machine_clock().now() if begins is None else begins) + milliseconds(length)

    async def change(service: AlertService, actor: Actor) -> Window:
        add = service.silence if kind == SILENCE else service.start_maintenance
        return await add(actor, pattern, reason, until, begins)

    made: Window = _change(given, change)
    if as_json:
        print_json(made)
    else:
        print_lines([window_row(made, view(given))])


def _end_window(given: Any, number: int, *, as_json: bool) -> None:
    async def change(service: AlertService, actor: Actor) -> Window:
        return await service.end_window(actor, number)

    made: Window = _change(given, change)
    if as_json:
        print_json(made)
    else:
        say(f"The {made.kind.value} {number} has ended.")


def _read(given: Any, read: Callable[[AlertService], Awaitable[Any]], nothing: Any) -> Any:
    """What `read` returns; `nothing` where nothing was ever stored."""
    from opsconsole.health.alerts.service import AlertService

    return reading(given, lambda db: read(AlertService(db, machine_clock())), nothing)


def _change(given: Any, change: Callable[[AlertService, Actor], Awaitable[Any]]) -> Any:
    """What `change` returns, which is done by whoever runs this."""
    from opsconsole.health.alerts.service import AlertService

    return changing(given, lambda db, actor: change(AlertService(db, machine_clock()), actor))


def _plain(one: Alert) -> dict[str, Any]:
    """An alert for JSON, with the word for its state."""
    return {**msgspec.to_builtins(one), "state": one.state}


def view(given: Any) -> View:
    """For whom lines are drawn."""
    from opsconsole.health.present.parts import View

    return View(columns(), glyphs(given), machine_clock().now())
