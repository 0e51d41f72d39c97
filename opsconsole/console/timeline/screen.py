"""What happened on this server, in one order: opened at a moment, with what was before it in view."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple, cast

from opsconsole.console import actions as shell
from opsconsole.console.bar import Bar
from opsconsole.console.filterline import FilterLine
from opsconsole.console.list_screen import ListScreen
from opsconsole.console.timeline import PART
from opsconsole.console.timeline.filtering import VIEWS, Language, Wanted, parse
from opsconsole.console.timeline.moving import Moving
from opsconsole.console.timeline.source import MOMENT, Happenings, Sources
from opsconsole.console.timeline.words import (
    columns,
    detail_lines,
    empty_lines,
    moment_line,
    views_line,
)
from opsconsole.console.widgets.rows import Rows
from opsconsole.console.widgets.virtual_list import VirtualList
from opsconsole.core.errors import OpsError
from opsconsole.core.lines import BLANK
from opsconsole.core.view import MARGIN, framed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from textual.app import ComposeResult

    from opsconsole.console.timeline import Timeline
    from opsconsole.core.actions import Action
    from opsconsole.core.clock import Instant
    from opsconsole.core.lines import Line
    from opsconsole.core.timeline import About, Happening
    from opsconsole.core.view import View

TALL: Final = 34
"""Rows from which on more is said of the row under the cursor."""
ALL: Final = "all"
CHANGED: Final = "what changed"
NOTHING: Final = "There is nothing behind it; what is known of it stands below."
TYPED: Final = ""
"""The view of a filter that names kinds itself."""


class Place(NamedTuple):
    """A moment of the timeline, and the key of the row there; without one, it is the newest row."""

    at: Instant | None
    key: str


class TimelineScreen(Moving, ListScreen, inherit_bindings=False):
    """The timeline.

    Args:
        about: what it is opened at; None: now.
    """

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        shell.NAMED, shell.BEFORE, shell.FILTER, shell.AROUND, shell.NEXT_VIEW, shell.PREVIOUS_VIEW, shell.HERE,
        shell.GO_TO, *shell.MOVES)
    GIVES_WAY: ClassVar[bool] = False
    DEFAULT_CSS: ClassVar[str] = """
    TimelineScreen #list { height: 1fr; }
    TimelineScreen #detail { height: 4; }
    TimelineScreen.-tall #detail { height: 8; }
    """

    def __init__(self, about: About | None = None) -> None:
        super().__init__("Timeline")
        self._about = about
        self._view = ALL
        self._view_before = ALL
        self._filter = ""
        self._stay: Place | None = None
        """Where the cursor belongs while one types."""
        self._growing: set[bool] = set()
        self._each: set[Happening] = set()
        """Packages of commands that are shown one by one."""
        self._sources: Sources
        self._source: Happenings

    def everywhere(self) -> tuple[Action, ...]:
        """See `ActingScreen.everywhere`; one is on the timeline already."""
        return tuple(one for one in super().everywhere() if one.id != shell.TIMELINE.id)

    def body(self) -> ComposeResult:
        """What is shown, the moment, the list, all about the row under the cursor."""
        glyphs = self.context.glyphs
        self._sources = Sources(self.context)
        self._source = self.made(self._wanted(""), None)
        yield Bar(self.head, id="head")
        yield FilterLine(Language(), id="filter")
        yield Bar(self.status, id="status")
        yield VirtualList(columns(self.size.width), self._source, id="list", empty=empty_lines(ALL, ""), glyphs=glyphs)
        yield Rows(id="detail", glyphs=glyphs)

    # -- reading ------------------------------------------------------------------------------------------------------

    @property
    def happening(self) -> Happening | None:
        """The one under the cursor."""
        return self._source.happening(self.table.key) if self.is_mounted else None

    def made(self, wanted: Wanted, begin: Instant | None) -> Happenings:
        """See `Moving.made`."""
        return Happenings(self._sources, self.row_view, wanted, self._about, begin,
                          each=self._each, told=self._told, more=self._more)

    def _wanted(self, filter_text: str) -> Wanted:
        typed = parse(filter_text)
        return typed if typed.kinds else Wanted(VIEWS.get(self._view, ()), typed.words)

    def on_mount(self) -> None:
        """The cursor goes to the moment, with what followed it above, and what was before it below."""
        self.set_class(self.size.height >= TALL, "-tall")
        self.go(MOMENT)

    def on_resize(self) -> None:
        """Another width has room for other columns."""
        self.set_class(self.size.height >= TALL, "-tall")
        self.call_after_refresh(self._fitted)

    def _fitted(self) -> None:
        if self.is_mounted:
            self.table.show_columns(columns(self.table.size.width))
            self.table.reload()

    def concerns(self, topics: frozenset[str]) -> bool:
        """See `ListScreen.concerns`; what nobody could be asked about yet may be known now."""
        return not self._source.opened or any(one.topic in topics for one in self._source.asked)

    def again(self) -> None:
        """See `ListScreen.again`; what is new is put above."""
        self.stale = False
        if not self._source.opened:
            # The records could not be read, and can be now.
            self.go(MOMENT)
            return
        self.run_worker(partial(self._fresh, self._source), group="fresh", exclusive=True)

    async def _fresh(self, source: Happenings) -> None:
        if await self._tried(source.window.fresh(self.context.clock.now())) and source is self._source:
            self.table.reload()

    def _more(self, old: bool) -> None:
        if old not in self._growing:
            self._growing.add(old)
            self.run_worker(self._grow(self._source, old=old), group="older" if old else "newer")

    async def _grow(self, source: Happenings, *, old: bool) -> None:
        try:
            window = source.window
            await self._tried(window.older() if old else window.newer(self.context.clock.now()))
        finally:
            self._growing.discard(old)
        if source is self._source:
            self.table.reload()

    async def _tried(self, reading: Awaitable[object]) -> bool:
        try:
            return bool(await reading)
        except OpsError as error:
            self.problem = str(error)
            self.rebuild_bars()
            return False

    def action_refresh(self) -> None:
        """Read everything again now."""
        one = self.happening
        self._source.forget()
        if one is None:
            self.go(MOMENT)
        else:
            self._source.begin = one.at
            self.table.reload()
        self.console.action_refresh()

    def _told(self, source: Happenings) -> None:
        """It was read."""
        if source is self._source and self.is_mounted:
            self.problem = ""
            self.table.show_columns(columns(self.table.size.width))
            self.rebuild_bars()
            self.refresh_bindings()
            self.call_after_refresh(self._show_detail)

    # -- lines --------------------------------------------------------------------------------------------------------

    def head(self, cells: int) -> Line:
        """The views, and what is looked for."""
        view = self.row_view()._replace(cells=cells - 2 * MARGIN)
        return framed(views_line(self._view, self._filter, view), cells)

    def quiet(self, view: View) -> Line:
        """See `ListScreen.quiet`: the moment."""
        inner = view._replace(cells=view.cells - 2 * MARGIN)
        return framed(moment_line(self._source.around, self._source.problems, inner), view.cells)

    def moved(self) -> None:
        """See `ListScreen.moved`."""
        self._show_detail()

    def _show_detail(self) -> None:
        rows = self.query_one_optional("#detail", Rows)
        if rows is None:
            return
        one, cells = self.happening, self.size.width
        view = self.row_view()._replace(cells=cells - 2 * MARGIN)
        most = max(1, rows.size.height - 1)
        lines = detail_lines(one, self._source.around, view, most) if one is not None else []
        rows.show([BLANK, *(framed(line, cells) for line in lines)])

    # -- views and filter ---------------------------------------------------------------------------------------------

    def _place(self) -> Place:
        """Where the cursor is, for other happenings."""
        one, source = self.happening, self._source
        if one is None or (self.table.index == 0 and source.window.follows):
            # The newest row of a view that follows the time stays the newest.
            return Place(self.context.clock.now() if one is not None else None, "")
        here = source.around is not None and one.at == source.around.at
        return Place(one.at, MOMENT if here else self.table.key)

    def _show(self, filter_text: str, *, typing: bool = False) -> None:
        """Other happenings; the cursor stays at its moment."""
        stay, around = self._stay if self._stay is not None else self._place(), self._source.around
        self._source = self.made(self._wanted(filter_text), stay.at)
        self._source.around = around
        self.table.show_source(self._source, quiet=True, empty=empty_lines(self._view, filter_text, typing=typing))
        if stay.key:
            self.go(stay.key)
        self.rebuild_bars()
        self.refresh_bindings()

    @property
    def view_names(self) -> Sequence[str]:
        """See `ListScreen.view_names`."""
        return list(VIEWS)

    @property
    def view_shown(self) -> str:
        """See `ListScreen.view_shown`."""
        return self._view

    def show_view(self, name: str) -> None:
        """Other kinds."""
        if name != self._view:
            self._view_before, self._view = self._view, name
            self._filter = parse(self._filter).words
            self._show(self._filter)

    def action_before(self) -> None:
        """Only what changed, or everything again."""
        if self._view != CHANGED:
            self.show_view(CHANGED)
        else:
            self.show_view(self._view_before if self._view_before in VIEWS else ALL)

    @property
    def filter_text(self) -> str:
        """See `ListScreen.filter_text`."""
        return self._filter

    def action_filter(self) -> None:
        """Type a filter; whatever it finds meanwhile, the cursor belongs to where it is now."""
        self._stay = self._place()
        super().action_filter()

    def typed(self, text: str) -> None:
        """See `ListScreen.typed`."""
        if self._wanted(text) != self._source.wanted:
            self._show(text, typing=True)

    def keep(self, text: str) -> None:
        """See `ListScreen.keep`."""
        self._filter = text
        if parse(text).kinds:
            self._view = TYPED
        elif self._view == TYPED:
            self._view = ALL
        self._show(text)
        self._stay = None

    # -- the list -----------------------------------------------------------------------------------------------------

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        if action.group != "timeline" or action.id in (shell.BEFORE.id, shell.GO_TO.id):
            return None
        if action.id == shell.HERE.id:
            return None if self._source.around is not None else "It was opened at no moment; g goes to the newest."
        one = self.happening
        if one is None:
            return "Nothing is chosen."
        if action.id == shell.NAMED.id and not one.target and not self._source.window.command(one):
            return NOTHING
        return None

    def open_row(self, key: str) -> None:  # noqa: ARG002 - the row under the cursor
        """See `ListScreen.open_row`."""
        one = self.happening
        if one is not None and one.target:
            cast("Timeline", self.context.parts[PART]).opener(self, one.target)
        elif one is not None and self._source.window.command(one):
            self.table.go_to(self._source.window.turn(one))
        elif one is not None:
            self.console.say(NOTHING)
