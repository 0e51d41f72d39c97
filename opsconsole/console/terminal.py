"""Whether the console can be shown on this terminal at all; what it can show there is in `core.terminal`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core.errors import UsageError
from opsconsole.core.terminal import HELPLESS, colours, speaks_unicode, started_with

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["colours", "require_terminal", "speaks_unicode", "started_with"]


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
