"""Maintenance by keys: begun with a form, extended with a line, finished after a look at what is green."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from opsconsole.console import actions as shell
from opsconsole.console.dialogs.ask import Ask
from opsconsole.console.dialogs.choose import Choose, Option
from opsconsole.console.dialogs.confirm import Confirm
from opsconsole.console.form_screen import FormScreen
from opsconsole.console.page_screen import page_view
from opsconsole.console.storage import opened
from opsconsole.console.widgets.field import Field
from opsconsole.core import format as fmt
from opsconsole.core.clock import MINUTE
from opsconsole.core.errors import OpsError, UsageError
from opsconsole.core.lines import Line, Span, Style, fit
from opsconsole.core.text import harmless, limited
from opsconsole.core.units import Duration
from opsconsole.logbook.model import MOST_TITLE, EntryType
from opsconsole.logbook.present.maintenance import finishing_lines, standing
from opsconsole.logbook.screen.desk import service_of, service_or_none
from opsconsole.logbook.screen.forms import TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsconsole.console.screen import ConsoleScreen
    from opsconsole.console.widgets.form import Form
    from opsconsole.core.actions import Action
    from opsconsole.core.clock import Instant
    from opsconsole.logbook.model.maintenance import Work
    from opsconsole.logbook.service import LogService
    from opsconsole.logbook.windows import Windows

LENGTH: Final = "1h"
"""How long maintenance is where nobody says more."""
NEW: Final = "new"
_LIST: Final = 60
"""Cells of a dialog's line."""


async def maintain(screen: ConsoleScreen, names: Sequence[str] = (), number: int = 0) -> bool:
    """Start maintenance, or extend or finish what goes on. Needs to run in a worker.

    Args:
        screen: from where.
        names: what the cursor stands on, for new maintenance.
        number: the entry that is meant; 0: none is.

    Returns:
        Whether something was changed.
    """
    service = service_or_none(screen)
    if service is None:
        return False
    try:
        works = await _works(service, number, screen.context.clock.now())
    except OpsError as error:
        screen.console.notify_error(error)
        return False
    chosen = await _chosen(screen, works) if works else NEW
    if chosen == NEW:
        screen.app.push_screen(StartScreen(names))
        return False
    what, _, entry = (chosen or "").partition(":")
    work = next((one for one in works if str(one.entry) == entry), None)
    if work is None:
        return False
    return await (_extend if what == "extend" else _finish)(screen, service, work)


async def finish(screen: ConsoleScreen, number: int) -> bool:
    """Finish the maintenance of an entry, after a look at what is green. Needs to run in a worker.

    Returns:
        Whether it is finished.
    """
    service = service_or_none(screen)
    if service is None:
        return False
    try:
        work = await service.work(await service.entry(number))
    except OpsError as error:
        screen.console.notify_error(error)
        return False
    return work is not None and await _finish(screen, service, work)


async def _works(service: LogService, number: int, now: Instant) -> list[Work]:
    """What goes on; of an entry that is meant, its own, also when its time ran out."""
    if number:
        entry = await service.entry(number)
        own = await service.work(entry)
        if own is not None and entry.state.value == "open" and (
                entry.ended is None or not own.over(now)):
            return [own]
    return await service.works()


async def _chosen(screen: ConsoleScreen, works: Sequence[Work]) -> str | None:
    context = screen.context
    options = []
    for one in works:
        name = limited(harmless(", ".join(one.names)), 24)
        until = standing(one, context.clock.now(), context.zone)
        options += [Option(f"finish:{one.entry}", f"finish #{one.entry}", f"{name} {context.glyphs.dot} {until}"),
                    Option(f"extend:{one.entry}", f"extend #{one.entry}", "let it end later")]
    options.append(Option(NEW, "start another", "of something else"))
    return await screen.app.push_screen_wait(Choose("Maintenance", options, glyphs=context.glyphs))


async def _extend(screen: ConsoleScreen, service: LogService, work: Work) -> bool:
    context = screen.context
    said = await screen.app.push_screen_wait(Ask(
        f"How much longer is maintenance #{work.entry}?", hint="30m, 1h, 2h", done="extend", check=_wrong_length,
        glyphs=context.glyphs))
    if said is None:
        return False
    try:
        now = await service.work(await service.extend_maintenance(context.actor, work.entry, _milliseconds(said)))
    except OpsError as error:
        screen.console.notify_error(error)
        return False
    if now is not None:
        until = fmt.moment(now.ends, context.clock.now(), context.zone)
        screen.console.say(f"Maintenance #{work.entry} goes on until {until}.")
    return True


async def _finish(screen: ConsoleScreen, service: LogService, work: Work) -> bool:
    context, glyphs = screen.context, screen.context.glyphs
    try:
        troubles = await service.troubles(work.entry)
    except OpsError as error:
        screen.console.notify_error(error)
        return False
    view = page_view(screen)._replace(cells=_LIST)
    lines = [Line(fit(line.spans, _LIST, glyphs.ellipsis)) for line in finishing_lines(work, troubles, view)]
    if not await screen.app.push_screen_wait(Confirm(f"Finish maintenance #{work.entry}?", lines, yes="finish",
                                                     glyphs=glyphs)):
        return False
    reason = ""
    if troubles:
        said = await screen.app.push_screen_wait(Ask(
            "Why is it finished while not everything is green?", hint="others will read it", done="finish",
            check=lambda text: None if text.strip() else "Say why, or go back.", glyphs=glyphs))
        if said is None:
            return False
        reason = said.strip()
    try:
        entry = await service.finish_maintenance(context.actor, work.entry, reason)
    except OpsError as error:
        screen.console.notify_error(error)
        return False
    screen.console.say(f"Maintenance #{work.entry} is finished" + (
        "; write down what was done, then sign it." if entry.ended is not None else "; its entry goes on."))
    return True


class StartScreen(FormScreen, inherit_bindings=False):
    """New maintenance.

    Args:
        names: what is worked on, as far as it is known.
    """

    ACTIONS: ClassVar[tuple[Action, ...]] = (shell.SAVE,)

    def __init__(self, names: Sequence[str] = ()) -> None:
        super().__init__()
        self.title = "Start maintenance"
        self._names = tuple(names)
        self._windows: Windows | None = None

    def on_mount(self) -> None:
        """What can be muted is known with the records."""
        self.held(self.run_worker(self._begin(), group="form", exclusive=True))

    async def _begin(self) -> None:
        await opened(self.context)
        try:
            self._windows = service_of(self.context).windows
        except OpsError as error:
            self.console.notify_error(error)
            self.dismiss()
            return
        names = ", ".join(self._names)
        await self.fill((
            Field("title", "Title", required=True, hint="what is done, in one line", check=_wrong_title),
            Field("names", "Works on", value=names, required=True, hint="checks, group:shop, mount:/var; * is any rest",
                  check=self._wrong_names, words=self._windows.suggestions()),
            Field("length", "How long", value=LENGTH, required=True, hint="30m, 2h, 1d", check=_wrong_length),
            Field("type", "Type", "choice", EntryType.CHANGE.value, TYPES)), form="log-maintenance")
        self._show()

    def on_form_edited(self, event: Form.Edited) -> None:
        """Other names mute other checks."""
        event.stop()
        self._show()

    def on_resize(self) -> None:
        """Another width has other room for the names."""
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        """What will be muted, and until when."""
        if self.form is None:
            return
        values, view = self.form.values, self.view()
        checks = self._covered(values.get("names", ""))
        said = ", ".join(harmless(limited(one, 80)) for one in checks) or "no check"
        until = "it ends by itself"
        if _wrong_length(values.get("length", "")) is None:
            now = self.context.clock.now()
            ends = now + _milliseconds(values["length"])
            until = f"until {fmt.moment(ends, now, self.context.zone)}"
        count = f" ({len(checks)})" if len(checks) > 1 else ""
        self.head([Line((Span("MAINTENANCE", Style.MUTED), Span(f"  nobody is told, and it is no downtime; {until}",
                                                                Style.FAINT))),
                   Line(fit((Span(f"mutes{count}  ", Style.MUTED), Span(said, Style.TEXT if checks else Style.FAINT)),
                            view.cells, view.glyphs.ellipsis))])

    def _covered(self, text: str) -> tuple[str, ...]:
        names = names_of(text)
        return self._windows.covered(names) if self._windows is not None and names else ()

    def _wrong_names(self, text: str) -> str | None:
        try:
            if self._windows is not None and names_of(text):
                self._windows.known(names_of(text))
        except UsageError as wrong:
            return str(wrong)
        return None

    async def submit(self, form: Form, values: Mapping[str, str]) -> bool:  # noqa: ARG002 - nothing of it is refused
        """Open the entry, and mute."""
        service = service_or_none(self)
        if service is None:
            return False
        until: Instant = self.context.clock.now() + _milliseconds(values["length"])
        try:
            entry = await service.start_maintenance(self.context.actor, values["title"], names_of(values["names"]),
                                                    until, type=EntryType(values["type"]))
        except OpsError as error:
            self.console.notify_error(error)
            return False
        shown = fmt.moment(until, self.context.clock.now(), self.context.zone)
        self.console.say(f"Maintenance until {shown}; it is entry {entry.id} of the log.")
        return True


def names_of(text: str) -> tuple[str, ...]:
    """The names in a line: between commas where there is any, else each word."""
    parts = text.split(",") if "," in text else text.split()
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _wrong_title(text: str) -> str | None:
    return f"A title has at most {MOST_TITLE} characters." if len(text.strip()) > MOST_TITLE else None


def _wrong_length(text: str) -> str | None:
    try:
        return None if _milliseconds(text) >= MINUTE else "Say a time of at least a minute."
    except ValueError:
        return "Say a time such as 30m, 2h or 1d."


def _milliseconds(text: str) -> int:
    return round(1000 * Duration.parse(text.strip()))
