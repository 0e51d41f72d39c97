"""The wishes by impact and effort, as a grid; `enter` lists those of a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from opsconsole.console.actions import LEFT, MOVES, RIGHT
from opsconsole.console.page_screen import PageScreen
from opsconsole.console.widgets.lines_view import LinesView
from opsconsole.core.lines import Line, Span, Style
from opsconsole.tickets import actions
from opsconsole.tickets.filters.model import quoted
from opsconsole.tickets.model import TOPIC
from opsconsole.tickets.present.matrix import Wishes, cell_of, empty_lines, matrix_page
from opsconsole.tickets.screen import service_of, settings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from opsconsole.console.bar import Bar
    from opsconsole.core.actions import Action
    from opsconsole.core.view import View

MOST: Final = 500
"""Wishes that are read: the best ones."""
LISTED: Final = 40
"""Numbers that a filter names, of the wishes of a cell."""
READING: Final = (Line((Span(" They are being read.", Style.MUTED),)),)


class MatrixScreen(PageScreen["Wishes"], inherit_bindings=False):
    """The grid.

    Args:
        show: shows the tickets of a filter in the queue, when this is closed.
        open_ticket: opens a ticket.
    """

    ACTIONS: ClassVar[tuple[Action, ...]] = (*actions.WISHES_PAGE, *MOVES, LEFT, RIGHT)
    TOPICS: ClassVar[frozenset[str]] = frozenset({TOPIC})
    VIEW: ClassVar[type[LinesView]] = LinesView
    UNREAD: ClassVar[tuple[Line, ...]] = READING

    def __init__(self, show: Callable[[str], None], open_ticket: Callable[[int], None]) -> None:
        super().__init__("Wishes")
        self._show_list, self._open_ticket = show, open_ticket

    def bars(self) -> Iterable[Bar]:
        """The page says itself what it is."""
        return ()

    async def read(self) -> Wishes:
        """See `PageScreen.read`."""
        context, service = self.context, service_of(self.context)
        kinds = [name for name, one in settings_of(context).all_categories.items() if one.wish]
        if not kinds:
            return Wishes()
        text = f"is:open category:{','.join(quoted(kind) for kind in kinds)} sort:-rank"
        found = await service.find(text, context.actor.name)
        read = [await service.get(number) for number in found.numbers[:MOST]]
        known = [one for one in read if one.impact and one.effort]
        return Wishes(known, len(read) - len(known), len(found.numbers) - len(read))

    def page_lines(self, content: Wishes, view: View) -> list[Line]:
        """See `PageScreen.page_lines`."""
        if not content.known and not content.unknown:
            return list(empty_lines())
        return matrix_page(content, view._replace(cells=max(40, view.cells)))

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        if action.id == actions.WISHES_OPEN.id and not self.page.target:
            return "There is nothing to list here."
        return None

    def action_open(self) -> None:
        """The cell or the wish under the cursor."""
        self.page.action_open()

    def open_target(self, target: str) -> None:
        """See `PageScreen.open_target`: one wish, or those of a cell."""
        kind, *rest = target.split(":")
        if kind == "ticket":
            self._open_ticket(int(rest[0]))
        elif self.content is not None:
            impact, effort = map(int, rest)
            numbers = [one.number for one in cell_of(self.content, impact, effort)][:LISTED]
            self.dismiss()
            self._show_list(f"number:{','.join(map(str, numbers))} sort:-rank")
