"""What the columns of a file become: by the names that other systems give them, or as somebody says. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NOTHING: Final = "-"
"""The field of a column that is left out."""
FORM: Final = "fields."
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("id", "number", "ticket", "ticket id", "ticket number", "key", "issue key", "issue id", "issue", "nr",
           "no", "case", "case number", "incident", "request id", "ref", "reference"),
    "title": ("title", "subject", "summary", "name", "headline", "short description", "betreff", "titel"),
    "description": ("description", "body", "details", "text", "content", "message", "problem", "beschreibung"),
    "state": ("state", "status", "stage", "ticket status"),
    "priority": ("priority", "prio", "severity", "urgency", "priorität"),
    "category": ("category", "type", "issue type", "ticket type", "kind", "topic", "tracker", "kategorie"),
    "requester": ("requester", "requester name", "reporter", "customer", "customer name", "contact", "from", "author",
                  "creator", "created by", "submitter", "caller", "opened by"),
    "requester_mail": ("requester mail", "requester email", "email", "mail", "e mail", "customer email",
                       "contact email", "from email", "reporter email", "email address"),
    "assignee": ("assignee", "assigned to", "agent", "owner", "assigned", "responsible", "assigned agent",
                 "bearbeiter"),
    "team": ("team", "group", "assigned group", "queue", "department", "assignment group", "assigned team"),
    "tags": ("tags", "labels", "label", "tag", "keywords"),
    "created": ("created", "created at", "created date", "date created", "opened", "opened at", "date", "create time",
                "created on", "creation date", "erstellt", "reported"),
    "resolved": ("resolved", "resolved at", "closed", "closed at", "solved at", "date closed", "resolution date",
                 "closed date", "closed on", "resolved date", "completed"),
    "release": ("release", "fix version", "fix version s", "milestone", "target version", "fix versions"),
    "version_seen": ("version", "affects version", "affected version", "affects version s", "affects versions"),
    "satisfaction": ("satisfaction", "satisfaction score", "rating", "csat")}
"""Each field and the names under which it is known, in lower case with single spaces."""
_KNOWN: Final = {name: field for field, names in FIELDS.items() for name in names}


class Column(NamedTuple):
    """One column of a file."""

    name: str
    """As the file has it."""
    field: str
    """What it becomes; `-`: nothing."""
    said: bool = False
    """Whether somebody said so, so that it is no guess."""


def columns_of(header: Sequence[str], said: Mapping[str, str]) -> tuple[Column, ...]:
    """What each column becomes.

    Args:
        header: the names in the first line of the file.
        said: fields by the name of the column, as somebody wants them; `-` leaves a column out.

    Raises:
        UsageError: a column that is not there, a field that there is not, one that two columns become, or no title.
    """
    wanted = {_plain(name): field for name, field in said.items()}
    missing = [name for name in said if _plain(name) not in {_plain(one) for one in header}]
    if missing:
        raise UsageError(f"There is no column `{missing[0]}` in the file.", f"There are: {', '.join(header)[:400]}.")
    for field in wanted.values():
        if field not in FIELDS and field != NOTHING and not field.startswith(FORM):
            raise UsageError(f"No column can become `{field}`.",
                             f"There are {', '.join(FIELDS)}, `fields.NAME`, and `-` to leave it out.")
    taken = set(wanted.values())
    found = []
    for name in header:
        plain = _plain(name)
        field = wanted.get(plain, "")
        if not field:
            guess = _guess(plain)
            field = NOTHING if guess in taken else guess
            taken.add(field)
        found.append(Column(name, field, plain in wanted))
    _check(found)
    return tuple(found)


def _guess(plain: str) -> str:
    if plain.startswith("fields "):
        return FORM + plain.removeprefix("fields ").replace(" ", "_")
    return _KNOWN.get(plain, NOTHING)


def _check(found: Sequence[Column]) -> None:
    fields = [one.field for one in found if one.field != NOTHING]
    twice = {field for field in fields if fields.count(field) > 1}
    if twice:
        both = [one.name for one in found if one.field in twice]
        raise UsageError(f"The columns {', '.join(both)} become the same field.", "Leave one out with `--map NAME=-`.")
    if "title" not in fields:
        raise UsageError("No column is known to hold the title.", "Say which, such as `--map Topic=title`.")


def _plain(name: str) -> str:
    """A name as it is compared: lower case, without signs."""
    return " ".join(re.sub(r"[\W_]+", " ", name.lower().lstrip("\ufeff")).split())
