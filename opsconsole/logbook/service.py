"""The use cases of the maintenance log: permission, one transaction, audit, change topic."""

from __future__ import annotations

from opsconsole.logbook.cases.emergency import Emergencies
from opsconsole.logbook.cases.files import Files
from opsconsole.logbook.cases.proposing import Proposing
from opsconsole.logbook.cases.reading import Reading

__all__ = ["LogService"]


class LogService(Reading, Proposing, Files, Emergencies):
    """Everything that can be done with the log. All of it raises StorageError when the records cannot be used.

    Args:
        db: the records.
        clock: where time comes from.
        settings: what the configuration says; None: the defaults.
        zone: the local zone; None: the machine's.
        blobs: where files are kept; None: nothing can be attached.
        windows: makes who mutes checks during maintenance, on these records; None: nobody does.
    """
