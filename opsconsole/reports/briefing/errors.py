"""What can be wrong with what somebody wants of a hand-over."""

from __future__ import annotations

from opsconsole.core.errors import UsageError


class NoHandover(UsageError):  # noqa: N818 - an error is named for what happened
    """There is no such hand-over."""


class NotNow(UsageError):  # noqa: N818 - as above
    """It is in no state in which this can be done: taken, replaced or withdrawn already."""
