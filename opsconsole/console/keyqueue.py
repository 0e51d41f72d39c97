"""Keys in the order in which they were typed, each with the screen that the one before has brought.

Textual hands every key to the widget that has the focus when the key arrives. Keys that were typed ahead, or that a
slow line brings in one piece, would reach a widget that the first of them has just left: `/nginx` would be five
commands to the list, not a filter. So a key waits until the one before it has gone all the way from its widget up to
the app. A message of our own goes that way right behind it, and a second one behind what the key has made the widget
say: that a field was submitted, for example, which moves the focus too.

What a key began may go on in the background, to ask the records before it asks the person. Then the keys behind it are
for the dialog or the form that is on its way: they wait while the work of an action goes on and its screen is on top.
"""

from __future__ import annotations

from collections import deque
from time import monotonic
from typing import TYPE_CHECKING, Any

from textual import events
from textual.message import Message

from opsconsole.console.widgets.frugal import FrugalApp

if TYPE_CHECKING:
    from textual.message_pump import MessagePump
    from textual.screen import Screen
    from textual.timer import Timer
    from textual.worker import Worker

LOOK = 0.02
"""Seconds between two looks whether the widget that has the key under way is still there."""
PATIENCE = 3.0
"""Seconds that keys wait for one whose handling hangs."""


class KeyQueueApp(FrugalApp, inherit_bindings=False):
    """An app whose keys and pastes come one after another."""

    class Handled(Message, bubble=True):
        """The key before this message has been handled by everyone.

        Args:
            number: which key that was, counted from the start.
            again: whether it is sent the same way once more.
        """

        def __init__(self, number: int, *, again: bool) -> None:
            super().__init__()
            self.number = number
            self.again = again

    def __init__(self, **arguments: Any) -> None:
        self.touched = 0
        """How often the person pressed a key or a button, or pasted something."""
        self._typed: deque[events.Key | events.Paste] = deque()
        self._number = 0
        self._target: MessagePump | None = None
        """Who has the key under way; None while there is none."""
        self._since = 0.0
        self._looking: Timer | None = None
        self._held: list[tuple[Worker[Any], Screen[Any]]] = []
        """What actions began on which screen, as far as it goes on."""
        self._waiting: float | None = None
        """Since when keys wait for that."""
        super().__init__(**arguments)

    def hold(self, worker: Worker[Any], screen: Screen[Any]) -> None:
        """Keys wait while this goes on and the screen is on top; another screen that it opens gets them at once."""
        self._held.append((worker, screen))

    def holds(self, screen: Screen[Any], group: str) -> bool:
        """Whether keys wait for work of this group on this screen."""
        return any(one is screen and worker.group == group and not worker.is_finished for worker, one in self._held)

    def _busy(self) -> bool:
        """Whether whoever the next key is for is still on its way; after a while nobody waits any more."""
        self._held = [(worker, screen) for worker, screen in self._held if not worker.is_finished]
        if self.screen.is_mounted and all(screen is not self.screen for _, screen in self._held):
            self._waiting = None
            return False
        if self._waiting is None:
            self._waiting = monotonic()
        return monotonic() - self._waiting <= PATIENCE

    async def on_event(self, event: events.Event) -> None:
        """Keys and pastes wait for their turn; everything else is as ever."""
        if isinstance(event, (events.Key, events.Paste, events.MouseDown)) and not event.is_forwarded:
            self.touched += 1
        if isinstance(event, (events.Key, events.Paste)) and not event.is_forwarded:
            self._typed.append(event)
            if self._target is None:
                await self._next()
            else:
                self._look_on()
        else:
            await super().on_event(event)

    async def on_key_queue_app_handled(self, event: Handled) -> None:
        """The way is free for the next one; unless that was let go already."""
        event.stop()
        if event.number != self._number or self._target is None:
            return
        if not (event.again and self._target.post_message(self.Handled(event.number, again=False))):
            await self._next()

    def _look_on(self) -> None:
        if self._looking is None:
            self._looking = self.set_interval(LOOK, self._look, name="typed ahead")

    async def _look(self) -> None:
        """A widget that has gone answers no more; one that hangs does not hold the keys for ever."""
        gone = self._target is None or not self._target.is_attached or not self._target.is_running
        if gone or monotonic() - self._since > PATIENCE:
            await self._next()

    async def _next(self) -> None:
        if not self._typed or not self._screen_stack:
            # Without a screen the app is ending, and whatever was typed ahead was not for anybody any more.
            self._typed.clear()
            self._target = None
            if self._looking is not None:
                self._looking.stop()
                self._looking = None
            return
        if self._busy():
            self._target = None
            self._look_on()
            return
        event = self._typed.popleft()
        self._number += 1
        self._since = monotonic()
        self._target = self.focused or self.screen
        target = self._target
        await super().on_event(event)
        if not target.post_message(self.Handled(self._number, again=True)):
            self._target = self
            self.post_message(self.Handled(self._number, again=False))
