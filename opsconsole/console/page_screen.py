"""A screen of one page: what it shows is read, drawn for the width there is, and read again when something happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar

from opsconsole.console.bar import Bar
from opsconsole.console.screen import ConsoleScreen
from opsconsole.console.storage import opened
from opsconsole.console.widgets.page_view import PageView
from opsconsole.console.widgets.pages import failure
from opsconsole.core.errors import OpsError
from opsconsole.core.lines import BLANK, Line, Span, Style
from opsconsole.core.view import MARGIN, View, framed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult
    from textual.worker import Worker

    from opsconsole.console.screen import ActingScreen
    from opsconsole.console.widgets.lines_view import LinesView

READING: Final = (Line((Span(" It is being read.", Style.MUTED),)),)
COUNTING: Final = (Line((Span(" It is being counted.", Style.MUTED),)),)
LEAST: Final = 30
"""Cells that a page is written for at least; of a narrower screen its lines are cut."""


def page_view(screen: ActingScreen[Any], cells: int | None = None, *, absolute: bool = False) -> View:
    """For whom a page is drawn that has the whole width of a screen.

    It may be longer than the screen: a scrollbar takes a column.

    Args:
        screen: whose context counts.
        cells: the whole width; None: that of the screen, which is the app's before its first frame.
        absolute: see `View`.
    """
    context = screen.context
    width = (screen.size.width or screen.app.size.width) if cells is None else cells
    return View(max(LEAST, width - 1 - 2 * MARGIN), context.glyphs, context.clock.now(), context.zone, absolute)


C = TypeVar("C")


class PageScreen(ConsoleScreen, Generic[C], inherit_bindings=False):
    """A page below its title. Subclasses say `read`, `title_line` and `page_lines`.

    Args:
        title: see `Screen.title`.
        content: what was read already; None: it is still to be read.
    """

    TOPICS: ClassVar[frozenset[str]] = frozenset()
    """What the page is made of: when something happens to it, it is read again."""
    VIEW: ClassVar[type[LinesView]] = PageView
    UNREAD: ClassVar[tuple[Line, ...]] = READING
    """What stands there until it was read."""
    DEFAULT_CSS: ClassVar[str] = """
    PageScreen #title { margin-bottom: 1; }
    PageScreen #page { height: 1fr; }
    """

    def __init__(self, title: str, content: C | None = None) -> None:
        super().__init__()
        self.title = title
        self.content = content
        """What is shown; None: it was not read yet."""
        self.problem: OpsError | None = None
        """Why it could not be read, the last time; what was read before is still shown."""
        self._resumed = False

    async def read(self) -> C:
        """Read it, once the records are open.

        Raises:
            OpsError: it cannot be read; what was read before stays.
        """
        raise NotImplementedError

    def title_line(self, content: C, view: View) -> Line:
        """What it is about."""
        raise NotImplementedError

    def page_lines(self, content: C, view: View) -> list[Line]:
        """What was read."""
        raise NotImplementedError

    def bars(self) -> Iterable[Bar]:
        """What stands above the page."""
        return (Bar(self.title_bar, id="title"),)

    def body(self) -> ComposeResult:
        """The bars, and the page; what is known already stands in the first frame."""
        yield from self.bars()
        yield self.VIEW(self.lines(), empty=self.UNREAD, id="page", glyphs=self.context.glyphs)

    @property
    def page(self) -> LinesView:
        """The page."""
        return self.query_one("#page", self.VIEW)

    @property
    def target(self) -> str:
        """What the cursor stands on; empty: on nothing."""
        page = self.query_one_optional("#page", self.VIEW)
        return page.target if page is not None else ""

    # -- reading ------------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Read it."""
        self.page.focus()
        self.begin()

    def begin(self) -> None:
        """Read it first. Keys that were typed ahead are for what is read: they wait."""
        self.held(self.read_again())

    def on_resize(self) -> None:
        """Another width wraps otherwise."""
        self.call_after_refresh(self.show)

    def on_screen_resume(self) -> None:
        """What changed while something lay over it."""
        if self._resumed:
            self.read_again()
        self._resumed = True

    def on_console_screen_topics_changed(self, event: ConsoleScreen.TopicsChanged) -> None:
        """Something happened to what it shows."""
        if event.topics & self.TOPICS:
            self.follow()

    def follow(self) -> None:
        """Time went on, or something happened: read it again, unless something lies over it."""
        if self.is_current:
            self.read_again()

    def read_again(self) -> Worker[None]:
        """Read it again; the cursor stays where it is."""
        return self.run_worker(self._read(), group="page", exclusive=True)

    def action_refresh(self) -> None:
        """Read it again now."""
        self.read_again()
        self.console.action_refresh()

    async def _read(self) -> None:
        await opened(self.context)
        try:
            self.content = await self.read()
            self.problem = None
        except OpsError as error:
            self.problem = error
        self.show()
        self.refresh_bindings()

    # -- drawing ------------------------------------------------------------------------------------------------------

    def view(self, cells: int | None = None) -> View:
        """For whom it is drawn; see `page_view`."""
        return page_view(self, cells)

    def title_bar(self, cells: int) -> Line:
        """The title, for a bar."""
        if self.content is None:
            return BLANK
        view = self.view(cells)
        return framed(self.title_line(self.content, view), cells, view.glyphs.ellipsis)

    def problem_lines(self, problem: OpsError, view: View) -> Iterable[Line]:
        """Why it could not be read, and what to do."""
        return failure(problem, view.cells, view.glyphs.critical)

    def lines(self) -> list[Line]:
        """The whole page; none as long as nothing is known."""
        view = self.view()
        lines = [*self.problem_lines(self.problem, view), BLANK] if self.problem is not None else []
        if self.content is not None:
            lines += self.page_lines(self.content, view)
        cells = max(1, (self.size.width or self.app.size.width) - 1)
        return [framed(line, cells, view.glyphs.ellipsis) for line in lines]

    def show(self) -> None:
        """Draw what was read, which may come when the screen is being closed."""
        page = self.query_one_optional("#page", self.VIEW)
        if page is not None and page.size.width:
            page.show(self.lines())
            self.rebuild_bars()
            self.drawn(page)

    def drawn(self, page: LinesView) -> None:
        """It was drawn; the cursor may be put somewhere."""

    # -- what the cursor stands on ------------------------------------------------------------------------------------

    def on_lines_view_moved(self, event: LinesView.Moved) -> None:
        """Other keys work where the cursor stands now."""
        event.stop()
        self.refresh_bindings()

    def on_lines_view_opened(self, event: LinesView.Opened) -> None:
        """`enter`, or a click on what the cursor stands on."""
        event.stop()
        self.open_target(event.target)

    def open_target(self, target: str) -> None:
        """Open what the cursor stands on; there is nothing to open on most pages."""
