"""What a console has of the log before anybody looks at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from opsconsole.console.part import Part

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsconsole.console.context import ConsoleContext
    from opsconsole.console.screen import ConsoleScreen
    from opsconsole.core.database import Database
    from opsconsole.logbook.aid import Aid
    from opsconsole.logbook.screen.desk import Desk
    from opsconsole.logbook.windows import Windows
    from opsconsole.notify.settings import NotifySettings


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
        self.aid: Callable[[ConsoleContext], Aid] | None = None
        """Makes whoever knows the checklists of emergencies; as above."""
        self.notify: NotifySettings | None = None
        """Whom messages of emergencies can be sent to; as above."""
        self._reminded: tuple[int, int] | None = None
        """The emergency and the message of which this console has reminded."""

    def make(self) -> Desk:
        """See `Part.make`."""
        from opsconsole.logbook.screen.desk import Desk  # noqa: PLC0415 - after the first paint

        return Desk(opener=self._opener, addressees=self._addressees, unknown=self._unknown)

    @staticmethod
    def emergency(screen: ConsoleScreen) -> None:
        """The key that works everywhere: to the emergency that goes on, or to a new one."""
        from opsconsole.logbook.screen.declaring import open_emergency  # noqa: PLC0415 - when it is wanted

        open_emergency(screen)

    def _addressees(self) -> tuple[str, ...]:
        """By the configuration as it is then."""
        from opsconsole.notify.names import addressees  # noqa: PLC0415 - when a message is written

        return addressees(self.notify) if self.notify is not None else ()

    def _unknown(self, names: tuple[str, ...]) -> str | None:
        """As above."""
        from opsconsole.notify.names import unknown  # noqa: PLC0415 - as above

        return next((f"{message[0].upper()}{message[1:]}." for _, message in unknown(names, self.notify)), None)

    def fit(self, desk: Desk) -> None:
        """See `Part.fit`."""
        desk.windows, desk.aid = self.windows, self.aid
        desk.use(self._settings)

    async def _count(self, app: Any) -> None:
        """See `Part._count`; tells, once in each console, that a message is due which others were promised."""
        await super()._count(app)
        waits = self().emergencies
        if waits.due is None or waits.due > app.context.clock.now() or self._reminded == (waits.number, waits.due):
            return
        from opsconsole.core.levels import Level  # noqa: PLC0415 - the console has it

        self._reminded = waits.number, waits.due
        app.say(f"A message about emergency {waits.number} is due: E opens it, m writes it.", Level.CRITICAL)
