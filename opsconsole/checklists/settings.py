"""What the configuration says about checklists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final
from zoneinfo import ZoneInfo

from msgspec import Meta

from opsconsole.checklists.template.base import Group
from opsconsole.core.units import Duration, Size

if TYPE_CHECKING:
    from collections.abc import Collection

    from opsconsole.checklists.template.base import Mistakes

SETS: Final = ("generic", "dashboard", "expense-api", "field-service", "marketing-site", "shop")
"""The folders of templates that come with the program."""


class ChecklistSettings(Group, frozen=True, kw_only=True):
    """Checklists: which there are, in which zone, and what is kept of commands."""

    use: Annotated[tuple[str, ...], Meta(
        description="The sets that come with the program: generic, dashboard, expense-api, field-service,"
                    " marketing-site, shop; those of the folder `checklists` beside the configuration are always"
                    " there.")] = ("generic",)
    off: Annotated[tuple[Annotated[str, Meta(max_length=80)], ...], Meta(
        description="The slugs of checklists that are not wanted.")] = ()
    zone: Annotated[ZoneInfo | None, Meta(description="The time zone of due times; null: this machine's.")] = None
    calendar: Annotated[str, Meta(
        max_length=80, description="The calendar of `tickets.calendars` whose holidays count; empty: none.")] = ""
    refresh: Annotated[Duration, Meta(
        description="How old what the machine proposes may become while somebody walks.",
        extra={"at_least": "10s", "at_most": "1d"})] = Duration(300)
    evidence: Annotated[Size, Meta(
        description="How much of a command's output, or of a file, is kept; of an output that is longer its head and"
                    " tail.", extra={"at_least": "4KB", "at_most": "1GB"})] = Size(256 * 1024)
    remind: Annotated[bool, Meta(
        description="Whether whoever has the rotation of a late checklist is told.")] = True

    def mistakes(self) -> Mistakes:
        """Sets that do not come with the program."""
        from opsconsole.core.config import nearest  # noqa: PLC0415 - only where a word is wrong

        for number, name in enumerate(self.use):
            if name not in SETS:
                yield ("use", str(number)), f"there is no set `{name}`{nearest(name, SETS)}"


def calendar_mistakes(settings: ChecklistSettings, calendars: Collection[str]) -> Mistakes:
    """A calendar that `tickets` has not, below `checklists`."""
    from opsconsole.core.config import nearest  # noqa: PLC0415 - as above

    if settings.calendar and settings.calendar not in calendars:
        yield ("calendar",), (f"there is no calendar `{settings.calendar}` in `tickets.calendars`"
                              f"{nearest(settings.calendar, calendars)}")
