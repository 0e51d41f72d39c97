"""The trend of one line of the panel, and all that is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from opsconsole.console.actions import MOVES
from opsconsole.console.widgets.lines_view import LinesView
from opsconsole.core.lines import Line, Span, Style
from opsconsole.health import actions
from opsconsole.health.present.past import RANGES
from opsconsole.health.present.trend import trend_page
from opsconsole.health.screen.watching import WatchingScreen

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from opsconsole.core.actions import Action
    from opsconsole.health.model import Health
    from opsconsole.health.watch import Watch

MEASURING = (Line((Span(" The first figures are on their way.", Style.MUTED),)),)


class TrendScreen(WatchingScreen, inherit_bindings=False):
    """One target of the panel over a period.

    Args:
        watch: the source of health and history.
        target: as the spots of the panel name it.
        targets: all of the panel in their order, for the next one and the one before.
    """

    ACTIONS: ClassVar[tuple[Action, ...]] = (*actions.TREND, *MOVES)

    def __init__(self, watch: Watch, target: str, targets: tuple[str, ...]) -> None:
        super().__init__(watch)
        self.title = "Trend"
        self._target = target
        self._targets = targets
        self._range = 0

    def body(self) -> ComposeResult:
        """One page."""
        yield LinesView(empty=MEASURING, id="page", glyphs=self.context.glyphs)

    def show_health(self, health: Health | None) -> None:
        """Draw the period up to now."""
        page, context = self.query_one("#page", LinesView), self.context
        if page.size.width and health is not None:
            page.show(trend_page(health, self._target, self.host_watch, width=page.size.width, height=page.size.height,
                                 range=RANGES[self._range], glyphs=context.glyphs, now=context.clock.now(),
                                 zone=context.zone, settings=self.host_watch.settings))

    def on_resize(self) -> None:
        """Another size holds another chart."""
        self.call_after_refresh(self.show_health, self.host_watch.latest)

    def on_lines_view_opened(self, event: LinesView.Opened) -> None:
        """What advice speaks of can be opened."""
        event.stop()
        self.app.push_screen(TrendScreen(self.host_watch, event.target, self._targets))

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        if action.id == "trend.shorter" and self._range == 0:
            return "This is the shortest period."
        if action.id == "trend.longer" and self._range == len(RANGES) - 1:
            return "This is the longest period."
        if action.id in {"trend.next", "trend.previous"} and len(self._targets) < 2:
            return "There is no other line."
        return None

    def action_shorter(self) -> None:
        """A shorter period."""
        self._show_range(self._range - 1)

    def action_longer(self) -> None:
        """A longer period."""
        self._show_range(self._range + 1)

    def action_next(self) -> None:
        """The next line of the panel."""
        self._step(1)

    def action_previous(self) -> None:
        """The line before it on the panel."""
        self._step(-1)

    def _watched(self) -> int:
        """Milliseconds of history; a short one is shown whole, not as a sliver at the right."""
        health = self.host_watch.latest
        return health.snapshot.at - health.watched_since if health is not None else 0

    def _show_range(self, number: int) -> None:
        self._range = number
        self.show_health(self.host_watch.latest)
        self.refresh_bindings()

    def _step(self, step: int) -> None:
        at = self._targets.index(self._target) if self._target in self._targets else 0
        self._target = self._targets[(at + step) % len(self._targets)]
        self.show_health(self.host_watch.latest)
