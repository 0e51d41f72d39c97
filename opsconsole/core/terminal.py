"""Whether something can be shown on a terminal, and what, as the environment says it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from opsconsole.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

HELPLESS = frozenset({"", "dumb", "unknown"})
"""TERM of terminals that cannot move a cursor."""
SMALLEST = (60, 20)
"""Columns and rows below which the console only says that it is too small."""
_RICH = re.compile(r"256|kitty|direct|truecolor|ghostty|alacritty|foot|wezterm", re.IGNORECASE)


def started_with(process: Path = Path("/proc/self/environ")) -> dict[str, str] | None:
    """The environment as the process got it; None where the kernel does not tell.

    Python sets LC_CTYPE to a UTF-8 locale where none is configured (PEP 538), so its own view cannot be asked.
    """
    try:
        raw = process.read_bytes()
    except OSError:
        return None
    pairs = (entry.partition("=") for entry in os.fsdecode(raw).split("\0") if "=" in entry)
    return {name: value for name, _, value in pairs}


def locale_variable(env: Mapping[str, str]) -> str:
    """The variable that decides: LC_ALL before LC_CTYPE before LANG, as POSIX has it; empty when none is set."""
    return next((name for name in ("LC_ALL", "LC_CTYPE", "LANG") if env.get(name)), "")


def speaks_unicode(env: Mapping[str, str]) -> bool:
    """Whether the locale says that the terminal shows UTF-8."""
    return re.search(r"utf-?8", env.get(locale_variable(env), ""), re.IGNORECASE) is not None


def colours(env: Mapping[str, str]) -> int:
    """How many colours there are: 0 under NO_COLOR (https://no-color.org), else 16, 256 or 2**24."""
    if env.get("NO_COLOR"):
        return 0
    if env.get("COLORTERM", "").strip().lower() in {"truecolor", "24bit"}:
        return 2**24
    return 256 if _RICH.search(env.get("TERM", "")) else 16


def require_terminal(env: Mapping[str, str], *, interactive: bool) -> None:
    """Refuse to start where nothing could be shown.

    Raises:
        UsageError: it is no terminal, or one that can only print.
    """
    if not interactive:
        raise UsageError("The console needs a terminal for its input and its output.",
                         "In scripts use `opsconsole status`.")
    if env.get("TERM", "") in HELPLESS:
        raise UsageError(f"The console cannot be shown on this terminal (TERM is {env.get('TERM') or 'empty'}).",
                         "Use `opsconsole status`, or set TERM to what the terminal really is.")
