"""How words are looked for by SQLite's FTS5; pure.

Words are runs of letters and digits without regard to case and accents, so `db-01` is `db` followed by `01`; all else
between them is neither kept nor looked for, and nothing that is typed has a meaning to FTS5.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_WORDS: Final = 32
"""Of one phrase; what is longer finds nothing that its beginning does not find."""
PIECE: Final = 3
"""Signs of a piece."""
MOST_PIECES: Final = 64
"""Of one query."""


def query(text: str, *, prefix: bool = False) -> str:
    """The MATCH query for words in their order; empty: there is nothing to look for.

    Args:
        text: as it was typed.
        prefix: whether the last word may go on. A single ASCII letter or digit is too little to begin with: it would
            find nearly everything, slowly, so it is left out until there are two.
    """
    parts = _searchable(text).split()[:MOST_WORDS]
    if prefix and parts and len(parts[-1]) == 1 and parts[-1].isascii():
        parts, prefix = parts[:-1], False
    if not parts:
        return ""
    return f'"{" ".join(parts)}"' + (" *" if prefix else "")


def every_piece(words: Iterable[str]) -> str:
    """The MATCH query for texts in which each of these occurs, also in the middle of a word, by FTS5's `trigram`.

    It may find others too: it asks for pieces of three signs, one behind the other, wherever they stand, which needs
    no places in the index; and only for so many. Empty where each word is less than one piece.
    """
    long = [word for word in words if len(word) >= PIECE]
    found = dict.fromkeys(word[begin:begin + PIECE] for word in long
                          for begin in (*range(0, len(word) - PIECE, PIECE), len(word) - PIECE))
    return " AND ".join(_quoted(list(found)[:MOST_PIECES]))


def any_piece(pieces: Iterable[str]) -> str:
    """The MATCH query for texts in which one of these pieces occurs, or for nothing where there are none."""
    return " OR ".join(_quoted(pieces)) or '""'


def _quoted(pieces: Iterable[str]) -> list[str]:
    return ['"{}"'.format(piece.replace('"', '""')) for piece in pieces]


def small(text: str) -> str:
    """Small letters as SQLite's `lower` makes them, of ASCII only."""
    return text.lower() if text.isascii() else "".join(char.lower() if char.isascii() else char for char in text)


def _searchable(text: str) -> str:
    """The text with a space in place of all that is no part of a word, and without marks that begin none."""
    kept = "".join(char if char.isalnum() or _part(char) else " " for char in text)
    return " ".join(word for word in kept.split() if any(char.isalnum() for char in word))


def _part(char: str) -> bool:
    return char > "\x7f" and unicodedata.category(char)[0] in "LMN"
