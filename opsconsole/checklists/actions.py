"""What can be done on the screens of checklists; the screens carry it out, nothing here does anything.

Groups: `checklist` is done to the run one walks through, and to its item under the cursor; `checklists` belongs to the
list, `kept` to how well they were kept.
"""

from __future__ import annotations

from opsconsole.core.actions import Action
from opsconsole.core.identity import Role

OK = Action("checklist.ok", ("enter", "space"), "ok", "Answer that it is so: confirm what is proposed, or enter what is"
            " asked for; then go to the next one.")
FAIL = Action("checklist.fail", ("f",), "fail", "Answer that it failed, or that what is proposed is wrong.")
SKIP = Action("checklist.skip", ("s",), "skip", "Leave it out, with a reason.")
NOT_APPLICABLE = Action("checklist.not-applicable", ("x",), "n/a", "Answer that it does not apply.")
VALUE = Action("checklist.value", ("v",), "value", "Enter its figure, text, choice or rows, or correct what was"
               " entered.")
NOTE = Action("checklist.note", ("n",), "note", "Write a note to it.")
TICKET = Action("checklist.ticket", ("t",), "ticket", "Open a ticket about it, or join the one that is open.",
                role=Role.OPERATOR)
EVIDENCE = Action("checklist.evidence", ("e",), "evidence", "Add a file of this machine as evidence.")
SIGN = Action("checklist.sign", ("ctrl+s",), "sign off", "Put your name under it; shows what is missing, or what you"
              " sign.")
UNDO = Action("checklist.undo", ("u",), "undo", "Take the last answer to this item back; it stays visible.",
              footer=False)
HELP = Action("checklist.help", ("h",), "how", "Show below it how it is done, its steps, notes and evidence, or no"
              " more.")
DETAILS = Action("checklist.details", ("d",), "details", "Show its earlier answers, its history and all evidence.",
                 footer=False)
ASK = Action("checklist.ask-machine", ("ctrl+r",), "ask again", "Let the machine look again at what it can know.",
             footer=False)
ESCALATE = Action("checklist.escalate", ("E",), "escalate", "Start the ladder of this failed item.", footer=False,
                  role=Role.OPERATOR)
FOLLOW = Action("checklist.follow", ("R",), "run another", "Start the checklist that this item names.", footer=False,
                role=Role.OPERATOR)
WAIVE_ITEM = Action("checklist.waive-item", ("W",), "waive item", "Let this item be as it is, with a reason.",
                    footer=False, role=Role.SUPERVISOR)
SEND_BACK = Action("checklist.send-back", ("B",), "send back", "Do not sign as the second person: it goes on.",
                   footer=False)
ADOPT = Action("checklist.adopt", ("A",), "adopt", "Show what the new version of its template changes, and adopt it.",
               footer=False)
ACKNOWLEDGE = Action("checklist.acknowledge", ("K",), "acknowledge", "Say that you know what the run before left open.",
                     footer=False)
MARKS = Action("checklist.marks", ("C",), "marks seen", "Say that you have looked at what seemed rubber-stamped.",
               footer=False, role=Role.SUPERVISOR)

WALK = (OK, FAIL, SKIP, NOT_APPLICABLE, VALUE, NOTE, TICKET, EVIDENCE, HELP, SIGN, UNDO, DETAILS, ASK, ACKNOWLEDGE,
        ESCALATE, FOLLOW, SEND_BACK, ADOPT, WAIVE_ITEM, MARKS)
"""The walk, what is done most first."""

EXPLAIN = Action("checklist.explain", ("m",), "why missed", "Say why it was missed.", role=Role.OPERATOR)
DEFER = Action("checklist.defer", ("D",), "put off", "Put it off, or while an emergency goes on all routine rounds;"
               " once more takes it up again.", footer=False, role=Role.OPERATOR)
WAIVE = Action("checklist.waive", ("ctrl+w",), "waive", "Let the whole run be, with a reason.", footer=False,
               role=Role.SUPERVISOR)
RUN = (EXPLAIN, DEFER, WAIVE)
"""What is done to a whole run, in the list and on the walk."""

OPEN = Action("checklists.open", ("enter",), "begin", "Walk through the checklist under the cursor; one that is not"
              " open yet is begun ahead of its time.")
NEW = Action("checklists.new", ("n",), "start", "Start any checklist by name.", role=Role.OPERATOR)
STATISTICS = Action("checklists.statistics", ("v",), "statistics", "Show how well checklists were kept, and by whom.")
LIST = (OPEN, NEW, STATISTICS)
"""The list."""

EARLIER = Action("kept.earlier", ("left_square_bracket",), "earlier", "Show the period before.")
LATER = Action("kept.later", ("right_square_bracket",), "later", "Show the period after.")
PERIOD = Action("kept.period", ("p",), "period", "Show a week, a month, a quarter or a year.")
KEPT = (EARLIER, LATER, PERIOD)
"""How well they were kept."""

ACTIONS = (*WALK, *RUN, *LIST, *KEPT)
"""All of them: what the configuration may remap and the documentation lists."""
