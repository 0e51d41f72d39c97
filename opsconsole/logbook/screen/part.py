"""What a console has of the log before anybody looks at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from opsconsole.console.part import Part

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsconsole.console.context import ConsoleContext
    from opsconsole.core.database import Database
    from opsconsole.logbook.screen.desk import Desk
    from opsconsole.logbook.windows import Windows


class LogPart(Part["Desk"]):
    """See `console.part`.

    Args:
        settings: what the configuration says about the log; None: the defaults.
        opener: shows what an entry names: `ticket:17`, `run:5`.
    """

    NAME: ClassVar[str] = "logbook"
    TOPICS: ClassVar[frozenset[str]] = frozenset({"logbook"})

    def __init__(self, settings: Any, opener: Callable[[Any, str], None] | None = None) -> None:
        super().__init__(settings)
        self._opener = opener
        self.windows: Callable[[ConsoleContext, Database], Windows] | None = None
        """Makes who mutes checks during maintenance; the composition root says it."""

    def make(self) -> Desk:
        """See `Part.make`."""
        from opsconsole.logbook.screen.desk import Desk  # noqa: PLC0415 - after the first paint

        return Desk(opener=self._opener)

    def fit(self, desk: Desk) -> None:
        """See `Part.fit`."""
        desk.windows = self.windows
        desk.use(self._settings)
