"""What can be done on the screens of the log; the screens carry it out, nothing here does anything.

Groups: `log` is done to the entry under the cursor, or to the one that is open; `logs` belongs to the list;
`emergency` to the screen of one.
"""

from __future__ import annotations

from opsconsole.core.actions import Action
from opsconsole.core.identity import Role

OPEN = Action("logs.open", ("enter",), "open", "Open the entry under the cursor, or that of a next action.")
NEW = Action("log.new", ("n",), "new", "Write a new entry.", role=Role.OPERATOR)
EDIT = Action("log.edit", ("e",), "edit", "Go on writing it; once it is signed it is amended.", role=Role.OPERATOR)
SIGN = Action("log.sign", ("y",), "sign", "Put your name under it; the last signature freezes it.", role=Role.OPERATOR)
AMEND = Action("log.amend", ("a",), "amend", "Correct a signed entry, with a reason; both versions stay.",
               role=Role.OPERATOR)
DONE = Action("log.done", ("x",), "done", "The next action under the cursor is done; once more, it is not.",
              role=Role.OPERATOR)
SEND_BACK = Action("log.send-back", ("B",), "send back", "Do not sign as the second person: the first signature is"
                   " taken away.", footer=False, role=Role.OPERATOR)
MAINTENANCE = Action("log.maintenance", ("m",), "maintenance", "Start maintenance: an entry that mutes what is worked"
                     " on. Where some goes on, finish or extend it.", role=Role.OPERATOR)
RESTORE = Action("log.restore", ("R",), "restore", "Take an entry back that was dropped.", footer=False,
                 role=Role.OPERATOR)
DROP = Action("log.drop", ("D",), "drop", "Take an entry that nobody wants out of sight, with a reason.", footer=False,
              role=Role.OPERATOR)
PREVIEW = Action("logs.preview", ("p",), "preview", "Show the entry under the cursor below or beside the list, or not.")

ATTACH = Action("log.attach", ("f",), "attach", "Attach a file of this machine.", role=Role.OPERATOR)
VERSION = Action("log.version", ("v",), "version", "Show it as it was signed, after each amendment, and as it stands.")
SHOW = Action("log.show", ("o",), "open file", "Open the file under the cursor in your pager.", footer=False)
KEEP = Action("log.keep", ("s",), "save file", "Save the file under the cursor to this machine.", footer=False)
TIMES = Action("log.times", ("i",), "full times", "Show times in full, with date and zone, or briefly.", footer=False)
NEXT = Action("log.next", ("right_square_bracket",), "next", "Show the next entry of the list.", footer=False)
PREVIOUS = Action("log.previous", ("left_square_bracket",), "previous", "Show the entry before it in the list.",
                  footer=False)

EMERGENCY = Action("console.emergency", ("E",), "emergency", "Open the emergency that goes on; where there is none,"
                   " declare one and start its clock.", footer=False)
TELL = Action("emergency.message", ("m",), "message", "Write the next message to all whom it concerns; send, copy or"
              " show it.", role=Role.OPERATOR)
STEP = Action("emergency.step", ("space",), "done", "The step under the cursor is done; once more, it is open again.",
              role=Role.OPERATOR)
LOOK = Action("emergency.open", ("enter",), "open", "Open what the cursor stands on: the step in its checklist, a"
              " message, the entry.")
JOT = Action("emergency.note", ("n",), "note", "Write down one thing that is known, with the time.",
             role=Role.OPERATOR)
WALK = Action("emergency.checklist", ("c",), "checklist", "Walk through its checklist; where there is none, begin it.",
              role=Role.OPERATOR)
MUTE = Action("emergency.mute", ("w",), "mute", "Begin maintenance because of it, which mutes alerts, or end that.",
              role=Role.OPERATOR)
OVER = Action("emergency.end", ("x",), "end", "It is over: write down what is known and learnt.", role=Role.OPERATOR)
WRITTEN = Action("emergency.entry", ("e",), "entry", "Open its entry of the log.", footer=False)
EMERGENCY_PAGE = (TELL, STEP, LOOK, JOT, WALK, MUTE, OVER, WRITTEN)
"""An emergency, what is done first first."""

LIST = (OPEN, NEW, EDIT, SIGN, DONE)
"""The list, what is done most first."""
LIST_LATER = (PREVIEW, AMEND, SEND_BACK, DROP, RESTORE)
"""And what stands behind the filter, an emergency and maintenance, which a small footer must not lose."""
ENTRY = (EDIT, SIGN, AMEND, DONE, ATTACH, MAINTENANCE, VERSION, SEND_BACK, DROP, RESTORE, SHOW, KEEP, TIMES, NEXT,
         PREVIOUS)
"""One entry."""
PROPOSED = Action("proposal.list", ("ctrl+g",), "proposals", "Go to what happened since the last entry of this type,"
                  " or back to the form.")
TAKE = Action("proposal.take", ("t",), "take", "Take the proposal under the cursor into the form; once more, out.")
REFUSE = Action("proposal.drop", ("d",), "drop", "Drop the proposal under the cursor; once more, it is open again.")
INTO = Action("proposal.field", ("f",), "field", "Take it into the next field instead: tasks, found, resolved,"
              " escalated, notes.")
ALL = Action("proposal.all", ("A",), "take all", "Take everything that is not decided on; never commands.")
SHELL = Action("proposal.commands", ("c",), "commands", "Show the newest commands of your own shell, or no longer.")
SOURCE = Action("proposal.source", ("o",), "open", "Open what the proposal came from: the ticket, checklist or alert.",
                footer=False)
PROPOSALS = (TAKE, REFUSE, INTO, ALL, SHELL, SOURCE, PROPOSED)
"""What happened, beside the form of an entry."""

ACTIONS = tuple({action.id: action
                 for action in (*LIST, *LIST_LATER, *ENTRY, *PROPOSALS, *EMERGENCY_PAGE, EMERGENCY)}.values())
"""All of them: what the configuration may remap and the documentation lists."""
