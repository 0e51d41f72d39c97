"""What the commands of `ticket` share: their arguments, the use cases as configured, and what they say in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from opsconsole.core.errors import UsageError
from opsconsole.printing import changing, columns, glyphs, machine_clock, print_json, reading, say

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from opsconsole.core.database import Database
    from opsconsole.core.identity import Actor
    from opsconsole.core.view import View
    from opsconsole.tickets.cases.reading import Reading
    from opsconsole.tickets.cases.types import Done
    from opsconsole.tickets.model import Priority, Ticket
    from opsconsole.tickets.service import TicketService
    from opsconsole.tickets.settings import TicketSettings

    Change = Callable[[TicketService, Actor], Awaitable[Done]]
    Say = Callable[[Sequence[Ticket]], str]

MOST: int = 2**43 - 1
"""The highest number that a ticket can have."""
NUMBER = click.argument("number", type=click.IntRange(1, MOST))
NUMBERS = click.argument("numbers", nargs=-1, required=True, type=click.IntRange(1, MOST))
WORDS = click.argument("words", nargs=-1, required=True)
FIELD = click.option("--set", "values", multiple=True, metavar="FIELD=VALUE",
                     help="Give this field a value too; may be given again. One of the form is `fields.NAME`.")


def settings(given: Any) -> TicketSettings:
    """What the configuration says about tickets."""
    from opsconsole.tickets.settings import TicketSettings  # noqa: PLC0415 - `--help` needs none

    found: TicketSettings | None = given.loaded.settings.tickets
    return found if found is not None else TicketSettings()


def me(given: Any) -> str:
    """The login name of whoever runs this."""
    from opsconsole.core.identity import current_actor  # noqa: PLC0415 - `--help` needs none

    return current_actor(given.loaded.settings.roles, with_origin=False).name


def filter_text(given: Any, words: Sequence[str], name: str | None, default: str) -> str:
    """The filter that somebody means: a view, words, or both; the default without either.

    What the shell made one word, because it stood in quotes, is put into quotes again.

    Raises:
        UsageError: there is no such view.
    """
    parts = [f'"{word}"' if " " in word and '"' not in word and ":" not in word else word for word in words]
    if name is not None:
        known = settings(given).views_of(me(given))
        if name not in known:
            from opsconsole.core.config import nearest  # noqa: PLC0415 - only for a mistake

            raise UsageError(f"There is no view `{name}`{nearest(name, known) or '.'}",
                             "`opsconsole ticket views` shows what there is.")
        parts.insert(0, known[name].filter)
    return " ".join(parts) or default


def view(given: Any) -> View:
    """For whom lines are drawn."""
    from opsconsole.core.view import View  # noqa: PLC0415 - only where lines are drawn

    return View(columns(), glyphs(given), machine_clock().now())


def service_of(given: Any, db: Database) -> TicketService:
    """The use cases of tickets, as configured."""
    from opsconsole.core.blobs import Blobs  # noqa: PLC0415 - `--help` needs none
    from opsconsole.tickets.service import TicketService  # noqa: PLC0415 - as above

    loaded = given.loaded
    return TicketService(db, machine_clock(), settings(given), blobs=Blobs(loaded.paths.data / "blobs"),
                         gates=given.gates(db), notify_settings=loaded.settings.notify, cache=loaded.paths.cache)


def read_tickets(given: Any, read: Callable[[Reading], Awaitable[Any]], nothing: Any) -> Any:
    """What `read` returns; `nothing` where nothing was ever stored."""
    from opsconsole.tickets.cases.reading import Reading  # noqa: PLC0415 - a third of what all use cases cost to load

    cache = given.loaded.paths.cache
    return reading(given, lambda db: read(Reading(db, machine_clock(), settings(given), cache=cache)), nothing)


def there(given: Any, number: int) -> Ticket:
    """A ticket as it is now.

    Raises:
        UsageError, NotThere: there is none with this number.
    """
    found: Ticket | None = read_tickets(given, lambda service: service.get(number), None)
    if found is None:
        raise UsageError(f"There is no ticket {number}.", "None was ever opened here.")
    return found


def change_tickets(given: Any, change: Change) -> Done:
    """What `change` returns, which is done by whoever runs this."""
    done: Done = changing(given, lambda db, actor: change(service_of(given, db), actor))
    return done


def tell(done: Done, said: Say, *, as_json: bool) -> None:
    """Say what was done, or print it as JSON."""
    if as_json:
        print_json(done)
        return
    say(said(done.tickets) if done.batch and done.tickets else "It was so already; nothing had to be changed.")
    for sentence in done.notes:
        say(sentence)


def names(tickets: Sequence[Ticket]) -> str:
    """`ticket 42`, `tickets 42 and 43`, `500 tickets`."""
    if len(tickets) == 1:
        return f"ticket {tickets[0].number}"
    if len(tickets) > 10:
        return f"{len(tickets)} tickets"
    *most, last = [str(one.number) for one in tickets]
    return f"tickets {', '.join(most)} and {last}"


def subject(tickets: Sequence[Ticket]) -> str:
    """The same as the beginning of a sentence, with its verb: `Ticket 42 is`, `Tickets 42 and 43 are`."""
    text = names(tickets)
    return f"{text[0].upper()}{text[1:]} {'is' if len(tickets) == 1 else 'are'}"


def numbered(words: Sequence[str], what: str) -> tuple[list[int], str]:
    """Numbers of tickets, and the words after them.

    Args:
        words: as they were given.
        what: what has to stand after the numbers, for a sentence; empty: nothing has to.

    Raises:
        UsageError: there is no number, or nothing after them.
    """
    numbers: list[int] = []
    for word in words:
        plain = word.removeprefix("#").rstrip(",")
        if not (plain.isascii() and plain.isdigit() and 0 < int(plain[:20]) <= MOST):
            break
        numbers.append(int(plain))
    rest = " ".join(words[len(numbers):]).strip()
    if not numbers:
        raise UsageError(f"`{words[0]}` is no number of a ticket.", "Numbers come first, such as `42 43`.")
    if what and not rest:
        raise UsageError(f"After the number, {what} is missing.")
    return list(dict.fromkeys(numbers)), rest


def fields_of(values: Sequence[str]) -> dict[str, str]:
    """Fields and what they are to be, from FIELD=VALUE.

    Raises:
        UsageError: one is not of this form.
    """
    found = {}
    for text in values:
        name, equals, value = text.partition("=")
        if not (equals and name.strip()):
            raise UsageError(f"`{text}` is not FIELD=VALUE.", "Write it such as `release=2.1`.")
        found[name.strip().replace("-", "_") if "." not in name else name.strip()] = value
    return found


def value_of(name: str, text: str, like: Any) -> Any:
    """The value that a text is for a field, which is one now that is like this.

    Of a field with several, `+vpn,-old` adds and takes away, and `vpn,office` are all that it has then.

    Raises:
        UsageError: it cannot be one.
    """
    if isinstance(like, bool | int):
        return number_of(name, text)
    if isinstance(like, tuple):
        parts = [part.strip() for part in text.split(",") if part.strip()]
        if not parts or any(part[0] not in "+-" for part in parts):
            return tuple(parts)
        gone = {part[1:] for part in parts if part[0] == "-"}
        more = (part[1:] for part in parts if part[0] == "+")
        return tuple(dict.fromkeys((*(one for one in like if one not in gone), *more)))
    return priority_of(text).value if name == "priority" else text


def number_of(name: str, text: str) -> int:
    """The whole number that a text is.

    Raises:
        UsageError: it is none.
    """
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise UsageError(f"`{text}` is no value for {name}.", "It takes a whole number.")
    return int(text)


def priority_of(text: str) -> Priority:
    """The priority that a word names.

    Raises:
        UsageError: there is none of this name.
    """
    from opsconsole.tickets.model import Priority  # noqa: PLC0415 - `--help` needs none

    word = text.strip().lower()
    for one in Priority:
        if word in (one.value, one.code.lower(), str(one.rank)):
            return one
    raise UsageError(f"There is no priority `{text}`.", f"There are {', '.join(Priority)}, or P0 to P3.")


def person_of(given: Any, text: str) -> str:
    """The login name that somebody means: `me` is themselves, `none` is nobody."""
    return me(given) if text == "me" else "" if text in ("none", "nobody") else text.removeprefix("@")
