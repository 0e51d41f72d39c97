"""Keys in the order in which they were typed, each with the screen that the one before has brought.

Textual hands every key to the widget that has the focus when the key arrives. Keys that were typed ahead, or that a
slow line brings in one piece, would reach a widget that the first of them has just left: `/nginx` would be five
commands to the list, not a filter. So a key waits until the one before it has gone all the way from its widget up to
the app. A message of our own goes that way right behind it, and a second one behind what the key has made the widget
say: that a field was submitted, for example, which moves the focus too.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from textual import events
from textual.message import Message

from opsconsole.console.widgets.frugal import FrugalApp

if TYPE_CHECKING:
    from textual.message_pump import MessagePump
    from textual.timer import Timer

PATIENCE = 0.3
"""Seconds that a key waits for one whose handling hangs, or whose widget has gone."""


class KeyQueueApp(FrugalApp, inherit_bindings=False):
    """An app whose keys and pastes come one after another."""

    class Handled(Message, bubble=True):
        """The key before this message has been handled by everyone.

        Args:
            target: the widget that got the key.
            again: whether it is sent the same way once more.
        """

        def __init__(self, target: MessagePump, *, again: bool) -> None:
            super().__init__()
            self.target = target
            self.again = again

    def __init__(self, **arguments: Any) -> None:
        self._typed: deque[events.Key | events.Paste] = deque()
        self._under_way = False
        self._patience: Timer | None = None
        super().__init__(**arguments)

    async def on_event(self, event: events.Event) -> None:
        """Keys and pastes wait for their turn; everything else is as ever."""
        if isinstance(event, (events.Key, events.Paste)) and not event.is_forwarded:
            self._typed.append(event)
            if not self._under_way:
                await self._next()
            elif self._patience is None:
                self._patience = self.set_timer(PATIENCE, self._next, name="patience")
        else:
            await super().on_event(event)

    async def on_key_queue_app_handled(self, event: Handled) -> None:
        """The way is free for the next one."""
        event.stop()
        if not (event.again and event.target.post_message(self.Handled(event.target, again=False))):
            await self._next()

    async def _next(self) -> None:
        if self._patience is not None:
            self._patience.stop()
            self._patience = None
        self._under_way = bool(self._typed)
        if not self._typed:
            return
        event = self._typed.popleft()
        target = self.focused or self.screen
        await super().on_event(event)
        if not target.post_message(self.Handled(target, again=True)):
            self.post_message(self.Handled(self, again=False))
        if self._typed:
            self._patience = self.set_timer(PATIENCE, self._next, name="patience")
