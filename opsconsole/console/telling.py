"""Notifications: harmless, of limited length, few at a time, and nothing of them stays behind."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from textual.app import ScreenStackError
from textual.css.query import NoMatches
from textual.widgets._toast import Toast, ToastHolder, ToastRack

from opsconsole.console.ending import EndingApp
from opsconsole.core.levels import Level
from opsconsole.core.text import limited

if TYPE_CHECKING:
    from opsconsole.core.errors import OpsError

NOTICE_LENGTH = 300
"""Characters of a notification."""
NOTICES = 3
"""Notifications shown at a time; the oldest goes."""
SEVERITIES = {Level.OK: "information", Level.UNKNOWN: "information", Level.WARNING: "warning", Level.CRITICAL: "error"}
log = logging.getLogger(__name__)


class TellingApp(EndingApp, inherit_bindings=False):
    """A program that tells things in a corner of its screen."""

    def notify(self, message: str, *, title: str = "", severity: str = "information",
               timeout: float | None = None, markup: bool = False) -> None:  # noqa: ARG002 - never markup
        """Show a text for a while: harmless, of limited length, never markup, never twice at a time."""
        text = limited(f"{title}: {message}" if title else message, NOTICE_LENGTH)
        shown = list(self._notifications)
        if any(notification.message == text for notification in shown):
            return
        for notification in shown[:max(0, len(shown) - NOTICES + 1)]:
            self._unnotify(notification)
        super().notify(text, severity=severity, timeout=timeout, markup=False)  # type: ignore[arg-type]

    def say(self, text: str, level: Level = Level.OK) -> None:
        """Show a sentence; its level's sign stands before it, unless it is only for information."""
        sign = f"{self.context.glyphs.level(level)} " if level >= Level.WARNING else ""
        self.notify(sign + text, severity=SEVERITIES[level])

    def notify_error(self, error: OpsError) -> None:
        """Show what failed and what to do."""
        log.warning("%s: %s", type(error).__name__, error)
        self.say(str(error), Level.CRITICAL)

    def _refresh_notifications(self) -> None:
        """Show what is told now. What is over goes with its holder: Textual leaves one behind for each, for ever."""
        with suppress(ScreenStackError, NoMatches):
            for toast in self.screen.get_child_by_type(ToastRack).query(Toast):
                over = toast._notification not in self._notifications  # noqa: SLF001 - nothing else says it
                if over and isinstance(toast.parent, ToastHolder):
                    toast.parent.remove()
        super()._refresh_notifications()
