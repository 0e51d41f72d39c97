"""The fields of several tickets at once: what is the same on all stands there, and only what is changed is set."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Final

from opsconsole.console import actions as shell
from opsconsole.console.dialogs.choose import Choose, Option
from opsconsole.core.errors import OpsError
from opsconsole.core.lines import Line, Span, Style
from opsconsole.core.text import harmless, limited
from opsconsole.tickets.cases.types import Edit
from opsconsole.tickets.errors import Clash
from opsconsole.tickets.model import plain
from opsconsole.tickets.present.queue import named
from opsconsole.tickets.screen import choosing, doing, service_of, settings_of
from opsconsole.tickets.screen.filling import FormScreen
from opsconsole.tickets.screen.forms import LISTS, edit_fields, entered, shown_value, typed, value_of, vocabulary_of
from opsconsole.tickets.screen.found import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from opsconsole.console.widgets.field import Field
    from opsconsole.console.widgets.form import Form
    from opsconsole.core.actions import Action
    from opsconsole.tickets.filters import Vocabulary
    from opsconsole.tickets.model import Ticket
    from opsconsole.tickets.settings import Category

BASE: Final = "~base"
"""What stood in each field of each ticket when the edit was begun; its draft keeps it."""
OWN: Final = frozenset({"title", "description"})
"""What every ticket has for itself."""
NEEDED: Final = frozenset({"category"})
"""What no ticket can be without, though no form says so."""
NONE: Final = "-"
"""Typed into a field that differs, or among the words of one that holds several: what each has there goes."""
DIFFERENT: Final = "they differ; empty: each keeps its own"
CLEARS: Final = f"{DIFFERENT}, {NONE} empties all"
MORE: Final = f"what you add here is added to all of them, {NONE} empties all"


class EditManyScreen(FormScreen, inherit_bindings=False):
    """The fields of several tickets.

    Args:
        numbers: which.
    """

    ACTIONS: ClassVar[tuple[Action, ...]] = (shell.SAVE, shell.EDITOR, shell.SHOW_TEXT)

    def __init__(self, numbers: Sequence[int]) -> None:
        super().__init__()
        self.numbers = list(numbers)
        self.title = f"Fields of {named(self.numbers)}"

    def on_mount(self) -> None:
        """Read the tickets first."""
        self.held(self.run_worker(self._begin(), group="form", exclusive=True))

    async def _begin(self) -> None:
        await opened(self.context)
        try:
            tickets = list((await service_of(self.context).get_many(self.numbers)).values())
        except OpsError as error:
            self.console.notify_error(error)
            self.dismiss()
            return
        self.head([Line((Span(named(self.numbers), Style.ACCENT),
                         Span("  what you change here is set on all of them, the rest stays", Style.MUTED)))])
        fields = common_fields(tickets, settings_of(self.context).all_categories, await vocabulary_of(self))
        base = {field.name: {str(one.number): plain(value_of(one, field.name)) for one in tickets}
                for field in fields}
        await self.fill(fields, form="ticket-edit", key=",".join(map(str, self.numbers)),
                        carried={BASE: json.dumps(base)})

    async def submit(self, form: Form, values: Mapping[str, str]) -> bool:
        """Store what was changed on all of them at once; where others changed the same, ask."""
        edits = edits_of(json.loads(form.carried[BASE]), values, self.numbers)
        if not edits:
            self.console.say("Nothing was changed.")
            return True
        service = doing.service_or_none(self)
        while service is not None and edits:
            try:
                done = await service.edit_all(self.context.actor, edits)
            except Clash as clash:
                if not await self._settle(clash, edits):
                    return False
            except OpsError as error:
                self.console.notify_error(error)
                return False
            else:
                said = f"{doing.are(self.numbers, 'is', 'are')} changed." if done.batch else "Nothing was changed."
                self.console.say(" ".join((said, *done.notes)) + (doing.undo_hint(self) if done.batch else ""))
                return True
        if service is not None:
            self.console.say("They stay as others have changed them.")
        return service is not None

    async def _settle(self, clash: Clash, edits: dict[int, Edit]) -> bool:
        """Ask whose value counts on this ticket, field by field; False: go on typing."""
        edit = edits[clash.ticket]
        base, wanted = dict(edit.base), dict(edit.wanted)
        for name, (_, mine, theirs) in clash.fields.items():
            word = choosing.word_of(name, settings_of(self.context).all_categories)
            by = harmless(limited(clash.by.get(name, "") or "somebody else", 40))
            options = [Option("mine", "mine", shown_value(mine)),
                       Option("theirs", f"that of {limited(by, 12)}", shown_value(theirs))]
            chosen = await self.app.push_screen_wait(Choose(
                f"{by} changed {word} of #{clash.ticket} too. Which counts?", options, done="take it",
                glyphs=self.context.glyphs))
            if chosen is None:
                return False
            base[name] = plain(theirs)
            if chosen == "theirs":
                wanted.pop(name, None)
        if wanted:
            edits[clash.ticket] = Edit(base, wanted)
        else:
            del edits[clash.ticket]
        return True


def common_fields(tickets: Sequence[Ticket], categories: Mapping[str, Category],
                  words: Vocabulary) -> tuple[Field, ...]:
    """The fields that all of some tickets have, with the values that are the same on all of them."""
    fields = [{field.name: field for field in edit_fields(one, categories.get(one.category), list(categories.items()),
                                                          words)} for one in tickets]
    made = []
    for name, field in fields[0].items():
        if name in OWN or not all(name in others for others in fields):
            continue
        values = {others[name].value for others in fields}
        if name in LISTS:
            there = [one for one in value_of(tickets[0], name) if all(one in value_of(other, name)
                                                                      for other in tickets)]
            made.append(field._replace(value=" ".join(there), hint="" if len(values) == 1 else MORE))
        elif len(values) == 1:
            made.append(field)
        else:
            made.append(_differing(field))
    return tuple(made)


def _differing(field: Field) -> Field:
    """A field that each ticket has for itself: it can be given to all of them, and taken from all that need none."""
    needed = field.required or field.name in NEEDED
    none = () if needed else ((NONE, "none"),)
    options = field.options and (("", "each its own"), *none,
                                 *(one for one in field.options if one[0] not in ("", NONE)))
    return field._replace(value="", hint=DIFFERENT if needed else CLEARS, options=options, required=False,
                          check=_checked(field, needed=needed))


def _checked(field: Field, *, needed: bool) -> Callable[[str], str | None]:
    """The check of a field that differs; where it can be emptied, what says so is no value."""
    def check(text: str) -> str | None:
        if text.strip() == NONE:
            return f"{field.label} cannot be taken away." if needed else None
        return field.check(text) if field.check is not None else None

    return check


def edits_of(base: Mapping[str, Mapping[str, Any]], values: Mapping[str, str],
             numbers: Sequence[int]) -> dict[int, Edit]:
    """What is to be set on each ticket: only fields that were changed, each against what stood there before.

    Args:
        base: of each field the value on each ticket, as it was read.
        values: what stands in the form.
        numbers: of the tickets.
    """
    wanted: dict[str, Any] = {}
    bases: dict[str, dict[str, Any]] = {}
    for name, text in values.items():
        if name not in base:
            continue
        seen = list(base[name].values())
        differ = not all(one == seen[0] for one in seen)
        now = typed(name, "" if differ and text.strip() == NONE else text)
        if name in LISTS and NONE in text.replace(",", " ").split():
            wanted[name], bases[name] = [one for one in now if one != NONE], dict(base[name])
        elif name in LISTS:
            # What stood in the form is what all have in common; against that, words were added and taken away.
            common = [one for one in seen[0] if all(one in others for others in seen)]
            if now != common:
                wanted[name], bases[name] = now, dict.fromkeys(base[name], common)
        elif not differ:
            if now != typed(name, entered(seen[0])):
                wanted[name], bases[name] = now, dict(base[name])
        elif text.strip():
            wanted[name], bases[name] = now, dict(base[name])
    return {number: Edit({name: bases[name].get(str(number)) for name in wanted}, wanted)
            for number in numbers} if wanted else {}
