"""The small questions about tickets: where to, to whom, how urgent, which tags; and what a move takes.

Each waits for an answer, so it has to run in a worker; None says that somebody went back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opsconsole.console.dialogs.ask import Ask
from opsconsole.console.dialogs.choose import Choose, Option
from opsconsole.console.dialogs.fill import Fill
from opsconsole.console.widgets.field import Field
from opsconsole.core.text import limited
from opsconsole.tickets.lifecycle import FORM
from opsconsole.tickets.model import MOST_NAME, LinkKind, Priority
from opsconsole.tickets.present.happenings import FIELD_WORDS, LINK_WORDS
from opsconsole.tickets.present.queue import named
from opsconsole.tickets.screen import settings_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from opsconsole.console.screen import ActingScreen
    from opsconsole.tickets.filters import Vocabulary
    from opsconsole.tickets.lifecycle import Offer
    from opsconsole.tickets.model import Ticket
    from opsconsole.tickets.settings import View

MESSAGE: Final = "message"
"""The name of the field of a move's message."""
NUMBERS: Final = frozenset({"impact", "effort", "value"})
TEXTS: Final = frozenset({"root_cause", "description", "knowledge"})
SCALE: Final = (("", "?"), *((str(number), str(number)) for number in range(1, 6)))
NOBODY: Final = "nobody"


class Step(NamedTuple):
    """What a move needs besides its state."""

    text: str = ""
    fields: Mapping[str, Any] = {}


async def choose_state(screen: ActingScreen[Any], numbers: Sequence[int], offers: Sequence[Offer],
                       now: str = "") -> str | None:
    """Where to: allowed states with what they take, then those that are not, and why."""
    options = [Option(one.state, one.state, what_it_takes(one, settings_of(screen.context).all_categories),
                      "" if one.allowed else one.reason or "it is not allowed") for one in offers]
    about = f", now {now}" if now else ""
    return await screen.app.push_screen_wait(Choose(f"Move {named(numbers)}{about}, where to?", options, done="move",
                                                    glyphs=screen.context.glyphs))


def what_it_takes(offer: Offer, categories: Mapping[str, Any]) -> str:
    """`needs assignee and a reply`; what is merely offered is not told."""
    needs = [word_of(name, categories) for name in offer.require]
    if offer.needs_message:
        needs.append("a reply" if offer.message == "reply" else "a note")
    return f"needs {' and '.join([', '.join(needs[:-1]), needs[-1]] if len(needs) > 1 else needs)}" if needs else ""


def word_of(name: str, categories: Mapping[str, Any]) -> str:
    """What a field is called for people; one of a form has the label of its category."""
    if not name.startswith(FORM):
        return FIELD_WORDS.get(name, name.replace("_", " "))
    short = name.removeprefix(FORM)
    return next((one.form[short].label or short for one in categories.values() if short in one.form), short)


async def fill_step(screen: ActingScreen[Any], numbers: Sequence[int], offer: Offer, *,
                    ticket: Ticket | None = None, given: Mapping[str, str] | None = None,
                    ) -> tuple[Step, Fill | None] | None:
    """What a move takes, and the form in which it was asked, if it was; None: it shall not be moved.

    Args:
        screen: over which it is asked.
        numbers: of the tickets.
        offer: the move.
        ticket: to whom a reply would go; None: to several.
        given: what was entered before, when the service asked for more.
    """
    if not offer.require and not offer.message:
        return Step(), None
    fields = [field_of(name, screen, (given or {}).get(name)) for name in offer.require]
    reply = offer.message == "reply"
    if offer.message:
        fields.append(Field(MESSAGE, "Reply" if reply else "Note", "text", (given or {}).get(MESSAGE, ""),
                            required=offer.needs_message))
    whom = (ticket.requester or ticket.requester_mail) if ticket is not None else "each requester"
    details = []
    if reply:
        details.append(f"The reply is public{f': {limited(whom, 60)} reads it' if whom else ''}."
                       f"{'' if offer.needs_message else ' It may stay empty.'}")
    elif offer.message:
        details.append(f"The note stays internal.{'' if offer.needs_message else ' It may stay empty.'}")
    fill = Fill(f"Move {named(numbers)} to {offer.state}", fields, details=details, done="move", form="ticket-move",
                key=f"{','.join(map(str, numbers))}:{offer.state}", drafts=screen.context.drafts,
                glyphs=screen.context.glyphs)
    entered = await screen.app.push_screen_wait(fill)
    return None if entered is None else (step_of(entered), fill)


def step_of(entered: Mapping[str, str]) -> Step:
    """What was entered, as the service wants it."""
    fields: dict[str, Any] = {name: int(value) if name in NUMBERS and value.isdigit() else value.strip()
                              for name, value in entered.items() if name != MESSAGE}
    return Step(entered.get(MESSAGE, "").strip(), fields)


def field_of(name: str, screen: ActingScreen[Any], given: str | None = None) -> Field:
    """A field that a move asks for."""
    categories = settings_of(screen.context).all_categories
    label = word_of(name, categories)
    label = label[:1].upper() + label[1:]
    if name in NUMBERS:
        return Field(name, label, "choice", given or "", SCALE, check=_chosen)
    if name == "category":
        return Field(name, label, "choice", given or "", tuple((one, categories[one].label or one)
                                                               for one in categories))
    if name.startswith(FORM):
        short = name.removeprefix(FORM)
        found = next((one.form[short] for one in categories.values() if short in one.form), None)
        if found is not None and found.kind == "choice":
            return Field(name, label, "choice", given or "", tuple((one, one) for one in found.options))
        if found is not None:
            return Field(name, label, found.kind, given or "", required=True, hint=found.hint)
    value = given if given is not None else screen.context.actor.name if name == "assignee" else ""
    return Field(name, label, "text" if name in TEXTS else "line", value, required=True)


def _chosen(text: str) -> str | None:
    return None if text else "Choose a number from 1 to 5."


async def choose_person(screen: ActingScreen[Any], numbers: Sequence[int],
                        words: Vocabulary) -> tuple[str, str | None] | None:
    """To whom: (person, team); the team is None where it stays as it is."""
    context = screen.context
    teams = settings_of(context).teams
    me = context.actor.name
    people = dict.fromkeys((me, *(one for team in teams.values() for one in team.members), *people_of(words)))
    options = [Option(f"person:{name}", name, "you" if name == me else _teams_of(name, teams)) for name in people]
    options += [Option(f"team:{name}", name, f"the team {name}, nobody in it") for name in teams]
    options.append(Option(NOBODY, "nobody", "back to the pool"))
    chosen = await screen.app.push_screen_wait(Choose(f"Give {named(numbers)} to whom?", options, free="a name that is"
                                                      " new here", done="give", glyphs=context.glyphs))
    if chosen is None:
        return None
    kind, _, name = chosen.partition(":")
    if chosen == NOBODY:
        return "", None
    if kind == "team" and name in teams:
        return "", name
    return (name if kind == "person" and name else chosen), None


def people_of(words: Vocabulary) -> tuple[str, ...]:
    """The people whom tickets know."""
    return tuple(getattr(words, "people", ()))


def _teams_of(name: str, teams: Mapping[str, Any]) -> str:
    return ", ".join(team for team, one in teams.items() if name in one.members)


async def choose_priority(screen: ActingScreen[Any], numbers: Sequence[int],
                          now: Priority | None = None) -> Priority | None:
    """How urgent."""
    options = [Option(one.value, f"{one.code} {one.value}", "as it is now" if one is now else "") for one in Priority]
    chosen = await screen.app.push_screen_wait(Choose(f"Which priority for {named(numbers)}?", options, done="set",
                                                      value=now.value if now is not None else "",
                                                      glyphs=screen.context.glyphs))
    return None if chosen is None else Priority(chosen)


async def ask_tags(screen: ActingScreen[Any], numbers: Sequence[int],
                   tags: Iterable[str] = ()) -> tuple[list[str], list[str]] | None:
    """Which tags come and which go."""
    there = " ".join(tags)
    text = await screen.app.push_screen_wait(Ask(
        f"Tags of {named(numbers)}{f', now {limited(there, 60)}' if there else ''}:", hint="vpn -slow: adds vpn, takes"
        " slow away", done="set", check=lambda text: None if read_tags(text) is not None else
        f"Tags are words of at most {MOST_NAME} characters.", glyphs=screen.context.glyphs))
    return None if text is None else read_tags(text)


def read_tags(text: str) -> tuple[list[str], list[str]] | None:
    """`vpn -slow` as what is added and what is removed; None when it says nothing, or a word is too long."""
    words = text.replace(",", " ").split()
    add = [word.lstrip("+") for word in words if not word.startswith("-")]
    remove = [word[1:] for word in words if word.startswith("-")]
    fine = words and all(0 < len(word) <= MOST_NAME for word in (*add, *remove))
    return (add, remove) if fine else None


async def ask_link(screen: ActingScreen[Any], numbers: Sequence[int]) -> tuple[LinkKind, str] | None:
    """How it is linked, and to what."""
    glyphs = screen.context.glyphs
    options = [Option(one.value, LINK_WORDS[one], "another ticket" if one.opposite else "by its name")
               for one in LinkKind]
    kind = await screen.app.push_screen_wait(Choose(f"How is {named(numbers)} linked?", options, done="go on",
                                                    glyphs=glyphs))
    if kind is None:
        return None
    chosen = LinkKind(kind)
    hint = "its number" if chosen.opposite else "its number or name"
    target = await screen.app.push_screen_wait(Ask(
        f"{named(numbers)} {LINK_WORDS[chosen]}:", hint=hint, done="link", glyphs=glyphs,
        check=wrong_number if chosen.opposite else wrong_name))
    return None if target is None else (chosen, target.strip().removeprefix("#"))


async def ask_number(screen: ActingScreen[Any], question: str, done: str) -> int | None:
    """The number of another ticket."""
    text = await screen.app.push_screen_wait(Ask(question, hint="its number", done=done, check=wrong_number,
                                                 glyphs=screen.context.glyphs))
    return None if text is None else int(text.strip().removeprefix("#"))


def wrong_number(text: str) -> str | None:
    """What is wrong with the number of a ticket."""
    word = text.strip().removeprefix("#")
    fine = word.isascii() and word.isdigit() and len(word) <= 12 and int(word)
    return None if fine else "Enter the number of a ticket."


def wrong_name(text: str) -> str | None:
    """What is wrong with the name of what a ticket is linked to."""
    return None if 0 < len(text.strip()) <= MOST_NAME else f"Enter a name of at most {MOST_NAME} characters."


async def choose_view(screen: ActingScreen[Any], views: Mapping[str, View], counts: Mapping[str, int],
                      here: str) -> str | None:
    """Which view."""
    options = [Option(name, name, f"{counts[name] if counts.get(name, -1) >= 0 else '?'}   {view.filter}")
               for name, view in views.items()]
    return await screen.app.push_screen_wait(Choose("Which view?", options, value=here, done="show",
                                                    glyphs=screen.context.glyphs))
