"""What all settings of tickets share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    Mistakes = Iterable[tuple[tuple[str, ...], str]]


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The base of every group of settings."""


NEXT_RELEASE: Final = "next release"
NONE: Final = "none"
