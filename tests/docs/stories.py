"""What a page takes for granted before its first command, and the few commands that cannot be run in a test."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.docs.reader import Reader

ROOT = "needs root"
SYSTEMD = "needs systemd as service manager"
INSTALLS = "installs packages"
OTHERS = "takes a second person"

_RETURN = 'opsconsole checklist return restore-drill --reason "the size of the backup cannot be right"'

ELSEWHERE: Mapping[tuple[str, str], str] = {
    ("README.md", "make run"): INSTALLS,
    ("README.md", "make test"): INSTALLS,
    ("README.md", "pipx install ."): INSTALLS,
    ("upgrading.md", "pipx install --force ."): INSTALLS,
    ("upgrading.md", "sudo systemctl restart opsconsole-agent"): ROOT,
    ("sysadmin.md", "sudo opsconsole agent install"): ROOT,
    ("agent.md", "sudo opsconsole agent install"): ROOT,
    ("agent.md", "sudo systemctl daemon-reload"): ROOT,
    ("agent.md", "sudo systemctl enable --now opsconsole-agent.service"): ROOT,
    ("agent.md", "sudo systemctl reload opsconsole-agent"): ROOT,
    ("agent.md", "sudo groupadd ops"): ROOT,
    ("agent.md", "sudo usermod -aG ops ana"): ROOT,
    ("agent.md", "sudo install -d -o root -g ops -m 2770 /var/lib/opsconsole"): ROOT,
    ("agent.md", "sudo install -d -o root -g ops -m 0750 /etc/opsconsole"): ROOT,
    ("agent.md", "sudo opsconsole init --path /etc/opsconsole/opsconsole.yaml"): ROOT,
    ("agent.md", "sudo chgrp ops /etc/opsconsole/opsconsole.yaml"): ROOT,
    ("agent.md", "sudo chmod 640 /etc/opsconsole/opsconsole.yaml"): ROOT,
    ("agent.md", "opsconsole agent install --user"): SYSTEMD,
    ("agent.md", "systemctl --user daemon-reload"): SYSTEMD,
    ("agent.md", "systemctl --user enable --now opsconsole-agent.service"): SYSTEMD,
    ("agent.md", "loginctl enable-linger"): SYSTEMD,
    ("agent.md", "journalctl -u opsconsole-agent --since -1h"): SYSTEMD,
    ("checklists.md", _RETURN): OTHERS,
    ("handover.md", "opsconsole handover take"): OTHERS,
}
"""Commands by page that are not run here, and why; that there are such commands is tested all the same."""

BY_HAND: Mapping[str, Callable[[Reader], None]] = {
    "opsconsole": lambda reader: reader.console(),
    "opsconsole demo": lambda reader: reader.console("demo"),
    "opsconsole agent": lambda reader: reader.agent(),
    "opsconsole agent --log-json": lambda reader: reader.agent("--log-json"),
}
"""Commands that do not end by themselves."""

OTHER_EXAMPLES = {"After the night": "~/.config/opsconsole/checklists/nightly.yaml",
                  "Morning check": "~/.config/opsconsole/checklists/morning.yaml",
                  "Week of the shop": "~/.config/opsconsole/reports/week.yaml"}
"""Examples that are no configuration, by their titles, and where they belong."""


class Story(NamedTuple):
    """What somebody has before they read a page."""

    before: str = ""
    """What they have typed already, a command a line."""
    files: Mapping[str, str] = {}
    """What lies in their folder, or below their home."""
    times: Mapping[str, str] = {}
    """Commands before which time goes on, and until when."""
    ends: Mapping[str, set[int]] = {}
    """Commands of which the page says elsewhere than beside them that they end otherwise than with 0."""

_CONFIG = "~/.config/opsconsole/opsconsole.yaml"
_HOOK = "json://hooks.example.com/x"
_DEAD = "checks:\n  redis: {kind: port, port: 1, every: 5s}\n"
"""A service that is down: nothing listens on that port."""
_FIRES = "opsconsole agent --once\nopsconsole agent --once"
"""A check that fails twice in a row fires."""
_TICKET = "opsconsole ticket new 'redis refuses connections'"
_MAIL = """\
From: Kim <kim@example.com>
To: support@example.com
Subject: Invoice twice
Message-ID: <2@example.com>

I got it twice.
"""
_LOOP = """\
From: MAILER-DAEMON@example.com
Auto-Submitted: auto-replied
Subject: Re: x
Message-ID: <1@example.com>

x
"""
_TOPICS = """\
Topic,Status,Created,Internal
Slow search,reported,2027-01-02 10:00,x
Old,Gone,2026-12-01 10:00,y
"""

STORIES: Mapping[str, Story] = {
    "README.md": Story(files={"~/etc/mail-url": _HOOK}),
    "agent.md": Story(files={"~/.local/state/opsconsole/agent.log": "started"}),
    "alerts.md": Story(_FIRES, {
        _CONFIG: _DEAD, "new-rules.yaml": _DEAD + "rules: {slow: {metric: cpu.busy, info: '> 99%'}}\n"}),
    "checklists.md": Story("opsconsole agent --once", {"restore.log": "restored"}, {
        'opsconsole checklist acknowledge afternoon --note "will be mended today"': "2027-01-04 14:05",
        'opsconsole checklist explain afternoon "Nobody was here, the office moved." --of 2027-01-04':
            "2027-01-04 18:00"}),
    "handover.md": Story(files={"note.md": "Mind the disk."}),
    "history.md": Story("opsconsole agent --once", {
        _CONFIG: "checks: {shop: {kind: http, url: 'https://shop.example.com'}}\n"}),
    "logbook.md": Story(f"{_TICKET}\nopsconsole ticket note 1 --text looking\n{_FIRES}", {
        _CONFIG: _DEAD.replace("redis", "db"), "notes.md": "Power cut\n\nFrom 07:10 to 07:20.\n",
        "smart.txt": "PASSED"}),
    "mail.md": Story("opsconsole ticket mail < loop.eml", {
        "message.eml": _MAIL, "loop.eml": _LOOP, "~/etc/smtp": "x"}),
    "notifications.md": Story(files={"~/etc/mail-url": _HOOK, "~/etc/sms-token": "x"}),
    "on-call.md": Story(_TICKET),
    "supervisor.md": Story(_TICKET),
    "sysadmin.md": Story(files={"~/.config/opsconsole/mail-url": _HOOK}),
    "tickets.md": Story(files={
        "findings.md": "*Nothing* found.\n", "trace.log": "x\n", "wish.md": "Please.\n", "tickets.csv": _TOPICS,
        "others.csv": "title,created\nBroken,01/02/2027 10:00\n"}),
    "upgrading.md": Story(f"{_TICKET}\necho x | opsconsole ticket attach 1 -"),
}
