"""What the first paint does without, imported soon after it: the first key that needs it would have to wait.

Help and palette come with this module.
"""

from __future__ import annotations

import opsconsole.console.help
import opsconsole.console.palette  # noqa: F401 - see above


def preload_lists() -> None:
    """What all screens with a list are made of: the first one that is opened has enough to do without it."""
    import opsconsole.console.filterline  # noqa: PLC0415 - only now
    import opsconsole.console.previewing  # noqa: PLC0415
    import opsconsole.console.widgets.virtual_list  # noqa: F401, PLC0415
