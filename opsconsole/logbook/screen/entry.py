"""One entry: all that it says, what was amended and why, its files, who signed; and all that can be done to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from opsconsole.console import actions as shell
from opsconsole.console.files import keep_file, show_file
from opsconsole.console.keys import key_label
from opsconsole.console.page_screen import PageScreen, page_view
from opsconsole.core.timeline import About
from opsconsole.logbook import actions
from opsconsole.logbook.model import TOPIC, Attachment, EntryState
from opsconsole.logbook.present.entry import Page, next_version, page_lines, title_line
from opsconsole.logbook.screen.acting import Acting
from opsconsole.logbook.screen.desk import desk_of, service_of

if TYPE_CHECKING:
    from opsconsole.console.widgets.lines_view import LinesView
    from opsconsole.core.actions import Action
    from opsconsole.core.lines import Line
    from opsconsole.core.view import View
    from opsconsole.logbook.model import Found
    from opsconsole.logbook.service import LogService


async def read_page(service: LogService, number: int) -> Page:
    """An entry with all that belongs to it.

    Raises:
        NoEntry, StorageError.
    """
    amendments = await service.amendments(number)
    entry = await service.entry(number)
    original = await service.original(number) if amendments else entry
    return Page(entry, original, amendments, await service.attachments(number), work=await service.work(entry))


class EntryScreen(Acting, PageScreen["Page"], inherit_bindings=False):
    """One entry, read again whenever something happens to the log.

    Args:
        number: which.
        found: the list that it was opened from, for the next one and the one before; None: there is none.
        stand: what the cursor shall stand on.
        content: the entry as it was read for the preview: then it stands in the first frame.
    """

    ACTIONS: ClassVar[tuple[Action, ...]] = (*actions.ENTRY, *shell.MOVES, shell.OPEN)
    TOPICS: ClassVar[frozenset[str]] = frozenset({TOPIC})

    def __init__(self, number: int, found: Found | None = None, stand: str = "", content: Page | None = None) -> None:
        super().__init__(f"Log entry {number}", content)
        self.found = found
        self._number = number
        self._stand = stand
        self._absolute = False

    # -- reading and drawing ------------------------------------------------------------------------------------------

    def again(self) -> None:
        """See `Acting.again`."""
        self.read_again()

    async def read(self) -> Page:
        """See `PageScreen.read`; the version that one looks at stays."""
        number = self._number
        content = await read_page(service_of(self.context), number)
        if self.found is not None and self.neighbour(1) is None:
            self.found = await service_of(self.context).rest(self.found)
        same = self.content is not None and self.content.entry.id == number
        return content._replace(version=self.content.version if self.content is not None and same else None)

    def view(self, cells: int | None = None) -> View:
        """See `PageScreen.view`; times as they are wanted."""
        return page_view(self, cells, absolute=self._absolute)

    def title_line(self, content: Page, view: View) -> Line:
        """See `PageScreen.title_line`."""
        return title_line(content, view)

    def page_lines(self, content: Page, view: View) -> list[Line]:
        """See `PageScreen.page_lines`."""
        return page_lines(content, view)

    def drawn(self, page: LinesView) -> None:
        """See `PageScreen.drawn`."""
        if self._stand and self.content is not None:
            page.stand_on(self._stand)
            self._stand = ""

    # -- what is meant ------------------------------------------------------------------------------------------------

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
        kind, _, name = self.target.partition(":")
        open_ = [number for number, one in enumerate(self.content.entry.actions) if one.done is None]
        place = int(name) if kind == "next" else open_[0] if len(open_) == 1 else -1
        if not 0 <= place < len(self.content.entry.actions):
            return None
        return self._number, place, self.content.entry.actions[place].done is not None

    @property
    def file(self) -> Attachment | None:
        """Under the cursor; where the cursor is on none, the only one that there is."""
        files = self.content.files if self.content is not None else ()
        kind, _, name = self.target.partition(":")
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

    def open_target(self, target: str) -> None:
        """See `PageScreen.open_target`: a ticket, a round of a checklist, a file, a next action."""
        kind = target.partition(":")[0]
        opener = desk_of(self.context).opener
        if kind == "file":
            self.action_show()
        elif kind == "next":
            done = self.action_of(actions.DONE.id)
            if done is not None and done.keys:
                self.console.say(f"{key_label(done.keys[0])} says that it is done, or that it is not.")
        elif opener is not None:
            opener(self, target)

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
            self.page.action_top()
            self.read_again()
