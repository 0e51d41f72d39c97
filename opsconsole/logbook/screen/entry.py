"""One entry: all that it says, what was amended and why, its files, who signed; and all that can be done to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from opsconsole.console import actions as shell
from opsconsole.console.bar import Bar
from opsconsole.console.files import keep_file, show_file
from opsconsole.console.keys import key_label
from opsconsole.console.screen import ConsoleScreen
from opsconsole.console.storage import opened
from opsconsole.console.widgets.page_view import PageView
from opsconsole.core.errors import OpsError
from opsconsole.core.lines import BLANK, Line, Span, Style
from opsconsole.core.text import harmless
from opsconsole.core.timeline import About
from opsconsole.core.view import View, framed
from opsconsole.logbook import actions
from opsconsole.logbook.model import TOPIC, Attachment, EntryState
from opsconsole.logbook.present.entry import Page, next_version, page_lines, title_line
from opsconsole.logbook.screen.acting import Acting
from opsconsole.logbook.screen.desk import desk_of, service_of, view_of

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.worker import Worker

    from opsconsole.core.actions import Action
    from opsconsole.logbook.model import Found
    from opsconsole.logbook.service import LogService

READING: Final = (Line((Span(" It is being read.", Style.MUTED),)),)


async def read_page(service: LogService, number: int) -> Page:
    """An entry with all that belongs to it.

    Raises:
        NoEntry, StorageError.
    """
    amendments = await service.amendments(number)
    entry = await service.entry(number)
    original = await service.original(number) if amendments else entry
    return Page(entry, original, amendments, await service.attachments(number), work=await service.work(entry))


class EntryScreen(Acting, ConsoleScreen, inherit_bindings=False):
    """One entry, read again whenever something happens to the log.

    Args:
        number: which.
        found: the list that it was opened from, for the next one and the one before; None: there is none.
        stand: what the cursor shall stand on.
        content: the entry as it was read for the preview: then it stands in the first frame.
    """

    ACTIONS: ClassVar[tuple[Action, ...]] = (*actions.ENTRY, *shell.MOVES, shell.OPEN)
    DEFAULT_CSS: ClassVar[str] = """
    EntryScreen #title { margin-bottom: 1; }
    EntryScreen #page { height: 1fr; }
    """

    def __init__(self, number: int, found: Found | None = None, stand: str = "", content: Page | None = None) -> None:
        super().__init__()
        self.found = found
        self.content = content
        self._resumed = False
        self._number = number
        self._stand = stand
        self._absolute = False
        self._problem = ""
        self.title = f"Log entry {number}"

    def body(self) -> ComposeResult:
        """Its title, and the page."""
        yield Bar(self._title, id="title")
        yield PageView(self._lines(), empty=READING, id="page", glyphs=self.context.glyphs)

    # -- reading ------------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Read it."""
        self.query_one(PageView).focus()
        # Keys that were typed ahead are for the entry: they wait until it is known what may be done to it.
        self.held(self.read_again())

    def on_resize(self) -> None:
        """Another width wraps otherwise."""
        self.call_after_refresh(self.show)

    def on_screen_resume(self) -> None:
        """What changed while a form lay over it."""
        super().on_screen_resume()
        if self._resumed:
            self.read_again()
        self._resumed = True

    def on_console_screen_topics_changed(self, event: ConsoleScreen.TopicsChanged) -> None:
        """Somebody did something."""
        if TOPIC in event.topics and self.is_current:
            self.read_again()

    def read_again(self) -> Worker[None]:
        """Read it again; the cursor stays where it is."""
        return self.run_worker(self._read(), group="entry", exclusive=True)

    def again(self) -> None:
        """See `Acting.again`."""
        self.read_again()

    def action_refresh(self) -> None:
        """Read it again now."""
        self.read_again()
        self.console.action_refresh()

    async def _read(self) -> None:
        number = self._number
        await opened(self.context)
        try:
            content = await read_page(service_of(self.context), number)
            if self.found is not None and self.neighbour(1) is None:
                self.found = await service_of(self.context).rest(self.found)
            self._problem = ""
        except OpsError as error:
            self._problem = str(error)
        else:
            same = self.content is not None and self.content.entry.id == number
            kept = self.content.version if self.content is not None and same else None
            self.content = content._replace(version=kept)
        self.show()
        self.refresh_bindings()

    # -- drawing ------------------------------------------------------------------------------------------------------

    def _view(self, cells: int | None = None) -> View:
        return view_of(self, cells, absolute=self._absolute)

    def _title(self, cells: int) -> Line:
        return framed(title_line(self.content, self._view(cells)), cells) if self.content is not None else BLANK

    def show(self) -> None:
        """Draw what was read."""
        page, title = self.query_one_optional("#page", PageView), self.query_one_optional("#title", Bar)
        if page is None or title is None or not page.size.width:
            return
        page.show(self._lines())
        if self._stand and self.content is not None:
            page.stand_on(self._stand)
            self._stand = ""
        title.rebuild()

    def _lines(self) -> list[Line]:
        # The screen has no width before its first frame.
        width, lines = self.size.width or self.app.size.width, list[Line]()
        if self._problem:
            sign = self.context.glyphs.critical
            lines += [Line((Span(f"{sign} {harmless(self._problem)}", Style.CRITICAL),)), BLANK]
        if self.content is not None:
            lines += page_lines(self.content, self._view(width))
        return [framed(line, max(1, width - 1)) for line in lines]

    # -- what is meant ------------------------------------------------------------------------------------------------

    @property
    def target(self) -> tuple[str, str]:
        """What the cursor stands on: kind and name."""
        page = self.query_one_optional("#page", PageView)
        kind, _, name = page.target.partition(":") if page is not None else ("", "", "")
        return kind, name

    @property
    def number(self) -> int:
        """Of the entry."""
        return self._number

    @property
    def state(self) -> EntryState | None:
        """As it was read."""
        return self.content.entry.state if self.content is not None else None

    @property
    def next_action(self) -> tuple[int, int, bool] | None:
        """Under the cursor; where the cursor is on none, the only one that is not done."""
        if self.content is None or self.content.version is not None:
            return None
        kind, name = self.target
        open_ = [number for number, one in enumerate(self.content.entry.actions) if one.done is None]
        place = int(name) if kind == "next" else open_[0] if len(open_) == 1 else -1
        if not 0 <= place < len(self.content.entry.actions):
            return None
        return self._number, place, self.content.entry.actions[place].done is not None

    @property
    def file(self) -> Attachment | None:
        """Under the cursor; where the cursor is on none, the only one that there is."""
        files = self.content.files if self.content is not None else ()
        kind, name = self.target
        if kind == "file":
            return next((file for file in files if str(file.id) == name), None)
        return files[0] if len(files) == 1 else None

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        if action.id == actions.VERSION.id:
            return None if self.content is not None and self.content.amendments else "It was never amended."
        if action.id in (actions.SHOW.id, actions.KEEP.id) and self.file is None:
            files = self.content.files if self.content is not None else ()
            return "Put the cursor on a file first." if files else "It has no files."
        if action.id == actions.NEXT.id:
            return None if self.neighbour(1) is not None else "There is no next one in the list."
        if action.id == actions.PREVIOUS.id:
            return None if self.neighbour(-1) is not None else "There is none before it in the list."
        return super().unavailable(action)

    def about(self) -> About:
        """See `ConsoleScreen.about`: when the work began."""
        return About(f"entry:{self._number}", self.content.entry.begun if self.content is not None else None)

    # -- what is done -------------------------------------------------------------------------------------------------

    def on_lines_view_opened(self, event: PageView.Opened) -> None:
        """What the cursor stands on: a ticket, a round of a checklist, a file, a next action."""
        event.stop()
        kind, _, _name = event.target.partition(":")
        opener = desk_of(self.context).opener
        if kind == "file":
            self.action_show()
        elif kind == "next":
            done = self.action_of(actions.DONE.id)
            if done is not None and done.keys:
                self.console.say(f"{key_label(done.keys[0])} says that it is done, or that it is not.")
        elif opener is not None:
            opener(self, event.target)

    def on_lines_view_moved(self, event: PageView.Moved) -> None:
        """Other keys work where the cursor stands now."""
        event.stop()
        self.refresh_bindings()

    def written(self, number: int) -> None:
        """Never from here."""

    def action_show(self) -> None:
        """The file in the pager."""
        if (file := self.file) is not None:
            self.run_worker(show_file(self, file, actions.KEEP.id), group="files", exclusive=True)

    def action_keep(self) -> None:
        """The file as one of this machine."""
        if (file := self.file) is not None:
            self.run_worker(keep_file(self, file), group="files", exclusive=True)

    def action_version(self) -> None:
        """As it was signed, after each amendment, as it stands."""
        if self.content is not None:
            self.content = self.content._replace(version=next_version(self.content))
            self.show()
            self.refresh_bindings()

    def action_times(self) -> None:
        """Times in full, or briefly."""
        self._absolute = not self._absolute
        self.show()

    def neighbour(self, step: int) -> int | None:
        """The next entry of the list, or the one before; None: there is none."""
        at = self.found.position(self._number) if self.found is not None else None
        if self.found is None or at is None:
            return None
        return self.found.numbers[at + step] if 0 <= at + step < len(self.found.numbers) else None

    def action_next(self) -> None:
        """The next entry of the list."""
        self._go(self.neighbour(1))

    def action_previous(self) -> None:
        """The one before it."""
        self._go(self.neighbour(-1))

    def _go(self, number: int | None) -> None:
        if number is not None:
            self._number = number
            self.content = None
            self.title = f"Log entry {number}"
            self.query_one(PageView).action_top()
            self.read_again()
