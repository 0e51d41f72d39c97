"""The examples of the manual pages of `opsconsole checklist`."""

from __future__ import annotations

from typing import Final

CHECKLISTS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "checklist": (("opsconsole checklist list", "Show what is due today."),),
    "checklist acknowledge": (("opsconsole checklist acknowledge morning", "Know what the evening left open."),),
    "checklist adopt": (("opsconsole checklist adopt 17", "Show what the new version changes."),
                        ("opsconsole checklist adopt 17 --yes", "Go on with it.")),
    "checklist answer": (("opsconsole checklist answer morning disk 42", "Enter a figure."),
                         ('opsconsole checklist answer 17 mail --fail --note "it stands still"', "Say what failed."),
                         ("du -sh /srv/* | opsconsole checklist answer 17 sizes -", "Enter what a command prints.")),
    "checklist defer": (('opsconsole checklist defer morning --until 4h --reason "outage"', "Put a run off."),),
    "checklist explain": (('opsconsole checklist explain 17 "nobody was here"', "Say why a run was missed."),),
    "checklist export": (("opsconsole checklist export morning > morning.yaml", "Begin a template of your own."),
                         ("opsconsole checklist export 17 --format md", "Write a run as Markdown.")),
    "checklist history": (("opsconsole checklist history morning disk --since 90d", "Show a figure over time."),),
    "checklist list": (("opsconsole checklist list", "Show what is due today."),
                       ("opsconsole checklist list --on 2027-01-04", "Show what is due on a day."),
                       ("opsconsole checklist list --all --json", "Everything, for a script.")),
    "checklist marks": (('opsconsole checklist marks 17 --note "it was a drill"', "Say that you have seen them."),),
    "checklist propose": (("opsconsole checklist propose 17", "Ask the machine now."),),
    "checklist resume": (("opsconsole checklist resume morning", "Go on with what was put off."),),
    "checklist return": (('opsconsole checklist return 17 --reason "look at the size again"', "Do not sign it."),),
    "checklist run": (("opsconsole checklist run morning", "Walk through it, line by line."),
                      ("opsconsole checklist run 17 < answers", "Let a file answer.")),
    "checklist show": (("opsconsole checklist show morning", "Show the run that goes on."),
                       ("opsconsole checklist show 17 --item disk", "Show all that was answered to one item."),
                       ("opsconsole checklist show 17 --log", "Show the log entry that it proposes.")),
    "checklist sign": (("opsconsole checklist sign 17", "Put your name under a run."),),
    "checklist start": (("opsconsole checklist start emergency", "Begin an emergency."),),
    "checklist stats": (("opsconsole checklist stats --since 90d", "Show how well checklists were kept."),),
    "checklist ticket": (("opsconsole checklist ticket 17 mail --priority high", "Open a ticket about an item."),),
    "checklist undo": (("opsconsole checklist undo 17 mail", "Take the last answer back."),),
    "checklist validate": (("opsconsole checklist validate", "Check all templates in use."),
                           ("opsconsole checklist validate checklists/", "Check a folder, as in CI.")),
    "checklist waive": (('opsconsole checklist waive 17 mail --reason "no mail"', "Let one item be."),),
}
