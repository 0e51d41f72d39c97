"""A real agent, an incident, and its ticket: killed in between, and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.program import eventually
from tests.e2e.watched import Host

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e


def test_an_incident_has_one_ticket_whatever_happens_to_the_agent(tmp_path: Path) -> None:
    host = Host(tmp_path / "host")
    checks = host.file_checks("shop", "blog")
    host.configure(checks, rules={"check:shop": {"ticket": "technical", "within": "1 of 1"},
                                  "check:blog": {"within": "1 of 1"}},
                   tickets={"teams": {"ops": {"members": ["ana"], "tell": ["ana"]}},
                            "routing": [{"sources": ["alert"], "team": "ops"}]})

    def events(kind: str) -> int:
        return int(sum(count for (count,) in host.records("SELECT count(*) FROM ticket_event WHERE kind = ?", kind)))

    try:
        agent = host.agent()
        eventually(lambda: host.levels().keys() == {"shop", "blog"}, "the checks to run")
        host.file("shop").unlink()
        host.file("blog").unlink()
        eventually(lambda: events("message") == 1, "a ticket with the evidence as a note")
        agent.kill()
        agent = host.agent()
        host.file("shop").touch()
        eventually(lambda: events("alert") == 1, "the end of the alert on the ticket")
        agent.kill()
        host.file("shop").unlink()
        agent = host.agent()
        eventually(lambda: events("recurred") == 1, "the relapse on the same ticket")
        eventually(lambda: any("#1 is new for ops" in notice["title"] for message in host.sink.got
                               for notice in message["notices"]), "the word of it to its team")
        said = host.run("ticket", "show", "1")
        shown = host.run("alert", "list", status=1)
    finally:
        host.agents.end()
    assert host.records("SELECT number, title LIKE 'shop: %', category, priority, team, source, recurred"
                        " FROM ticket") == [(1, 1, "technical", 0, "ops", "alert", 1)]
    assert "shop" in said
    assert "#1" in shown
