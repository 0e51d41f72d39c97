"""The preview of the ticket under the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from opsconsole.console.previewing import PreviewScreen
from opsconsole.tickets.present.preview import LAST, Sight, preview
from opsconsole.tickets.present.queue import NARROW
from opsconsole.tickets.screen import service_of

if TYPE_CHECKING:
    from opsconsole.core.lines import Line
    from opsconsole.core.view import View
    from opsconsole.tickets.screen.found import Tickets


class Previewing(PreviewScreen, inherit_bindings=False):
    """See `console.previewing`."""

    PREFERENCE: ClassVar[str] = "tickets.preview"
    NARROW: ClassVar[int] = NARROW
    _source: Tickets

    @property
    def listed(self) -> int | None:
        """How many tickets were found."""
        found = self._source.found
        return len(found.numbers) if found is not None else None

    async def sight_of(self, key: str) -> Any:
        """A ticket, its promises, what happened last, and who else has it open."""
        service, number = service_of(self.context), int(key)
        return Sight(await service.get(number), await service.clocks(number), await service.last_events(number, LAST),
                     await service.presence(number))

    def sight_lines(self, sight: Any, lines: int, view: View) -> list[Line]:
        """See `preview`."""
        return preview(sight, lines, view)
