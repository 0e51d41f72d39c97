"""Names in `tickets` that `notify` must have."""

from __future__ import annotations

from opsconsole.core.config import decode
from opsconsole.notify.settings import NotifySettings
from opsconsole.tickets.addressees import addressee_mistakes
from opsconsole.tickets.settings import TicketSettings
from tests.tickets.references import REFERENCES, reference_settings

NOTIFY = decode("""
channels: {chat: {kind: exec, command: [/bin/true]}}
contacts: {boss: {channels: [chat]}}
rotations: {web: {layers: [{people: [boss]}]}}
""", NotifySettings, source="x", env={})


def found(text: str, notify: NotifySettings | None = NOTIFY) -> list[tuple[str, str]]:
    settings = decode(text, TicketSettings, source="x", env={})
    return [(".".join(path), sentence) for path, sentence in addressee_mistakes(settings, notify)]


def test_what_is_known_is_fine() -> None:
    assert found("""
teams: {ops: {members: [ana], rotation: web, tell: ["oncall:web", "channel:chat", "channel:log", boss, ana]}}
ladders: {usual: {levels: [{tell: [assignee, team, watchers, ana, boss]}]}}
""") == []


def test_each_name_that_nothing_has_is_told_with_its_place() -> None:
    assert found("""
teams: {ops: {members: [ana], rotation: wbe, tell: ["oncall:gone", "channel:chta", bos, assignee]}}
ladders: {usual: {levels: [{tell: [eve]}]}}
""") == [
        ("teams.ops.rotation", "there is no rotation `wbe` in `notify`; did you mean `web`?"),
        ("teams.ops.tell.0", "there is no rotation `gone` in `notify`"),
        ("teams.ops.tell.1", "there is no channel `chta` in `notify`; did you mean `chat`?"),
        ("teams.ops.tell.2", "there is no contact `bos` in `notify`, and no team has them; did you mean `boss`?"),
        ("teams.ops.tell.3", "there is no contact `assignee` in `notify`, and no team has them"),
        ("ladders.usual.levels.0.tell.0", "there is no contact `eve` in `notify`, and no team has them")]


def test_without_notifications_names_are_free_and_rotations_are_not() -> None:
    text = "teams: {ops: {members: [ana], tell: [eve, \"channel:log\"], rotation: web}}"
    assert found(text, None) == [("teams.ops.rotation", "there is no rotation `web` in `notify`")]


def test_the_reference_systems_have_no_mistakes() -> None:
    assert [name for name in REFERENCES if list(addressee_mistakes(reference_settings(name), None))] == []
