"""The commands of `ticket` by which something is written: new tickets, notes, replies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from opsconsole.core.errors import UsageError
from opsconsole.printing import JSON, machine_clock
from opsconsole.tickets.commanding import (
    FIELD,
    NUMBER,
    change_tickets,
    fields_of,
    me,
    names,
    number_of,
    person_of,
    priority_of,
    settings,
    tell,
    there,
)
from opsconsole.tickets.entering import FILES, TEXT, Entered, entered, files_of, kept_on_failure, on_terminal

if TYPE_CHECKING:
    from opsconsole.core.identity import Actor
    from opsconsole.tickets.cases.types import Done, New
    from opsconsole.tickets.model import Ticket
    from opsconsole.tickets.service import TicketService

_NUMBERS = ("impact", "effort", "value")
_SETTABLE = (*_NUMBERS, "version_seen")
"""Fields of a new ticket that --set gives, besides those of the form."""


@click.command()
@click.argument("title", nargs=-1)
@TEXT
@click.option("--category", default="", metavar="NAME", help="Its category; without it, the first one.")
@click.option("--priority", metavar="PRIORITY", help="urgent, high, medium or low, or P0 to P3.")
@click.option("--assignee", default="", metavar="PERSON", help="Who gets it; without it, as routing says.")
@click.option("--team", default="", metavar="TEAM", help="The team that it goes to.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="A tag; may be given again.")
@click.option("--requester", default="", metavar="NAME", help="Who asks.")
@click.option("--mail", default="", metavar="ADDRESS", help="Their address; replies go there.")
@FIELD
@FILES
@JSON
@click.pass_obj
def new(given: Any, /, title: tuple[str, ...], text: str | None, files: tuple[str, ...], as_json: bool,
        **options: Any) -> None:
    """Open a ticket.

    TITLE is what it is about, in one line; on a terminal, an editor asks for it when there is none. What comes through
    a pipe is its description.
    """
    heading, wrote = _headed(given, " ".join(title), text)
    wanted = _new(given, heading, wrote.text, **options)

    async def change(service: TicketService, actor: Actor) -> Done:
        return await service.create(actor, wanted, [*wrote.files, *files_of(files)])

    with kept_on_failure(given, wrote.text):
        done = change_tickets(given, change)
    tell(done, lambda made: f"Ticket {made[0].number} is open: {made[0].title} ({_where(made[0])}).", as_json=as_json)


def _new(given: Any, title: str, text: str, *, category: str, priority: str | None, assignee: str, team: str,
         tags: tuple[str, ...], requester: str, mail: str, values: tuple[str, ...]) -> New:
    from opsconsole.tickets.cases.types import New
    from opsconsole.tickets.model import Source

    form: dict[str, str] = {}
    more: dict[str, Any] = {}
    for name, value in fields_of(values).items():
        if name.startswith("fields."):
            form[name.removeprefix("fields.")] = value
        elif name in _SETTABLE:
            more[name] = number_of(name, value) if name in _NUMBERS else value
        else:
            raise UsageError(f"`{name}` cannot be given to a new ticket with --set.",
                             f"These can: {', '.join(_SETTABLE)}, and `fields.NAME`.")
    return New(title, text, category, priority_of(priority) if priority is not None else None, requester, mail, team,
               person_of(given, assignee), tags, fields=form, source=Source.COMMAND, **more)


def _headed(given: Any, title: str, text: str | None) -> tuple[str, Entered]:
    """Title and description; where there is no title, the first line of what was typed."""
    if title:
        return title, entered(given, text, "Description", optional=True)
    if not on_terminal() and text is None:
        raise UsageError("A ticket needs a title.", "Put it behind `opsconsole ticket new`.")
    wrote = entered(given, text, "New ticket: its title in the first line, what it is about below it")
    heading, _, rest = wrote.text.lstrip().partition("\n")
    return heading.strip(), wrote._replace(text=rest.strip())


def _where(one: Ticket) -> str:
    return ", ".join(part for part in (one.state, one.priority.value, one.category, one.assignee or one.team) if part)


@click.command()
@NUMBER
@TEXT
@FILES
@JSON
@click.pass_obj
def note(given: Any, number: int, text: str | None, files: tuple[str, ...], as_json: bool) -> None:
    """Add an internal note; it never leaves the team.

    NUMBER is that of the ticket. `command |& opsconsole ticket note 42` keeps what a command prints as it is; what is
    longer than a message may be becomes an attachment. With `--text -`, what comes through a pipe is Markdown.
    """
    from opsconsole.tickets.model import Source

    about = f"Note on ticket {number}: {there(given, number).title}" if on_terminal() and text is None else ""
    wrote = entered(given, text, about, optional=bool(files), fenced=True)

    async def change(service: TicketService, actor: Actor) -> Done:
        return await service.note(actor, number, wrote.text, [*wrote.files, *files_of(files)], via=Source.COMMAND)

    with kept_on_failure(given, wrote.text):
        done = change_tickets(given, change)
    long = f"; all of it is the attachment {wrote.files[0].name}" if wrote.files else ""
    tell(done, lambda made: f"Noted in {names(made)}{long}.", as_json=as_json)


@click.command()
@NUMBER
@TEXT
@click.option("--canned", metavar="NAME", help="Begin with this text of `tickets.canned`.")
@click.option("--force", is_flag=True, help="Send it whatever came in while it was written.")
@FILES
@JSON
@click.pass_obj
def reply(given: Any, number: int, text: str | None, canned: str | None, force: bool, files: tuple[str, ...],
          as_json: bool) -> None:
    """Answer the requester.

    NUMBER is that of the ticket. The mail leaves after `tickets.mail.hold`; until then `opsconsole ticket undo` takes
    it back. A canned text is sent as it is when there is no terminal, else an editor begins with it.
    """
    from opsconsole.tickets.model import Source

    one = there(given, number)
    begin = _canned(given, canned, one) if canned is not None else ""
    if begin and text is None and not on_terminal():
        text = begin
    wrote = entered(given, text, f"Reply to {one.requester or one.requester_mail or 'nobody outside'} on ticket"
                                 f" {number}: {one.title}", begin=begin)

    async def change(service: TicketService, actor: Actor) -> Done:
        return await service.reply(actor, number, wrote.text, seen_version=one.version, force=force,
                                   attachments=[*wrote.files, *files_of(files)], via=Source.COMMAND)

    with kept_on_failure(given, wrote.text):
        done = change_tickets(given, change)
    tell(done, lambda made: _leaves(given, made[0]), as_json=as_json)


def _leaves(given: Any, one: Ticket) -> str:
    """When a reply leaves, or why it does not."""
    from opsconsole.core.format import stamp

    mail = settings(given).mail
    if not mail.address or not one.requester_mail:
        why = "no address to send from is configured" if not mail.address else "the requester has no address"
        return f"The reply is written in ticket {one.number}. No mail leaves: {why}."
    due = stamp(machine_clock().now() + round(mail.hold * 1000))
    return f"The reply to {one.requester_mail} leaves at {due}. Until then `opsconsole ticket undo` takes it back."


def _canned(given: Any, name: str, one: Ticket) -> str:
    from opsconsole.core.config import nearest
    from opsconsole.tickets.canned import fill, moments

    known = settings(given).canned
    if name not in known:
        raise UsageError(f"There is no canned text `{name}`{nearest(name, known) or '.'}")
    extra = {**moments(machine_clock().now()), "question": settings(given).satisfaction.question}
    return fill(known[name].text, one, me(given), extra)
