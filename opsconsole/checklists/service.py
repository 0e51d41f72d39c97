"""The use cases of checklists: permission, one transaction, answers and events, audit, change topic."""

from __future__ import annotations

from opsconsole.checklists.cases.answering import Answering
from opsconsole.checklists.cases.following import Following
from opsconsole.checklists.cases.keeping import Keeping
from opsconsole.checklists.cases.opening import Opening
from opsconsole.checklists.cases.reading import Reading
from opsconsole.checklists.cases.signing import Signing

__all__ = ["ChecklistService"]


class ChecklistService(Reading, Opening, Answering, Following, Signing, Keeping):
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
    """
