"""Keys as persons write them and as the terminal's events name them, and who gets a key that two actions want.

Names of keys are those of Textual, which takes them from Unicode: `question_mark`, `ctrl+r`, `pagedown`, `G`.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from opsconsole.core.actions import Action

_SHORT = {"escape": "esc", "pagedown": "pgdn", "pageup": "pgup", "delete": "del", "insert": "ins",
          "question_mark": "?", "exclamation_mark": "!", "left_square_bracket": "[", "right_square_bracket": "]"}
_RENAMED = {"solidus": "slash", "reverse_solidus": "backslash", "commercial_at": "at", "hyphen_minus": "minus",
            "plus_sign": "plus", "low_line": "underscore"}
"""Where Textual's name of a character differs from that of Unicode."""
_UNICODE = {value: key for key, value in _RENAMED.items()}
_WRITTEN = {"esc": "escape", "pgdn": "pagedown", "pgup": "pageup", "del": "delete", "ins": "insert",
            "return": "enter"}
_NAMED = {"enter", "escape", "tab", "space", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown",
          "up", "down", "left", "right", *(f"f{number}" for number in range(1, 25))}
_MOST_WORDS = 10
"""Words of a character's name after the first; longer names belong to no key."""
_MODIFIERS = ("ctrl", "alt", "shift", "super", "hyper", "meta")


def key_name(written: str) -> str:
    """A key as the configuration writes it, as the events name it: `?` is `question_mark`, `esc` is `escape`.

    Raises:
        ValueError: there is no such key; the message says what is allowed.
    """
    *modifiers, key = written.split("+") if written not in {"+", "ctrl++"} else [*written.split("+")[:-2], "+"]
    key = key.strip() if len(key) > 1 else key
    modifiers = [modifier.strip().lower() for modifier in modifiers]
    if any(modifier not in _MODIFIERS for modifier in modifiers):
        raise ValueError(f"{written!r} is no key; write for example p, ?, enter, f5, ctrl+r or shift+tab")
    if len(key) == 1:
        name = _name_of_character(key)
    else:
        name = _WRITTEN.get(key.lower(), key.lower())
        if name not in _NAMED and not character(name):
            raise ValueError(f"{written!r} is no key; write for example p, ?, enter, f5, ctrl+r or shift+tab")
    return "+".join([*modifiers, name])


def _name_of_character(sign: str) -> str:
    if sign.isalnum():
        return sign
    # Names that are too long to be found again, and characters without one, stand for themselves.
    name = unicodedata.name(sign, "").lower().replace("-", "_").replace(" ", "_")
    return _RENAMED.get(name, name) if name.count("_") <= _MOST_WORDS and name else sign


@lru_cache(maxsize=512)
def character(name: str) -> str | None:
    """The character that a key types; None for a key that types none, as `enter` or `ctrl+r`."""
    if len(name) == 1:
        return name
    if name == "space":
        return " "
    if "+" in name or name in _NAMED:
        return None
    first, *words = _UNICODE.get(name, name).upper().split("_")
    if len(words) > _MOST_WORDS:
        return None
    # Textual's names have no hyphens; some names of Unicode do: HYPHEN-MINUS, LESS-THAN SIGN, PLUS-MINUS SIGN.
    for gaps in product(" -", repeat=len(words)):
        candidate = first + "".join(gap + word for gap, word in zip(gaps, words, strict=True))
        try:
            return unicodedata.lookup(candidate)
        except KeyError:
            continue
    return None


def key_label(name: str) -> str:
    """A key as the footer and the help page show it: `?`, `esc`, `ctrl+r`, `G`."""
    *modifiers, key = name.split("+")
    if key in _SHORT:
        key = _SHORT[key]
    elif key != "space":
        key = character(key) or key
    return "+".join([*modifiers, key])


def normalized(keys: Mapping[str, str | Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """The configuration's `console.keys` as names of keys; an empty list takes an action's keys away.

    Raises:
        ValueError: a key is none; the message names the action.
    """
    result: dict[str, tuple[str, ...]] = {}
    for action, written in keys.items():
        several = [written] if isinstance(written, str) else list(written)
        try:
            result[action] = tuple(key_name(one) for one in several if one)
        except ValueError as mistake:
            raise ValueError(f"{action}: {mistake}") from mistake
    return result


def assigned(actions: Iterable[Action]) -> dict[str, Action]:
    """Which action each key carries out on one screen; the first that wants a key has it."""
    owners: dict[str, Action] = {}
    for action in actions:
        for key in action.keys:
            owners.setdefault(key, action)
    return owners
