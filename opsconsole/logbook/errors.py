"""What can be wrong with what somebody wants of the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsconsole.core.errors import OpsError, UsageError

if TYPE_CHECKING:
    from opsconsole.logbook.model import Entry
    from opsconsole.logbook.model.maintenance import Trouble


class NoEntry(UsageError):  # noqa: N818 - an error is named for what happened
    """There is no such entry."""


class NotNow(UsageError):  # noqa: N818 - as above
    """The entry is in no state in which this can be done: signed already, dropped."""


class NotGreen(OpsError):  # noqa: N818 - as above
    """Maintenance is to be finished while something that was worked on is not green."""

    def __init__(self, sentence: str, todo: str, troubles: tuple[Trouble, ...]) -> None:
        super().__init__(sentence, todo)
        self.troubles = troubles


class Clash(UsageError):  # noqa: N818 - as above
    """Somebody changed the same fields since they were read; nothing was stored."""

    def __init__(self, sentence: str, todo: str, entry: Entry, fields: dict[str, tuple[Any, Any]]) -> None:
        super().__init__(sentence, todo)
        self.entry = entry
        """As it is now."""
        self.fields = fields
        """Field → (what stands there now, what was wanted), in the forms of the model."""
