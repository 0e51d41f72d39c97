"""What can be done on the screens of tickets; the screens carry it out, nothing here does anything.

The same thing has the same id and key in the queue and on a ticket's own screen. Groups: `ticket` is done to one
ticket, or to all marked ones; `tickets` belongs to the queue; `statistics` and `wishes` to the screens of their name.
"""

from __future__ import annotations

from opsconsole.core.actions import Action
from opsconsole.core.identity import Role

NOTE = Action("ticket.note", ("c",), "note", "Write an internal note; it never leaves the team.", role=Role.OPERATOR)
REPLY = Action("ticket.reply", ("r",), "reply", "Write a public reply to the requester.", role=Role.OPERATOR)
TAKE = Action("ticket.take", ("a",), "take", "Take it yourself.", role=Role.OPERATOR)
ASSIGN = Action("ticket.assign", ("A",), "assign", "Give it to somebody, to a team, or to nobody.", footer=False,
                role=Role.OPERATOR)
MOVE = Action("ticket.move", ("m",), "move", "Move it to another state; says which are allowed and why others are not.",
              role=Role.OPERATOR)
PRIORITY = Action("ticket.priority", ("P",), "priority", "Give it another priority; its promises follow.",
                  role=Role.OPERATOR)
CLOSE = Action("ticket.close", ("x",), "close", "Close it, with what its lifecycle asks for.", role=Role.OPERATOR)
NEW = Action("ticket.new", ("n",), "new", "Write a new ticket.", role=Role.OPERATOR)
TAGS = Action("ticket.tags", ("t",), "tags", "Add tags, or take them away with a minus before them.", footer=False,
              role=Role.OPERATOR)
EDIT = Action("ticket.edit", ("e",), "edit", "Edit its title, text and fields.", footer=False, role=Role.OPERATOR)
LINK = Action("ticket.link", ("l",), "link", "Link it to another ticket, an alert or a runbook.", footer=False,
              role=Role.OPERATOR)
WATCH = Action("ticket.watch", ("w",), "watch", "Be told what happens to it, or no more.", footer=False,
               role=Role.OPERATOR)
MERGE = Action("ticket.merge", ("M",), "merge", "Merge it into another one; it can be unmerged.", footer=False,
               role=Role.OPERATOR)
COPY = Action("ticket.copy", ("y",), "copy number", "Copy its number to the clipboard of your terminal.", footer=False)

OPEN = Action("tickets.open", ("enter",), "open", "Open the ticket under the cursor.")
PREVIEW = Action("tickets.preview", ("p",), "preview", "Show the ticket under the cursor below or beside the list, or"
                 " not.")
CHOOSE_VIEW = Action("tickets.view", ("v",), "views", "Choose a view by name.", footer=False)
MARK_ALL = Action("tickets.mark-all", ("ctrl+a",), "mark all", "Mark all that are listed, up to 1,000.", footer=False)
STATISTICS = Action("tickets.statistics", ("s",), "statistics", "Show how promises were kept, and who has how much.",
                    footer=False)
WISHES = Action("tickets.wishes", ("i",), "wishes", "Show the wishes by impact and effort.", footer=False)

QUEUE = (NOTE, REPLY, TAKE, MOVE, PRIORITY, CLOSE)
"""What is done most, first in the footer."""
QUEUE_LATER = (NEW, PREVIEW, OPEN, ASSIGN, TAGS, EDIT, LINK, WATCH, MERGE, COPY, CHOOSE_VIEW, MARK_ALL, STATISTICS,
               WISHES)
"""And what stands behind marking and undoing."""

SPLIT = Action("ticket.split", ("S",), "split", "Make a new ticket of the message under the cursor.", footer=False,
               role=Role.OPERATOR)
ACKNOWLEDGE = Action("ticket.acknowledge", ("K",), "ack", "Say that you have it in hand: its escalation stops.",
                     footer=False, role=Role.OPERATOR)
WAIVE = Action("ticket.waive", ("W",), "waive", "Take a broken promise back, with a reason.", footer=False,
               role=Role.SUPERVISOR)
ATTACH = Action("ticket.attach", ("f",), "attach", "Attach a file of this machine.", footer=False, role=Role.OPERATOR)
SHOW = Action("ticket.show", ("o",), "open file", "Open the attachment under the cursor in your pager.", footer=False)
KEEP = Action("ticket.keep", ("s",), "save file", "Save the attachment under the cursor as a file.", footer=False)
DELETE = Action("ticket.delete", ("D",), "delete file", "Delete the attachment under the cursor; a mark of it stays.",
                footer=False, role=Role.SUPERVISOR)
UNLINK = Action("ticket.unlink", ("L",), "unlink", "Take a link away.", footer=False, role=Role.OPERATOR)
UNMERGE = Action("ticket.unmerge", ("U",), "unmerge", "Make a merged ticket one of its own again.", footer=False,
                 role=Role.OPERATOR)
VOTE = Action("ticket.vote", ("plus",), "vote", "Count a vote of a requester for this wish, or take it back.",
              footer=False, role=Role.OPERATOR)
RATE = Action("ticket.rate", ("R",), "satisfaction", "Enter how satisfied the requester is.", footer=False,
              role=Role.OPERATOR)
LONG = Action("ticket.details", ("d",), "details", "Show every field and event, or only what was said.", footer=False)
TIMES = Action("ticket.times", ("i",), "full times", "Show times in full, with date and zone, or briefly.",
               footer=False)
POST_MORTEM = Action("ticket.post-mortem", ("p",), "post-mortem", "Write a post-mortem as a note; the timeline is"
                     " filled in.", footer=False, role=Role.OPERATOR)
NEXT = Action("ticket.next", ("n", "right_square_bracket"), "next", "Show the next ticket of the list.", footer=False)
PREVIOUS = Action("ticket.previous", ("N", "left_square_bracket"), "previous", "Show the ticket before it in the list.",
                  footer=False)

TICKET = (NOTE, REPLY, TAKE, MOVE, PRIORITY, CLOSE, EDIT, ASSIGN, TAGS, LINK, UNLINK, WATCH, MERGE, UNMERGE, SPLIT,
          ACKNOWLEDGE, WAIVE, ATTACH, SHOW, KEEP, DELETE, VOTE, RATE, POST_MORTEM, COPY, LONG, TIMES, NEXT, PREVIOUS)
"""One ticket; `u` takes back what was done last."""

CANNED = Action("message.canned", ("ctrl+y",), "canned text", "Put in a text that is written again and again; what else"
                " it sets is done when the message is sent.")
MESSAGE = (CANNED,)
"""Writing a note or a reply, besides what every form can do."""

PERIOD_SHORTER = Action("statistics.shorter", ("left_square_bracket",), "shorter", "Show a shorter period.")
PERIOD_LONGER = Action("statistics.longer", ("right_square_bracket",), "longer", "Show a longer period.")
EARLIER = Action("statistics.earlier", ("less_than_sign",), "earlier", "Show the period before.")
LATER = Action("statistics.later", ("greater_than_sign",), "later", "Show the period after.")
STATISTICS_FILTER = Action("statistics.filter", ("slash",), "filter", "Count only the tickets that a filter finds.")
STATISTICS_OPEN = Action("statistics.open", ("enter",), "list", "List the tickets of the line under the cursor.")
STATISTICS_PAGE = (PERIOD_SHORTER, PERIOD_LONGER, EARLIER, LATER, STATISTICS_FILTER, STATISTICS_OPEN)
"""How the promises were kept."""

WISHES_OPEN = Action("wishes.open", ("enter",), "list", "List the wishes of the cell under the cursor.")
WISHES_PAGE = (WISHES_OPEN,)
"""The wishes by impact and effort."""

ACTIONS = tuple({action.id: action for action in (*QUEUE, *QUEUE_LATER, *TICKET, *MESSAGE, *STATISTICS_PAGE,
                                                    *WISHES_PAGE)}.values())
"""All of the tickets' actions; keys are unique within one screen."""
