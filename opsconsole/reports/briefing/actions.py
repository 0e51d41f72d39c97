"""What can be done about what happened since the last visit, and about hand-overs; nothing here does anything."""

from __future__ import annotations

from opsconsole.core.actions import Action
from opsconsole.core.identity import Role

SHOW = Action("briefing.show", ("H",), "since last visit", "Show what happened since your last visit, and what others"
              " handed over; from there you hand over yourself.", footer=False)
"""On every screen."""
OPEN = Action("briefing.open", ("enter",), "open", "Open the hand-over, alert, ticket, checklist or log entry under the"
              " cursor; on a line with more, show all of that part.")
TAKE = Action("briefing.take", ("a",), "take over", "Say that you have read the hand-over under the cursor, and know.",
              role=Role.OPERATOR)
WRITE = Action("briefing.write", ("n",), "hand over", "Write what whoever comes next must know; what stands open is"
               " filled in.", role=Role.OPERATOR)
BRIEFING = (OPEN, TAKE, WRITE)
"""What happened since the last visit."""

TAKEN = Action("handover.take", ("a",), "take over", "Say that you have read it, and know.", role=Role.OPERATOR)
ANEW = Action("handover.edit", ("e",), "write anew", "Write your own one anew, as long as nobody has taken it.",
              role=Role.OPERATOR)
WITHDRAW = Action("handover.withdraw", ("D",), "withdraw", "Take your own one back, as long as nobody has taken it.",
                  footer=False, role=Role.OPERATOR)
HANDOVER = (TAKEN, ANEW, WITHDRAW)
"""One hand-over."""

ACTIONS = (SHOW, *BRIEFING, *HANDOVER)
"""All of them: what the configuration may remap and the documentation lists."""
