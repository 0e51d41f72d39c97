"""`opsconsole oncall` and `opsconsole notify`."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.core.clock import SystemClock
from opsconsole.core.database import RECORDS, Database
from opsconsole.core.errors import PermissionDenied, UsageError
from opsconsole.core.identity import Actor, Role
from opsconsole.core.levels import Level
from opsconsole.notify import service, store
from opsconsole.notify.model import MessageState, Recipient, Severity
from opsconsole.notify.settings import NotifySettings
from tests.hostile import CORPUS, assert_inert
from tests.notify.bench import DAY, HOUR, MINUTE, Bench, Sink, notice

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    Program = Callable[..., tuple[int, str, str]]
    Open = Callable[..., Awaitable[Bench]]

ANA = Actor("ana", 1000, Role.OPERATOR)
ROTATIONS = """
notify:
  zone: Europe/Berlin
  contacts: {ana: {name: Ana Kurt, channels: [log]}, ben: {channels: [log]}}
  rotations:
    primary: {layers: [{people: [ana, ben], starts: 2026-03-02 09:00}]}
    nights: {layers: [{people: [ben], hours: after}]}
"""


@pytest.fixture
def configured(home: Path) -> Callable[[str], None]:
    def write(text: str) -> None:
        file = home / ".config/opsconsole/opsconsole.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return write


def fill(home: Path, work: Callable[[Database], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with await Database.open(home / ".local/share/opsconsole/opsconsole.db", RECORDS) as db:
            return await work(db)
    return asyncio.run(run())


def test_who_is_on_call(program: Program, configured: Callable[[str], None]) -> None:
    configured(ROTATIONS)
    code, out, err = program("oncall", "--at", "2026-03-04 10:00")
    assert (code, err) == (0, "")
    assert out == ("primary  Ana Kurt  until Mon 09:00 (in 4 d), then ben\n"
                   "nights   nobody    until 17:00 (in 7 h), then ben\n")
    code, out, _ = program("oncall", "--at", "2026-03-04 10:00", "--json")
    found = json.loads(out)
    assert [(each["rotation"], each["now"]["person"], each["next"]["person"]) for each in found["rotations"]] == [
        ("primary", "ana", "ben"), ("nights", "", "ben")]


def test_who_is_on_call_in_a_few_words() -> None:
    from opsconsole.notify.oncall import OnCall, Shift
    from opsconsole.notify.present import oncall_words
    from opsconsole.notify.settings import Contact

    found = [OnCall("primary", Shift("ana", None), None), OnCall("nights", Shift("", None), None)]
    assert oncall_words(found, {"ana": Contact(name="Ana Kurt", channels=("log",))}) == "Ana Kurt (primary)"


def test_no_rotation_and_no_time(program: Program) -> None:
    assert program("oncall")[1] == "No rotation is configured; `notify.rotations` in the configuration has them.\n"
    code, _, err = program("oncall", "--at", "soon")
    assert code == 2
    assert "`soon` is no time" in err


def test_a_test_says_what_happened(program: Program, configured: Callable[[str], None], tmp_path: Path,
                                   home: Path) -> None:
    good, bad = Sink(tmp_path, "good"), Sink(tmp_path, "bad")
    bad.fail(4)
    configured(f"notify:\n  channels: {{good: {good.yaml}, bad: {bad.yaml}}}\n"
               "  contacts: {ana: {name: Ana, channels: [good], after_hours: [bad]}}\n")
    code, out, err = program("--no-ascii", "notify", "test")
    assert (code, err) == (1, "")
    assert out == "● good  delivered\n✖ bad  the program ended with 4\n● log  written to the log\n"
    assert good.got[0]["title"].startswith("[TEST] ")
    assert program("notify", "test", "good")[0] == 0
    code, out, _ = program("notify", "test", "ana", "--json")
    assert (code, [(each["channel"], each["contact"], each["ok"]) for each in json.loads(out)["results"]]) == (
        1, [("good", "ana", True), ("bad", "ana", False)])
    assert good.got[-1]["name"] == "Ana"
    rows = fill(home, lambda db: db.rows("SELECT action, detail FROM audit ORDER BY seq"))
    assert [row["action"] for row in rows] == ["notify.test"] * 3
    assert json.loads(rows[2]["detail"]) == {"to": ["ana by good", "ana by bad"]}


def test_no_such_target(program: Program, configured: Callable[[str], None]) -> None:
    configured("notify: {channels: {mail: {kind: log}}}\n")
    code, _, err = program("notify", "test", "mial")
    assert code == 2
    assert "There is no channel or contact `mial`; did you mean `mail`?" in err


def test_nothing_yet(program: Program) -> None:
    assert program("notify", "outbox") == (0, "Nothing waits to be sent.\n", "")
    assert program("notify", "outbox", "--failed") == (0, "Nothing failed.\n", "")
    assert program("notify", "history") == (0, "Nothing was sent yet.\n", "")
    assert program("notify", "retry", "--all") == (0, "Nothing needs to be sent again.\n", "")
    assert program("notify", "retry")[0] == 2
    assert program("notify", "retry", "x", "--all")[0] == 2
    code, _, err = program("notify", "retry", "beef")
    assert (code, "There is no message beef." in err) == (2, True)


async def three(db: Database, title: str = "redis down") -> None:
    """One that waits, one that was given up, one that was sent."""
    now = SystemClock().now()
    async with db.write() as tx:
        seq = await service.put(tx, notice(title=title, at=now))
        for recipient, state in ((Recipient("mail", "ana"), "waiting"), (Recipient("pager"), "failed"),
                                 (Recipient("chat"), "sent")):
            name = await store.add_message(tx, recipient, "now", Severity.CRITICAL, now, now + MINUTE, now + 2 * DAY)
            await store.add_part(tx, name, seq)
            await tx.run("UPDATE outbox_message SET state = :state, finished = :finished, attempts = :attempts,"
                         " problem = :problem WHERE id = :id",
                         {"id": name, "state": state, "finished": None if state == "waiting" else now,
                          "attempts": 0 if state == "waiting" else 7,
                          "problem": "connection refused" if state == "failed" else ""})


def test_what_waits_what_failed_and_what_was_sent(program: Program, home: Path) -> None:
    fill(home, three)
    code, out, _ = program("notify", "outbox")
    assert code == 1
    assert "ana by mail" in out
    assert "CRITICAL redis down" in out
    assert "tried 7 times: connection refused" in out
    assert "chat" not in out
    code, out, _ = program("notify", "outbox", "--failed", "--json")
    (failed,) = json.loads(out)["messages"]
    assert (failed["message"]["channel"], failed["notices"][0]["title"]) == ("pager", "redis down")
    code, out, _ = program("notify", "history", "--limit", "1")
    assert len(out.splitlines()) <= 2
    assert program("notify", "retry", failed["message"]["id"]) == (0, "The agent sends 1 message again.\n", "")
    assert program("notify", "retry", "--all", "--json")[1].count(failed["message"]["id"]) == 1
    assert program("notify", "outbox")[1].count("again in") == 0
    sent = json.loads(program("notify", "history", "--json")[1])["messages"][0]["message"]["id"]
    code, _, err = program("notify", "retry", sent)
    assert (code, "needs no other attempt" in err) == (2, True)


@pytest.mark.parametrize("foreign", CORPUS[::4])
def test_hostile_titles_are_inert(program: Program, home: Path, foreign: str) -> None:
    fill(home, lambda db: three(db, foreign))
    for arguments in (("outbox",), ("history",), ("outbox", "--json")):
        assert_inert(program("notify", *arguments)[1], lines=True)


async def test_only_operators_send_again(bench: Open) -> None:
    b = await bench()
    with pytest.raises(PermissionDenied):
        await service.retry(b.db, Actor("eve", 1, Role.VIEWER), None, NotifySettings(), b.clock.at)
    with pytest.raises(UsageError):
        await service.retry(b.db, ANA, "none", NotifySettings(), b.clock.at)


async def test_a_message_that_was_given_up_is_sent_again(bench: Open, tmp_path: Path) -> None:
    sink = Sink(tmp_path)
    b = await bench(f"channels: {{team: {sink.yaml}}}\ngroup: 0s\nretry_for: 1m\n")
    sink.fail(1)
    await b.fire()
    await b.go(0, *[HOUR] * 6)
    (one,) = await b.messages(MessageState.FAILED)
    sink.fail(0)
    assert await service.retry(b.db, ANA, one.message.id, b.settings, b.clock.at) == [one.message.id]
    await b.go(0, 0)
    assert (await b.messages())[0].message.state is MessageState.SENT
    await b.fire(kind="resolved")
    await b.go(0, 0)
    assert sink.titles[-1] == "[RESOLVED] web-01: redis down"


async def test_what_the_doctor_says(bench: Open, tmp_path: Path) -> None:
    sink = Sink(tmp_path)
    b = await bench(f"channels: {{team: {sink.yaml}}}\ngroup: 0s\nretry_for: 1m\n")
    assert [finding.level for finding in await service.outbox_findings(b.db, b.clock.at)] == [Level.OK]
    sink.fail(1)
    await b.fire()
    await b.go()
    (failing,) = await service.outbox_findings(b.db, b.clock.at)
    assert (failing.level, "team has delivered nothing" in failing.says) == (Level.WARNING, True)
    assert await service.unsent(b.db, b.clock.at) == (0, 1, 0)
    await b.go(*[HOUR] * 6)
    found = await service.outbox_findings(b.db, b.clock.at)
    assert [finding.level for finding in found] == [Level.CRITICAL] * 2
    assert "1 message could not be sent" in found[1].says
    await b.fire("alert:2")
    await b.run("notify.plan")
    b.clock.at += 2 * HOUR
    assert "should have been sent more than an hour ago" in (await service.outbox_findings(b.db, b.clock.at))[-1].says
    assert (await service.unsent(b.db, b.clock.at + 8 * DAY)).failed == 0
