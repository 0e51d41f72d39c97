"""What happened since the last entry, below the form of one: each proposal is taken into it or dropped by a key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Final

from msgspec.structs import replace
from textual.containers import Vertical

from opsconsole.console import actions as shell
from opsconsole.console.bar import Bar
from opsconsole.console.keys import key_label
from opsconsole.console.storage import opened
from opsconsole.console.timeline import PART as TIMELINE
from opsconsole.console.timeline.source import sources_of
from opsconsole.console.widgets.page_view import PageView
from opsconsole.core.errors import OpsError
from opsconsole.core.levels import Level
from opsconsole.core.lines import Line, Tint
from opsconsole.core.view import framed
from opsconsole.logbook import actions
from opsconsole.logbook.model import PROPOSED, Entry, EntryType, Proposed
from opsconsole.logbook.present.proposals import (
    Decision,
    Offer,
    heading,
    nothing_lines,
    offer_lines,
    since_line,
)
from opsconsole.logbook.proposing import dropped, moved, said, stands, taken
from opsconsole.logbook.screen.desk import desk_of, service_of

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget

    from opsconsole.console.form_screen import FormScreen
    from opsconsole.console.widgets.form import Form
    from opsconsole.core.actions import Action
    from opsconsole.logbook.model import Proposal

    Base = FormScreen
else:
    Base = object

DECIDED: Final = "~proposals"
"""What was decided, by the keys of the proposals; the draft keeps it."""
_DECISIONS: Final = {one.value: one for one in Decision}


class Proposing(Base):
    """The proposals of a form; the screen that it is part of says by `propose` which entry is written."""

    FORM_GROUPS: ClassVar[frozenset[str]] = frozenset({"form", "proposal"})
    ACTIONS: ClassVar[tuple[Action, ...]] = (*actions.PROPOSALS, shell.SAVE, shell.EDITOR, shell.SHOW_TEXT)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._written: Entry | None = None
        self._kind = ""
        self._proposed: Proposed | None = None
        self._shell: tuple[Proposal, ...] = ()
        """Commands that were typed, once somebody wants to see them."""
        self._before: Widget | None = None
        """What had the cursor before the proposals had it."""

    def body(self) -> ComposeResult:
        """The form, and below it what happened."""
        yield from super().body()
        with Vertical(id="happened"):
            yield Bar(self._since, id="since")
            yield PageView(id="proposals", glyphs=self.context.glyphs)

    # -- what is known ------------------------------------------------------------------------------------------------

    def propose(self, entry: Entry) -> None:
        """Read what happened before this entry ended; again where the form gives it another type."""
        form = self.form
        self._written, self._proposed = entry, None
        self._kind = form.values["type"] if form is not None else entry.type.value
        self.show_proposals()
        self.run_worker(self._read(entry, EntryType(self._kind)), group="proposals", exclusive=True)

    async def _read(self, entry: Entry, kind: EntryType) -> None:
        await opened(self.context)
        try:
            sources, missing = await sources_of(self.context) if TIMELINE in self.context.parts else ((), "")
            found = await service_of(self.context).proposals(self.context.actor, kind, sources, number=entry.id)
        except OpsError as error:
            found = Proposed(entry.begun, entry.begun, problems=(str(error),))
        else:
            found = replace(found, problems=(*found.problems, missing)) if missing else found
        self._proposed = found
        self.show_proposals()

    @property
    def decided(self) -> dict[str, tuple[str, str]]:
        """What was decided: key → decision and field."""
        form = self.form
        text = form.carried.get(DECIDED, "") if form is not None else ""
        try:
            return {str(one): (str(decision), str(field)) for one, (decision, field) in json.loads(text).items()
                    if field in PROPOSED} if text else {}
        except (ValueError, TypeError, AttributeError):
            return {}

    @property
    def offers(self) -> list[Offer]:
        """All proposals, as they are decided: by a key, or because the form says it already."""
        form, decided = self.form, self.decided
        stated, made = said(form.values if form is not None else {}), []
        for one in (*(self._proposed.proposals if self._proposed is not None else ()), *self._shell):
            decision, field = decided.get(one.key, ("", one.field))
            meant = moved(one, field)
            there = Decision.TAKEN if stands(stated, meant) else Decision.OPEN
            made.append(Offer(meant, _DECISIONS.get(decision, there)))
        return made

    @property
    def chosen(self) -> Offer | None:
        """The one under the cursor."""
        page = self.query_one_optional("#proposals", PageView)
        return next((one for one in self.offers if page is not None and one.proposal.key == page.target), None)

    @property
    def proposing(self) -> bool:
        """Whether the cursor is among the proposals."""
        page = self.query_one_optional("#proposals", PageView)
        return page is not None and page.has_focus

    # -- what is drawn ------------------------------------------------------------------------------------------------

    def show_proposals(self) -> None:
        """Draw them again, and how many wait."""
        page = self.query_one_optional("#proposals", PageView)
        if page is None or self._written is None:
            return
        offers, view = self.offers, self.view()
        waiting = sum(one.decision is Decision.OPEN and not one.proposal.is_command for one in offers)
        listing = self.action_of(actions.PROPOSED.id)
        name = key_label(listing.keys[0]) if listing is not None and listing.keys else ""
        self.head([heading(self._written, waiting if self._proposed is not None else None, name, view)])
        if not self.query_one("#happened").has_class("-shown"):
            return
        cells = self.size.width - 1
        page.show([framed(line, cells) for line in offer_lines(offers, view._replace(cells=view.cells - 1))],
                  empty=[framed(line, cells) for line in nothing_lines(self._proposed, view)])
        self.query_one("#since", Bar).rebuild()
        self.refresh_bindings()

    def _since(self, cells: int) -> Line:
        if self._proposed is None:
            return Line(tint=Tint.BAR)
        drawn = since_line(self._proposed, self.offers, self.view())
        return framed(drawn, cells)._replace(tint=Tint.BAR)

    def on_resize(self) -> None:
        """Another width has other rows."""
        self.call_after_refresh(self.show_proposals)

    def on_form_edited(self, event: Form.Edited) -> None:
        """What stands in the form now may say what was proposed; another type looks at another time."""
        event.stop()
        kind = event.form.values.get("type", self._kind)
        if self._written is not None and kind != self._kind:
            self.propose(self._written)
        else:
            self.show_proposals()

    def on_lines_view_moved(self, event: PageView.Moved) -> None:
        """The field that is meant comes into view."""
        event.stop()
        self.refresh_bindings()
        self._reveal()

    def _reveal(self) -> None:
        one, form = self.chosen, self.form
        if one is not None and form is not None and self.proposing:
            form.reveal(one.proposal.field)

    # -- keys ---------------------------------------------------------------------------------------------------------

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        if action.group != "proposal":
            return super().unavailable(action)
        if self.form is None:
            return "The form is being read; try again in a moment."
        if action.id == actions.PROPOSED.id:
            return None
        if not self.proposing:
            return "Go to what happened first."
        if action.id == actions.SHELL.id:
            return None
        if self.chosen is None:
            return "Nothing is proposed."
        if action.id == actions.SOURCE.id and not (self.chosen.proposal.target and desk_of(self.context).opener):
            return "There is nothing to open of it."
        return None

    def action_list(self) -> None:
        """Go to the proposals, or back to the form."""
        self._leave() if self.proposing else self._enter()

    def _enter(self) -> None:
        self._before = self.focused
        self.query_one("#happened").add_class("-shown")
        self.show_proposals()
        page = self.query_one("#proposals", PageView)
        page.focus()
        waiting = next((one for one in self.offers if one.decision is Decision.OPEN), None)
        if waiting is not None:
            page.stand_on(waiting.proposal.key)
        self.call_after_refresh(self._reveal)

    def _leave(self) -> None:
        before, self._before = self._before, None
        if before is not None and before.is_attached:
            before.focus()
        else:
            self.focus_previous()
        self.query_one("#happened").remove_class("-shown")
        self.refresh_bindings()

    def action_back(self) -> None:
        """Out of the proposals first, then out of the form."""
        self._leave() if self.proposing else super().action_back()

    def on_lines_view_opened(self, event: PageView.Opened) -> None:
        """Enter takes, as the key does."""
        event.stop()
        self.action_take()

    def action_take(self) -> None:
        """Into the form; once more, out of it."""
        if (one := self.chosen) is not None:
            self._decide(one, Decision.OPEN if one.decision is Decision.TAKEN else Decision.TAKEN)

    def action_drop(self) -> None:
        """Not into the form; once more, it is open again."""
        if (one := self.chosen) is not None:
            self._decide(one, Decision.OPEN if one.decision is Decision.DROPPED else Decision.DROPPED)

    def action_all(self) -> None:
        """Everything that is not decided on; never commands."""
        for one in self.offers:
            if one.decision is Decision.OPEN and not one.proposal.is_command:
                self._put(one.proposal, Decision.TAKEN)
        self.show_proposals()

    def action_field(self) -> None:
        """Into the next field instead."""
        one = self.chosen
        if one is None:
            return
        field = PROPOSED[(PROPOSED.index(one.proposal.field) + 1) % len(PROPOSED)]
        if one.decision is Decision.TAKEN:
            self._take_out(one.proposal)
        self._put(moved(one.proposal, field), one.decision)
        self.show_proposals()
        self._reveal()

    def action_commands(self) -> None:
        """The newest commands of the person's shell, or no longer."""
        from opsconsole.core.readfile import Unreadable  # noqa: PLC0415 - when it is asked for
        from opsconsole.logbook.shellhistory import own_commands  # noqa: PLC0415 - as above

        if self._shell:
            self._shell = ()
        else:
            try:
                self._shell = own_commands(self._proposed.since if self._proposed is not None else 0)
            except Unreadable as problem:
                self.console.say(f"{problem.sentence}.", Level.WARNING)
                return
            if not self._shell:
                self.console.say("Your shell has written no command since then; most do so when they are left.")
        self.show_proposals()

    def action_source(self) -> None:
        """What it came from."""
        opener, one = desk_of(self.context).opener, self.chosen
        if opener is not None and one is not None and one.proposal.target:
            opener(self, one.proposal.target)

    # -- what is done -------------------------------------------------------------------------------------------------

    def _decide(self, one: Offer, decision: Decision) -> None:
        """Do it, and go on to the next one."""
        if one.decision is Decision.TAKEN:
            self._take_out(one.proposal)
        self._put(one.proposal, decision)
        self.show_proposals()
        if decision is not Decision.OPEN:
            self.query_one("#proposals", PageView).action_down()

    def _put(self, one: Proposal, decision: Decision) -> None:
        """Into the form where it is taken; and note what was decided."""
        form = self.form
        if form is None:
            return
        if decision is Decision.TAKEN and not stands(said(form.values), one):
            form.set(one.field, taken(form.values, one))
        form.carry(DECIDED, json.dumps({**self.decided, one.key: (decision.value, one.field)}))

    def _take_out(self, one: Proposal) -> None:
        """Its line out of the form again."""
        form = self.form
        found = dropped(form.values, one) if form is not None else None
        if form is not None and found is not None:
            form.set(*found)
        else:
            self.console.say("Its line is not in the form any more as it was; nothing was taken out.", Level.WARNING)
