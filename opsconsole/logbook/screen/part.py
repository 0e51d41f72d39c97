"""What a console has of the log before anybody looks at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from opsconsole.console.part import Part

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsconsole.logbook.screen.desk import Desk


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

    def make(self) -> Desk:
        """See `Part.make`."""
        from opsconsole.logbook.screen.desk import Desk  # noqa: PLC0415 - after the first paint

        return Desk(opener=self._opener)

    def fit(self, desk: Desk) -> None:
        """See `Part.fit`."""
        desk.use(self._settings)
