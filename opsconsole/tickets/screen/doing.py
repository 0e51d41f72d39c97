"""What people do to tickets from a screen: to one, or to all that are marked; each is one call, and one undo.

Each function asks what it has to ask, so it has to run in a worker. It tells what was done, or why not, and gives
back whether anything was.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, Final

from opsconsole.console import actions as shell
from opsconsole.console.dialogs.ask import Ask
from opsconsole.console.keys import key_label
from opsconsole.console.screen import ActingScreen
from opsconsole.core.errors import OpsError
from opsconsole.core.identity import Role
from opsconsole.core.levels import Level
from opsconsole.core.text import harmless, limited
from opsconsole.tickets.cases.types import Found
from opsconsole.tickets.errors import NotAllowed
from opsconsole.tickets.lifecycle import Offer, aim
from opsconsole.tickets.present.happenings import LINK_WORDS
from opsconsole.tickets.present.queue import named
from opsconsole.tickets.screen import choosing, service_of, settings_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from opsconsole.tickets.cases.types import Done
    from opsconsole.tickets.model import Summary, Ticket
    from opsconsole.tickets.service import TicketService

WORDS: Final = {"take": "taking", "assign": "assigning", "move": "moving", "priority": "the priority of",
                "tag": "the tags of", "edit": "editing", "note": "the note on", "reply": "the reply to",
                "watch": "watching", "unwatch": "no longer watching", "link": "linking", "unlink": "unlinking",
                "merge": "merging", "unmerge": "unmerging", "acknowledge": "having in hand", "vote": "a vote for",
                "unvote": "taking a vote from", "rate": "the rating of", "attach": "a file of"}
"""What was done, as the beginning of what it was done to."""
MOST: Final = 1_000
"""Tickets that are changed at once."""


async def carry_out(screen: ActingScreen[Any], work: Awaitable[Done], said: str) -> bool:
    """Wait for a change; tell what was done and how to take it back, or why it was not."""
    try:
        done = await work
    except OpsError as error:
        screen.console.notify_error(error)
        return False
    told = " ".join((said if done.batch else "It is so already; nothing was changed.", *done.notes))
    screen.console.say(f"{told}{undo_hint(screen) if done.batch else ''}")
    return bool(done.batch)


def undo_hint(screen: ActingScreen[Any]) -> str:
    """` u takes it back.`, with the key as it is configured; of a form, that of the screen below it; else empty."""
    stack = [one for one in (screen, *reversed(screen.app.screen_stack)) if isinstance(one, ActingScreen)]
    action = next((found for one in stack if (found := one.action_of(shell.UNDO.id)) is not None), None)
    return f" {key_label(action.keys[0])} takes it back." if action is not None and action.keys else ""


def no_undo(screen: ActingScreen[Any]) -> str | None:
    """Why a person can take nothing back: the key is the same on all screens, so it has no role of its own."""
    actor = screen.context.actor
    if actor.role >= Role.OPERATOR:
        return None
    return f"Undo needs the role {Role.OPERATOR.word}; {actor.name} is {actor.role.word}."


def are(numbers: Sequence[int], one: str, several: str) -> str:
    """`#17 is`, `5 tickets are`."""
    return f"{named(numbers)} {one if len(numbers) == 1 else several}"


async def take(screen: ActingScreen[Any], numbers: Sequence[int], shown: dict[int, str]) -> bool:
    """Take tickets; `shown` says who has which, as it stands on the screen."""
    service = service_or_none(screen)
    return service is not None and await carry_out(
        screen, service.take(screen.context.actor, numbers, shown=shown), f"{are(numbers, 'is', 'are')} yours now.")


async def assign(screen: ActingScreen[Any], numbers: Sequence[int]) -> bool:
    """Give tickets to somebody."""
    service = service_or_none(screen)
    if service is None:
        return False
    try:
        words = await service.vocabulary()
    except OpsError as error:
        screen.console.notify_error(error)
        return False
    chosen = await choosing.choose_person(screen, numbers, words)
    if chosen is None:
        return False
    person, team = chosen
    whom = harmless(limited(person or (f"the team {team}" if team else "nobody"), 40))
    return await carry_out(screen, service.assign(screen.context.actor, numbers, person, team),
                           f"{are(numbers, 'belongs', 'belong')} to {whom} now.")


async def set_priority(screen: ActingScreen[Any], numbers: Sequence[int], rows: Sequence[Summary] = ()) -> bool:
    """Give tickets another priority."""
    service = service_or_none(screen)
    there = {row.priority for row in rows}
    chosen = await choosing.choose_priority(screen, numbers, next(iter(there)) if len(there) == 1 else None)
    if service is None or chosen is None:
        return False
    return await carry_out(screen, service.set_priority(screen.context.actor, numbers, chosen),
                           f"{are(numbers, 'has', 'have')} the priority {chosen.value} now.")


async def set_tags(screen: ActingScreen[Any], numbers: Sequence[int], tags: Sequence[str] = ()) -> bool:
    """Add tags and take some away."""
    service = service_or_none(screen)
    chosen = await choosing.ask_tags(screen, numbers, tags)
    if service is None or chosen is None:
        return False
    add, remove = chosen
    words = " ".join([*(f"+{tag}" for tag in add), *(f"-{tag}" for tag in remove)])
    return await carry_out(screen, service.tag(screen.context.actor, numbers, add, remove),
                           f"Tags of {named(numbers)}: {limited(words, 60)}.")


async def watch(screen: ActingScreen[Any], numbers: Sequence[int], *, already: bool) -> bool:
    """Be told what happens to tickets, or no more."""
    service = service_or_none(screen)
    if service is None:
        return False
    actor = screen.context.actor
    if already:
        return await carry_out(screen, service.unwatch(actor, numbers), f"You watch {named(numbers)} no more.")
    return await carry_out(screen, service.watch(actor, numbers), f"You watch {named(numbers)} now.")


async def link(screen: ActingScreen[Any], numbers: Sequence[int]) -> bool:
    """Link tickets to another one, or to something else."""
    service = service_or_none(screen)
    chosen = await choosing.ask_link(screen, numbers)
    if service is None or chosen is None:
        return False
    kind, target = chosen
    what = f"{LINK_WORDS[kind]} {'#' if kind.opposite else ''}{harmless(limited(target, 40))}"
    return await carry_out(screen, service.link(screen.context.actor, numbers, kind, target),
                           f"{named(numbers)} {what} now." if len(numbers) == 1 else
                           f"{named(numbers)} are linked now: {what}.")


async def merge(screen: ActingScreen[Any], numbers: Sequence[int]) -> bool:
    """Let tickets go on in another one."""
    service = service_or_none(screen)
    into = await choosing.ask_number(screen, f"Merge {named(numbers)} into which ticket?", "merge")
    if service is None or into is None:
        return False
    merged = [number for number in numbers if number != into] or list(numbers)
    return await carry_out(screen, service.merge(screen.context.actor, numbers, into),
                           f"{are(merged, 'goes', 'go')} on in #{into} now.")


async def undo(screen: ActingScreen[Any]) -> bool:
    """Take back what the person did last, and say what that was."""
    service = service_or_none(screen)
    if service is None:
        return False
    actor = screen.context.actor
    try:
        batch = await service.last_batch(actor)
        if batch is None:
            screen.console.say("You have done nothing that could be taken back.", Level.UNKNOWN)
            return False
        done = await service.undo(actor, batch.id)
    except OpsError as error:
        screen.console.notify_error(error)
        return False
    numbers = [ticket.number for ticket in done.tickets]
    what = WORDS.get(batch.action, batch.action)
    screen.console.say(" ".join((f"Taken back: {what} {named(numbers)}.", *done.notes)))
    return True


async def move(screen: ActingScreen[Any], numbers: Sequence[int]) -> bool:
    """Choose a state, give what that takes, and go there."""
    service = service_or_none(screen)
    if service is None:
        return False
    try:
        offers, tickets = await offers_for(screen, service, numbers)
    except OpsError as error:
        screen.console.notify_error(error)
        return False
    states = {ticket.state for ticket in tickets}
    state = await choosing.choose_state(screen, numbers, offers, next(iter(states)) if len(states) == 1 else "")
    chosen = next((one for one in offers if one.state == state), None)
    return chosen is not None and await go(screen, service, numbers, chosen, tickets)


async def close(screen: ActingScreen[Any], numbers: Sequence[int]) -> bool:
    """Go to the state that the lifecycle closes with."""
    service = service_or_none(screen)
    if service is None:
        return False
    try:
        offers, tickets = await offers_for(screen, service, numbers)
    except OpsError as error:
        screen.console.notify_error(error)
        return False
    context = screen.context
    aims = {aim(ticket, settings_of(context), context.actor.role) for ticket in tickets}
    chosen = next((one for one in offers if {one.state} == aims and one.allowed), None)
    if chosen is not None:
        return await go(screen, service, numbers, chosen, tickets)
    if len(aims) > 1 and "" not in aims:
        screen.console.say(f"They end in different states: {', '.join(sorted(aims))}. Mark those of one kind.",
                           Level.WARNING)
    else:
        reasons = dict.fromkeys(f"{one.state}: {one.reason}" for one in offers if not one.phase.open and one.reason)
        screen.console.say(f"{are(numbers, 'cannot', 'cannot')} be closed now. {'; '.join(reasons)}".strip(),
                           Level.WARNING)
    return False


async def offers_for(screen: ActingScreen[Any], service: TicketService,
                     numbers: Sequence[int]) -> tuple[list[Offer], list[Ticket]]:
    """Where all of some tickets can go, and one ticket of each kind among them.

    A state is allowed when it is allowed to each of them; what it takes is what it takes from any.
    """
    kinds: dict[tuple[str, str], int] = {}
    if len(numbers) > 1:
        for row in await service.rows(Found(array("q", numbers)), 0, len(numbers)):
            kinds.setdefault((row.category, row.state), row.number)
    chosen = list(kinds.values()) or list(numbers)[:1]
    tickets = [await service.get(number) for number in chosen]
    several = [await service.offers(screen.context.actor, number) for number in chosen]
    return joined(several, chosen), tickets


def joined(several: Sequence[Sequence[Offer]], numbers: Sequence[int]) -> list[Offer]:
    """Offers to several tickets as offers to all of them."""
    if len(several) == 1:
        return list(several[0])
    states = dict.fromkeys(one.state for offers in several for one in offers)
    made = []
    for state in states:
        found = [(number, next((one for one in offers if one.state == state), None))
                 for number, offers in zip(numbers, several, strict=True)]
        known = [one for _, one in found if one is not None]
        against = next(((number, one) for number, one in found if one is None or not one.allowed), None)
        if against is not None:
            number, one = against
            why = one.reason if one is not None else "it is there already, or its lifecycle does not have it"
            made.append(Offer(state, known[0].phase, allowed=False, reason=f"#{number}: {why}"))
            continue
        made.append(Offer(state, known[0].phase, allowed=True,
                          require=tuple(dict.fromkeys(name for one in known for name in one.require)),
                          message=next((one.message for one in known if one.message), ""),
                          needs_message=any(one.needs_message for one in known)))
    return sorted(made, key=lambda one: not one.allowed)


async def go(screen: ActingScreen[Any], service: TicketService, numbers: Sequence[int], offer: Offer,
             tickets: Sequence[Ticket]) -> bool:
    """Ask for what a move takes, and do it; what the service misses besides is asked for as well."""
    context = screen.context
    single = tickets[0] if len(numbers) == 1 else None
    reason = ""
    filled = await choosing.fill_step(screen, numbers, offer, ticket=single)
    while filled is not None:
        step, fill = filled
        try:
            done = await service.move(context.actor, numbers, offer.state, step.text, step.fields, reason=reason)
        except NotAllowed as error:
            further = tuple(name for name in error.missing if name not in step.fields)
            if further:
                offer = Offer(offer.state, offer.phase, allowed=True, require=(*offer.require, *further),
                              message=offer.message, needs_message=offer.needs_message)
                given = {**{name: str(value) for name, value in step.fields.items()}, choosing.MESSAGE: step.text}
                filled = await choosing.fill_step(screen, numbers, offer, ticket=single, given=given)
                continue
            if not error.overridable or reason:
                screen.console.notify_error(error)
                return False
            answer = await _insist(screen, error)
            if answer is None:
                return False
            reason = answer
            continue
        except OpsError as error:
            screen.console.notify_error(error)
            return False
        if fill is not None:
            await fill.stored()
        said = f"{are(numbers, 'is', 'are')} {offer.state} now." if done.batch else "Nothing was changed."
        screen.console.say(" ".join((said, *done.notes)) + (undo_hint(screen) if done.batch else ""))
        return bool(done.batch)
    return False


async def _insist(screen: ActingScreen[Any], error: NotAllowed) -> str | None:
    """An objection that a written reason overrides: ask for it."""
    answer = await screen.app.push_screen_wait(Ask(
        f"{error.sentence} Move it all the same? Then say why:", hint="others will read it", done="move all the same",
        check=lambda text: None if text.strip() else "Say why, or go back.", glyphs=screen.context.glyphs))
    return None if answer is None else answer.strip()


def service_or_none(screen: ActingScreen[Any]) -> TicketService | None:
    """The use cases; where the records are not open, that is told."""
    try:
        return service_of(screen.context)
    except OpsError as error:
        screen.console.notify_error(error)
        return None
