"""The page of a walk: lines whose keys answer, where other pages open or turn."""

from __future__ import annotations

from typing import Final

from opsconsole.console.widgets.lines_view import LinesView

_KEYS_OF_SCREEN: Final = frozenset({"open", "left", "right"})
"""Keys of these moves mean something else here: `enter`, `h`."""


class ItemsView(LinesView, inherit_bindings=True):
    """A cursor from item to item."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What these keys do is up to the screen."""
        return action not in _KEYS_OF_SCREEN and super().check_action(action, parameters)
