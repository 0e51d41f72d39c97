"""What the configuration says about reports that are sent by themselves. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from msgspec import Meta

from opsconsole.core.text import limited

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opsconsole.checklists.template.base import Mistakes
    from opsconsole.notify.settings import NotifySettings

CATEGORY: Final = "report"
"""The category of all notices with a report: routes can name it."""


class SentReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A report that is sent by itself."""

    name: Annotated[str, Meta(
        min_length=1, max_length=120,
        description="Which: a name of `opsconsole report list`, such as `weekly` or `field-service/weekly`; of the"
                    " period that it shows by itself, mostly the last whole one.")]
    at: Annotated[str, Meta(
        max_length=120,
        description="When: a cron line such as `0 8 * * 1`, or a systemd calendar expression such as"
                    " `Mon *-*-* 08:00`; in the zone of `checklists.zone`.")]
    tell: Annotated[tuple[Annotated[str, Meta(max_length=80)], ...], Meta(
        description="Whom: `oncall:ROTATION`, a contact of `notify`, `channel:NAME`; none: as its routes say of the"
                    " category `report`.")] = ()

    def mistakes(self) -> Mistakes:
        """A time that cannot be read."""
        from opsconsole.core.jobs import Line  # noqa: PLC0415 - only where a report is sent
        from opsconsole.core.schedule import Calendar  # noqa: PLC0415 - as above

        try:
            Calendar(Line(self.at))
        except ValueError as problem:
            yield ("at",), f"it must be {problem}, not `{limited(self.at, 80)}`"


SentReports = tuple[SentReport, ...]
"""What is sent, in the order of the configuration."""


def keys(reports: Sequence[SentReport]) -> Iterator[tuple[str, SentReport]]:
    """Each with the name by which it is known from start to start: the second of a report is `weekly 2`."""
    seen: dict[str, int] = {}
    for one in reports:
        seen[one.name] = count = seen.get(one.name, 0) + 1
        yield (f"{one.name} {count}" if count > 1 else one.name), one


def addressee_mistakes(reports: Sequence[SentReport], notify: NotifySettings | None) -> Mistakes:
    """Whoever is told and is nobody, below `reports`."""
    from opsconsole.notify.names import unknown  # noqa: PLC0415 - only where somebody is named

    for number, one in enumerate(reports):
        for path, message in unknown(one.tell, notify):
            yield (str(number), "tell", *path), message
