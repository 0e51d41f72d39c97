"""Two people on one ticket in two real terminals, and a terminal that is killed while somebody types."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.database import RECORDS, Database
from opsconsole.tickets.model import EventKind
from tests.terminal import Terminal
from tests.tickets.screen.ticket_app import NOW, service_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsconsole.tickets.model import Event, Ticket
    from tests.tickets.screen.ticket_app import Morning

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.e2e


def console(there: Morning, name: str) -> Terminal:
    return Terminal([sys.executable, "-m", "tests.tickets.screen.ticket_program", str(there.folder), name],
                    columns=100, rows=40, cwd=ROOT)


@pytest.fixture
def both(there: Morning) -> Iterator[tuple[Terminal, Terminal]]:
    """Ana and Ben, each with the ticket open."""
    with ExitStack() as ending:
        terminals = [ending.enter_context(console(there, name)) for name in ("ana", "ben")]
        for terminal in terminals:
            terminal.wait_for("redis refuses connections")
            terminal.settle()
        yield terminals[0], terminals[1]


def stored(there: Morning) -> tuple[Ticket, list[Event]]:
    """The ticket as others read it."""
    async def read() -> tuple[Ticket, list[Event]]:
        async with await Database.open(there.folder / "opsconsole.db", RECORDS) as db:
            service = service_at(db, there.folder, NOW)
            return await service.get(there.number), await service.events(there.number)

    return asyncio.run(read())


def test_each_sees_the_other(both: tuple[Terminal, Terminal]) -> None:
    ana, ben = both
    ana.wait_for("ben is looking at it")
    ben.wait_for("ana is looking at it")
    ana.send("r")
    ana.wait_for("PUBLIC REPLY")
    ana.send("we")
    ben.wait_for("ana is writing …")
    ana.send("<esc>")
    ben.wait_until(lambda: "ana is writing" not in ben.text, "the end of writing")


def test_fields_of_both_are_merged_and_a_clash_is_asked(both: tuple[Terminal, Terminal], there: Morning) -> None:
    ana, ben = both
    for terminal in both:
        terminal.send("e")
        terminal.wait_for("its fields")
        terminal.settle()
    ben.send(" of ben<ctrl+s>")
    ben.wait_for("#3 is changed")
    ana.send(" of ana<ctrl+s>")
    ana.wait_for("ben changed title too. Which counts")
    ana.send("<esc>")
    ana.wait_until(lambda: "Which counts" not in ana.text, "the closed question")
    ana.wait_for("redis refuses connections of ana")
    assert stored(there)[0].title == "redis refuses connections of ben"
    ana.send("<ctrl+s>")
    ana.wait_for("Which counts")
    ana.send("<enter>")
    ana.wait_for("#3 is changed")
    assert stored(there)[0].title == "redis refuses connections of ana"
    assert [event.actor for event in stored(there)[1] if "title" in event.changes and event.seq > 1] == ["ben", "ana"]


def test_a_reply_shows_what_came_in_meanwhile(both: tuple[Terminal, Terminal], there: Morning) -> None:
    ana, ben = both
    ana.send("r")
    ana.wait_for("PUBLIC REPLY")
    ana.send("we look at it")
    ana.wait_for("we look at it")
    ben.send("c")
    ben.wait_for("INTERNAL NOTE")
    ben.send("it is solved already<ctrl+s>")
    ben.wait_for("The note on #3 is kept")
    ana.send("<ctrl+s>")
    ana.wait_for("Something came in since you began")
    ana.wait_for("it is solved already")
    ana.send("n")
    ana.wait_until(lambda: "Something came in" not in ana.text, "the closed question")
    ana.send(", thank you<ctrl+s>")
    ana.wait_for("The reply to")
    said = [event.text for event in stored(there)[1] if event.kind is EventKind.MESSAGE][-2:]
    assert said == ["it is solved already", "we look at it, thank you"]


def test_a_killed_terminal_loses_at_most_the_last_second(there: Morning) -> None:
    typed: list[tuple[float, str]] = []
    with console(there, "ana") as terminal:
        terminal.wait_for("redis refuses connections")
        terminal.settle()
        terminal.send("c")
        terminal.wait_for("INTERNAL NOTE")
        for word in ("one ", "two ", "three ", "four ", "five ", "six "):
            terminal.send(word)
            terminal.wait_for("".join(each for _, each in typed).strip() + (" " if typed else "") + word.strip())
            typed.append((time.monotonic(), word))
            terminal.pump(0.3)
        killed = time.monotonic()
        (program,) = [one for one in terminal.processes() if "tests.tickets.screen.ticket_program" in one.cmdline()]
        program.send_signal(signal.SIGKILL)
        program.wait(20)
    old = "".join(word for at, word in typed if at < killed - 1.0).strip()
    with console(there, "ana") as terminal:
        terminal.wait_for("redis refuses connections")
        terminal.settle()
        terminal.send("c")
        terminal.wait_for("restored, ctrl.x discards")
        terminal.wait_for(old)
        terminal.send("<ctrl+s>")
        terminal.wait_for("The note on #3 is kept")
    text = stored(there)[1][-1].text
    assert "".join(word for _, word in typed).startswith(text)
    assert text.startswith(old)
