"""A service breaks, and the panel and the messages tell the story: from what broke to how long it took."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING

import pytest

from tests.e2e.program import eventually, has_ended, tight
from tests.e2e.watched import Host, Redis, Sink, redis, web_channel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.terminal import Terminal

pytestmark = pytest.mark.e2e

HELP = "Start it with `service redis-server start`. Carts are lost after ten minutes."
EVERY = 5
"""Seconds between two runs of a check; the least that there can be."""
SLACK = 6
"""Seconds more that a busy machine may need."""


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """A host under watch; its agents end with the test."""
    made = Host(tmp_path)
    yield made
    made.agents.end()


def leave(terminal: Terminal) -> None:
    """The console ends, and the agent that it started ends with it."""
    children = terminal.processes()
    terminal.send("q")
    assert terminal.wait_exit() == 0
    terminal.assert_clean()
    eventually(lambda: all(has_ended(child.pid) for child in children), "the end of the agent")


def tells_the_story(terminal: Terminal) -> bool:
    """What broke, since when, who is on call, what changed before, what to do."""
    # A machine that was started within the last hours has changed by that too.
    banner = re.match(r" . redis refused since \d\d:\d\d .* on call ana . before it .*redis-server ", terminal.lines[1])
    text = tight(terminal.text)
    return banner is not None and all(tight(part) in text for part in (
        "redis: Start it with `service redis-server start`.", "before it: redis-server upgraded 7.0.14-1 to 7.0.15-1"))


def test_the_story_of_an_incident(host: Host) -> None:
    web = Sink(host.folder / "web.jsonl")
    host.install("redis-server", "5:7.0.14-1", log="another.log")
    with redis() as server, web_channel(web) as channel:
        check = {"kind": "redis", "port": server.port, "every": f"{EVERY}s", "timeout": "2s", "help": HELP}
        host.configure({"redis": check}, channels={"web": channel})
        with host.console() as terminal:
            incident(terminal, host, web, server)
    tell_the_story(host.sink, "text")
    tell_the_story(web, "message")
    assert host.sink.kinds == ["firing", "resolved"]
    assert len({message["id"] for message in host.sink.got}) == 2
    assert host.records("SELECT state, count(*) FROM outbox_message GROUP BY state") == [("sent", 4)]


def incident(terminal: Terminal, host: Host, web: Sink, server: Redis) -> None:
    """From a service that is well to one that is well again."""
    terminal.wait_for(r"SERVICES .*1 ok$")
    terminal.wait_for(r"^.*  redis +\d+ client.* ms")
    assert "normal" in terminal.lines[1]

    host.install("redis-server", "5:7.0.15-1")
    stopped = server.stop()
    terminal.wait_until(lambda: tells_the_story(terminal), "the whole story", EVERY + SLACK)
    print(f"on the screen after {time.monotonic() - stopped:.1f} s\n{terminal.text}")
    terminal.resize(80, 24)
    terminal.wait_until(lambda: tells_the_story(terminal), "the whole story on a small screen")
    print(terminal.text)
    terminal.wait_until(lambda: len(host.sink.got) == len(web.got) == 1, "a message", 2 * EVERY + SLACK)
    print(f"told after {time.monotonic() - stopped:.1f} s: {host.sink.got[0]['text']}")
    terminal.wait_for("ALERTS .*1 critical")

    terminal.send("wa")
    terminal.wait_for("Take redis: what shall others know")
    terminal.send("looking at the log<enter>")
    terminal.wait_for("^ . redis refused since .* ack [^ ]+: looking.* before it redis-se")
    terminal.wait_for("^ . redis +refused +ack [^ ]+: looking at the log")
    print(terminal.text)
    assert "on call" not in terminal.lines[1]

    server.start()
    started = time.monotonic()
    terminal.wait_gone("ALERTS", EVERY + SLACK)
    terminal.wait_for("SERVICES .*1 ok$")
    assert "normal" in terminal.lines[1]
    print(f"well on the screen after {time.monotonic() - started:.1f} s")
    terminal.wait_until(lambda: len(host.sink.got) == len(web.got) == 2, "the message of the end")
    print(f"told the end after {time.monotonic() - started:.1f} s: {host.sink.got[1]['text']}")
    terminal.settle(2.5, 3)
    leave(terminal)


def tell_the_story(sink: Sink, part: str) -> None:
    """One message of the firing and one of the end, and each says what it should."""
    firing, resolved = sink.got
    name = os.uname().nodename
    assert firing["title"] == f"[CRITICAL] {name}: ✖ redis: refused"
    # A machine that was started less than a day ago says that too.
    assert re.search(r"Before it: .*redis-server upgraded 7\.0\.14-1 to 7\.0\.15-1", firing[part])
    assert f"To do: {HELP}" in firing[part]
    assert resolved["title"].startswith(f"[RESOLVED] {name}: ")
    assert re.search(r"lasted \d+ s", resolved[part])
