"""Calls at intervals that keep nothing of a screen that was closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message_pump import MessagePump

if TYPE_CHECKING:
    from textual.timer import Timer, TimerCallback


class Intervals(MessagePump):
    """Has calls at intervals belong to the app, whoever asks for them; they end with whoever asked all the same.

    asyncio keeps a wait that was broken off until it would have been over, and with it all that its context names:
    a dozen closed tickets, with all that they showed, for whoever looks through the queue.
    """

    def set_interval(self, interval: float, callback: TimerCallback | None = None, *, name: str | None = None,
                     repeat: int = 0, pause: bool = False) -> Timer:
        """See `MessagePump.set_interval`."""
        with self.app._context():  # noqa: SLF001 - Textual has no other way
            return super().set_interval(interval, callback, name=name, repeat=repeat, pause=pause)
