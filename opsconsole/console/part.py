"""What a console has of a feature before anybody looks at it: made when it is needed first; and its badge."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar, cast

from opsconsole.core.errors import OpsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from opsconsole.console.context import ConsoleContext
    from opsconsole.console.topline import Badge


class Desk(Protocol):
    """What the screens of a feature share."""

    async def recount(self, context: ConsoleContext) -> bool:
        """Count what waits; whether that is something else than before. Raises OpsError."""

    def badge(self) -> Badge | None:
        """What stands behind the title in the top line."""


D = TypeVar("D", bound=Desk)


def desk_in(context: ConsoleContext, name: str, kind: type[D]) -> D:
    """The desk of a feature; the composition root hands in what makes it. With none, nothing is configured."""
    found = context.parts.get(name)
    if not isinstance(found, kind):
        found = context.parts[name] = cast("Callable[[], D]", found)() if callable(found) else kind()
    return found


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

    def fit(self, desk: D) -> None:
        """Give it the configuration as it is now."""
        raise NotImplementedError

    def __call__(self) -> D:
        """What the screens share."""
        if self._desk is None:
            self._desk = self.make()
            self.fit(self._desk)
        return self._desk

    def use(self, settings: Any) -> None:
        """The configuration as it is now."""
        self._settings = settings
        if self._desk is not None:
            self.fit(self._desk)

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


def bind_again(app: Any) -> None:
    """Actions came, or have other keys: every screen that is there binds them again."""
    for stack in app._screen_stacks.values():  # noqa: SLF001 - no public way to the screens of all modes
        for screen in stack:
            if hasattr(screen, "bind_actions"):
                screen.bind_actions()


def begin(parts: Iterable[Any]) -> None:
    """The console is there: all parts may count."""
    for part in parts:
        part.begun = True


def hear(parts: Iterable[Any], app: Any, topics: frozenset[str] | None = None) -> None:
    """Something happened, or time went on: all parts count again what that is about."""
    for part in parts:
        part.hear(app) if topics is None else part.hear(app, topics)
