"""Templates for tests, as people write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.checklists.library import Library
from opsconsole.checklists.settings import ChecklistSettings

if TYPE_CHECKING:
    from pathlib import Path

SHORT = """\
title: {title}
sections:
  - title: Figures
    items:
      - {{kind: tick, id: look, title: Have a look}}
"""

VALID = """\
title: Morning check
category: daily
purpose: To know before the others do
takes: 20m
when: {every: week, on: [mon, fri], at: "08:15", opens: 1h, late: 30m, missed: 8h}
who: {role: operator, rotation: ops}
sign_off: {persons: 2, role: supervisor}
on_holiday: skip
follows: [evening]
on_fail:
  category: technical
  priority: high
sections:
  - title: Health
    items:
      - {kind: tick, id: pages, title: All pages load, help: "Open them."}
      - kind: auto
        id: home
        title: Home page loads
        check: web
        expect: ["< 3s"]
      - kind: yesno
        id: sign-in
        title: Does the sign-in work
        expect: yes
      - kind: number
        id: users
        title: Active users
        unit: users
        min: 10
        max: 1000
        when: sign-in == yes
  - title: Backup
    items:
      - kind: choice
        id: state
        title: How the backup looks
        options: [good, fair, poor]
        fails: [poor]
      - kind: auto
        id: output
        title: The copy is there
        command: [/usr/local/bin/copied, --newest]
        pattern: "([0-9]+) files"
        timeout: 20s
      - kind: table
        id: top
        title: The largest ones
        columns: [name, size]
        when: state != good
      - {kind: text, id: notes, title: Notes, required: no, lines: 3}
      - kind: instruction
        id: tell
        title: Tell the others
        steps: [Write it down, Call them]
      - kind: evidence
        id: picture
        title: A picture of it
        on_fail: {ticket: yes, escalate: duty, severity: warning}
"""


def short(title: str = "Short", *lines: str) -> str:
    """A template of one item, with more lines at its end."""
    return SHORT.format(title=title) + "".join(f"{line}\n" for line in lines)


def write(folder: Path, name: str, text: str | bytes) -> Path:
    """A file in a folder, which is made where it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def library(own: Path, program: Path | None = None, *, use: tuple[str, ...] = (), off: tuple[str, ...] = ()) -> Library:
    """The templates of a folder, and of the sets of another one."""
    return Library(ChecklistSettings(use=use, off=off), own, program or own.parent / "program")
