"""What the configuration says about the maintenance log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from opsconsole.core.units import Duration, Size
from opsconsole.logbook.model import EntryType

if TYPE_CHECKING:
    from collections.abc import Iterable

    Mistakes = Iterable[tuple[tuple[str, ...], str]]


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The base of every group of settings."""


class EmergencySettings(Group, frozen=True, kw_only=True):
    """Emergencies: how much time the first steps have, and what is told of them to whom."""

    within: Annotated[Duration, Meta(
        description="How much time there is to notify, to announce maintenance, to write down what is known and to"
                    " begin the search; the first message is due when it is over.",
        extra={"at_least": "1m", "at_most": "1d"})] = Duration(15 * 60)
    update: Annotated[Duration, Meta(
        description="When the next message is promised, where nobody says otherwise.",
        extra={"at_least": "1m", "at_most": "7d"})] = Duration(30 * 60)
    checklist: Annotated[str, Meta(
        max_length=80, description="The slug of the checklist that begins with an emergency; empty: `emergency`, or the"
                                   " first one of that category.")] = ""
    contact: Annotated[str, Meta(
        max_length=200, description="Who can be asked, as messages say it: a name and a number; empty: whoever"
                                    " writes.")] = ""
    tell: Annotated[tuple[Annotated[str, Meta(max_length=80)], ...], Meta(
        description="Whom messages are sent to: `oncall:ROTATION`, a contact of `notify`, `channel:NAME`; none: as its"
                    " routes say.")] = ()


class LogbookSettings(Group, frozen=True, kw_only=True):
    """The maintenance log: who signs, and where the heads of the chain are kept."""

    two_persons: Annotated[tuple[EntryType, ...], Meta(
        description="Kinds of entries that a second person signs.")] = ()
    attachment: Annotated[Size, Meta(
        description="Of one file of an entry.", extra={"at_least": "1kB", "at_most": "2GB"})] = Size(25_000_000)
    heads: Annotated[tuple[str, ...], Meta(
        description="Where the head of the chain is written again and again, to be compared with later: absolute paths"
                    " of files, which are appended to, or `syslog`.")] = ()
    heads_every: Annotated[Duration, Meta(
        description="How often.", extra={"at_least": "1m", "at_most": "30d"})] = Duration(24 * 3600)

    emergency: Annotated[EmergencySettings, Meta(
        description="Emergencies: their first minutes, and what is told of them.")] = EmergencySettings()

    def mistakes(self) -> Mistakes:
        """Places that are neither a path nor `syslog`."""
        for number, place in enumerate(self.heads):
            if place != "syslog" and not place.startswith("/"):
                yield ("heads", str(number)), f"it must be an absolute path or `syslog`, not `{place}`"
