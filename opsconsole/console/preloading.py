"""What the first paint does without, imported soon after it: the first key that needs it would have to wait.

Help and palette come with this module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import opsconsole.console.help
import opsconsole.console.palette  # noqa: F401 - see above

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsconsole.console.topline import Tab

LISTS: Final = ("opsconsole.console.filterline", "opsconsole.console.previewing",
                "opsconsole.console.widgets.virtual_list")
"""What all screens with a list are made of."""


def modules(tabs: Iterable[Tab]) -> tuple[str, ...]:
    """What to import, one after the other, each of it in less time than a key may wait."""
    return (*LISTS, *(tab.module for tab in tabs if tab.module))
