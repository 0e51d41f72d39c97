"""Message-IDs: our own, and those that a header names. They are kept without their angle brackets."""

from __future__ import annotations

import os
import re
from typing import Final

from opsconsole.core.text import storable

MOST_ID: Final = 250
"""Characters of a Message-ID; a longer one, or one with a space or a control character, is none."""
_MOST: Final = 200
"""How many of one header are looked at: the last ones, which are the nearest."""
_BRACKETED: Final = re.compile(r"<([^<>\s\x00-\x1f\x7f]{1,250})>")
_BARE: Final = re.compile(r"[^<>\s,;\x00-\x1f\x7f]{1,200}@[^<>\s,;\x00-\x1f\x7f]{1,200}")


def new_id(address: str) -> str:
    """A Message-ID that nobody can guess, in the domain of our own address."""
    return f"ticket.{os.urandom(16).hex()}@{address.rpartition('@')[2].lower() or 'localhost'}"


def message_ids(value: str) -> tuple[str, ...]:
    """The Message-IDs in a header, in their order, each once; some programs leave out the brackets."""
    value = value[-_MOST * MOST_ID:]
    found = _BRACKETED.findall(value) or [one for one in _BARE.findall(value) if len(one) <= MOST_ID]
    return tuple(dict.fromkeys(storable(one) for one in found[-_MOST:]))
