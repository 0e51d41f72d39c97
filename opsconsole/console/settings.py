"""The part of the configuration that says how the console looks and answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from opsconsole.core.units import Duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opsconsole.core.actions import Action


class ConsoleSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the console looks, and which keys it obeys."""

    theme: Annotated[str, Meta(
        min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._ -]*$",
        description="Name of the theme. A theme chosen in the console is remembered and wins over this one.",
    )] = "dark"
    refresh: Annotated[Duration, Meta(
        description="How often the figures are measured.", extra={"at_least": "500ms", "at_most": "1h"},
    )] = Duration(2)
    ascii: Annotated[bool | None, Meta(
        description="Only ASCII signs; null: only where the terminal's locale cannot show others.")] = None
    mouse: Annotated[bool, Meta(description="Whether the console answers to the mouse.")] = True
    briefing: Annotated[bool, Meta(
        description="Whether what happened since your last visit is shown when the console is opened; a key shows it at"
                    " any time.")] = True
    keys: Annotated[dict[str, str | list[str]], Meta(
        description="Other keys for actions: the action's id, then one key or a list, as in"
                    " `health.processes: [p, f5]`; an empty list takes its key away. `?` shows the ids.",
    )] = msgspec.field(default_factory=dict)

    def keymap(self) -> dict[str, tuple[str, ...]]:
        """The configured keys of each action id, as `core.actions.remapped` takes them."""
        return {action: (keys,) if isinstance(keys, str) else tuple(keys) for action, keys in self.keys.items()}


def key_mistakes(settings: ConsoleSettings, actions: Sequence[Action]) -> Iterable[tuple[tuple[str, ...], str]]:
    """What is wrong with the configured keys: unknown actions, impossible keys, one key for two actions of a group.

    Yields:
        The key's path below the console's section, and a sentence.
    """
    from opsconsole.core.config import nearest  # noqa: PLC0415 - only with a configuration

    known = {action.id for action in actions}
    configured: dict[str, tuple[str, ...]] = {}
    for name, keys in settings.keymap().items():
        if name not in known:
            yield ("keys", name), f"there is no action `{name}`{nearest(name, known)}"
            continue
        configured[name], problems = _named(keys)
        for problem in problems:
            yield ("keys", name), problem
    yield from _clashes(configured, actions)


def _named(keys: Iterable[str]) -> tuple[tuple[str, ...], list[str]]:
    """The keys as events name them, and what is wrong with those that are none."""
    from opsconsole.console.keys import key_name  # noqa: PLC0415 - the names of Unicode, only where keys are changed

    names: list[str] = []
    problems: list[str] = []
    for key in keys:
        try:
            names.append(key_name(key))
        except ValueError as mistake:
            problems.append(str(mistake))
    return tuple(names), problems


def _clashes(configured: dict[str, tuple[str, ...]],
             actions: Sequence[Action]) -> Iterable[tuple[tuple[str, ...], str]]:
    """Keys that two actions of one group would have, told once, at a configured one of the two."""
    owners: dict[tuple[str, str], str] = {}
    # The built-in keys first, so that it is the configured one that is told to be taken.
    for action in sorted(actions, key=lambda action: action.id in configured):
        for key in dict.fromkeys(configured.get(action.id, action.keys)):
            owner = owners.setdefault((action.group, key), action.id)
            if owner != action.id and action.id in configured:
                yield ("keys", action.id), f"the key `{key}` already stands for `{owner}`"
