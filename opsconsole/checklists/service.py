"""The use cases of checklists: permission, one transaction, answers and events, audit, change topic."""

from __future__ import annotations

from opsconsole.checklists.cases.boards import Boards
from opsconsole.checklists.cases.proving import Proving

__all__ = ["ChecklistService"]


class ChecklistService(Boards, Proving):
    """Everything that can be done with checklists. All of it raises StorageError when the records cannot be used.

    Args:
        db: the records.
        clock: where time comes from.
        library: the templates.
        settings: what the configuration says about checklists; None: the defaults.
        tickets: for tickets of failed items, their states, and calendars; None: there are none.
        zone: the local zone; None: the machine's.
        blobs: where evidence is kept; None: only its text is.
        cache: the folder where public holidays are kept.
        log: opens an entry for each run that is signed; None: none are opened.
    """
