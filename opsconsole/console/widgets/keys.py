"""Keys of the list widgets: the registry's, unless the screen around them carries these actions out itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.binding import BindingType
    from textual.widget import Widget

    from opsconsole.core.actions import Action


def bindings(actions: Iterable[Action]) -> list[BindingType]:
    """Bindings with the ids of the registry, so that a keymap finds them; each calls `action_<method>`."""
    return [Binding(",".join(action.keys), action.method, action.label, show=False, id=action.id) for action in actions]


def priority(actions: Iterable[Action]) -> list[BindingType]:
    """The same for keys that a field would take for itself."""
    return [Binding(",".join(action.keys), action.method, action.label, show=False, priority=True, id=action.id)
            for action in actions]


def left_to_screen(widget: Widget, method: str) -> bool:
    """Whether the screen lists this action in its ACTIONS: then its keys, perhaps remapped, are the ones that count."""
    return any(action.method == method for action in getattr(widget.screen, "ACTIONS", ()))
