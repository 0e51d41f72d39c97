"""A bug from its report to its deployment, and a wish from the request to the deployment, by keyboard."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.tickets.e2e.office import DAY, HOUR, Office, move, new, open_ticket, queue

if TYPE_CHECKING:
    from tests.terminal import Terminal

pytestmark = pytest.mark.e2e


@pytest.fixture
def office() -> Office:
    return Office()


def states(office: Office, number: int = 1) -> list[tuple[str, str]]:
    """Every change of the state in the timeline."""
    return [tuple(event["changes"]["state"]) for event in office.show(number)["events"] if "state" in event["changes"]]


def audited(office: Office, number: int = 1) -> list[tuple[str, dict[str, Any]]]:
    """What the audit trail says of a ticket."""
    return [(action, json.loads(detail)) for action, detail in office.rows(
        f"SELECT action, detail FROM audit WHERE subject = 'ticket:{number}' ORDER BY seq")]


def offered(terminal: Terminal) -> dict[str, str]:
    """What the dialog says of each state: nothing where it can be chosen, else what it needs or why not."""
    terminal.send("m")
    terminal.wait_for("where to")
    terminal.wait_for("enter move")
    found = {}
    for line in terminal.lines:
        words = line.split("  ")
        parts = [part.strip(" ▶│") for part in words if part.strip(" ▶│")]
        for known in KNOWN:
            for place, part in enumerate(parts):
                if part == known:
                    found[known] = parts[place + 1] if place + 1 < len(parts) else ""
    terminal.send("<esc>")
    terminal.wait_gone("where to")
    return found


KNOWN = ("reported", "triage", "assigned", "in progress", "testing", "waiting", "resolved", "deployed", "closed",
         "reopened", "review", "prioritise", "plan", "develop", "test", "deploy", "declined")


def test_a_bug_from_its_report_to_its_deployment(office: Office) -> None:
    with office.console() as terminal:
        queue(terminal)
        new(terminal, "bug", "login fails on Tuesdays")
        open_ticket(terminal, 1)
        terminal.wait_for(r"first response .*left of 4 h")
        promised = office.rows("SELECT kind, due - started FROM ticket_clock WHERE ticket = 1 ORDER BY kind")
        assert promised == [("resolution", 2 * DAY), ("response", 4 * HOUR)]

        assert offered(terminal) | {"waiting": "", "closed": ""} == {
            "triage": "", "waiting": "", "closed": "",
            **dict.fromkeys(("assigned", "in progress", "testing", "resolved", "deployed", "reopened"),
                            "no step leads there from reported")}
        terminal.send("m")
        terminal.wait_for("where to")
        terminal.send("deployed")
        terminal.wait_for("▶ deployed +no step leads there from reported")
        terminal.send("<enter>")
        terminal.settle(0.5)
        terminal.send("<esc>")
        terminal.wait_gone("where to")
        assert office.ticket(1)["state"] == "reported", "what is not offered is not done"

        move(terminal, "triage")
        terminal.send("a")
        terminal.wait_for("#1 is yours now")
        for state in ("assigned", "in progress", "testing"):
            move(terminal, state)
        move(terminal, "resolved", fields="It was the cookie.")
        terminal.wait_for("public reply")
        terminal.wait_for(r"resolution .*kept, .* of 2 d")
        assert offered(terminal)["deployed"] == "needs release"
        move(terminal, "deployed", fields="2.1")
        terminal.wait_for(r"release +2\.1")
        terminal.send("<esc>q")
        assert terminal.wait_exit() == 0
        terminal.assert_clean()

    way = ("reported", "triage", "assigned", "in progress", "testing", "resolved", "deployed")
    assert states(office) == [("", "reported"), *pairwise(way)]
    one = office.ticket(1)
    assert (one["state"], one["phase"], one["release"], one["messages"]) == ("deployed", "done", "2.1", 1)
    trail = audited(office)
    assert [action for action, _ in trail] == ["ticket.create", "ticket.move", "ticket.take", *["ticket.move"] * 5]
    moved = [detail["changes"]["state"] for action, detail in trail if action == "ticket.move"]
    assert [tuple(pair) for pair in moved] == list(pairwise(way))
    clocks = {kind: (started, due, met, breached) for kind, started, due, met, breached in office.rows(
        "SELECT kind, started, due, met, breached FROM ticket_clock WHERE ticket = 1")}
    assert set(clocks) == {"response", "resolution"}
    for kind, (started, _, met, breached) in clocks.items():
        assert started == one["created"], kind
        assert met is not None, kind
        assert breached is None, kind
    assert clocks["resolution"][2] == one["resolved"]


def test_a_wish_from_the_request_to_the_deployment(office: Office) -> None:
    with office.console() as terminal:
        queue(terminal)
        new(terminal, "feature", "dark mode")
        open_ticket(terminal, 1)
        terminal.wait_for("resolution .*next release")
        assert offered(terminal)["plan"] == "no step leads there from request"
        move(terminal, "review")
        move(terminal, "prioritise", fields="Three customers asked for it.")
        assert offered(terminal)["plan"].startswith("needs impact")
        move(terminal, "plan", fields="<right>" * 4 + "<tab>" + "<right>" * 2)
        terminal.wait_for("impact 4 · effort 2")
        terminal.send("a")
        terminal.wait_for("#1 is yours now")
        assert offered(terminal)["develop"] == "needs release"
        move(terminal, "develop", fields="3.0")
        move(terminal, "test")
        move(terminal, "deploy", fields="It is there.")
        terminal.send("<esc>")
        terminal.wait_for("^ Open 0 ")
        terminal.send("q")
        assert terminal.wait_exit() == 0
        terminal.assert_clean()

    way = ("request", "review", "prioritise", "plan", "develop", "test", "deploy")
    assert states(office) == [("", "request"), *pairwise(way)]
    one = office.ticket(1)
    assert (one["phase"], one["release"], one["impact"], one["effort"], one["priority"]) == ("done", "3.0", 4, 2, "low")
    messages = [(event["public"], event["text"]) for event in office.show(1)["events"] if event["kind"] == "message"]
    assert messages == [(False, "Three customers asked for it."), (True, "It is there.")]
    trail = audited(office)
    assert [action for action, _ in trail] == ["ticket.create", *["ticket.move"] * 3, "ticket.take",
                                               *["ticket.move"] * 3]
    (due,) = office.rows("SELECT due, target FROM ticket_clock WHERE ticket = 1 AND kind = 'resolution'")
    assert due == (None, None), "the next release is no time"
