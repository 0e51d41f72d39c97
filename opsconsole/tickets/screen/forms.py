"""New tickets and their fields; what two people changed at the same time is asked field by field."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Final

from opsconsole.console import actions as shell
from opsconsole.console.dialogs.choose import Choose, Option
from opsconsole.console.widgets.field import Field
from opsconsole.core.errors import OpsError
from opsconsole.core.lines import Line, Span, Style
from opsconsole.core.text import harmless, limited
from opsconsole.tickets.cases.types import New
from opsconsole.tickets.errors import Clash
from opsconsole.tickets.filters import Vocabulary
from opsconsole.tickets.lifecycle import FORM
from opsconsole.tickets.model import MOST_NAME, MOST_TEXT, MOST_TITLE, Priority, plain
from opsconsole.tickets.screen import choosing, doing, service_of, settings_of
from opsconsole.tickets.screen.filling import FormScreen
from opsconsole.tickets.screen.found import opened
from opsconsole.tickets.screen.message import MessageScreen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opsconsole.console.widgets.form import Form
    from opsconsole.core.actions import Action
    from opsconsole.tickets.model import Ticket
    from opsconsole.tickets.settings import Category, FormField

__all__ = ["EditScreen", "MessageScreen", "NewScreen"]

PRIORITIES: Final = tuple((one.value, f"{one.code} {one.value}") for one in Priority)
NOT_SAID: Final = ("", "?")
LISTS: Final = frozenset({"tags", "watchers"})
NUMBERS: Final = frozenset({"impact", "effort", "value"})
BASE: Final = "~base"
"""The values that were shown when an edit was begun; its draft keeps them."""
TEXT_ROWS: Final = 4


class NewScreen(FormScreen, inherit_bindings=False):
    """A new ticket: first its category, then what that one asks for.

    Args:
        category: which; None: it is asked.
        then: told the number of the ticket that was opened.
    """

    ACTIONS: ClassVar[tuple[Action, ...]] = (shell.SAVE, shell.EDITOR, shell.SHOW_TEXT)

    def __init__(self, category: str | None = None, then: Callable[[int], None] | None = None) -> None:
        super().__init__()
        self.title = "New ticket"
        self._then = then
        self.category = category

    def on_mount(self) -> None:
        """Ask for the category, then for the rest."""
        self.held(self.run_worker(self._begin(), group="form", exclusive=True))

    async def _begin(self) -> None:
        categories = settings_of(self.context).all_categories
        if self.category is None:
            self.category = next(iter(categories)) if len(categories) == 1 else await self._choose(categories)
        if self.category is None or self.category not in categories:
            self.dismiss()
            return
        category = categories[self.category]
        self.title = f"New {category.label or self.category}"
        self.head([Line((Span("NEW ", Style.MUTED), Span(harmless(category.label or self.category), strong=True)))])
        await self.fill(new_fields(category, await vocabulary_of(self)), form="ticket-new", key=self.category)

    async def _choose(self, categories: Mapping[str, Category]) -> str | None:
        options = [Option(name, one.label or name, f"{one.lifecycle}, {one.priority.code} {one.priority.value}")
                   for name, one in categories.items()]
        return await self.app.push_screen_wait(Choose("What kind of ticket?", options, done="write it",
                                                      glyphs=self.context.glyphs))

    async def submit(self, form: Form, values: Mapping[str, str]) -> bool:  # noqa: ARG002 - see `FormScreen`
        """Open the ticket."""
        service = doing.service_or_none(self)
        if service is None:
            return False
        try:
            done = await service.create(self.context.actor, new_of(self.category or "", values))
        except OpsError as error:
            self.console.notify_error(error)
            return False
        ticket = done.tickets[0]
        owner = f" and belongs to {harmless(limited(ticket.assignee, 40))}" if ticket.assignee else (
            f" and goes to the team {harmless(limited(ticket.team, 40))}" if ticket.team else "")
        self.console.say(" ".join((f"#{ticket.number} is open{owner}.", *done.notes)))
        if self._then is not None:
            self._then(ticket.number)
        return True


def new_fields(category: Category, words: Vocabulary) -> tuple[Field, ...]:
    """The fields of a new ticket, in the order in which they are asked."""
    return (Field("title", "Title", required=True, hint="what is wrong or wished, in one line", check=_title),
            *(form_field(name, one, "") for name, one in category.form.items()),
            Field("requester", "Requester", words=words.requesters, hint="who asks; empty: you do"),
            Field("requester_mail", "Their mail", words=words.requesters, check=_mail),
            Field("priority", "Priority", "choice", category.priority.value, PRIORITIES),
            *(_wish({}) if category.wish else ()),
            Field("tags", "Tags", words=words.tags, check=_tags),
            Field("description", "Description", "text", check=_text))


def new_of(category: str, values: Mapping[str, str]) -> New:
    """What was entered, as the service wants it."""
    return New(
        title=values["title"].strip(), description=values["description"].strip(), category=category,
        priority=Priority(values["priority"]), requester=values["requester"].strip(),
        requester_mail=values["requester_mail"].strip(), tags=tuple(_listed(values["tags"])),
        fields={name.removeprefix(FORM): text.strip() for name, text in values.items()
                if name.startswith(FORM) and text.strip()},
        impact=int(values.get("impact") or 0), effort=int(values.get("effort") or 0),
        value=int(values.get("value") or 0))


class EditScreen(FormScreen, inherit_bindings=False):
    """The fields of a ticket.

    Args:
        number: which.
    """

    ACTIONS: ClassVar[tuple[Action, ...]] = (shell.SAVE, shell.EDITOR, shell.SHOW_TEXT)

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.title = f"Fields of #{number}"

    def on_mount(self) -> None:
        """Read the ticket first."""
        self.held(self.run_worker(self._begin(), group="form", exclusive=True))

    async def _begin(self) -> None:
        await opened(self.context)
        try:
            ticket = await service_of(self.context).get(self.number)
        except OpsError as error:
            self.console.notify_error(error)
            self.dismiss()
            return
        category = settings_of(self.context).all_categories.get(ticket.category)
        title = Span(harmless(limited(ticket.title, MOST_TITLE)), strong=True)
        self.head([Line((Span(f"#{self.number}", Style.ACCENT), Span(" "), title, Span("  its fields", Style.MUTED)))])
        fields = edit_fields(ticket, category, list(settings_of(self.context).all_categories.items()),
                             await vocabulary_of(self))
        base = json.dumps({field.name: plain(value_of(ticket, field.name)) for field in fields})
        await self.fill(fields, form="ticket-edit", key=str(self.number), carried={BASE: base})
        self.be_at(self.number)

    async def submit(self, form: Form, values: Mapping[str, str]) -> bool:
        """Store what was changed; where others changed the same, ask."""
        base: dict[str, Any] = json.loads(form.carried[BASE])
        wanted = {name: typed(name, text) for name, text in values.items()
                  if name in base and typed(name, text) != typed(name, entered(base[name]))}
        if not wanted:
            self.console.say("Nothing was changed.")
            return True
        service = doing.service_or_none(self)
        while service is not None and wanted:
            try:
                done = await service.edit(self.context.actor, self.number,
                                          {name: base[name] for name in wanted}, wanted)
            except Clash as clash:
                if not await self._settle(clash, base, wanted):
                    return False
            except OpsError as error:
                self.console.notify_error(error)
                return False
            else:
                self.console.say(" ".join((f"#{self.number} is changed.", *done.notes)) + doing.undo_hint(self))
                return True
        if service is not None:
            self.console.say(f"#{self.number} stays as others have changed it.")
        return service is not None

    async def _settle(self, clash: Clash, base: dict[str, Any], wanted: dict[str, Any]) -> bool:
        """Ask whose value counts, field by field; False: go on typing."""
        decided: dict[str, tuple[str, Any]] = {}
        for name, (_, mine, theirs) in clash.fields.items():
            word = choosing.word_of(name, settings_of(self.context).all_categories)
            by = clash.by.get(name, "") or "somebody else"
            options = [Option("mine", "mine", shown_value(mine)), Option("theirs", f"that of {limited(by, 12)}",
                                                                    shown_value(theirs))]
            chosen = await self.app.push_screen_wait(Choose(
                f"{harmless(limited(by, 40))} changed {word} too. Which counts?", options, done="take it",
                glyphs=self.context.glyphs))
            if chosen is None:
                return False
            decided[name] = (chosen, plain(theirs))
        for name, (chosen, theirs) in decided.items():
            base[name] = theirs
            if chosen == "theirs":
                wanted.pop(name, None)
        return True


def edit_fields(ticket: Ticket, category: Category | None, categories: list[tuple[str, Category]],
                words: Vocabulary) -> tuple[Field, ...]:
    """The fields of a ticket that is there; those of a form that nobody asks for any more stay, too."""
    asked = dict(category.form) if category is not None else {}
    others = [name for name in ticket.fields if name not in asked]
    kinds = dict.fromkeys((ticket.category, *(name for name, _ in categories)))
    labels = {name: one.label or name for name, one in categories}
    wish = (category is not None and category.wish) or bool(ticket.impact or ticket.effort)
    return (Field("title", "Title", value=ticket.title, required=True, check=_title),
            Field("category", "Category", "choice", ticket.category,
                  tuple((name, labels.get(name, name)) for name in kinds)),
            *(form_field(name, one, ticket.fields.get(name, "")) for name, one in asked.items()),
            *(Field(f"{FORM}{name}", name, "text", ticket.fields[name], rows=TEXT_ROWS) for name in others),
            Field("requester", "Requester", value=ticket.requester, words=words.requesters),
            Field("requester_mail", "Their mail", value=ticket.requester_mail, words=words.requesters, check=_mail),
            *(_wish({name: getattr(ticket, name) for name in NUMBERS}) if wish else ()),
            Field("tags", "Tags", value=" ".join(ticket.tags), words=words.tags, check=_tags),
            Field("watchers", "Watchers", value=" ".join(ticket.watchers), words=words.people, check=_people),
            Field("release", "Release", value=ticket.release, words=words.releases, check=_name),
            Field("version_seen", "Seen in", value=ticket.version_seen, check=_name),
            Field("description", "Description", "text", ticket.description, check=_text),
            Field("root_cause", "Root cause", "text", ticket.root_cause, check=_text, rows=TEXT_ROWS),
            Field("knowledge", "Document", value=ticket.knowledge, hint="of the knowledge base, that helped"))


def form_field(name: str, one: FormField, value: str) -> Field:
    """One field of a category's form."""
    options = (NOT_SAID, *((word, word) for word in dict.fromkeys((*one.options, *([value] if value else ())))))
    return Field(f"{FORM}{name}", one.label or name, one.kind, value, options if one.kind == "choice" else (),
                 required=one.required, hint=one.hint, check=_text, rows=TEXT_ROWS)


def _wish(values: Mapping[str, int]) -> tuple[Field, ...]:
    scale = (NOT_SAID, *((str(number), str(number)) for number in range(1, 6)))
    return tuple(Field(name, name.capitalize() if name != "value" else "Business value", "choice",
                       str(values.get(name) or ""), scale) for name in ("impact", "effort", "value"))


def value_of(ticket: Ticket, name: str) -> Any:
    """The value of a field as `edit` names it."""
    return ticket.fields.get(name.removeprefix(FORM), "") if name.startswith(FORM) else getattr(ticket, name)


def typed(name: str, text: str) -> Any:
    """What was entered in a field, in the plain form of its value."""
    if name in LISTS:
        return _listed(text)
    if name in NUMBERS:
        return int(text or 0)
    return text.strip() if name not in ("description", "root_cause") else text.rstrip()


def entered(value: Any) -> str:
    """A value as it stands in its field."""
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value or "")


async def vocabulary_of(screen: FormScreen) -> Vocabulary:
    """What completes names and tags; a form works without it."""
    try:
        await opened(screen.context)
        return await service_of(screen.context).vocabulary()
    except OpsError:
        return Vocabulary()


def _listed(text: str) -> list[str]:
    return list(dict.fromkeys(text.replace(",", " ").split()))


def shown_value(value: Any) -> str:
    """A value in a dialog, short."""
    text = " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return harmless(limited(" ".join(text.split()), 60)) or "(empty)"


def _title(text: str) -> str | None:
    return None if len(text.strip()) <= MOST_TITLE else f"A title has at most {MOST_TITLE} characters."


def _name(text: str) -> str | None:
    return None if len(text.strip()) <= MOST_NAME else f"At most {MOST_NAME} characters."


def _text(text: str) -> str | None:
    return None if len(text) <= MOST_TEXT else f"At most {MOST_TEXT // 1024} KiB; attach what is longer as a file."


def _mail(text: str) -> str | None:
    word = text.strip()
    local, _, domain = word.rpartition("@")
    fine = not word or (local and domain and not any(char in word for char in " \t,;<>"))
    return None if fine else f"{limited(word, 40)} is no address such as maria@example.com."


def _tags(text: str) -> str | None:
    fine = all(len(word) <= MOST_NAME for word in _listed(text))
    return None if fine else f"A tag has at most {MOST_NAME} characters."


def _people(text: str) -> str | None:
    fine = all(len(word) <= MOST_NAME for word in _listed(text))
    return None if fine else f"A name has at most {MOST_NAME} characters."
