"""The hours that count; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opsconsole.tickets.settings.base import Mistakes
    from opsconsole.tickets.settings.promises import Calendar


def calendar_mistakes(calendar: Calendar) -> Mistakes:
    """What is wrong with a calendar: paths and sentences."""
    return ()
