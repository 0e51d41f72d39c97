"""What happened on this server, in one order: the screen that `T` opens from everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opsconsole.core.database import Database
    from opsconsole.core.timeline import Source

PART: Final = "timeline"
"""Under this name the composition root hands `Timeline` to the screen, in `ConsoleContext.parts`."""


class Timeline(NamedTuple):
    """What the screen cannot know itself."""

    sources: Callable[[Database, Database | None], Sequence[Source]]
    """Makes whoever tells what happened, of the records and, where it can be read, the history."""
    opener: Callable[[Any, str], None]
    """Shows what a happening names: `alert:17`, `ticket:3`; gets the screen and the target."""
