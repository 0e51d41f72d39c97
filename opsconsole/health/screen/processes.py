"""All processes: sorted, as a tree, filtered; one of them can be opened or ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from opsconsole.console.actions import MOVES
from opsconsole.console.bar import Bar
from opsconsole.console.widgets.inputs import LineInput
from opsconsole.console.widgets.virtual_list import Column, ListRow, VirtualList
from opsconsole.core.levels import Level
from opsconsole.core.lines import Line, Span, Style
from opsconsole.health import actions
from opsconsole.health.present import processes as present
from opsconsole.health.present.process_view import Arrangement, Shown, Sort, arranged
from opsconsole.health.screen.watching import WatchingScreen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from textual import events
    from textual.app import ComposeResult
    from textual.widgets import Input

    from opsconsole.core.actions import Action
    from opsconsole.core.clock import Clock
    from opsconsole.core.glyphs import Glyphs
    from opsconsole.health.model import Health, Process
    from opsconsole.health.service import Signal
    from opsconsole.health.watch import Watch

MARGIN = 2
"""Cells that a list keeps free left of its first column."""
NONE_MATCH = (Line((Span("No process has all of these words.", Style.MUTED),)),
              Line((Span("Press / to change them, or esc there to take them away.", Style.FAINT),)))


class Rows:
    """The processes as a source of rows; only those that are looked at are drawn."""

    def __init__(self, glyphs: Glyphs, clock: Clock, zone: tzinfo | None) -> None:
        self.shown: Sequence[Shown] = ()
        self.cells = 80
        self._glyphs, self._clock, self._zone = glyphs, clock, zone

    async def count(self) -> int:
        """See `RowSource`."""
        return len(self.shown)

    async def rows(self, offset: int, limit: int) -> Sequence[ListRow]:
        """See `RowSource`."""
        now = self._clock.now()
        return [ListRow(key_of(one.process), present.cells_of(one, width=self.cells, glyphs=self._glyphs, now=now,
                                                              zone=self._zone))
                for one in self.shown[offset:offset + limit]]

    async def position(self, key: str) -> int | None:
        """See `RowSource`."""
        return next((number for number, one in enumerate(self.shown) if key_of(one.process) == key), None)

    def process(self, key: str) -> Process | None:
        """The process of a row."""
        return next((one.process for one in self.shown if key_of(one.process) == key), None)


def key_of(process: Process) -> str:
    """A process by pid and start: another one that gets its pid later is another one."""
    return f"{process.pid}:{process.started}"


class ProcessesScreen(WatchingScreen, inherit_bindings=False):
    """The list of processes."""

    PROCESSES: ClassVar[int | None] = None
    ACTIONS: ClassVar[tuple[Action, ...]] = (*actions.PROCESSES, *MOVES)
    DEFAULT_CSS: ClassVar[str] = """
    ProcessesScreen #words { display: none; }
    ProcessesScreen.-filtering #words { display: block; }
    """

    def __init__(self, watch: Watch) -> None:
        super().__init__(watch)
        self.title = "Processes"
        self._how = Arrangement()

    def body(self) -> ComposeResult:
        """What is shown, the list, and the words to filter by while they are typed."""
        context = self.context
        self._rows = Rows(context.glyphs, context.clock, context.zone)
        yield Bar(self._summary, id="summary")
        yield VirtualList(self._columns(80), self._rows, empty=NONE_MATCH, glyphs=context.glyphs, id="list")
        yield LineInput(placeholder="words in name, command, user or PID; user:NAME for one user", id="words")

    @property
    def list(self) -> VirtualList:
        """The list."""
        return self.query_one("#list", VirtualList)

    def show_health(self, health: Health | None) -> None:
        """Put what runs now in place of what ran; the cursor stays on its process."""
        self._rows.shown = arranged(self._processes(health), self._how)
        self._rows.cells = max(20, self.list.size.width - MARGIN - 1)
        self.list.show_columns(self._columns(self._rows.cells))
        self.list.reload()
        self.query_one("#summary", Bar).rebuild()

    def on_resize(self) -> None:
        """Another width has other columns."""
        self.call_after_refresh(self.show_health, self.host_watch.latest)

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        if action.id in {"processes.details", "processes.terminate", "processes.kill"} and not self.list.key:
            return "No process is chosen."
        return None

    def on_virtual_list_moved(self, event: VirtualList.Moved) -> None:
        """With or without a process under the cursor, other keys work."""
        event.stop()
        self.refresh_bindings()

    async def on_virtual_list_opened(self, event: VirtualList.Opened) -> None:
        """`enter` or a click."""
        event.stop()
        await self.action_details()

    async def action_details(self) -> None:
        """All about the process under the cursor."""
        from opsconsole.health.screen.details import DetailsScreen  # noqa: PLC0415 - when it is opened

        if (process := await self._chosen()) is not None:
            self.app.push_screen(DetailsScreen(self.host_watch, process))

    def action_tree(self) -> None:
        """Who started whom."""
        self._arrange(self._how._replace(tree=not self._how.tree))

    def action_reverse(self) -> None:
        """The other way round."""
        self._arrange(self._how._replace(reverse=not self._how.reverse))

    def action_sort_next(self) -> None:
        """By the next column."""
        self._sort(self._how.sort.next())

    def action_sort_previous(self) -> None:
        """By the column before."""
        self._sort(self._how.sort.next(-1))

    def action_sort_cpu(self) -> None:
        """By processor time."""
        self._sort(Sort.CPU)

    def action_sort_memory(self) -> None:
        """By resident memory."""
        self._sort(Sort.MEMORY)

    def action_sort_io(self) -> None:
        """By bytes read and written."""
        self._sort(Sort.IO)

    def action_sort_pid(self) -> None:
        """By process id."""
        self._sort(Sort.PID)

    def action_sort_name(self) -> None:
        """By name."""
        self._sort(Sort.NAME)

    def action_sort_started(self) -> None:
        """The newest first."""
        self._sort(Sort.STARTED)

    def action_filter(self) -> None:
        """Type words; the list follows."""
        self.add_class("-filtering")
        # At once, not when the messages before are done: the next key may be on its way already.
        self.set_focus(self.query_one("#words", LineInput))

    def action_back(self) -> None:
        """First the words go, then the screen."""
        if self.has_class("-filtering") or self._how.filter:
            self._end_filter(keep=False)
        else:
            super().action_back()

    async def action_terminate(self) -> None:
        """SIGTERM, after a question."""
        from opsconsole.health.service import Signal  # noqa: PLC0415 - when it is asked for

        await self._end(Signal.TERMINATE)

    async def action_kill(self) -> None:
        """SIGKILL, after a question."""
        from opsconsole.health.service import Signal  # noqa: PLC0415 - when it is asked for

        await self._end(Signal.KILL)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Each letter narrows the list."""
        event.stop()
        self._arrange(self._how._replace(filter=event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Back to the list, which stays narrowed."""
        event.stop()
        self._end_filter(keep=True)

    def on_key(self, event: events.Key) -> None:
        """From the words one can walk down into the list."""
        if event.key == "down" and self.query_one("#words", LineInput).has_focus:
            event.stop()
            self._end_filter(keep=True)

    def _end_filter(self, *, keep: bool) -> None:
        words = self.query_one("#words", LineInput)
        if not keep:
            words.value = ""
        self.remove_class("-filtering")
        self.set_focus(self.list)

    async def _end(self, how: Signal) -> None:
        from opsconsole.health.screen.ending import ask_and_end  # noqa: PLC0415 - when it is asked for

        if (process := await self._chosen()) is not None:
            self.run_worker(ask_and_end(self, process, how), group="end")

    async def _chosen(self) -> Process | None:
        """The process under the cursor, once the list shows what was typed last; None, and a sentence, without one."""
        await self.list.caught_up()
        process = self._rows.process(self.list.key)
        if process is None:
            self.console.say("No process is chosen.", Level.UNKNOWN)
        return process

    def _sort(self, sort: Sort) -> None:
        self._arrange(self._how._replace(sort=sort, reverse=False))

    def _arrange(self, how: Arrangement) -> None:
        self._how = how
        self.show_health(self.host_watch.latest)

    def _processes(self, health: Health | None) -> tuple[Process, ...]:
        return health.snapshot.processes if health is not None else ()

    def _columns(self, cells: int) -> tuple[Column, ...]:
        titles = present.headings(cells, self._how, self.context.glyphs)
        return tuple(Column(one.key, title, one.width, "right" if one.right else "left",
                            sorted=one.key == self._how.sort)
                     for one, title in zip(present.columns(cells), titles, strict=True))

    def _summary(self, cells: int) -> Line:
        total = len(self._processes(self.host_watch.latest))
        return present.summary(self._rows.shown, total, self._how, width=cells, glyphs=self.context.glyphs)
