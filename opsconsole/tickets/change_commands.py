"""The commands of `ticket` that change what stands on tickets; several numbers are one transaction and one undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from opsconsole.core.errors import UsageError
from opsconsole.printing import JSON
from opsconsole.tickets.commanding import (
    FIELD,
    NUMBER,
    NUMBERS,
    WORDS,
    change_tickets,
    fields_of,
    names,
    numbered,
    person_of,
    priority_of,
    subject,
    tell,
    value_of,
)
from opsconsole.tickets.entering import TEXT, entered, kept_on_failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.identity import Actor
    from opsconsole.tickets.cases.types import Done
    from opsconsole.tickets.model import Ticket
    from opsconsole.tickets.service import TicketService

REASON = click.option("--reason", default="", metavar="TEXT", help="Why, in spite of an objection.")
PUBLIC = click.option("--public/--internal", default=None,
                      help="Whether the text is a reply or a note; without it, as the lifecycle says.")


@click.command()
@WORDS
@TEXT
@FIELD
@REASON
@PUBLIC
@JSON
@click.pass_obj
def move(given: Any, /, words: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """Move tickets to another state, such as `in progress`.

    WORDS are the numbers of one or more tickets, then the state. Only what the lifecycle offers can be done; what it
    asks for is given with --set, such as `--set release=2.1`, or with --text.
    """
    numbers, state = numbered(words, "a state")
    _move(given, numbers, state, as_json=as_json, **options)


@click.command()
@NUMBERS
@TEXT
@FIELD
@REASON
@PUBLIC
@JSON
@click.pass_obj
def close(given: Any, /, numbers: tuple[int, ...], as_json: bool, **options: Any) -> None:
    """Close tickets: move them to the state in which their lifecycle ends.

    NUMBERS are those of the tickets. Many lifecycles ask for a --text that says why; urgent tickets for
    `--set root_cause=TEXT`.
    """
    _move(given, numbers, "", as_json=as_json, **options)


def _move(given: Any, numbers: Sequence[int], state: str, *, text: str | None, values: Sequence[str], reason: str,
          public: bool | None, as_json: bool) -> None:
    from opsconsole.tickets.model import Source

    fields = fields_of(values)
    said = entered(given, text, "", optional=True).text if text is not None else ""

    async def change(service: TicketService, actor: Actor) -> Done:
        return await service.move(actor, numbers, state or await _aim(service, actor, numbers), said, fields,
                                  public=public, reason=reason, via=Source.COMMAND)

    with kept_on_failure(given, said):
        done = change_tickets(given, change)
    tell(done, lambda made: f"{subject(made)} {made[0].state}.", as_json=as_json)


async def _aim(service: TicketService, actor: Actor, numbers: Sequence[int]) -> str:
    """The state in which all of these tickets end."""
    from opsconsole.tickets.lifecycle import aim

    found = {number: aim(await service.get(number), service.settings, actor.role) for number in numbers}
    stuck = [number for number, state in found.items() if not state]
    if stuck:
        raise UsageError(f"Ticket {stuck[0]} cannot be closed from the state it is in.",
                         f"`opsconsole ticket show {stuck[0]}` shows it.")
    if len(set(found.values())) > 1:
        each = ", ".join(f"{number} in {state}" for number, state in found.items())
        raise UsageError(f"These tickets end in different states: {each}.", "Close those of one kind at a time.")
    return next(iter(found.values()))


@click.command()
@NUMBERS
@JSON
@click.pass_obj
def take(given: Any, numbers: tuple[int, ...], as_json: bool) -> None:
    """Take tickets that nobody has.

    NUMBERS are those of the tickets. What somebody has stays theirs; `opsconsole ticket assign 42 me` takes it from
    them.
    """
    async def change(service: TicketService, actor: Actor) -> Done:
        return await service.take(actor, numbers)

    tell(change_tickets(given, change), lambda made: f"{subject(made)} yours.", as_json=as_json)


@click.command()
@WORDS
@click.option("--team", metavar="TEAM", help="The team that they go to; `none` takes them from every team.")
@JSON
@click.pass_obj
def assign(given: Any, words: tuple[str, ...], team: str | None, as_json: bool) -> None:
    """Give tickets to somebody.

    WORDS are the numbers of one or more tickets, then a login name; `me` is yourself, `none` is nobody.
    """
    numbers, name = numbered(words, "a person, `me` or `none`,")
    person = person_of(given, name)

    async def change(service: TicketService, actor: Actor) -> Done:
        return await service.assign(actor, numbers, person, "" if team == "none" else team)

    tell(change_tickets(given, change), lambda made: f"{subject(made)} with {person or 'nobody'}.", as_json=as_json)


@click.command()
@WORDS
@JSON
@click.pass_obj
def priority(given: Any, words: tuple[str, ...], as_json: bool) -> None:
    """Give tickets another priority; their promises follow.

    WORDS are the numbers of one or more tickets, then urgent, high, medium or low, or P0 to P3.
    """
    numbers, word = numbered(words, "a priority")
    wanted = priority_of(word)

    async def change(service: TicketService, actor: Actor) -> Done:
        return await service.set_priority(actor, numbers, wanted)

    tell(change_tickets(given, change), lambda made: f"{subject(made)} {wanted.value}.", as_json=as_json)


@click.command()
@WORDS
@click.option("--remove", multiple=True, metavar="TAG", help="Take this tag away; may be given again.")
@JSON
@click.pass_obj
def tag(given: Any, words: tuple[str, ...], remove: tuple[str, ...], as_json: bool) -> None:
    """Add tags to tickets, or take them away.

    WORDS are the numbers of one or more tickets, then the tags that they get.
    """
    numbers, rest = numbered(words, "" if remove else "a tag")
    add = [word.removeprefix("+") for word in rest.replace(",", " ").split()]

    async def change(service: TicketService, actor: Actor) -> Done:
        return await service.tag(actor, numbers, add, remove)

    tell(change_tickets(given, change), lambda made: f"Changed the tags of {names(made)}.", as_json=as_json)


@click.command()
@NUMBER
@click.argument("values", nargs=-1, required=True)
@JSON
@click.pass_obj
def edit(given: Any, number: int, values: tuple[str, ...], as_json: bool) -> None:
    """Give fields of a ticket other values.

    NUMBER is that of the ticket. VALUES are FIELD=VALUE, such as `title="slow search"`, `category=billing`,
    `release=2.1`, `tags=vpn,office` or `tags=+vpn,-office`, or a field of the form such as
    `fields.url=https://example.com`.
    """
    wanted = fields_of(values)

    async def change(service: TicketService, actor: Actor) -> Done:
        from opsconsole.tickets.lifecycle import value

        one = await service.get(number)
        for name in wanted:
            if "." not in name and not hasattr(one, name):
                raise UsageError(f"A ticket has no field `{name}`.", "Fields of the form are named `fields.NAME`.")
        base = {name: value(one, name) for name in wanted}
        return await service.edit(actor, number, base, {name: value_of(name, text, base[name])
                                                        for name, text in wanted.items()})

    tell(change_tickets(given, change), lambda made: f"Changed {names(made)}.", as_json=as_json)


@click.command()
@NUMBERS
@click.option("--text", default="", metavar="TEXT", help="What others shall know.")
@JSON
@click.pass_obj
def ack(given: Any, numbers: tuple[int, ...], text: str, as_json: bool) -> None:
    """Say that you have tickets in hand: their escalation stops.

    NUMBERS are those of the tickets.
    """
    async def change(service: TicketService, actor: Actor) -> Done:
        return await service.acknowledge(actor, numbers, text)

    tell(change_tickets(given, change), lambda made: f"{subject(made)} acknowledged.", as_json=as_json)


@click.command()
@NUMBERS
@click.option("--person", default="", metavar="PERSON", help="Somebody else.")
@click.option("--remove", is_flag=True, help="Do not watch them any more.")
@JSON
@click.pass_obj
def watch(given: Any, numbers: tuple[int, ...], person: str, remove: bool, as_json: bool) -> None:
    """Watch tickets: you are told of what happens to them.

    NUMBERS are those of the tickets.
    """
    who = person_of(given, person) if person else ""

    async def change(service: TicketService, actor: Actor) -> Done:
        return await (service.unwatch if remove else service.watch)(actor, numbers, who)

    word = "not watched any more" if remove else "watched"
    tell(change_tickets(given, change), lambda made: f"{subject(made)} {word} by {who or 'you'}.", as_json=as_json)


@click.command()
@NUMBER
@click.option("--for", "voter", default="", metavar="ADDRESS", help="The requester who wishes it too; else you.")
@click.option("--remove", is_flag=True, help="Take a vote back.")
@JSON
@click.pass_obj
def vote(given: Any, number: int, voter: str, remove: bool, as_json: bool) -> None:
    """Count one more wish for a ticket; nobody counts twice.

    NUMBER is that of the ticket. Its rank follows from its votes, impact, effort and value.
    """
    async def change(service: TicketService, actor: Actor) -> Done:
        return await (service.unvote if remove else service.vote)(actor, number, voter)

    def said(made: Sequence[Ticket]) -> str:
        votes = len(made[0].voters)
        return f"Ticket {number} has {votes} vote{'' if votes == 1 else 's'}."

    tell(change_tickets(given, change), said, as_json=as_json)


@click.command()
@NUMBER
@click.argument("score", type=click.IntRange(1, 5))
@click.option("--text", default="", metavar="TEXT", help="What they said with it, in one line.")
@JSON
@click.pass_obj
def rate(given: Any, number: int, score: int, text: str, as_json: bool) -> None:
    """Enter how satisfied the requester of a ticket is.

    NUMBER is that of the ticket, SCORE from 1 (not at all) to 5 (very). Answers by mail are entered by themselves.
    """
    async def change(service: TicketService, actor: Actor) -> Done:
        return await service.rate(actor, number, score, text)

    tell(change_tickets(given, change), lambda made: f"{subject(made)} rated {score} of 5.", as_json=as_json)
