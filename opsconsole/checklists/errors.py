"""What can be wrong with what somebody wants of a checklist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core.errors import UsageError

if TYPE_CHECKING:
    from opsconsole.checklists.model import Answer


class NoRun(UsageError):  # noqa: N818 - an error is named for what happened
    """There is no such checklist, run or item."""


class NotNow(UsageError):  # noqa: N818 - as above
    """The run is not in a state in which this can be done: signed, missed, not open yet."""


class Unfinished(UsageError):  # noqa: N818 - as above
    """It cannot be signed yet; `items` are the ids of what is missing, in their order."""

    def __init__(self, sentence: str, todo: str, items: tuple[str, ...] = ()) -> None:
        super().__init__(sentence, todo)
        self.items = items


class Overtaken(UsageError):  # noqa: N818 - as above
    """Somebody else answered this item since it was looked at; `answer` is theirs. Nothing was stored."""

    def __init__(self, sentence: str, todo: str, answer: Answer) -> None:
        super().__init__(sentence, todo)
        self.answer = answer
