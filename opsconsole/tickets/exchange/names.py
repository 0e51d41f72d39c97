"""Names of files that come from outside, made safe for a disk. Pure."""

from __future__ import annotations

import re
from typing import Final

from opsconsole.core.text import harmless

LONGEST: Final = 120
"""Characters; with three bytes for each, less than the 255 bytes that file systems take."""


def safe_name(name: str, number: int) -> str:
    """A file name that is no path, hides nothing and begins with no sign that a command takes for an option.

    Args:
        name: as it was given: foreign text.
        number: of the attachment, for what has no name left.
    """
    last = re.split(r"[/\\]", harmless(name))[-1]
    kept = re.sub(r"[^\w.+,@()\[\] -]", "_", last, flags=re.UNICODE).strip(" .-_")
    if not kept:
        return f"attachment-{number}"
    stem, dot, ending = kept.rpartition(".")
    if dot and len(ending) <= 16:
        return f"{stem[:LONGEST - len(ending) - 1]}.{ending}"
    return kept[:LONGEST]
