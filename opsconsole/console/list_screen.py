"""A screen of one list: views and a filter above it, what is wrong, and when it is read again."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from opsconsole.console import actions as shell
from opsconsole.console.filterline import FilterLine
from opsconsole.console.screen import ConsoleScreen
from opsconsole.console.widgets.virtual_list import VirtualList
from opsconsole.core.lines import BLANK, Line, Span, Style
from opsconsole.core.text import harmless
from opsconsole.core.view import MARGIN, View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.actions import Action


class ListScreen(ConsoleScreen, inherit_bindings=False):
    """Subclasses compose a bar `#head`, the line `#filter`, a bar of `status`, and the list `#list`.

    Args:
        title: see `Screen.title`.
    """

    TOPICS: ClassVar[frozenset[str]] = frozenset()
    """What the list is made of: when something happens to it, it is read again."""
    AGAIN: ClassVar[float] = 0.0
    """Seconds after which it is read again in any case, since time goes on; 0: never."""
    GIVES_WAY: ClassVar[bool] = True
    """Whether the head is hidden while a filter is typed."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = title
        self.problem = ""
        """Why what is shown may be old."""
        self.stale = False
        """Whether something happened while another screen was shown."""

    @property
    def table(self) -> VirtualList:
        """The list."""
        return self.query_one("#list", VirtualList)

    @property
    def line(self) -> FilterLine:
        """Where a filter is typed."""
        return self.query_one("#filter", FilterLine)

    def row_view(self) -> View:
        """For whom its rows are drawn."""
        context = self.context
        cells = self.table.size.width if self.is_mounted else 0
        return View(cells or self.size.width, context.glyphs, context.clock.now(), context.zone)

    # -- reading ------------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Ready for keys; time goes on while one looks."""
        self.table.focus()
        if self.AGAIN:
            self.set_interval(self.AGAIN, self._later, name="again")

    def on_screen_resume(self) -> None:
        """What changed while another screen was shown."""
        if self.stale:
            self.again()

    def on_console_screen_topics_changed(self, event: ConsoleScreen.TopicsChanged) -> None:
        """Somebody did something, here or elsewhere."""
        if self.concerns(event.topics):
            if self.is_current:
                self.again()
            else:
                self.stale = True

    def concerns(self, topics: frozenset[str]) -> bool:
        """Whether the list may be another one after that."""
        return bool(topics & self.TOPICS)

    def _later(self) -> None:
        if self.is_current:
            self.again()

    def again(self) -> None:
        """Read it again; the cursor stays on its row."""
        self.stale = False
        self.table.reload()

    def action_refresh(self) -> None:
        """Read everything again now."""
        self.again()
        self.console.action_refresh()

    # -- what stands above it -----------------------------------------------------------------------------------------

    def status(self, cells: int) -> Line:
        """How a filter that is being typed can go on, or what is wrong."""
        view = self.row_view()._replace(cells=cells)
        if self.line.opened:
            return self.line.hint(view)
        if self.problem:
            return Line((Span(f"{' ' * MARGIN}{view.glyphs.critical} {harmless(self.problem)}", Style.CRITICAL),))
        return self.quiet(view)

    def quiet(self, view: View) -> Line:  # noqa: ARG002 - for those who have something to say
        """What stands there while nothing is wrong."""
        return BLANK

    @property
    def view_names(self) -> Sequence[str]:
        """What can be shown by one key, in their order."""
        return ()

    @property
    def view_shown(self) -> str:
        """The name of what is shown; another one: what is typed."""
        return ""

    def show_view(self, name: str) -> None:
        """Another view."""

    def action_next_view(self) -> None:
        """The view after this one."""
        self._step(1)

    def action_previous_view(self) -> None:
        """The view before this one."""
        self._step(-1)

    def _step(self, step: int) -> None:
        names, shown = self.view_names, self.view_shown
        self.show_view(names[((names.index(shown) if shown in names else 0) + step) % len(names)])

    def clicked(self, target: str) -> None:
        """See `ConsoleScreen.clicked`; a click on a view shows it."""
        kind, _, name = target.partition(":")
        if kind == "view":
            self.show_view(name)
        else:
            super().clicked(target)

    # -- the filter ---------------------------------------------------------------------------------------------------

    @property
    def filter_text(self) -> str:
        """What the list is filtered by."""
        raise NotImplementedError

    def typed(self, text: str) -> None:
        """Show what a filter finds while it is typed, unless that is shown."""
        raise NotImplementedError

    def keep(self, text: str) -> None:
        """A filter stays: show what it finds."""
        raise NotImplementedError

    def restore(self, text: str) -> None:
        """No other filter was wanted: show again what was there before."""
        self.keep(text)

    def action_filter(self) -> None:
        """Type a filter."""
        self.line.open(self.filter_text)
        self.query_one("#head").display = not self.GIVES_WAY
        self.rebuild_bars()

    def on_filter_line_typed(self, event: FilterLine.Typed) -> None:
        """A key in the filter: show what it finds now."""
        event.stop()
        if not event.wrong:
            self.typed(event.text)
        self.rebuild_bars()

    def on_filter_line_kept(self, event: FilterLine.Kept) -> None:
        """Enter: it stays."""
        event.stop()
        self._shut()
        self.keep(event.text)
        self.rebuild_bars()

    def on_filter_line_restored(self, event: FilterLine.Restored) -> None:
        """Esc: what was there before."""
        event.stop()
        self._shut()
        self.restore(event.text)
        self.rebuild_bars()

    def _shut(self) -> None:
        self.query_one("#head").display = True
        self.table.focus()

    @property
    def narrowed(self) -> bool:
        """Whether `back` shows more before it leaves."""
        return bool(self.filter_text)

    def widen(self) -> None:
        """Show more."""
        self.keep("")

    def action_back(self) -> None:
        """Show everything again, else back to where one was."""
        if self.narrowed:
            self.widen()
        else:
            super().action_back()

    def refusal(self, action: Action) -> str | None:
        """See `ActingScreen.refusal`; `back` takes the filter away."""
        return None if action.id == shell.BACK.id and self.narrowed else super().refusal(action)

    # -- the rows -----------------------------------------------------------------------------------------------------

    def on_virtual_list_moved(self, event: VirtualList.Moved) -> None:
        """Another row under the cursor."""
        event.stop()
        self.refresh_bindings()
        self.moved()

    def moved(self) -> None:
        """Say more of the row under the cursor."""

    def on_virtual_list_failed(self, event: VirtualList.Failed) -> None:
        """What is shown may be old; a list without rows says itself why."""
        event.stop()
        self.problem = str(event.error) if self.table.count else ""
        self.rebuild_bars()

    def on_virtual_list_opened(self, event: VirtualList.Opened) -> None:
        """`enter`, or a click on the row under the cursor."""
        event.stop()
        self.open_row(event.key)

    def open_row(self, key: str) -> None:
        """Open a row by its key."""
        raise NotImplementedError

    def action_open(self) -> None:
        """What the cursor stands on."""
        self.table.action_open()
