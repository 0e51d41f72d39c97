"""What a new ticket begins with. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsconsole.core.errors import UsageError
from opsconsole.tickets.cases import checks
from opsconsole.tickets.cases.work import as_number
from opsconsole.tickets.model import Link, Ticket, changed

if TYPE_CHECKING:
    from opsconsole.tickets.cases.types import New
    from opsconsole.tickets.settings import TicketSettings


def opened(new: New, settings: TicketSettings) -> dict[str, tuple[Any, Any]]:
    """The changes of the first event of a ticket; every value is checked, what is empty comes from its category.

    Raises:
        NotThere: a link leads to what is no number of a ticket.
        UsageError: no title, something too long, a category, team or field that there is not, a field that is missing.
    """
    category = new.category or next(iter(settings.all_categories))
    checks.known(category, settings.all_categories, "category")
    kind = settings.all_categories[category]
    name, lifecycle = settings.lifecycle_of(category)
    state = lifecycle.initial
    if not state:
        raise UsageError(f"The lifecycle `{name}` has no state in which a ticket begins.", "Mend the configuration.")
    priority = kind.priority if new.priority is None else new.priority
    return {**changed(
        Ticket(0), title=checks.title(new.title),
        description=checks.text(new.description, "The description", empty=True),
        category=category, lifecycle=name, state=state, source=new.source,
        requester=checks.line(new.requester, "A name"), requester_mail=checks.mail(new.requester_mail),
        team=checks.team(new.team, settings), assignee=checks.person(new.assignee, nobody=True),
        tags=checks.most(checks.tags(new.tags), "tags"),
        watchers=checks.most(tuple(dict.fromkeys(checks.person(one) for one in new.watchers)), "watchers"),
        fields=checks.form(new.fields, kind.form, complete=new.form),
        links=checks.most(tuple(dict.fromkeys(map(_plain, new.links))), "links"),
        impact=checks.scale(new.impact, "impact"),
        effort=checks.scale(new.effort, "effort"), value=checks.scale(new.value, "value"),
        version_seen=checks.line(new.version_seen, "A version"), alert_key=checks.line(new.alert_key, "The key", 1000)),
        "phase": (None, lifecycle.states[state].value), "priority": (None, priority.value)}


def _plain(link: Link) -> Link:
    """A link to a ticket by its plain number, however it was written."""
    return link if link.kind.opposite is None else Link(link.kind, str(as_number(link.target)))
