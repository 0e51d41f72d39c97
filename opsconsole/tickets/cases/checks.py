"""What may stand on a ticket: every value that a person gives passes here, and each refusal is a sentence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from opsconsole.core.errors import UsageError
from opsconsole.core.text import limited
from opsconsole.tickets.lifecycle import FORM, carried
from opsconsole.tickets.model import MOST_NAME, MOST_TEXT, MOST_TITLE, Priority, Ticket, changed, plain
from opsconsole.tickets.store.rows import encodable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from opsconsole.tickets.settings import TicketSettings
    from opsconsole.tickets.settings.desk import FormField

MOST_LINE: Final = 300
"""Characters of an address, a release, a document of the knowledge base."""
MOST_REASON: Final = 4000
"""Characters of a reason, a note on a rating, what somebody says who acknowledges."""
MOST_SET: Final = 200
"""Tags, watchers, links, voters of one ticket."""
MOST_FIELDS: Final = 100

EDITABLE: Final = frozenset({
    "title", "description", "category", "priority", "requester", "requester_mail", "team", "assignee", "watchers",
    "tags", "impact", "effort", "value", "release", "version_seen", "root_cause", "knowledge"})
"""What `edit` and `move` can set, besides the fields of the form."""
_LONG: Final = frozenset({"description", "root_cause"})
SCALES: Final = {"impact": 5, "effort": 5, "value": 5}
"""Fields that are numbers, and the highest that each can be."""
_TYPES: Final[dict[str, Any]] = {field.name: field.type for field in msgspec.structs.fields(Ticket)}
_NAME: Final = re.compile(r"[^\s,;:@\x00-\x1f\x7f]+")


def text(words: str, what: str, *, empty: bool = False) -> str:
    """A message: without blanks at its end, not longer than a message may be.

    Raises:
        UsageError: it is longer, or empty without `empty`.
    """
    words = words.rstrip()
    if not words.strip() and not empty:
        raise UsageError(f"{what} has no text.", "Write something, or leave it.")
    if len(words) > MOST_TEXT:
        raise UsageError(f"{what} may have {MOST_TEXT:,} characters, and this one has {len(words):,}.",
                         "Attach it as a file.")
    return words


def title(words: str) -> str:
    """A title: one that is not empty and not too long.

    Raises:
        UsageError: it is.
    """
    words = words.strip()
    if not words:
        raise UsageError("A ticket needs a title.", "Say in a few words what it is about.")
    if len(words) > MOST_TITLE:
        raise UsageError(f"A title may have {MOST_TITLE} characters, and `{limited(words, 30)}` has {len(words):,}.",
                         "Put the rest into the description.")
    return words


def line(words: str, what: str, most: int = MOST_LINE) -> str:
    """A short text.

    Raises:
        UsageError: it is too long.
    """
    words = words.strip()
    if len(words) > most:
        raise UsageError(f"{what} may have {most} characters, and `{limited(words, 30)}` has {len(words):,}.")
    return words


def person(name: str, *, nobody: bool = False) -> str:
    """A login name; with `nobody`, empty is fine.

    Raises:
        UsageError: it cannot be one.
    """
    name = line(name, "A login name", MOST_NAME)
    if not name and nobody:
        return name
    if not _NAME.fullmatch(name):
        raise UsageError(f"`{limited(name, 30)}` is no login name.", "It is one word, such as `ana`.")
    return name


def tags(words: Iterable[str]) -> tuple[str, ...]:
    """Tags as they are kept: trimmed, in lower case, each once.

    Raises:
        UsageError: one is empty, too long, or holds a blank or a comma.
    """
    made = []
    for word in words:
        tag = line(word, "A tag", MOST_NAME).lower().removeprefix("#")
        if not tag or re.search(r"[\s,\x00-\x1f\x7f]", tag):
            raise UsageError(f"`{limited(word, 30)}` is no tag.", "A tag is one word, such as `vpn`.")
        made.append(tag)
    return tuple(dict.fromkeys(made))


def team(name: str, settings: TicketSettings) -> str:
    """A team that there is; empty: none.

    Raises:
        UsageError: there is none of this name.
    """
    return known(name.strip(), settings.teams, "team") if name.strip() else ""


def known(name: str, names: Collection[str], what: str) -> str:
    """A name that the configuration has.

    Raises:
        UsageError: it has it not.
    """
    if name in names:
        return name
    from opsconsole.core.config import nearest  # noqa: PLC0415 - only for a mistake

    there = ", ".join(sorted(names)) or "none"
    raise UsageError(f"There is no {what} `{limited(name, 40)}`{nearest(name, sorted(names)) or '.'}",
                     f"There is: {there}.")


def fields(given: Mapping[str, Any], settings: TicketSettings) -> dict[str, Any]:
    """Values for fields, each in the plain form in which events hold it; a field of the form is named `fields.NAME`.

    Raises:
        UsageError: there is no such field, or it cannot have this value.
    """
    return {name: _field(name, value, settings) for name, value in given.items()}


def _field(name: str, value: Any, settings: TicketSettings) -> Any:
    if name.startswith(FORM):
        line(name, "The name of a field", MOST_NAME)
        return encodable(text(str(value), f"`{name}`", empty=True))
    if name not in EDITABLE:
        raise UsageError(f"`{limited(name, 40)}` is no field that can be set.",
                         f"These can: {', '.join(sorted(EDITABLE))}, and the fields of the form as `fields.NAME`.")
    if name in SCALES:
        return scale(value, name)
    if name == "tags":
        return list(most(tags(_words(value)), "tags"))
    if name == "watchers":
        return list(most(tuple(dict.fromkeys(person(one) for one in _words(value))), "watchers"))
    if name == "priority":
        return priority(value).value
    return encodable(_string(name, str(value), settings))


def _string(name: str, value: str, settings: TicketSettings) -> str:
    if name == "title":
        return title(value)
    if name in _LONG:
        return text(value, f"`{name}`", empty=True)
    if name == "category":
        return known(value.strip(), settings.all_categories, "category")
    if name == "team":
        return team(value, settings)
    if name == "assignee":
        return person(value, nobody=True)
    if name == "requester_mail":
        return mail(value)
    return line(value, f"`{name}`")


def mail(value: str) -> str:
    """An address that mail can go to; empty: none.

    Raises:
        UsageError: it is none.
    """
    value = line(value, "An address")
    if value and not re.fullmatch(r"[^\s@<>,;:\"()\[\]\\\x00-\x20\x7f]+@[^\s@<>,;:\"()\[\]\\\x00-\x20\x7f]+", value):
        raise UsageError(f"`{limited(value, 40)}` is no address.", "One looks like `kim@example.com`.")
    return value


def scale(value: Any, name: str) -> int:
    """A number from 0 to 5.

    Raises:
        UsageError: it is none.
    """
    try:
        number = int(str(value or 0))
    except ValueError:
        number = -1
    if not 0 <= number <= SCALES[name]:
        raise UsageError(f"`{name}` must be a number from 1 to {SCALES[name]}, or 0 where nobody has said.")
    return number


def priority(value: Any) -> Priority:
    """A priority by its word or its code: `high`, `P1`, `1`.

    Raises:
        UsageError: it is none.
    """
    word = str(value.value if isinstance(value, Priority) else value).strip().lower()
    for one in Priority:
        if word in (one.value, one.code.lower(), str(one.rank)):
            return one
    raise UsageError(f"`{limited(word, 20)}` is no priority.", "It is urgent, high, medium or low.")


def most(values: tuple[Any, ...], what: str) -> tuple[Any, ...]:
    """As many as a ticket can have.

    Raises:
        UsageError: there are more.
    """
    if len(values) > MOST_SET:
        raise UsageError(f"A ticket can have {MOST_SET} {what}.")
    return values


def form(given: Mapping[str, str], asked: Mapping[str, FormField], *, complete: bool) -> dict[str, str]:
    """What was entered into a category's form.

    Raises:
        UsageError: with `complete`, a field is missing that must be there; a choice is none of its options.
    """
    made = {name: encodable(text(str(value), f"`{name}`", empty=True)) for name, value in given.items() if str(value)}
    if len(made) > MOST_FIELDS:
        raise _too_many_fields()
    for name, field in asked.items():
        label = field.label or name
        if complete and field.required and not made.get(name, "").strip():
            raise UsageError(f"The field `{label}` is empty, and a ticket of this category needs it.", "Fill it in.")
        if complete and made.get(name) and field.options and made[name] not in field.options:
            raise UsageError(f"`{limited(made[name], 30)}` is none of the choices of `{label}`.",
                             f"It is one of {', '.join(field.options)}.")
    return made


def with_fields(ticket: Ticket, values: Mapping[str, Any], settings: TicketSettings) -> dict[str, tuple[Any, Any]]:
    """The changes that give a ticket these values, checked before; those of the form go into `fields` together.

    A category with another lifecycle takes the ticket into the state of the same name there, or into its first one.

    Raises:
        UsageError: there would be too many fields.
    """
    made: dict[str, tuple[Any, Any]] = {}
    entered = dict(ticket.fields)
    for name, new in values.items():
        if name.startswith(FORM):
            entered[name.removeprefix(FORM)] = new
            continue
        old = encodable(plain(getattr(ticket, name)))
        if old != new:
            made[name] = (old, new)
    entered = {name: value for name, value in entered.items() if value}
    if len(entered) > max(MOST_FIELDS, len(ticket.fields)):
        raise _too_many_fields()
    if entered != ticket.fields:
        made["fields"] = (dict(ticket.fields), entered)
    if "category" in made:
        name, lifecycle = settings.lifecycle_of(made["category"][1])
        if name != ticket.lifecycle:
            state = carried(ticket.state, lifecycle)
            made |= changed(ticket, lifecycle=name, state=state, phase=lifecycle.states[state])
    return made


def _too_many_fields() -> UsageError:
    return UsageError(f"A ticket can have {MOST_FIELDS} fields.")


def _words(value: Any) -> list[str]:
    return value.replace(",", " ").split() if isinstance(value, str) else [str(one) for one in value]
