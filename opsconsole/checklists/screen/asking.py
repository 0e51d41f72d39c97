"""Questions about one item: its value, a note, a ticket. Longer texts are kept as drafts while they are typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsconsole.checklists.judging import judge, limit_of, read_value, written
from opsconsole.checklists.model import Verdict
from opsconsole.checklists.screen import doing
from opsconsole.checklists.template import AutoItem, ChoiceItem, TableItem, TextItem, YesNoItem
from opsconsole.console.dialogs.ask import Ask
from opsconsole.console.dialogs.choose import Choose, Option
from opsconsole.console.dialogs.fill import Fill
from opsconsole.console.widgets.field import Field
from opsconsole.core.errors import OpsError
from opsconsole.core.text import harmless
from opsconsole.tickets.model import Priority
from opsconsole.tickets.screen import settings_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opsconsole.checklists.model import Value
    from opsconsole.checklists.template import Item, OnFail
    from opsconsole.checklists.walk import Step
    from opsconsole.console.screen import ActingScreen

FORM: str = "checklist-item"
ROWS: int = 5


async def ask_value(screen: ActingScreen[Any], step: Step, run: int,
                    store: Callable[[Value], Awaitable[bool]]) -> None:
    """What somebody enters is stored, where they enter something; a longer text stays a draft until it is."""
    item, title, glyphs = step.item, doing.named(step.item.title), screen.context.glyphs
    before = written(step.answer.value) if step.answer is not None else ""
    if isinstance(item, ChoiceItem | YesNoItem):
        words = item.options if isinstance(item, ChoiceItem) else ("yes", "no")
        options = [Option(word, word, _note(item, word)) for word in words]
        chosen = await screen.app.push_screen_wait(Choose(title, options, value=before, done="answer", glyphs=glyphs))
        if chosen is not None:
            await store(read_value(item, chosen))
        return
    if isinstance(item, TextItem | TableItem):
        await _text(screen, item, before, run, store)
        return
    text = await screen.app.push_screen_wait(Ask(title, before, hint=_hint(item), done="answer", check=_check(item),
                                                 glyphs=glyphs))
    if text is not None:
        await store(read_value(item, text.strip() or _nothing(item)))


async def _text(screen: ActingScreen[Any], item: TextItem | TableItem, before: str, run: int,
                store: Callable[[Value], Awaitable[bool]]) -> None:
    if isinstance(item, TableItem):
        columns = " | ".join(harmless(word) for word in item.columns)
        rows, details = min(8, max(3, item.rows)), [f"A row in each line, its cells apart by bars: {columns}"]
    else:
        rows, details = min(8, max(2, item.lines)), []
    label = "Rows" if isinstance(item, TableItem) else "Text"
    fields = (Field("value", label, "text", before, required=True, rows=rows, check=_check(item)),)
    await _fill(screen, Fill(
        doing.named(item.title), fields, details=details, done="answer", form=FORM, key=f"{run}:{item.id}",
        drafts=screen.context.drafts, glyphs=screen.context.glyphs),
        lambda entered: store(read_value(item, entered["value"])))


async def _fill(screen: ActingScreen[Any], fill: Fill, store: Callable[[dict[str, str]], Awaitable[bool]]) -> None:
    """Ask, and store what was entered; until that is done, it stays a draft."""
    entered = await screen.app.push_screen_wait(fill)
    if entered is not None and await store(entered):
        await fill.stored()


async def ask_note(screen: ActingScreen[Any], step: Step, run: int, store: Callable[[str], Awaitable[bool]]) -> None:
    """A note to an item, and where it is stored."""
    before = step.answer.note if step.answer is not None else ""
    fields = (Field("note", "Note", "text", before, required=True, rows=ROWS),)
    await _fill(screen, Fill(
        f"Note to {doing.named(step.item.title)}", fields, done="keep", form="checklist-note",
        key=f"{run}:{step.item.id}", drafts=screen.context.drafts, glyphs=screen.context.glyphs),
        lambda entered: store(entered["note"].strip()))


async def ask_ticket(screen: ActingScreen[Any], step: Step, on_fail: OnFail, run: int,
                     store: Callable[[str, str, str], Awaitable[bool]]) -> None:
    """The category, the priority and the text of a ticket, and where they are stored."""
    categories = settings_of(screen.context).all_categories
    first = on_fail.category if on_fail.category in categories else next(iter(categories), "")
    options = tuple((name, one.label or name) for name, one in categories.items())
    usual = categories[first].priority.value if first in categories else Priority.MEDIUM.value
    note = step.answer.note if step.answer is not None and step.verdict is Verdict.FAILED else ""
    fields = (Field("category", "Category", "choice", first, options),
              Field("priority", "Priority", "choice", on_fail.priority or usual,
                    tuple((one.value, f"{one.code} {one.value}") for one in Priority)),
              Field("text", "What is wrong", "text", note, rows=4))
    details = ["Item, evidence and run stand in it; an open one about this item is joined."]
    await _fill(screen, Fill(
        f"Ticket: {doing.named(step.item.title)}", fields, details=details, done="open it", form="checklist-ticket",
        key=f"{run}:{step.item.id}", drafts=screen.context.drafts, glyphs=screen.context.glyphs),
        lambda entered: store(entered["category"], entered["priority"], entered["text"].strip()))


def _check(item: Item) -> Callable[[str], str | None]:
    """What is wrong with a value that is being typed."""
    def check(text: str) -> str | None:
        try:
            judge(item, read_value(item, text.strip() or _nothing(item)))
        except OpsError as error:
            return str(error)
        return None

    return check


def _nothing(item: Item) -> str:
    """What an empty field says: of something that the machine could not find out, that it is fine."""
    return "ok" if isinstance(item, AutoItem) and not item.expect else ""


def _hint(item: Item) -> str:
    unit, limit = getattr(item, "unit", ""), limit_of(item)
    # A limit says the unit itself.
    unit = "" if unit and limit.endswith(unit) else unit
    if isinstance(item, AutoItem) and not item.expect:
        return "ok, or what you saw"
    return harmless("  ".join(part for part in (unit, f"limit {limit}" if limit else "") if part))


def _note(item: ChoiceItem | YesNoItem, word: str) -> str:
    fails = word in item.fails if isinstance(item, ChoiceItem) else item.expect not in ("either", word)
    return "fails" if fails else ""
