"""What can be done on the health screens; the screens carry it out, nothing here does anything."""

from __future__ import annotations

from opsconsole.core.actions import Action
from opsconsole.core.identity import Role

HEALTH = (
    Action("health.open", ("enter",), "open", "Open the trend and the details of the line under the cursor."),
    Action("health.acknowledge", ("a",), "ack", "Take the alert under the cursor, with a note for the others.",
           role=Role.OPERATOR),
    Action("health.silence", ("s",), "silence", "Tell nobody of the alert under the cursor for a while.",
           role=Role.OPERATOR),
    Action("health.maintenance", ("m",), "maintenance", "Start maintenance of what the cursor stands on, as an entry of"
           " the log; where some goes on, finish or extend it.", footer=False, role=Role.OPERATOR),
    Action("health.ticket", ("t",), "ticket", "Open the ticket of the alert under the cursor; without one, make it.",
           footer=False),
    Action("health.processes", ("p",), "processes", "List the processes of this host."),
    Action("health.alerts", ("A",), "alerts", "List all alerts, those that are over too.", footer=False),
    Action("health.silences", ("S",), "silences", "Show silences and maintenance: who muted what, why, how long still.",
           footer=False),
    Action("health.uptime", ("u",), "uptime", "Show how reliable every check was, and how its promise stands.",
           footer=False),
    Action("health.on-call", (), "who is on call", "Show who is on call now, until when, and who is next.",
           footer=False),
    Action("health.expand", ("e",), "expand", "Show every mount, interface, disk and sensor, or only what fits."),
    Action("health.worst", ("w",), "worst", "Put the cursor on the worst line.", footer=False),
)
"""The health panel."""

TREND = (
    Action("trend.shorter", ("left_square_bracket",), "shorter", "Show a shorter period."),
    Action("trend.longer", ("right_square_bracket",), "longer", "Show a longer period."),
    Action("trend.next", ("n",), "next", "Show the next line of the panel."),
    Action("trend.previous", ("N",), "previous", "Show the line before it on the panel.", footer=False),
)
"""The trend of one line."""

PROCESSES = (
    Action("processes.details", ("enter",), "details", "Show command line, files, connections and unit of it."),
    Action("processes.filter", ("slash",), "filter", "Show only processes with these words; `user:NAME` for one user."),
    Action("processes.tree", ("t",), "tree", "Show who started whom, or the plain list."),
    Action("processes.sort-cpu", ("P",), "by CPU", "Sort by processor time.", footer=False),
    Action("processes.sort-memory", ("M",), "by memory", "Sort by resident memory.", footer=False),
    Action("processes.sort-io", ("I",), "by I/O", "Sort by bytes read and written.", footer=False),
    Action("processes.sort-pid", ("D",), "by PID", "Sort by process id.", footer=False),
    Action("processes.sort-name", ("C",), "by name", "Sort by name.", footer=False),
    Action("processes.sort-started", ("S",), "by start", "Sort by start, the newest first.", footer=False),
    Action("processes.sort-next", ("greater_than_sign",), "sort", "Sort by the next column."),
    Action("processes.sort-previous", ("less_than_sign",), "sort back", "Sort by the column before.", footer=False),
    Action("processes.reverse", ("R",), "reverse", "Turn the order round.", footer=False),
    Action("processes.terminate", ("x",), "terminate", "Ask the process to end (SIGTERM), after a question.",
           role=Role.OPERATOR),
    Action("processes.kill", ("K",), "kill", "End the process at once (SIGKILL), after a question.",
           role=Role.OPERATOR),
)
"""The list of processes. P, M, R and < > are what `top` has; N stays "the one before" and T the timeline, as
everywhere."""

DETAILS = (
    Action("process.terminate", ("x",), "terminate", "Ask the process to end (SIGTERM), after a question.",
           role=Role.OPERATOR),
    Action("process.kill", ("K",), "kill", "End the process at once (SIGKILL), after a question.",
           role=Role.OPERATOR),
    Action("process.parent", ("p",), "parent", "Show the process that started this one."),
)
"""One process."""

ALERTS = (
    Action("alerts.open", ("enter",), "open", "Show the alert under the cursor."),
)
"""The list of alerts."""

ALERT = (
    Action("alert.acknowledge", ("a",), "ack", "Take the alert, with a note for the others.", role=Role.OPERATOR),
    Action("alert.give-back", ("u",), "give back", "Give an alert that was taken back, so that reminders go on.",
           role=Role.OPERATOR),
    Action("alert.silence", ("s",), "silence", "Tell nobody of it for a while.", role=Role.OPERATOR),
    Action("alert.ticket", ("t",), "ticket", "Open its ticket; without one, make it."),
    Action("alert.subject", ("enter",), "open", "Show what it is about: the check, or the line of the panel."),
)
"""One alert."""

SILENCES = (
    Action("silences.silence", ("s",), "silence", "Tell nobody of some alerts for a while.", role=Role.OPERATOR),
    Action("silences.maintenance", ("m",), "maintenance", "Begin planned work: nobody is told, and it is no downtime.",
           role=Role.OPERATOR),
    Action("silences.end", ("x",), "end", "End the silence or maintenance under the cursor now, after a question.",
           role=Role.OPERATOR),
)
"""Silences and maintenance."""

UPTIME = (
    Action("uptime.open", ("enter",), "open", "Show the check under the cursor."),
)
"""How reliable every check was."""

ACTIONS = (*HEALTH, *TREND, *PROCESSES, *DETAILS, *ALERTS, *ALERT, *SILENCES, *UPTIME)
"""All of health's actions; keys are unique within one screen."""
