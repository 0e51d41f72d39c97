"""What can be done, by which key: the one registry that bindings, footer, help, palette and docs come from.

A feature declares its actions as data in `actions.py`, without any user interface, so that the
configuration can check remapped keys and the documentation can list them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsconsole.core.identity import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Action(NamedTuple):
    """One thing that a person can do on one screen.

    `id` is `<group>.<name>`, the name under which the configuration remaps it; its screen carries it out in
    `action_<name>`, dashes as underscores.
    """

    id: str
    keys: tuple[str, ...]
    """Names as Textual says them: `p`, `enter`, `ctrl+r`, `question_mark`."""
    label: str
    """One or two words for the footer."""
    help: str
    """One sentence for the help page and the palette."""
    footer: bool = True
    role: Role = Role.VIEWER
    """The least role that may do it."""

    @property
    def group(self) -> str:
        """The part of the id before the first dot, as `console`, `list` or `health`."""
        return self.id.partition(".")[0]

    @property
    def method(self) -> str:
        """The name of the action as a method says it."""
        return self.id.partition(".")[2].replace("-", "_").replace(".", "_")


def remapped(actions: Iterable[Action], keys: Mapping[str, tuple[str, ...]]) -> tuple[Action, ...]:
    """The actions with the configuration's keys in place of their own."""
    return tuple(action._replace(keys=keys.get(action.id, action.keys)) for action in actions)
