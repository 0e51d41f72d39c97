"""Silences and maintenance: who muted what, why, how long still; begun with one line, ended after a question."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from opsconsole.console.actions import MOVES
from opsconsole.console.bar import Bar
from opsconsole.console.dialogs.ask import Ask
from opsconsole.console.dialogs.confirm import Confirm
from opsconsole.console.screen import ConsoleScreen
from opsconsole.console.widgets.virtual_list import Column, ListRow, VirtualList
from opsconsole.core import format as fmt
from opsconsole.core.clock import DAY
from opsconsole.core.errors import OpsError
from opsconsole.core.lines import Line, Span, Style, fit
from opsconsole.core.text import harmless, limited
from opsconsole.core.timeline import About
from opsconsole.health import actions
from opsconsole.health.alerts.model import WindowKind
from opsconsole.health.alerts.service import AlertService
from opsconsole.health.present.parts import View
from opsconsole.health.present.windows import EXAMPLE, Request, cells_of, known_names, ordered, over, read_request, when

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult

    from opsconsole.core.actions import Action
    from opsconsole.health.alerts.model import Window
    from opsconsole.health.board import Board

SHOWN = 7 * DAY
"""ms for which what is over is still shown."""
MOST = 500
AGAIN = 30.0
"""Seconds after which the list is read again: what is left of a silence grows less by itself."""
COLUMNS = (Column("sign", "", 1), Column("what", "what", 14, flex=1), Column("kind", "", 11, drop=2),
           Column("when", "how long still", 16), Column("who", "who", 6, drop=1),
           Column("why", "why", 16, flex=4, drop=3))
NONE = (Line((Span("Nothing is silenced or in maintenance.", Style.MUTED),)),
        Line((Span("s silences alerts, m begins maintenance; both end by themselves.", Style.FAINT),)))
QUESTIONS = {WindowKind.SILENCE: "Silence what, for how long, and why?",
             WindowKind.MAINTENANCE: "Work on what, for how long, and why?"}


class Rows:
    """The rows of the list; see `RowSource`. They are few, and read at once."""

    def __init__(self, service: Callable[[], AlertService], view: Callable[[], View]) -> None:
        self._service, self._view = service, view
        self.windows: list[Window] = []

    async def count(self) -> int:
        """See `RowSource.count`."""
        now = self._view().now
        self.windows = ordered(await self._service().past_windows(now - SHOWN, MOST), now)
        return len(self.windows)

    async def rows(self, offset: int, limit: int) -> Sequence[ListRow]:
        """See `RowSource.rows`."""
        view = self._view()
        return [ListRow(str(one.id), cells_of(one, view)) for one in self.windows[offset:offset + limit]]

    async def position(self, key: str) -> int | None:
        """See `RowSource.position`."""
        return next((number for number, one in enumerate(self.windows) if str(one.id) == key), None)

    def window(self, key: str) -> Window | None:
        """The one of a row."""
        return next((one for one in self.windows if str(one.id) == key), None)


class SilencesScreen(ConsoleScreen, inherit_bindings=False):
    """The list."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (*actions.SILENCES, *MOVES)

    def __init__(self, board: Board) -> None:
        super().__init__()
        self.title = "Silences and maintenance"
        self.board = board

    def body(self) -> ComposeResult:
        """One list."""
        self._rows = Rows(self._service, self._view)
        yield VirtualList(COLUMNS, self._rows, empty=NONE, id="silences", glyphs=self.context.glyphs)
        yield Bar(self._reason, id="reason")

    @property
    def list(self) -> VirtualList:
        """The list itself."""
        return self.query_one("#silences", VirtualList)

    def on_mount(self) -> None:
        """Time goes on while one looks."""
        self.set_interval(AGAIN, self._again, name="silences")

    def on_console_screen_topics_changed(self, event: ConsoleScreen.TopicsChanged) -> None:
        """Somebody began or ended one."""
        if "alerts" in event.topics:
            self.list.reload()

    def on_virtual_list_moved(self, event: VirtualList.Moved) -> None:
        """Another one has another reason; what is over cannot be ended."""
        event.stop()
        self.query_one("#reason", Bar).rebuild()
        self.refresh_bindings()

    def on_virtual_list_opened(self, event: VirtualList.Opened) -> None:
        """A row says everything; there is nothing behind it."""
        event.stop()

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        if action.id == "silences.end":
            window = self._rows.window(self.list.key)
            if window is None:
                return "Nothing is chosen."
            if over(window, self.context.clock.now()):
                return f"This {window.kind.value} is over."
        return None

    def about(self) -> About | None:
        """See `ConsoleScreen.about`: when the one under the cursor began."""
        window = self._rows.window(self.list.key)
        if window is None or window.begins > self.context.clock.now():
            return None
        return About("", window.begins, f"{window.kind.value} of {window.about} begun")

    def action_refresh(self) -> None:
        """Read the list again now."""
        self.list.reload()
        self.console.action_refresh()

    def action_silence(self) -> None:
        """Tell nobody of some alerts."""
        self.run_worker(self._begin(WindowKind.SILENCE), group="window")

    def action_maintenance(self) -> None:
        """Begin planned work."""
        self.run_worker(self._begin(WindowKind.MAINTENANCE), group="window")

    def action_end(self) -> None:
        """End the one under the cursor, after a question."""
        if (window := self._rows.window(self.list.key)) is not None:
            self.run_worker(self._end(window), group="window")

    async def _begin(self, kind: WindowKind) -> None:
        context = self.context
        said = await self.app.push_screen_wait(Ask(
            QUESTIONS[kind], hint=EXAMPLE, done="begin", check=_wrong, glyphs=context.glyphs))
        request = read_request(said) if said is not None else ""
        if isinstance(request, str):
            return
        service = self._service()
        add = service.silence if kind is WindowKind.SILENCE else service.start_maintenance
        try:
            window = await add(context.actor, request.pattern, request.reason, context.clock.now() + request.length)
        except OpsError as error:
            self.console.notify_error(error)
        else:
            self.console.say(self._begun(window))
            self.list.reload()

    def _begun(self, window: Window) -> str:
        """What began; and that nothing has that name, which may be a slip of the pen."""
        context = self.context
        until = fmt.moment(window.ends, context.clock.now(), context.zone)
        name = limited(harmless(window.about), 40)
        said = (f"Nobody is told of {name} until {until}." if window.kind is WindowKind.SILENCE
                else f"Maintenance of {name} until {until}: nobody is told, and it is no downtime.")
        stored = self.board.stored
        names = known_names(((one.name, one.group) for one in stored.checks),
                            (one.detail.names for one in stored.alerts))
        return said if window.covers(names) else f"{said} No check and no alert has that name now."

    async def _end(self, window: Window) -> None:
        if window.entry:
            from opsconsole.logbook.screen.maintaining import finish  # noqa: PLC0415 - where the log opened one

            if await finish(self, window.entry):
                self.list.reload()
            return
        context = self.context
        name, kind = limited(harmless(window.about), 40), window.kind.value
        details = [f"{limited(harmless(window.author), 40)} began it: {limited(harmless(window.reason), 180)}",
                   f"{when(window, self._view())}. What still fires is told then."]
        if not await self.app.push_screen_wait(Confirm(f"End the {kind} of {name} now?", details, yes="end it",
                                                       glyphs=context.glyphs)):
            return
        try:
            await self._service().end_window(context.actor, window.id)
        except OpsError as error:
            self.console.notify_error(error)
        else:
            self.console.say(f"The {kind} of {name} has ended.")
        self.list.reload()

    def _reason(self, cells: int) -> Line:
        """Why the one under the cursor is muted, and when exactly that ends: the columns may be too narrow for it."""
        window, view = self._rows.window(self.list.key), self._view()
        if window is None:
            return Line()
        said = f" {view.time(window.begins)} {view.glyphs.dash} {view.time(window.ends)}  "
        return Line(fit((Span(said, Style.MUTED), Span(view.clean(window.reason))), cells, view.glyphs.ellipsis))

    def _again(self) -> None:
        if self.is_current:
            self.list.reload()

    def _service(self) -> AlertService:
        return AlertService(self.context.storage.db, self.context.clock)

    def _view(self) -> View:
        context = self.context
        return View(self.size.width, context.glyphs, context.clock.now(), context.zone)


def _wrong(text: str) -> str | None:
    request = read_request(text)
    return None if isinstance(request, Request) else request
