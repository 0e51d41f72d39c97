"""Ticket texts that want to act on the terminal, or on the program, are shown as text on every screen of tickets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e.program import eventually
from tests.tickets.commanding import Desk
from tests.tickets.e2e.office import Office, queue

if TYPE_CHECKING:
    from pathlib import Path

    from tests.terminal import Terminal
    from tests.tickets.commanding import Program

pytestmark = pytest.mark.e2e

TEXTS = ("[@click=app.quit]x[/red] [bold", "\x1b]52;c;eA==\x07 \x1b[31mred", "\x1b[?1049l\x1b[2J\x1b[H",
         "\u202egnirts \u200b\ufeff", "\x9b31m \x9d0;owned\x9c", "\x1bP$q\"p\x1b\\ \x1b_G\x1b\\ \x1b[6n\x1b[c",
         "a" * 5_000, "{ticket.number} {0} %s $HOME `id`", "\x1b[200~pasted\x1b[201~ \x1b[9999C")


@pytest.fixture
def office(program: Program, home: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A ticket of each text. They are written in this process: thirty-six more would take as long as the console."""
    made, desk = Office(), Desk(program, home, monkeypatch)

    def write(*arguments: str, stdin: str = "") -> None:
        desk.pipe(stdin.encode())
        status, _, error = desk(*arguments)
        assert status == 0, error

    for place, text in enumerate(TEXTS):
        number = str(place + 1)
        write("new", text[:190], "--category", "bug", "--requester", text[:70], "--text", text, "--set",
              f"fields.steps={text}", "--set", f"fields.{text[:20].replace('=', '')}={text}",
              *(["--tag", "x[red]"] if place % 2 else []))
        write("note", number, "--text", f"**{text}**\n\n    {text}\n\n> {text}\n\n- {text}")
        write("attach", number, "-", "--name", f"../../{text[:60]}", stdin=text)
        if place:
            write("link", number, "relates", "1")
    return made


def nothing_acted(terminal: Terminal) -> None:
    """No sequence of a text has reached the terminal."""
    raw = terminal.raw.decode("utf-8", "replace")
    for sequence in ("\x1b]52", "\x9b", "\x9d", "\x1b[31m", "\u202e", "\x1bP$q\"p", "\x1b_G", "\x1b[9999C"):
        assert sequence not in raw, repr(sequence)
    assert terminal.status is None
    assert terminal.modes.private.get(1049) is True


def walk(terminal: Terminal, office: Office) -> None:
    """Every screen and dialog of the ticket that is open, back to it each time."""
    for key, there, back in (("d", "^ #", ""), ("c", "INTERNAL NOTE", "<esc>"), ("r", "PUBLIC REPLY", "<esc>"),
                             ("m", "where to", "<esc>"), ("P", "Which priority", "<esc>"), ("e", "its fields", "<esc>"),
                             ("A", "", "<esc>"), ("t", "", "<esc>"), ("l", "", "<esc>"), ("?", "", "<esc>")):
        terminal.send(key)
        if there:
            terminal.wait_for(there)
        terminal.settle(0.3)
        nothing_acted(terminal)
        if back:
            terminal.send(back)
            terminal.settle(0.3)
            if not terminal.text.startswith(" ") or "#" not in terminal.lines[1]:
                terminal.send(back)
        terminal.wait_for(r"^ #\d")


def test_nothing_acts_on_any_screen(office: Office) -> None:
    with office.console(columns=100, rows=40) as terminal:
        queue(terminal)
        terminal.wait_for(f"^ Open {len(TEXTS)} ")
        terminal.send("p")
        terminal.settle(0.5)
        terminal.send("p")
        terminal.settle(0.5)
        for _ in TEXTS:
            terminal.send("<enter>")
            terminal.wait_for(r"^ #\d")
            terminal.wait_gone("^ Open ")
            terminal.settle(0.3)
            terminal.send("G")
            terminal.settle(0.3)
            nothing_acted(terminal)
            terminal.send("<esc>")
            terminal.wait_for("^ Open ")
            terminal.send("j")
            terminal.settle(0.2)
        terminal.send("g<enter>")
        terminal.wait_gone("^ Open ")
        walk(terminal, office)
        terminal.send("<esc>")
        terminal.wait_for("^ Open ")
        for key in ("s", "i", "v", "n"):
            terminal.send(key)
            terminal.settle(0.8)
            nothing_acted(terminal)
            terminal.send("<esc>")
            terminal.settle(0.5)
        terminal.send("/")
        terminal.settle(0.3)
        terminal.send(" assignee:")
        terminal.settle(0.8)
        nothing_acted(terminal)
        terminal.send("<esc>")
        terminal.settle(0.3)
        terminal.send("<esc>")
        terminal.settle(0.3)
        terminal.send("q")
        eventually(lambda: terminal.pump(0.05) or terminal.status is not None, "the end")
        assert terminal.wait_exit() == 0
        terminal.assert_clean()
    found = json.loads(office.run("list", "--json", "--limit", "100", "is:open"))
    assert {one["number"] for one in found["tickets"]} == set(range(1, len(TEXTS) + 1)), "nothing was changed by a text"
    assert {one["state"] for one in found["tickets"]} == {"reported"}
