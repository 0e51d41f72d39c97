"""What the configuration may say, and the place and the nearest name of what it may not."""

from __future__ import annotations

import pytest

from opsconsole.core.config import ConfigMistakes, decode
from opsconsole.core.schema import json_schema, plain
from opsconsole.notify.model import Severity
from opsconsole.notify.settings import AppriseChannel, ExecChannel, NotifySettings
from tests.notify.bench import read

FULL = """
zone: Europe/Berlin
business_hours: {days: [mon, tue, wed, thu, fri], from: 08:00, to: 18:00, holidays: [2026-04-03, 12-25]}
channels:
  mail: {kind: apprise, url: "${MAIL_URL}", instead: pager, instead_after: 5m}
  pager: {kind: exec, command: [/usr/local/bin/page, --now], env: {LEVEL: high}, secrets: {TOKEN: "${TOKEN}"}}
  team: {kind: log}
contacts:
  ana: {name: Ana Kurt, channels: [mail, pager], after_hours: [pager], quiet: {from: 22:00, to: 07:00}}
  ben: {channels: [mail]}
rotations:
  primary:
    layers: [{people: [ana, ben], turn: weekly, starts: monday 09:00}]
    overrides: [{from: 2026-12-24, to: 2026-12-27, person: ben}]
    swaps: [{between: [ana, ben], from: 2026-05-01, to: 2026-05-08}]
ladders:
  main: {steps: [{tell: ["oncall:primary"], within: 15m}, {tell: [ana, "channel:team"]}]}
routes:
- {severity: [critical], tell: ["oncall:primary"], group: 0s}
- {category: ["shop*"], hours: business, tell: ["channel:team"]}
remind: {critical: 30m}
digest: {info: daily 09:00, warning: monday 09:00}
storm: {messages: 5, within: 5m}
"""
SECRETS = {"MAIL_URL": "mailto://me:geheim@mail.example.org", "TOKEN": "geheim"}


def test_all_of_it() -> None:
    settings = read(FULL, **SECRETS)
    mail, pager = settings.channels["mail"], settings.channels["pager"]
    assert isinstance(mail, AppriseChannel)
    assert isinstance(pager, ExecChannel)
    assert mail.url.reveal() == SECRETS["MAIL_URL"]
    assert {name: float(each) for name, each in settings.remind.items()} == {Severity.CRITICAL: 1800}
    assert "geheim" not in str(plain(settings))
    assert "geheim" not in repr(settings)
    assert plain(settings)["channels"]["mail"]["url"] == "${MAIL_URL}"


def test_what_is_shown_can_be_read_again() -> None:
    from opsconsole.core.schema import show

    settings = read(FULL, **SECRETS)
    assert decode(show(settings), NotifySettings, source="x", env=SECRETS) == settings


def test_nothing_is_enough_and_has_a_schema() -> None:
    assert read("") == NotifySettings()
    assert json_schema(NotifySettings)["properties"]["channels"]


ANA = "contacts: {ana: {channels: [log]}}"
SWAPPED = "ANA\nrotations: {p: {layers: [{people: [ana]}], swaps: ["
TABLE = [
    ("contacts: {ana: {channels: [mial]}}\nchannels: {mail: {kind: log}}", 1, 29,
     "`contacts.ana.channels.0`: there is no channel `mial`; did you mean `mail`?"),
    ("routes:\n- {tell: [anna]}\nANA", 2, 11, "no contact `anna`; did you mean `ana`?"),
    ("routes:\n- tell: [primary]\nrotations: {primary: {layers: [{people: [ana]}]}}\nANA", 2, 10,
     "did you mean `oncall:primary`?"),
    ("routes: [{tell: ['oncall:primry']}]\nrotations: {primary: {layers: [{people: [ana]}]}}\nANA",
     1, 18, "there is no rotation `oncall:primry`; did you mean `oncall:primary`?"),
    ("ladders: {x: {steps: [{tell: ['channel:x']}]}}", 1, 31, "there is no channel `channel:x`"),
    ("ladders: {x: {steps: [{tell: ['channel:log']}, {tell: ['channel:log']}]}}", 1, 48, "it needs `after`"),
    ("ladders: {x: {repeat: 2, steps: [{tell: ['channel:log']}]}}", 1, 23, "the last step needs `within`"),
    ("rotations: {p: {layers: [{people: [ana, bob]}]}}\nANA", 1, 41,
     "there is no contact `bob`"),
    ("rotations: {p: {layers: [{people: [ana], starts: someday}]}}\nANA", 1, 50,
     "not `someday`"),
    ("rotations: {p: {layers: [{people: [ana], from: 09:00}]}}\nANA", 1, 48,
     "`from` and `to` belong together"),
    ("rotations: {p: {layers: [{people: [ana], starts: 2026-03-02, ends: 2026-03-01}]}}\nANA",
     1, 68, "it must be later than `starts`"),
    ("rotations: {p: {layers: [{people: [ana]}], overrides: [{from: 2026-03-02, to: 2026-03-02, person: ana}]}}\nANA",
     1, 79, "it must be later than `from`"),
    (SWAPPED + "{between: [ana, ana], from: 2026-01-02, to: 2026-02-02}]}}", 2, 53, "two different contacts"),
    ("business_hours: {from: 18:00, to: 09:00}", 1, 35, "the day must end after it begins"),
    ("business_hours: {holidays: [christmas]}", 1, 29, "not `christmas`"),
    ("digest: {critical: daily 09:00}", 1, 20, "what is critical cannot wait"),
    ("digest: {info: sometimes}", 1, 16, "it must be `daily 09:00`"),
    ("remind: {critical: 1s}", 1, 20, "at least 1m"),
    ("channels: {mail: {kind: log, instead: mail}}", 1, 39, "a channel cannot stand in for itself"),
    ("channels: {mail: {kind: log, instead: mial}}", 1, 39, "there is no channel `mial`"),
    ("channels: {'a:b': {kind: log}}", 1, 12, "no colon"),
    ("channels: {mail: {kind: apprise, url: 'mailto://me:geheim@host'}}", 1, 39, "the place of a secret"),
    ("channels: {mail: {kind: mail}}", 1, 25, "one of apprise, exec, log"),
    ("channels: {x: {kind: exec, command: []}}", 1, 37, "at least 1 entries"),
    ("channels: {x: {kind: exec, command: [''] }}", 1, 38, "the program has no name"),
    ("channels: {x: {kind: exec, command: [a], env: {'A=B': c}}}", 1, 55, "environment variable"),
    ("routes: [{tell: ['channel:log'], severity: [fatal]}]", 1, 45, "one of critical, warning, info"),
    ("zone: Europe/Berln", 1, 7, "did you mean `Europe/Berlin`?"),
    ("group: 2h", 1, 8, "at most 1h"),
]


MISTAKES = [(text.replace("ANA", ANA), *rest) for text, *rest in TABLE]


@pytest.mark.parametrize(("text", "line", "column", "says"), MISTAKES)
def test_mistakes_have_their_place(text: str, line: int, column: int, says: str) -> None:
    with pytest.raises(ConfigMistakes) as caught:
        read(text)
    told = [(mistake.line, mistake.column, mistake.message) for mistake in caught.value.mistakes]
    assert (line, column) in [place[:2] for place in told], told
    assert says in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(ConfigMistakes) as caught:
        read("contacts: {ana: {channels: [a, b]}}\nroutes: [{tell: [x]}]\ndigest: {info: never}")
    assert len(caught.value.mistakes) == 4
