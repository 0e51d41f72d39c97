"""The examples of the manual pages of `opsconsole log`."""

from __future__ import annotations

LOG: dict[str, tuple[tuple[str, str], ...]] = {
    "log": (("opsconsole log list", "Show what was done."),
            ('opsconsole log add "swapped disk 3" --type change --sign', "Write it down in one line.")),
    "log actions": (("opsconsole log actions --due", "Show what is due."),
                    ("opsconsole log actions --done 17 1", "The first next action of entry 17 is done.")),
    "log add": (('opsconsole log add "swapped disk 3" --type change --task "disk 3 #42" --spent 45m --sign',
                 "Write about work on ticket 42, and sign it."),
                ("opsconsole log add - --type incident --status issues < notes.md", "Take it from a file.")),
    "log amend": (('opsconsole log amend 17 --reason "it was disk 4" --title "swapped disk 4"', "Correct a title."),),
    "log attach": (("opsconsole log attach 17 smart.txt", "Keep a file with an entry."),
                   ("journalctl -u nginx -n 200 | opsconsole log attach 17 - --name nginx.log",
                    "Keep what a command prints.")),
    "log bundle": (("opsconsole log bundle --quarter 2027-Q1 -o evidence.zip", "Give a quarter to an auditor."),),
    "log drop": (('opsconsole log drop 17 --reason "written twice"', "Put an entry out of sight."),),
    "log edit": (('opsconsole log edit 17 --append --task "second pass" --spent 15m', "Add to an entry."),
                 ("opsconsole log edit 17 --status issues", "Say how it went.")),
    "log export": (("opsconsole log export --month last --format html -o january.html", "Write a month, to print it."),
                   ("opsconsole log export --since 90d --format csv > log.csv", "Write a table.")),
    "log heads": (("opsconsole log heads >> /mnt/elsewhere/heads", "Keep the end of the trail elsewhere."),
                  ("opsconsole log heads --append /mnt/elsewhere/heads", "Keep it with the time.")),
    "log list": (("opsconsole log list type:emergency since:30d", "Show the emergencies of a month."),
                 ("opsconsole log list is:open --json", "What is not signed yet, for a script.")),
    "log new": (("opsconsole log new moving the rack --type change", "Begin an entry; it prints the number."),),
    "log return": (('opsconsole log return 17 --reason "which disk?"', "Do not sign it as it is."),),
    "log show": (("opsconsole log show 17", "Show an entry as it reads today."),
                 ("opsconsole log show 17 --original", "Show it as it was signed.")),
    "log sign": (("opsconsole log sign 17", "Put your name under an entry."),),
    "log verify": (("opsconsole log verify", "Read the trail and every signed record again."),
                   ("opsconsole log verify --heads /mnt/elsewhere/heads", "Compare it with all heads kept elsewhere.")),
}
