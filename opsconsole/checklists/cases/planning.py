"""When templates are due: what planning needs of the records and of the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.checklists import store
from opsconsole.checklists.cases.base import Desk
from opsconsole.checklists.model import Mode, Unscheduled
from opsconsole.checklists.recurrence import Recurrence
from opsconsole.checklists.scheduling import Known, taken_since

if TYPE_CHECKING:
    from datetime import tzinfo

    from opsconsole.checklists.library import Loaded
    from opsconsole.checklists.model import Run
    from opsconsole.checklists.recurrence import Occurrence, Working
    from opsconsole.checklists.store import Reader
    from opsconsole.core.clock import Instant


class Planning(Desk):
    """When templates are due."""

    def recurrence(self, slug: str) -> Recurrence | None:
        """When a checklist is due, over and over; None: there is no such checklist."""
        loaded = self.library.get(slug)
        return None if loaded is None else self._recurrence(loaded)

    def _recurrence(self, loaded: Loaded) -> Recurrence:
        template = loaded.template
        known = self._rhythms.get(template.slug)
        if known is not None and known[0] == loaded.hash:
            return known[1]
        made = Recurrence(template.when, self.zone, template.on_holiday,
                          self._working(template.calendar or self.settings.calendar))
        self._rhythms[template.slug] = loaded.hash, made
        return made

    def _working(self, calendar: str) -> Working:
        from opsconsole.checklists.workdays import workdays  # noqa: PLC0415 - a list of what was done needs none

        if calendar not in self._calendars:
            known = self._tickets.settings.calendars if self._tickets is not None else {}
            self._calendars[calendar] = workdays(known, calendar, self._cache)
        return self._calendars[calendar]

    def _due(self, since: Instant, until: Instant) -> list[Unscheduled]:
        """What is due in a time by the templates alone, by due time."""
        found = [unscheduled(loaded, each) for loaded in self.library.templates.values()
                 for each in self._recurrence(loaded).between(since, until)]
        return sorted(found, key=lambda one: (one.due, one.slug))

    async def _known(self, db: Reader, now: Instant) -> list[Known]:
        """What there is of each checklist."""
        upto = await store.upto(db)
        rhythms = {slug: self._recurrence(loaded) for slug, loaded in self.library.templates.items()}
        since = min((taken_since(one, upto.get(slug), now) for slug, one in rhythms.items()), default=now)
        taken = await store.taken(db, since)
        found = []
        for slug, rhythm in rhythms.items():
            by_completion = rhythm.when.every is Mode.COMPLETION
            ended, going = await store.completed(db, slug) if by_completion else (None, False)
            found.append(Known(slug, rhythm, self.library.templates[slug].template.catch_up, upto.get(slug),
                               taken.get(slug, frozenset()), ended, going))
        return found

    def zone_of(self, run: Run) -> tzinfo:
        """The zone in which the times of a run are shown: that of its template, as it is now."""
        loaded = self.library.get(run.slug)
        return self.zone if loaded is None or loaded.template.when.zone is None else loaded.template.when.zone


def unscheduled(loaded: Loaded, occurrence: Occurrence) -> Unscheduled:
    """An occurrence of which nothing may have been made yet."""
    template = loaded.template
    return Unscheduled(template.slug, template.title, template.category, occurrence.name, occurrence.opens,
                       occurrence.due, occurrence.late, occurrence.missed)
