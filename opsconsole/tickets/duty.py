"""Who of a team is on duty; pure, built once from the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.tickets.settings import CLOCK

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from opsconsole.core.clock import Instant
    from opsconsole.notify.routing import Directory
    from opsconsole.notify.settings import NotifySettings
    from opsconsole.tickets.calendars import Hours, Official
    from opsconsole.tickets.model import Ticket
    from opsconsole.tickets.settings import Team, TicketSettings


class Duty:
    """Who is on duty, at any moment.

    A team with a rotation: whoever has the turn, if they belong to the team. Without one: all of them, in the hours of
    the calendar by which the ticket is promised; where nothing is promised, in the business hours of `notify`; where
    that is not configured either, always.

    Args:
        settings: of tickets.
        notify: of notifications, which hold the rotations; None: not configured.
        zone: of this machine.
        official: the public holidays of countries; None: the library is asked.
    """

    def __init__(self, settings: TicketSettings, notify: NotifySettings | None, zone: tzinfo,
                 official: Official | None = None) -> None:
        self._settings = settings
        self._notify = notify
        self._zone = zone
        self._official = official
        self._directory: Directory | None = None
        self._hours: Mapping[str, Hours] | None = None

    def on_duty(self, ticket: Ticket, now: Instant) -> dict[str, tuple[str, ...]]:
        """The people of each team who are on duty for a ticket, in the order of the team."""
        return {name: self._of(team, ticket, now) for name, team in self._settings.teams.items()}

    def on_call(self, rotation: str, now: Instant) -> str:
        """Who has the turn of a rotation; empty where nobody has, or there is none."""
        directory = self._known()
        rota = None if directory is None else directory.rotas.get(rotation)
        return "" if rota is None else rota.person(now)

    def _of(self, team: Team, ticket: Ticket, now: Instant) -> tuple[str, ...]:
        directory = self._known()
        if team.rotation and directory is not None and team.rotation in directory.rotas:
            person = self.on_call(team.rotation, now)
            return (person,) if person in team.members else ()
        return tuple(dict.fromkeys(team.members)) if self._at_work(ticket, now) else ()

    def _at_work(self, ticket: Ticket, now: Instant) -> bool:
        promised = self._settings.promise_of(ticket.category, ticket.priority)
        if promised is not None:
            policy, promise = promised
            name = promise.calendar or policy.calendar
            hours = None if name == CLOCK else self._calendars().get(name)
            return hours is None or hours.is_open(now)
        directory = self._known()
        return directory is None or directory.calendar.is_open(now)

    def _known(self) -> Directory | None:
        if self._directory is None and self._notify is not None:
            from opsconsole.notify.routing import Directory  # noqa: PLC0415 - only where somebody is given a ticket

            self._directory = Directory(self._notify, self._zone)
        return self._directory

    def _calendars(self) -> Mapping[str, Hours]:
        if self._hours is None:
            from opsconsole.tickets.calendars import calendars  # noqa: PLC0415 - as above

            self._hours = calendars(self._settings, self._zone, self._official)
        return self._hours
