"""The forms of the log: a new entry, an entry that is still written, and the amendment of one that is signed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Final

import msgspec

from opsconsole.console import actions as shell
from opsconsole.console.dialogs.choose import Choose, Option
from opsconsole.console.form_screen import FormScreen
from opsconsole.console.storage import opened
from opsconsole.console.widgets.field import Field
from opsconsole.core.errors import OpsError
from opsconsole.core.lines import Line, Span, Style
from opsconsole.core.text import harmless, limited
from opsconsole.logbook.errors import Clash
from opsconsole.logbook.merging import typed
from opsconsole.logbook.model import MOST_TITLE, Entry, EntryType, Status
from opsconsole.logbook.present.entry import WORDS
from opsconsole.logbook.screen.desk import service_of, service_or_none
from opsconsole.logbook.screen.proposals import DECIDED, Proposing
from opsconsole.logbook.wording import FORM, read, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import tzinfo

    from opsconsole.console.widgets.form import Form
    from opsconsole.core.actions import Action
    from opsconsole.core.clock import Instant

TYPES: Final = tuple((one.value, one.value) for one in EntryType)
STATUSES: Final = tuple((one.value, one.value) for one in Status)
REASON: Final = "~why"
BASE: Final = "~base"
"""The values that were shown when an edit was begun; its draft keeps them."""
_TEXTS: Final = frozenset({"tasks", "found", "resolved", "escalated", "actions", "notes"})
_LABELS: Final = {"type": "Type", "title": "Title", "begun": "Begin", "ended": "End", "performed_by": "Performed by",
                  "tasks": "Tasks done", "found": "Issues found", "resolved": "Resolved", "escalated": "Escalated",
                  "actions": "Next actions", "notes": "Notes", "seconds": "Time spent", "checks": "Checks",
                  "tags": "Tags", "status": "Status"}
_HINTS: Final = {"title": "what it was about, in one line", "begun": "08:15, or 2027-01-04 08:15",
                 "ended": "empty: it goes on, and ends when it is signed", "performed_by": "names, the first one yours",
                 "tasks": "one line each; #17, run:5, alert:3 at its end links it", "found": "one line each",
                 "resolved": "one line each", "escalated": "one line each, #17 at its end",
                 "actions": "order a disk @ben 2027-01-11", "notes": "Markdown",
                 "seconds": "1h30m; empty: from begin to end", "checks": "those that it affects",
                 "tags": "words to find it by"}


class LogForm(FormScreen, inherit_bindings=False):
    """What all forms of the log share."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (shell.SAVE, shell.EDITOR, shell.SHOW_TEXT)
    DEFAULT_CSS: ClassVar[str] = """
    LogForm FieldRow.-text { margin-bottom: 0; }
    LogForm FieldRow.-text TextInput { height: 2; }
    LogForm.-tall FieldRow.-text { margin-bottom: 1; }
    LogForm.-tall FieldRow { margin-bottom: 0; }
    LogForm.-tall FieldRow.-text TextInput { height: 3; }
    LogForm FieldRow.-small TextInput { height: 1; }
    LogForm #happened { height: 9; display: none; }
    LogForm.-tall #happened { height: 14; }
    LogForm #happened.-shown { display: block; }
    LogForm #proposals { height: 1fr; }
    """

    def on_mount(self) -> None:
        """What stands there at first may have to be read."""
        self.held(self.run_worker(self._begin(), group="form", exclusive=True))

    async def _begin(self) -> None:
        raise NotImplementedError

    async def _entry(self, number: int) -> Entry | None:
        """The entry; None: it cannot be read, and the form is gone."""
        await opened(self.context)
        try:
            return await service_of(self.context).entry(number)
        except OpsError as error:
            self.console.notify_error(error)
            self.dismiss()
            return None

    def _fields(self, entry: Entry) -> tuple[Field, ...]:
        context = self.context
        return form_fields(entry, context.clock.now(), context.zone)

    def _changes(self, form: Form, values: Mapping[str, str], entry: Entry) -> dict[str, Any] | None:
        """Fields that say something else than an entry, in the types of the model; None: one of them cannot be."""
        context = self.context
        try:
            return changes_of(entry, values, context.clock.now(), context.zone)
        except FieldWrong as wrong:
            form.refused({wrong.name: str(wrong)})
            return None


class NewScreen(Proposing, LogForm, inherit_bindings=False):
    """A new entry.

    Args:
        then: told the number of the entry that was opened.
    """

    def __init__(self, then: Callable[[int], None] | None = None) -> None:
        super().__init__()
        self.title = "New log entry"
        self._then = then

    async def _begin(self) -> None:
        begun = self.context.clock.now() // 60_000 * 60_000
        blank = Entry(0, EntryType.DAILY, "", begun, performed_by=(self.context.actor.name,))
        base = json.dumps(msgspec.to_builtins(blank))
        await self.fill(self._fields(blank), form="log-new", carried={BASE: base, DECIDED: ""})
        self.propose(blank)

    async def submit(self, form: Form, values: Mapping[str, str]) -> bool:
        """Open the entry."""
        blank = msgspec.convert(json.loads(form.carried[BASE]), Entry)
        fields = self._changes(form, values, blank)
        service = service_or_none(self)
        if fields is None or service is None:
            return False
        kind, title = fields.pop("type", blank.type), fields.pop("title", "")
        fields.setdefault("begun", blank.begun)
        measured(fields, fields["begun"], fields.get("ended"), values.get("seconds", ""))
        try:
            entry = await service.new(self.context.actor, kind, title, fields)
        except OpsError as error:
            self.console.notify_error(error)
            return False
        self.console.say(f"Entry {entry.id} is kept; it is not signed yet.")
        if self._then is not None:
            self._then(entry.id)
        return True


class EditScreen(Proposing, LogForm, inherit_bindings=False):
    """An entry that is still written.

    Args:
        number: which.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.title = f"Log entry {number}"

    async def _begin(self) -> None:
        entry = await self._entry(self.number)
        if entry is None:
            return
        await self.fill(self._fields(entry), form="log-edit", key=str(self.number),
                        carried={BASE: json.dumps(msgspec.to_builtins(entry)), DECIDED: ""})
        self.propose(entry)

    async def submit(self, form: Form, values: Mapping[str, str]) -> bool:
        """Store what was changed; where others changed the same, ask."""
        base = msgspec.convert(json.loads(form.carried[BASE]), Entry)
        wanted = self._changes(form, values, base)
        if wanted is None:
            return False
        if not wanted:
            self.console.say("Nothing was changed.")
            return True
        if "ended" in wanted:
            measured(wanted, wanted.get("begun", base.begun), wanted["ended"], values.get("seconds", ""))
        before = {name: getattr(base, name) for name in wanted}
        service = service_or_none(self)
        while service is not None and wanted:
            try:
                await service.save(self.context.actor, self.number, wanted, before)
            except Clash as clash:
                if not await self._settle(clash, before, wanted):
                    return False
            except OpsError as error:
                self.console.notify_error(error)
                return False
            else:
                self.console.say(f"Entry {self.number} is kept.")
                return True
        if service is not None:
            self.console.say(f"Entry {self.number} stays as others have changed it.")
        return service is not None

    async def _settle(self, clash: Clash, before: dict[str, Any], wanted: dict[str, Any]) -> bool:
        """Ask whose value counts, field by field; False: go on typing."""
        decided: dict[str, tuple[str, Any]] = {}
        zone = self.context.zone
        for name, (now, mine) in clash.fields.items():
            options = [Option("mine", "mine", _said(name, mine, zone)), Option("theirs", "what stands there",
                                                                               _said(name, now, zone))]
            chosen = await self.app.push_screen_wait(Choose(
                f"Somebody else changed the field {WORDS[name]} too. Which counts?", options, done="take it",
                glyphs=self.context.glyphs))
            if chosen is None:
                return False
            decided[name] = (chosen, now)
        for name, (chosen, now) in decided.items():
            before[name] = now
            if chosen == "theirs":
                wanted.pop(name, None)
        return True


class AmendScreen(LogForm, inherit_bindings=False):
    """The correction of an entry that is signed.

    Args:
        number: which.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.title = f"Amend log entry {number}"

    async def _begin(self) -> None:
        entry = await self._entry(self.number)
        if entry is None:
            return
        self.head([_heading(entry, "both versions stay")])
        reason = Field(REASON, "Why", required=True, hint="what was wrong; everybody reads it")
        await self.fill((reason, *self._fields(entry)), form="log-amend", key=str(self.number),
                        carried={BASE: json.dumps(msgspec.to_builtins(entry))})

    async def submit(self, form: Form, values: Mapping[str, str]) -> bool:
        """Amend it."""
        base = msgspec.convert(json.loads(form.carried[BASE]), Entry)
        changes = self._changes(form, values, base)
        if changes is None:
            return False
        if not changes:
            form.refused({REASON: "Nothing is changed: correct a field below, or go back."})
            return False
        service = service_or_none(self)
        if service is None:
            return False
        try:
            made = await service.amend(self.context.actor, self.number, changes, values[REASON].strip())
        except OpsError as error:
            self.console.notify_error(error)
            return False
        self.console.say(f"Entry {self.number} is amended, for the {_nth(made.seq)} time.")
        return True


class FieldWrong(ValueError):  # noqa: N818 - an error is named for what is wrong
    """What stands in a field cannot be."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(sentence)
        self.name = name


def form_fields(entry: Entry, now: Instant, zone: tzinfo | None) -> tuple[Field, ...]:
    """The fields of an entry, as they stand in it."""
    made = []
    for name in FORM:
        value = shown(entry, name, zone)
        if name in ("type", "status"):
            made.append(Field(name, _LABELS[name], "choice", value, TYPES if name == "type" else STATUSES))
        else:
            made.append(Field(name, _LABELS[name], "text" if name in _TEXTS else "line", value,
                              required=name in ("title", "begun", "performed_by"), hint=_HINTS[name],
                              check=_check(name, now, zone), small=name == "escalated"))
    return tuple(made)


def _check(name: str, now: Instant, zone: tzinfo | None) -> Callable[[str], str | None]:
    def check(text: str) -> str | None:
        if name == "title" and len(text.strip()) > MOST_TITLE:
            return f"A title has at most {MOST_TITLE} characters."
        try:
            read(name, text, now, zone)
        except ValueError as wrong:
            return str(wrong)
        return None

    return check


def changes_of(entry: Entry, values: Mapping[str, str], now: Instant, zone: tzinfo | None) -> dict[str, Any]:
    """What a form says otherwise than an entry, in the types of the model.

    Raises:
        FieldWrong: what stands in a field cannot be.
    """
    found = {}
    for name in FORM:
        text = values.get(name)
        # Compared as it is written: a form knows no seconds of a time.
        if text is None or text.strip() == shown(entry, name, zone).strip():
            continue
        try:
            found[name] = read(name, text, now, zone, entry.actions)
        except ValueError as wrong:
            raise FieldWrong(name, str(wrong)) from None
    return found


def measured(fields: dict[str, Any], begun: Instant, ended: Instant | None, written: str) -> None:
    """Where nobody wrote how long it took, that is from begin to end."""
    if not written.strip() and ended is not None and ended > begun:
        fields["seconds"] = (ended - begun) / 1000


def _heading(entry: Entry, said: str) -> Line:
    title = Span(harmless(limited(entry.title, MOST_TITLE)), strong=True)
    return Line((Span(f"#{entry.id}", Style.ACCENT), Span(" "), title, Span(f"  {said}", Style.FAINT)))


def _said(name: str, value: Any, zone: tzinfo | None) -> str:
    text = shown(Entry(0, EntryType.DAILY, "", 0, **{name: typed(name, value)}), name, zone) if name not in (
        "type", "title", "begun") else str(value) if name != "begun" else shown(
        Entry(0, EntryType.DAILY, "", value), name, zone)
    return harmless(limited(" / ".join(text.split("\n")), 60)) or "(empty)"


def _nth(number: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")
