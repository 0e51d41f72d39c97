"""What a console has of a feature before anybody looks at it: made when it is needed first; and its badge."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

from opsconsole.core.errors import OpsError

if TYPE_CHECKING:
    from opsconsole.console.context import ConsoleContext
    from opsconsole.console.topline import Badge

S_contra = TypeVar("S_contra", contravariant=True)


class Desk(Protocol[S_contra]):
    """What the screens of a feature share."""

    def use(self, settings: S_contra | None) -> None:
        """Another configuration."""

    async def recount(self, context: ConsoleContext) -> bool:
        """Count what waits; whether that is something else than before. Raises OpsError."""

    def badge(self) -> Badge | None:
        """What stands behind the title in the top line."""


D = TypeVar("D", bound=Desk[Any])


class Part(Generic[D]):
    """Hands the desk to the screens, and counts for the top line.

    Args:
        settings: what the configuration says about the feature; None: the defaults.
    """

    NAME: ClassVar[str]
    """Of the feature, as in `ConsoleContext.parts`."""
    TOPICS: ClassVar[frozenset[str]]
    """What happens to the feature."""

    def __init__(self, settings: Any) -> None:
        self._settings = settings
        self._desk: D | None = None
        self.begun = False

    def make(self) -> D:
        """The desk; what it stands on is imported here."""
        raise NotImplementedError

    def __call__(self) -> D:
        """What the screens share."""
        if self._desk is None:
            self._desk = self.make()
            self._desk.use(self._settings)
        return self._desk

    def use(self, settings: Any) -> None:
        """The configuration as it is now."""
        self._settings = settings
        if self._desk is not None:
            self._desk.use(settings)

    def badge(self) -> Badge | None:
        """What waits, or is late."""
        return self._desk.badge() if self._desk is not None else None

    def hear(self, app: Any, topics: frozenset[str] | None = None) -> None:
        """Count again: something happened to the feature, or time went on (None)."""
        if (topics is None or topics & self.TOPICS) and self.begun:
            app.run_worker(self._count(app), group=f"{self.NAME}-badge", exclusive=True)

    async def _count(self, app: Any) -> None:
        with suppress(OpsError):
            if await self().recount(app.context):
                app.refresh_bars()
