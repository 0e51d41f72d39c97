"""`opsconsole briefing` and `opsconsole handover` on real records: what they print, what they refuse, who may what."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.core.clock import HOUR
from opsconsole.reports import briefing_commanding, briefing_commands
from tests.health.samples import NOW
from tests.hostile import CORPUS, assert_inert
from tests.reports.briefing.house import happened, house
from tests.tickets.commanding import Stdin
from tests.tickets.desk import BEN, HandClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Program = Callable[..., tuple[int, str, str]]


class Shell:
    """Runs commands of whoever runs the tests, in their home."""

    def __init__(self, program: Program, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._program, self._monkeypatch = program, monkeypatch
        self.data = home / ".local/share/opsconsole"
        self.home = home
        for module in (briefing_commands, briefing_commanding):
            monkeypatch.setattr(module, "machine_clock", lambda: HandClock(NOW))

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        return self._program(*arguments)

    def says(self, *arguments: str) -> str:
        status, output, error = self(*arguments)
        assert (status, error) == (0, ""), error
        return output

    def json(self, *arguments: str) -> Any:
        return json.loads(self.says(*arguments, "--json"))

    def fails(self, *arguments: str, status: int = 2) -> str:
        code, output, error = self(*arguments)
        assert (code, output) == (status, ""), output
        assert error.startswith("opsconsole: ")
        assert error.count("\n") == 1
        return error

    def pipe(self, text: bytes) -> None:
        self._monkeypatch.setattr(sys, "stdin", Stdin(text))

    def configure(self, text: str) -> None:
        folder = self.home / ".config/opsconsole"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "opsconsole.yaml").write_text(text)

    def handed(self, text: str, who: Any = BEN) -> int:
        """What somebody else wrote."""
        async def write() -> int:
            self.data.mkdir(parents=True, exist_ok=True)
            async with house(self.data) as at:
                return await at.handed(who, NOW - HOUR, text)

        return asyncio.run(write())


@pytest.fixture
def shell(program: Program, home: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    return Shell(program, home, monkeypatch)


@pytest.fixture(scope="module")
def lately(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two days that have just gone by."""
    folder = tmp_path_factory.mktemp("lately")

    async def make() -> None:
        async with house(folder) as at:
            await happened(at)

    asyncio.run(make())
    return folder


def test_nothing_where_nothing_was_ever_stored(shell: Shell) -> None:
    assert shell.says("briefing") == "Nothing was ever stored here.\n"
    assert shell.json("briefing") is None
    assert shell.says("handover", "show") == "Nobody has handed anything over that was not taken.\n"
    assert shell.says("handover", "list") == "Nobody has handed anything over.\n"
    assert not (shell.data / "opsconsole.db").exists()


def test_two_days_as_lines_and_as_json(shell: Shell, lately: Path) -> None:
    shutil.copytree(lately, shell.data)
    since = ("--since", "2026-11-18 17:31")
    shown = shell.says("briefing", *since)
    for words in ("Since your last visit", "WRONG NOW", "✖ redis: refused", "queue: resolved  3 times", "CHECKLISTS",
                  "nginx.service restarted"):
        assert words in shown
    found = shell.json("briefing", *since)
    parts = {one["part"]: [item["target"] for item in one["items"]] for one in found["sections"]}
    assert parts["wrong now"] == ["alert:5", "alert:1"]
    assert set(parts) == {"wrong now", "tickets", "alerts that are over", "checklists", "log", "maintenance",
                          "changes on this host"}
    assert found["problems"] == []


def test_a_visit_counts_only_when_it_is_said(shell: Shell) -> None:
    shell.handed("first")
    since = shell.json("briefing", "--seen")
    again = shell.json("briefing")
    assert again["since"] == since["until"] > since["since"]
    assert shell.json("briefing")["since"] == again["since"]


def test_handed_over_read_and_taken(shell: Shell) -> None:
    shell.handed("do **not** restart redis\nbefore 16:00")
    shown = shell.says("handover", "show")
    assert "Hand-over 1  of ben" in shown
    assert "do not restart redis\nbefore 16:00\n" in shown
    assert "HAND-OVER" in shell.says("briefing")
    assert shell.says("handover", "take") == "Hand-over 1 of ben is taken; it is yours now.\n"
    assert shell.says("handover", "show") == "Nobody has handed anything over that was not taken.\n"
    assert "taken already" in shell.fails("handover", "take", "1")
    assert "no hand-over to be taken" in shell.fails("handover", "take", status=1)
    assert "#1" in (listed := shell.says("handover", "list"))
    assert "taken by" in listed
    assert shell.json("handover", "show", "1")["state"] == "taken"


def test_of_several_one_is_named(shell: Shell) -> None:
    shell.handed("one")
    shell.handed("two")
    assert shell.fails("handover", "take") == "opsconsole: There are hand-overs 1, 2. Say which one you take.\n"
    assert shell.json("handover", "take", "2")["id"] == 2


def test_written_anew_withdrawn_and_from_a_pipe(shell: Shell) -> None:
    assert shell.says("handover", "write", "mind", "the", "gap") == (
        "Hand-over 1 is written; whoever comes next takes it.\n")
    shell.pipe("é from a file\n".encode())
    made = shell.json("handover", "write", "-", "--again")
    assert (made["text"], made["replaces"]) == ("é from a file", 1)
    assert "your own" in shell.fails("handover", "take", "2")
    assert shell.says("handover", "withdraw", "2").endswith("is withdrawn.\n")
    assert "Leave `--again` away" in shell.fails("handover", "write", "x", "--again")
    assert "empty" in shell.fails("handover", "write")
    assert "no hand-over 9" in shell.fails("handover", "show", "9")
    shell.pipe(b"x" * 90_000)
    assert "may have 20000 characters" in shell.fails("handover", "write", "-")


def test_what_stands_open_is_added(shell: Shell, lately: Path) -> None:
    shutil.copytree(lately, shell.data)
    text = shell.json("handover", "write", "Ask Ben.", "--open")["text"]
    assert text.startswith("Ask Ben.\n\n## Wrong now\n- redis: refused, since ")
    assert shell.json("handover", "write", "--open")["text"].startswith("## Wrong now")


def test_a_viewer_reads_and_writes_nothing(shell: Shell) -> None:
    shell.handed("one")
    shell.configure("roles: {operator: {users: [nobody-else]}}\n")
    assert "one" in shell.says("handover", "show")
    assert "role operator" in shell.fails("handover", "take", status=3)
    assert "role operator" in shell.fails("handover", "write", "x", status=3)


@pytest.mark.parametrize("since", ["2 fortnights", "2999-01-01"])
def test_a_time_that_cannot_be(shell: Shell, since: str) -> None:
    shell.handed("one")
    shell.fails("briefing", "--since", since)


def test_hostile_texts_do_nothing(shell: Shell) -> None:
    shell.handed("\n".join(one.encode("utf-8", "backslashreplace").decode() for one in CORPUS))
    for command in (("handover", "show"), ("handover", "list"), ("briefing",), ("briefing", "--json")):
        assert_inert(shell.says(*command), lines=True)


def test_without_measurements_the_rest_is_shown(shell: Shell) -> None:
    shell.handed("one")
    (shell.data / "metrics.db").write_bytes(b"this is no database, and long enough to be seen as none" * 30)
    status, output, _ = shell("briefing")
    assert status == 1
    assert "metrics.db" in output
    assert "one" in output
