"""The commands `oncall` and `notify`."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

import click

from opsconsole.core.errors import ExitCode, UsageError
from opsconsole.lazygroup import RoleGroup

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Database
    from opsconsole.core.identity import Actor
    from opsconsole.core.lines import Line
    from opsconsole.notify.model import Delivery, MessageState, Result
    from opsconsole.notify.routing import Directory
    from opsconsole.notify.settings import NotifySettings

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
LIMIT = click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, metavar="N",
                     help="At most so many, the newest.")
_COLUMNS = 120


@click.command()
@click.option("--at", metavar="TIME", help="At this time instead of now, such as `2026-03-02 18:00`.")
@JSON
@click.pass_context
def oncall(context: click.Context, at: str | None, as_json: bool) -> None:
    """Show who is on call now and next.

    Times are those of the zone that `notify.zone` names, else of this machine.
    """
    from opsconsole.notify.oncall import on_call
    from opsconsole.notify.present import oncall_lines

    directory = _directory(context)
    now = _moment(at, directory) if at is not None else _now()
    found = [on_call(name, rota, now) for name, rota in directory.rotas.items()]
    if as_json:
        _print_json({"at": now, "rotations": found})
    else:
        _show(oncall_lines(found, directory.settings.contacts, now, directory.zone))


def _moment(text: str, directory: Directory) -> Instant:
    from opsconsole.core.walltime import at_wall
    from opsconsole.notify.moments import read_moment

    try:
        return at_wall(read_moment(text), directory.zone)
    except (ValueError, OverflowError) as problem:
        raise UsageError(f"`{text}` is no time.", f"Give {problem}.") from problem


@click.group(cls=RoleGroup, roles=dict.fromkeys(("test", "retry"), "operator"))
def notify() -> None:
    """Test channels, show what was sent, or send it again."""


@notify.command()
@click.argument("target", required=False)
@JSON
@click.pass_context
def test(context: click.Context, target: str | None, as_json: bool) -> int:
    """Send a test message now and say what happened.

    TARGET is a channel or a contact; without it, every channel is tried. The exit status is 1 when one failed.
    """
    from opsconsole.notify.present import result_line

    directory = _directory(context)
    recipients = _recipients(directory, target)

    async def work(db: Database, actor: Actor) -> list[Result]:
        from opsconsole.notify.trying import try_channels

        return await try_channels(db, actor, directory, recipients, _host(), _now())

    results = asyncio.run(_changing(context, work))
    if as_json:
        _print_json({"results": [{"channel": recipient.channel, "contact": recipient.contact, "ok": result.ok,
                                  "says": result.says} for recipient, result in zip(recipients, results, strict=True)]})
    else:
        _show([result_line(str(recipient), result, _glyphs(context))
               for recipient, result in zip(recipients, results, strict=True)])
    return ExitCode.DONE if all(result.ok for result in results) else ExitCode.PROBLEM


def _recipients(directory: Directory, target: str | None) -> list[Any]:
    from opsconsole.core.config import nearest
    from opsconsole.notify.model import Recipient

    if target is None:
        return [Recipient(name) for name in directory.channels()]
    contacts = directory.settings.contacts
    if target in contacts:
        ways = (*contacts[target].channels, *(contacts[target].after_hours or ()))
        return [Recipient(channel, target) for channel in dict.fromkeys(ways)]
    if directory.channel(target) is None:
        known = (*directory.channels(), *contacts)
        raise UsageError(f"There is no channel or contact `{target}`{nearest(target, known) or '.'}",
                         f"There are {', '.join(known)}.")
    return [Recipient(target)]


@notify.command()
@click.option("--failed", is_flag=True, help="Only what was given up or tried in vain.")
@LIMIT
@JSON
@click.pass_context
def outbox(context: click.Context, failed: bool, limit: int, as_json: bool) -> int:
    """Show what is not sent yet and what could not be sent.

    The exit status is 1 when something could not be sent.
    """
    from opsconsole.notify.model import MessageState

    states = (MessageState.FAILED, MessageState.WAITING, MessageState.SENDING)
    found = asyncio.run(_messages(context, states, limit))
    if failed:
        found = [each for each in found if each.message.problem]
    _tell(context, found, "Nothing waits to be sent." if not failed else "Nothing failed.", as_json=as_json)
    return ExitCode.PROBLEM if any(each.message.problem for each in found) else ExitCode.DONE


@notify.command()
@LIMIT
@JSON
@click.pass_context
def history(context: click.Context, limit: int, as_json: bool) -> None:
    """Show what was sent, given up or not needed any more, the newest first."""
    from opsconsole.notify.model import MessageState

    states = (MessageState.SENT, MessageState.FAILED, MessageState.CANCELLED)
    found = asyncio.run(_messages(context, states, limit))
    _tell(context, found, "Nothing was sent yet.", as_json=as_json)


@notify.command()
@click.argument("message", required=False)
@click.option("--all", "everything", is_flag=True, help="All that was tried in vain or given up.")
@JSON
@click.pass_context
def retry(context: click.Context, message: str | None, everything: bool, as_json: bool) -> None:
    """Let the agent send messages again at once.

    MESSAGE is the id that `notify outbox` shows.
    """
    if (message is None) != everything:
        raise UsageError("Name one message, or give --all.", "`opsconsole notify outbox` lists them.")
    settings = _settings(context)

    async def work(db: Database, actor: Actor) -> list[str]:
        from opsconsole.notify.service import retry as again

        return await again(db, actor, message, settings, _now())

    found = asyncio.run(_changing(context, work))
    if as_json:
        _print_json({"messages": found})
    else:
        click.echo(f"The agent sends {len(found)} message{'' if len(found) == 1 else 's'} again." if found
                   else "Nothing needs to be sent again.")


def _tell(context: click.Context, found: Sequence[Delivery], empty: str, *, as_json: bool) -> None:
    from opsconsole.notify.present import message_lines

    if as_json:
        _print_json({"messages": [{"message": each.message, "notices": each.notices} for each in found]})
    else:
        directory = _directory(context)
        _show(message_lines(found, _now(), directory.zone, _COLUMNS, empty, _glyphs(context)))


async def _messages(context: click.Context, states: Sequence[MessageState], limit: int) -> list[Delivery]:
    from opsconsole.core.database import RECORDS, Database
    from opsconsole.notify import store

    path = context.find_root().obj.loaded.paths.records
    if not path.exists():
        return []
    async with await Database.open(path, RECORDS, read_only=True) as db:
        return await store.messages(db, states, limit)


async def _changing(context: click.Context, work: Callable[[Database, Actor], Awaitable[Any]]) -> Any:
    """Does something in the records, as whoever runs this."""
    from opsconsole.core.database import RECORDS, Database
    from opsconsole.core.identity import current_actor

    loaded = context.find_root().obj.loaded
    actor = current_actor(loaded.settings.roles)
    async with await Database.open(loaded.paths.records, RECORDS, mode=0o660 if loaded.paths.shared else 0o600) as db:
        return await work(db, actor)


def _settings(context: click.Context) -> NotifySettings:
    from opsconsole.notify.settings import NotifySettings

    settings: NotifySettings | None = context.find_root().obj.loaded.settings.notify
    return settings if settings is not None else NotifySettings()


def _directory(context: click.Context) -> Directory:
    from opsconsole.notify.routing import Directory
    from opsconsole.notify.zones import local_zone

    return Directory(_settings(context), local_zone())


def _now() -> Instant:
    from opsconsole.core.clock import SystemClock

    return SystemClock().now()


def _host() -> str:
    import socket

    return socket.gethostname()


def _glyphs(context: click.Context) -> Any:
    from opsconsole.core.glyphs import ASCII, UNICODE

    wanted = context.find_root().obj.options.ascii
    return ASCII if wanted or (wanted is None and "utf" not in (sys.stdout.encoding or "").lower()) else UNICODE


def _print_json(value: object) -> None:
    from opsconsole.core.jsontext import to_json

    click.echo(to_json(value))


def _show(lines: Sequence[Line]) -> None:
    click.echo("\n".join(each.text.rstrip() for each in lines))
