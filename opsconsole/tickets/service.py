"""The use cases of tickets: permission, one transaction, events, audit, change topic."""

from __future__ import annotations

from opsconsole.tickets.cases.alerts import Alerts
from opsconsole.tickets.cases.checklists import Checklists
from opsconsole.tickets.cases.fields import Fields
from opsconsole.tickets.cases.files import Files
from opsconsole.tickets.cases.linking import Linking
from opsconsole.tickets.cases.presence import Looking
from opsconsole.tickets.cases.reading import Reading
from opsconsole.tickets.cases.saying import Saying
from opsconsole.tickets.cases.types import Batch, Done, Draft, Edit, File, Found, Gate, Incoming, New, Outgoing
from opsconsole.tickets.cases.undoing import Undoing
from opsconsole.tickets.cases.writing import Writing
from opsconsole.tickets.errors import Clash, Gone, NotAllowed, NotThere, Overtaken, Taken

__all__ = ["Batch", "Clash", "Done", "Draft", "Edit", "File", "Found", "Gate", "Gone", "Incoming", "New", "NotAllowed",
           "NotThere", "Outgoing", "Overtaken", "Taken", "TicketService"]


class TicketService(Reading, Saying, Fields, Linking, Alerts, Checklists, Undoing, Looking, Writing, Files):
    """Everything that can be done with tickets. All of it raises StorageError when the records cannot be used.

    Every change of people is one transaction over all tickets that are named, one batch for `undo`, and for each
    ticket its events and one entry in the audit trail.

    Args:
        db: the records.
        clock: where time comes from.
        settings: what the configuration says about tickets; None: the defaults.
        zone: the local zone, in which calendars without a zone and filters such as `due:today` count; None: the
            machine's.
        blobs: where files are kept; None: nothing can be attached.
        gates: who may object to a move.
        notify_settings: who is on duty, and which contacts there are; None: everyone is, and none.
        cache: the folder where public holidays are kept; None: the library of them is asked each time.
    """
