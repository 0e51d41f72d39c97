"""The morning of the field service in a real terminal, with a real agent, real checks and a server that they ask."""

from __future__ import annotations

import http.server
import os
import signal
import sqlite3
import threading
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.program import console, records
from tests.terminal import NotSeenError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.terminal import Terminal

pytestmark = pytest.mark.e2e

CHECKS = ("home-page", "sign-in", "dashboard", "errors", "images", "charts", "map", "backup-place", "backup-log")
OWN = """\
title: Own round
sections:
  - title: All
    items:
{items}
"""


class Pages(http.server.BaseHTTPRequestHandler):
    """Answers that all is well."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"all is well")

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def port() -> Iterator[int]:
    """Of a server on this machine."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def configure(text: str, **templates: str) -> None:
    folder = Path(os.environ["XDG_CONFIG_HOME"]) / "opsconsole"
    (folder / "checklists").mkdir(parents=True)
    (folder / "opsconsole.yaml").write_text(text)
    for name, template in templates.items():
        (folder / "checklists" / f"{name}.yaml").write_text(template)


def rows(sql: str) -> list[tuple[Any, ...]]:
    """What the records hold."""
    with closing(sqlite3.connect(f"file:{records()}?mode=ro", uri=True)) as raw:
        return raw.execute(sql).fetchall()


def proposed() -> int:
    """How many items the machine finds to be well."""
    count: int = rows("SELECT count(*) FROM checklist_proposal WHERE verdict = 'ok'")[0][0]
    return count


def answers() -> int:
    """How many were given."""
    count: int = rows("SELECT count(*) FROM checklist_answer")[0][0]
    return count


def begin(terminal: Terminal, name: str) -> None:
    """Goes to the list, and begins a checklist, or goes on with it."""
    terminal.wait_for(r"CPU\b.*\d+ ?%", 60)
    terminal.send("3")
    terminal.wait_for("START WHEN NEEDED|TODAY", 60)
    terminal.send("n")
    terminal.wait_for("Start which checklist")
    terminal.send(name)
    terminal.wait_for(f"▶ {name}")
    terminal.send("<enter>")
    terminal.wait_for(r"\d+/\d+ ")


def test_the_field_service_walks_its_morning_in_few_keys(port: int, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    backup.mkdir()
    (backup / "night.tar").write_bytes(b"x" * 4096)
    checks = "".join(f"  {name}: {{kind: http, url: \"http://127.0.0.1:{port}/{name}\", every: 5s}}\n"
                     for name in CHECKS)
    configure("checklists: {use: [field-service]}\nconsole: {refresh: 2s}\nchecks:\n" + checks
              + f"  backup: {{kind: file, path: \"{backup}/night.tar\", every: 5s}}\n")
    keys = 0

    def press(terminal: Terminal, key: str) -> None:
        nonlocal keys
        keys += 1
        terminal.send(key)

    with console(columns=120, rows=45) as terminal:
        begin(terminal, "Morning check")
        # Its first look may come before the checks have run once; whoever walks asks it to look again.
        for _ in range(6):
            terminal.settle(0.5)
            press(terminal, "<ctrl+r>")
            with suppress(NotSeenError):
                terminal.wait_until(lambda: proposed() >= len(CHECKS), "what the machine proposes", 12)
                break
        for _ in range(39):
            before = answers()
            if "signs it off" in terminal.text and "left before" not in terminal.text:
                break
            press(terminal, "<enter>")
            terminal.wait_until(lambda: answers() > before or "enter answer" in terminal.text,  # noqa: B023 - at once
                                "the answer", 10)
            terminal.settle(0.2)
            if "enter answer" in terminal.text:
                press(terminal, "1<enter>")
                terminal.settle(0.3)
        press(terminal, "<ctrl+s>")
        terminal.wait_for("Sign Morning check off")
        press(terminal, "y")
        terminal.wait_for("Signed by")
        assert keys < 40
        assert rows("SELECT outcome FROM checklist_run WHERE slug = 'morning'") == [("done",)]
        terminal.send("q")
        assert terminal.wait_exit() == 0
        terminal.assert_clean()


def ticks(count: int) -> str:
    lines = (f"      - {{kind: tick, id: i{n:02}, title: Look at {n:02}}}" for n in range(count))
    return OWN.format(items="\n".join(lines))


def test_a_failed_item_becomes_a_ticket_and_it_is_signed() -> None:
    configure("checklists: {use: []}\n", own=ticks(3))
    with console(columns=100, rows=30) as terminal:
        begin(terminal, "Own round")
        terminal.send("<enter>t")
        terminal.wait_for("Ticket: Look at 01")
        terminal.send("<ctrl+s>")
        terminal.wait_for("#1")
        terminal.send("<enter>")
        terminal.wait_for("signs it off")
        terminal.send("<ctrl+s>")
        terminal.wait_for("ticket #1")
        terminal.send("y")
        terminal.wait_for("Signed by")
    assert rows("SELECT verdict FROM checklist_answer ORDER BY id") == [("ok",), ("failed",), ("ok",)]
    assert rows("SELECT count(*) FROM ticket") == [(1,)]


def test_killed_at_every_item_nothing_is_missing_or_doubled() -> None:
    count = 8
    configure("checklists: {use: []}\nagent: {child: false}\n", own=ticks(count))
    for number in range(count):
        with console(columns=100, rows=30) as terminal:
            if number == 0:
                begin(terminal, "Own round")
            else:
                terminal.wait_for(r"CPU\b.*\d+ ?%", 60)
                terminal.send("3")
                terminal.wait_for(rf"Own round.* {number}/{count}", 60)
                terminal.send("<enter>")
            terminal.wait_for(rf"▶ Look at {number:02}")
            terminal.send("<enter>")
            terminal.wait_until(lambda: answers() > number, "the answer")  # noqa: B023 - at once
            os.kill(terminal.pid, signal.SIGKILL)
            assert terminal.wait_exit() == 128 + signal.SIGKILL
    assert rows("SELECT item, count(*) FROM checklist_answer GROUP BY item ORDER BY item") == [
        (f"i{n:02}", 1) for n in range(count)]
    assert rows("PRAGMA integrity_check") == [("ok",)]


def test_two_on_one_run_see_each_other_and_never_overwrite() -> None:
    configure("checklists: {use: []}\nagent: {child: false}\n", own=ticks(4))
    with console(columns=100, rows=30) as left, console(columns=100, rows=30) as right:
        begin(left, "Own round")
        right.wait_for(r"CPU\b.*\d+ ?%", 60)
        right.send("3")
        right.wait_for("Own round.* 0/4", 60)
        right.send("<enter>")
        right.wait_for("▶ Look at 00")
        right.send("jj")
        right.wait_for("▶ Look at 02")
        left.send("<enter>")
        left.wait_for("1/4")
        right.wait_for("1/4", 4)
        right.wait_for("▶ Look at 02")
        right.send("<enter>")
        left.wait_for("2/4", 4)
        # Both answer the same item at the same time, each otherwise.
        left.wait_for("▶ Look at 01")
        right.wait_for("▶ Look at 03")
        right.send("kk")
        right.wait_for("▶ Look at 01")
        left.send("<enter>")
        right.send("f")
        right.wait_for("Which answer counts|3/4")
        left.settle(1.5)
        right.settle(1.5)
        asked = "Which answer counts" in right.text or "Which answer counts" in left.text
        given = rows("SELECT verdict FROM checklist_answer WHERE item = 'i01' ORDER BY id")
        assert len(given) == (1 if asked else 2)


def test_killed_while_a_text_is_typed_it_is_there_again() -> None:
    configure("checklists: {use: []}\nagent: {child: false}\n", own=OWN.format(
        items="      - {kind: text, id: words, title: What others should know}\n"
              "      - {kind: tick, id: last, title: All is well}"))
    with console(columns=80, rows=24) as terminal:
        begin(terminal, "Own round")
        terminal.send("<enter>")
        terminal.wait_for("Text")
        terminal.send("the queue was slow at noon")
        terminal.wait_for("slow at noon")
        # At most a second of what was typed may be missing.
        terminal.settle(1.5)
        os.kill(terminal.pid, signal.SIGKILL)
        assert terminal.wait_exit() == 128 + signal.SIGKILL
    assert answers() == 0
    with console(columns=80, rows=24) as terminal:
        terminal.wait_for(r"CPU\b.*\d+ ?%", 60)
        terminal.send("3")
        terminal.wait_for("Own round.* 0/2", 60)
        terminal.send("<enter>")
        terminal.wait_for("▶ What others should know")
        terminal.send("<enter>")
        terminal.wait_for("the queue was slow at noon")
        terminal.send("<ctrl+s>")
        terminal.wait_for("1/2")
    assert rows("SELECT value FROM checklist_answer") == [('"the queue was slow at noon"',)]


@pytest.mark.parametrize("how", ["", "xterm", "ascii", "no colour"])
def test_the_generic_morning_at_80_columns(how: str) -> None:
    configure("agent: {child: false}\n")
    known: dict[str, dict[str, str | None]] = {
        "xterm": {"TERM": "xterm", "COLORTERM": None}, "no colour": {"NO_COLOR": "1"}}
    with console(*(["--ascii"] if how == "ascii" else []), env=known.get(how), columns=80, rows=24) as terminal:
        terminal.wait_for(r"CPU\b.*\d+ ?%", 60)
        terminal.send("3")
        terminal.wait_for("START WHEN NEEDED|TODAY", 60)
        terminal.send("nmorning")
        terminal.wait_for("Morning check")
        terminal.send("<enter>")
        terminal.wait_for(r"0/\d+ ")
        terminal.wait_for(r"left before ctrl\+s signs it off")
        if how == "ascii":
            assert "\n".join(terminal.lines).isascii()
        terminal.send("f")
        terminal.wait_for(r"1/\d+ .*1 failed")
        terminal.send("<ctrl+s>")
        terminal.wait_for("keep it from being signed")
        terminal.send("<esc>q")
        assert terminal.wait_exit() == 0
        terminal.assert_clean()
