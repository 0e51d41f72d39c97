"""Who is told of a notice, by which channel, and when at the earliest; pure."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.notify.hours import Calendar, Window, next_digest
from opsconsole.notify.model import Recipient, Severity
from opsconsole.notify.moments import DAYS, read_digest, read_holiday
from opsconsole.notify.names import CHANNEL, ONCALL
from opsconsole.notify.oncall import Rota, make_rota
from opsconsole.notify.settings import LOG, ExecChannel, LogChannel, Route

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import tzinfo

    from opsconsole.core.clock import Instant
    from opsconsole.notify.model import Notice
    from opsconsole.notify.settings import AppriseChannel, Contact, NotifySettings

NOW, ALONE, DIGEST, QUIET = "now", "alone", "digest", "quiet"
"""The lanes: what goes out soon, at once and with nothing else, with the next digest, at the end of quiet hours."""


class Slot(NamedTuple):
    """When a notice goes to a recipient: what shares a lane and is not sent yet goes out together."""

    lane: str
    due: Instant


class Directory:
    """The settings, ready to be asked who is told."""

    def __init__(self, settings: NotifySettings, zone: tzinfo) -> None:
        """Prepare the calendar and the rotations; `zone` is that of the machine."""
        self.settings = settings
        self.zone = settings.zone or zone
        hours = settings.business_hours
        window = Window(int(hours.from_), int(hours.to), frozenset(map(DAYS.index, hours.days)))
        self.calendar = Calendar(self.zone, window, frozenset(map(read_holiday, hours.holidays)))
        self.rotas: dict[str, Rota] = {name: make_rota(rotation, self.calendar, self.zone)
                                       for name, rotation in settings.rotations.items()}
        self._digests = {severity: read_digest(text) for severity, text in settings.digest.items()}

    def channel(self, name: str) -> AppriseChannel | ExecChannel | LogChannel | None:
        """A channel by its name; None where there is none any more."""
        found = self.settings.channels.get(name)
        return LogChannel() if found is None and name == LOG else found

    def channels(self) -> tuple[str, ...]:
        """The names of all channels."""
        return tuple(self.settings.channels) if LOG in self.settings.channels else (*self.settings.channels, LOG)

    def recipients(self, notice: Notice, now: Instant) -> dict[Recipient, float]:
        """Who is told of a notice that is not about somebody told before, and for how many seconds more is awaited.

        Empty where it reaches nobody: then the log is told.
        """
        usual = float(self.settings.group)
        if addressed := self.reach(notice.tell, now):
            return dict.fromkeys(addressed, usual)
        if known := [name for name in notice.channels if self.channel(name) is not None]:
            return {Recipient(name): usual for name in known}
        if not self.settings.routes:
            if notice.ladder in self.settings.ladders:
                return {}
            return {Recipient(name): usual for name in self.settings.channels or (LOG,)}
        told: dict[Recipient, float] = {}
        for route in self.settings.routes:
            if self._fits(route, notice, now):
                group = usual if route.group is None else float(route.group)
                for recipient in self.reach(route.tell, now):
                    told[recipient] = min(group, told.get(recipient, group))
        return told

    def _fits(self, route: Route, notice: Notice, now: Instant) -> bool:
        if route.severity and notice.severity not in route.severity:
            return False
        if route.category and not any(fnmatchcase(notice.category, pattern) for pattern in route.category):
            return False
        return route.hours == "any" or self.calendar.is_open(now) == (route.hours == "business")

    def reach(self, targets: Iterable[str], now: Instant) -> tuple[Recipient, ...]:
        """Whom some targets mean now, each once; a rotation in which nobody is on call means nobody."""
        found: dict[Recipient, None] = {}
        for target in targets:
            if target.startswith(CHANNEL):
                channel = target.removeprefix(CHANNEL)
                if self.channel(channel) is not None:
                    found[Recipient(channel)] = None
                continue
            name = target
            if target.startswith(ONCALL):
                rota = self.rotas.get(target.removeprefix(ONCALL))
                name = rota.person(now) if rota is not None else ""
            contact = self.settings.contacts.get(name)
            if contact is not None:
                found.update(dict.fromkeys(Recipient(channel, name) for channel in self._ways(contact, now)))
        return tuple(found)

    def _ways(self, contact: Contact, now: Instant) -> tuple[str, ...]:
        if contact.after_hours is None or self.calendar.is_open(now):
            return contact.channels
        return contact.after_hours

    def slot(self, recipient: Recipient, severity: Severity, group: float, now: Instant, *,
             alone: bool = False) -> Slot:
        """When a notice of this severity goes to a recipient, as far as the settings say; `alone`, no digest has it."""
        if isinstance(self.channel(recipient.channel), LogChannel):
            return Slot(NOW, now)
        digest = self._digests.get(severity)
        if digest is not None and not alone:
            return Slot(DIGEST, next_digest(digest, now, self.zone))
        contact = self.settings.contacts.get(recipient.contact)
        if contact is not None and contact.quiet is not None and severity not in contact.quiet.but:
            quiet = contact.quiet
            ends = Window(int(quiet.from_), int(quiet.to)).ends(now, quiet.zone or self.zone)
            if ends is not None:
                return Slot(QUIET, ends)
        return Slot(NOW, now + round(group * 1000))

    def calmed(self, recipient: Recipient, severity: Severity, slot: Slot, earlier: list[Instant]) -> Slot:
        """The slot of a new message, put off where the recipient has had too many.

        Args:
            recipient: whom it is for.
            severity: how loud it is; what is critical is summed up each minute, the rest when there is room again.
            slot: as `slot` says.
            earlier: when the messages of the last `storm.within` to this recipient were made, oldest first.
        """
        storm = self.settings.storm
        if slot.lane != NOW or len(earlier) < storm.messages or isinstance(self.channel(recipient.channel), LogChannel):
            return slot
        room = earlier[-storm.messages] + round(storm.within * 1000)
        if severity is Severity.CRITICAL:
            room = min(room, earlier[-1] + 60_000)
        return slot._replace(due=max(slot.due, room))

    def once(self, told: Mapping[Recipient, float]) -> dict[Recipient, float]:
        """The same without those whom a message reaches through somebody else's.

        Only a program learns which contact a message is for; any other channel has one address, whoever is meant.
        """
        kept: dict[Recipient, float] = {}
        places: dict[str, Recipient] = {}
        for recipient, group in told.items():
            one = recipient
            if not isinstance(self.channel(recipient.channel), ExecChannel):
                one = places.setdefault(recipient.channel, recipient)
            kept[one] = min(group, kept.get(one, group))
        return kept
