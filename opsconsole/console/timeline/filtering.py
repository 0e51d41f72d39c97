"""What is asked of the timeline: words that all occur, and `kind:alert,change`; and a time. Pure.

Whatever may occur in a happening is a word; a mistake is only a kind that there is not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core.filtering import Completion, FilterError
from opsconsole.core.text import limited
from opsconsole.core.timeline import KINDS
from opsconsole.core.units import Duration
from opsconsole.core.walltime import read_clock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from opsconsole.core.clock import Instant

CHANGES: Final = ("change", "log", "maintenance")
"""Kinds of what people or programs changed: what to look at when something broke."""
VIEWS: Final[dict[str, tuple[str, ...]]] = {
    "all": (), "what changed": CHANGES, "alerts": ("alert",), "tickets": ("ticket",), "checklists": ("checklist",),
    "log": ("log",)}
"""What is shown by one key, by its name: kinds, or all."""
LONGEST: Final = 500
"""Characters of a filter."""
_KEY: Final = "kind:"
_MEANT: Final = re.compile(r"(?<!\S)kind:(\S*)", re.IGNORECASE)
_PART: Final = re.compile(r"\S*$")
_HELP: Final = {"alert": "fired, acknowledged, resolved", "change": "packages, units, restarts, sign-ins as root",
                "checklist": "rounds and what failed", "handover": "written and taken",
                "log": "work that began and ended, entries", "maintenance": "maintenance and silences",
                "ticket": "opened, moved, answered"}


class Wanted(NamedTuple):
    """What is shown."""

    kinds: tuple[str, ...] = ()
    """Empty: all."""
    words: str = ""
    """All of them occur; empty: none is looked for."""


def parse(text: str) -> Wanted:
    """Read a filter.

    Raises:
        FilterError: it names a kind that there is not, or is too long.
    """
    if len(text) > LONGEST:
        raise FilterError(f"a filter has at most {LONGEST} characters", LONGEST, len(text) - LONGEST)
    kinds: list[str] = []
    for found in _MEANT.finditer(text):
        at = found.start(1)
        for value in found[1].split(","):
            if value and value.lower() not in KINDS:
                from opsconsole.core.config import nearest  # noqa: PLC0415 - only for a mistake

                near = nearest(value, KINDS) or f"; there are {', '.join(KINDS)}"
                raise FilterError(f"there is no kind `{limited(value, 40)}`{near}", at, len(value))
            if value:
                kinds.append(value.lower())
            at += len(value) + 1
    return Wanted(tuple(dict.fromkeys(kinds)), " ".join(_MEANT.sub(" ", text).split()))


class Language:
    """See `console.filterline`."""

    hint = "words, kind:change, kind:alert,ticket …"

    def check(self, text: str) -> None:
        """See `Language.check`."""
        parse(text)

    def complete(self, text: str, cursor: int) -> Sequence[Completion]:
        """The key, or a kind."""
        found = _PART.search(text[:cursor])
        part = found[0].lower() if found is not None else ""
        begin, rest = text[:cursor - len(part)], text[cursor:].lstrip()
        if part.startswith(_KEY):
            said, _, value = part.rpartition("," if "," in part else ":")
            sign = "," if "," in part else ":"
            made = [(kind, _HELP[kind], f"{said}{sign}{kind} ") for kind in KINDS if kind.startswith(value)]
        else:
            made = [(_KEY, "what sort of happening", _KEY)] if _KEY.startswith(part) else []
        return [Completion(label, what, begin + said + rest, len(begin + said)) for label, what, said in made]


def time_of(text: str, now: Instant, zone: tzinfo | None) -> Instant:
    """A time as a person writes it, or how long ago it was.

    Raises:
        ValueError: it is neither; says what is allowed.
    """
    try:
        return now - round(1000 * Duration.parse(text))
    except ValueError:
        at = read_clock(text, now, zone)
        return min(at, now)
