"""Bindings made from actions: one map from keys to actions per screen, and one way to carry an action out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding, BindingsMap

from opsconsole.console.keys import assigned, character

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsconsole.core.actions import Action


def bindings_of(actions: Iterable[Action]) -> BindingsMap:
    """The bindings of one screen; each calls `action_perform` with the action's id."""
    return BindingsMap([
        Binding(key, f"perform({action.id!r})", action.label, show=action.footer, id=action.id, tooltip=action.help)
        for key, action in assigned(actions).items()
    ])


def priority_bindings(action: Action) -> list[Binding]:
    """Bindings for those keys of an action that type no character: they work in a form and in a dialog too."""
    return [Binding(key, f"perform({action.id!r})", action.label, show=False, id=action.id, priority=True)
            for key in action.keys if character(key) is None]
