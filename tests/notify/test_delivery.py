"""What becomes of messages: failures, repeats, processes that are killed, clocks that jump, two who deliver at once."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.errors import StorageFull
from opsconsole.notify import store
from opsconsole.notify.delivery import Courier, pause
from opsconsole.notify.model import MessageState
from tests.hostile import assert_inert
from tests.notify.bench import DAY, HOUR, MINUTE, SECOND, Bench, Sink, alive, notice, to

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Open = Callable[..., Awaitable[Bench]]


ROOT = Path(__file__).parents[2]


async def test_what_fails_is_tried_again_for_48_hours_then_shown(bench: Open, tmp_path: Path) -> None:
    sink = Sink(tmp_path)
    b = await bench(to(sink))
    sink.fail(3)
    await b.fire()
    await b.go(0, 9 * SECOND)
    assert len(sink.got) == 1
    (one,) = await b.messages()
    assert (one.message.state, one.message.attempts, one.message.problem) == (
        MessageState.WAITING, 1, "the program ended with 3")
    start = b.clock.at
    await b.go(SECOND, *[10 * MINUTE] * 6)
    assert len(sink.got) > 4
    while b.clock.at < start + 2 * DAY - 4 * HOUR:
        await b.go(4 * HOUR)
    assert (await b.messages())[0].message.state is MessageState.WAITING
    await b.go(4 * HOUR, 10 * SECOND)
    (one,) = await b.messages()
    assert one.message.state is MessageState.FAILED
    tried = len(sink.got)
    assert len({message["id"] for message in sink.got}) == 1
    await b.go(DAY)
    assert len(sink.got) == tried
    assert (await store.unsent(b.db, 0)).failed == 1


async def test_an_agent_that_runs_each_job_once_delivers_too(bench: Open, tmp_path: Path) -> None:
    """It begins all of them together, so what is due is not planned then."""
    sink = Sink(tmp_path)
    b = await bench(to(sink))
    await b.fire()
    await b.run("notify.plan")
    b.clock.at += MINUTE
    b.restart()
    for name in b.jobs:
        if name.startswith("notify.deliver."):
            await b.run(name)
    assert len(sink.got) == 1


async def test_it_arrives_when_the_channel_works_again(bench: Open, tmp_path: Path) -> None:
    sink = Sink(tmp_path)
    b = await bench(to(sink))
    sink.fail(1)
    await b.fire()
    await b.go(0, 20 * SECOND, MINUTE)
    b.restart()
    sink.fail(0)
    await b.go(2 * MINUTE, HOUR)
    assert (await b.messages())[0].message.state is MessageState.SENT
    assert len({message["id"] for message in sink.got}) == 1
    assert not any(message["repeat"] for message in sink.got)


async def test_over_while_it_could_not_be_sent(bench: Open, tmp_path: Path) -> None:
    sink = Sink(tmp_path)
    b = await bench(to(sink))
    sink.fail(1)
    await b.fire("alert:1", severity="warning", title="slow")
    await b.fire("alert:2", title="down")
    await b.go(0, MINUTE)
    await b.fire("alert:1", "resolved", "warning", "slow")
    await b.fire("alert:2", "resolved", title="down")
    sink.fail(0)
    tried = len(sink.got)
    await b.go(HOUR, HOUR)
    (message,) = sink.got[tried:]
    assert [told["title"] for told in message["notices"]] == ["down"]
    assert "(was critical for 1 min; not told before)" in message["title"]


async def test_another_channel_stands_in(bench: Open, tmp_path: Path) -> None:
    mail, pager = Sink(tmp_path, "mail"), Sink(tmp_path, "pager")
    declared = json.dumps(json.loads(mail.yaml) | {"instead": "pager", "instead_after": "5m"})
    b = await bench(f"""
channels: {{mail: {declared}, pager: {pager.yaml}}}
group: 0s
contacts: {{ana: {{channels: [mail]}}}}
routes: [{{tell: [ana]}}]
""")
    mail.fail(1)
    await b.fire()
    await b.go(0, *[MINUTE] * 4)
    assert pager.got == []
    await b.go(*[MINUTE] * 10, 0)
    (message,) = pager.got
    assert [one.message.state for one in await b.messages()] == [MessageState.CANCELLED, MessageState.SENT]
    assert (message["contact"], message["title"]) == ("ana", "[CRITICAL] web-01: redis down")
    await b.fire(kind="resolved")
    mail.fail(0)
    await b.go(0, HOUR)
    assert pager.titles[1:] == ["[RESOLVED] web-01: redis down"]
    assert all(title.startswith("[CRITICAL]") for title in mail.titles)


async def test_the_other_channels_hear_of_one_that_fails_once_a_day(bench: Open, tmp_path: Path) -> None:
    mail, chat = Sink(tmp_path, "mail"), Sink(tmp_path, "chat")
    b = await bench(f"""
channels: {{mail: {mail.yaml}, chat: {chat.yaml}}}
routes: [{{tell: ["channel:mail"]}}]
""")
    mail.fail(7)
    await b.fire()
    await b.settle()
    for _ in range(60):
        await b.go(MINUTE)
        await b.run("notify.look-after")
    assert chat.titles == ["[WARNING] web-01: notifications by mail fail"]
    assert "the program ended with 7" in chat.got[0]["text"]
    mail.fail(0)
    await b.go(HOUR)
    assert await store.troubles(b.db) == []


async def test_a_program_that_hangs_is_killed_with_all_it_started(bench: Open, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    command = ["sh", "-c", f"sleep 300 & echo $! > {pid}; wait"]
    declared = json.dumps({"kind": "exec", "command": command, "timeout": "1s"})
    b = await bench(f"channels: {{slow: {declared}}}\ngroup: 0s\n")
    await b.fire()
    await b.go()
    (one,) = await b.messages()
    assert (one.message.unsure, one.message.problem) == (True, "the program did not end within 1 s and was killed")
    child = int(pid.read_text())
    for _ in range(100):
        if not alive(child):
            break
        await asyncio.sleep(0.02)
    assert not alive(child)


async def test_a_program_that_floods_or_does_not_read(bench: Open, tmp_path: Path) -> None:
    line = "0123456789012345678901234567890123456789"
    flood = ["sh", "-c", f"i=0; while [ $i -lt 20000 ]; do echo {line} >&2; i=$((i+1)); done; echo much; exit 9"]
    deaf = ["sh", "-c", "exec <&-; exit 0"]
    b = await bench(f"channels: {{flood: {json.dumps({'kind': 'exec', 'command': flood})},"
                    f" deaf: {json.dumps({'kind': 'exec', 'command': deaf})},"
                    f" none: {json.dumps({'kind': 'exec', 'command': ['/no/such/program']})}}}\ngroup: 0s\n")
    await b.fire(text="x" * 300_000)
    await b.go()
    found = {one.message.channel: (one.message.state, one.message.problem) for one in await b.messages()}
    assert found == {
        "flood": (MessageState.WAITING, f"the program ended with 9: {line}"),
        "deaf": (MessageState.SENT, ""),
        "none": (MessageState.WAITING, "/no/such/program could not be started: No such file or directory")}


async def test_secrets_are_given_to_the_program_and_to_nobody_else(bench: Open, tmp_path: Path,
                                                                   caplog: pytest.LogCaptureFixture,
                                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    caplog.set_level("DEBUG")
    told = tmp_path / "told"
    command = ["sh", "-c", f'echo "$TOKEN $PLAIN $OPSCONSOLE_TITLE $ELSEWHERE" > {told}; echo "bad $TOKEN" >&2; exit 1']
    declared = {"kind": "exec", "command": command, "env": {"PLAIN": "plain"}, "secrets": {"TOKEN": "${TOKEN}"}}
    monkeypatch.setenv("ELSEWHERE", "another secret")
    b = await bench(f"channels: {{x: {json.dumps(declared)}}}\ngroup: 0s\n", TOKEN="hunter2hunter2")
    await b.fire(title="a\nb\x00c")
    await b.go()
    assert told.read_text() == "hunter2hunter2 plain [CRITICAL] web-01: a␊b␀c \n"
    (one,) = await b.messages()
    assert one.message.problem == "the program ended with 1: bad …"
    assert "hunter2" not in caplog.text
    await b.close()
    assert holding(tmp_path, b"hunter2") == [told]


def holding(folder: Path, text: bytes) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and text in path.read_bytes()]


async def test_a_secret_that_cannot_be_had_is_told_without_it(bench: Open, tmp_path: Path) -> None:
    from opsconsole.core.config import decode
    from opsconsole.notify.settings import NotifySettings

    text = "channels: {mail: {kind: apprise, url: '${NOT_SET}'}}\ngroup: 0s\n"
    b = await bench(decode(text, NotifySettings, source="x", env={}, need_secrets=False))
    await b.fire()
    await b.go()
    assert "the environment variable NOT_SET is not set" in (await b.messages())[0].message.problem


async def test_the_clock_jumps(bench: Open, tmp_path: Path) -> None:
    sink = Sink(tmp_path)
    b = await bench(to(sink, "remind: {critical: 1h}\n"))
    b.clock.at += 3 * DAY
    await b.fire()
    await b.go()
    b.clock.at -= 3 * DAY
    await b.run("notify.look-after")
    await b.settle()
    assert len(sink.got) == 1
    sink.fail(1)
    await b.fire("alert:2", title="db down")
    await b.settle()
    tried = len(sink.got)
    b.clock.at += 300 * DAY
    await b.go(0, 0)
    assert len([title for title in sink.titles[tried:] if "db down" in title]) <= 2
    assert MessageState.FAILED not in {one.message.state for one in await b.messages()}
    b.clock.at -= 300 * DAY
    sink.fail(0)
    await b.run("notify.look-after")
    await b.go(0, MINUTE, MINUTE)
    assert {one.message.state for one in await b.messages()} == {MessageState.SENT}


async def test_who_has_no_lease_sends_and_decides_nothing(bench: Open, tmp_path: Path) -> None:
    sink = Sink(tmp_path)
    b = await bench(to(sink))
    await b.fire()
    await b.go()
    await b.fire("alert:2")
    b.guard.mine = False
    for name in ("notify.plan", "notify.look-after", "notify.prune"):
        with pytest.raises(RuntimeError, match="lease"):
            await b.run(name)
    await b.run("notify.deliver.team")
    assert len(sink.got) == 1
    assert list((tmp_path / "outbox").iterdir()) == []


async def test_a_channel_that_is_no_more(bench: Open, tmp_path: Path) -> None:
    sink = Sink(tmp_path)
    b = await bench(to(sink, ""))
    await b.fire()
    await b.go()
    b.restart("channels: {other: {kind: log}}\n")
    await b.settle()
    await b.run("notify.look-after")
    (one,) = await b.messages()
    assert (one.message.state, one.message.problem) == (MessageState.FAILED, "there is no such channel any more")


async def test_what_is_old_is_forgotten_and_what_goes_on_is_not(bench: Open, tmp_path: Path) -> None:
    sink = Sink(tmp_path)
    b = await bench(to(sink, "group: 0s\nkeep: 1d\n"))
    await b.fire("alert:1", title="long")
    await b.fire("alert:2", title="short")
    await b.go()
    await b.fire("alert:2", "resolved", title="short")
    await b.go(MINUTE, 40 * DAY)
    await b.run("notify.prune")
    assert await b.messages() == []
    assert (await b.db.rows("SELECT seq FROM outbox_notice")) == []
    await b.fire("alert:1", "resolved", title="long")
    await b.go()
    assert sink.titles[-1] == "[RESOLVED] web-01: long"


async def test_nothing_happens_while_nothing_happens(bench: Open, tmp_path: Path) -> None:
    b = await bench(to(Sink(tmp_path)))
    await b.fire()
    await b.settle()
    await b.go(SECOND, SECOND)
    asked = 0
    rows = b.db.rows

    async def counted(*arguments: object) -> object:
        nonlocal asked
        asked += 1
        return await rows(*arguments)  # type: ignore[arg-type]

    b.db.rows = counted  # type: ignore[method-assign, assignment]
    mark = await b.db.mark()
    await b.go(*[SECOND] * 50)
    assert asked == 50
    assert await b.db.mark() == mark


def test_pauses_grow_to_half_an_hour() -> None:
    found = [pause(attempts) for attempts in range(1, 20)]
    assert found == sorted(found)
    assert (found[0], found[-1]) == (10 * SECOND, 30 * MINUTE)


async def test_sent_but_not_stored_is_known_from_the_receipt(bench: Open, tmp_path: Path,
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    sink = Sink(tmp_path)
    b = await bench(to(sink))
    await b.fire()
    await b.run("notify.plan")
    with monkeypatch.context() as broken:
        async def full(*arguments: object) -> None:
            raise StorageFull("no space left")

        broken.setattr(Courier, "_record", full)
        with pytest.raises(StorageFull):
            await b.run("notify.deliver.team")
    await b.go(SECOND, SECOND, HOUR)
    assert len(sink.got) == 1
    (one,) = await b.messages()
    assert (one.message.state, one.message.unsure) == (MessageState.SENT, False)
    assert list((tmp_path / "outbox").iterdir()) == []


async def test_a_receipt_that_is_lost_or_cannot_be_read(bench: Open, tmp_path: Path) -> None:
    sink = Sink(tmp_path)
    b = await bench(to(sink))
    await b.fire()
    await b.run("notify.plan")
    for name in ("lost.receipt", ""):
        now = b.clock.at
        await b.db_run(f"UPDATE outbox_message SET state = 'sending', attempts = attempts + 1, claimed = {now},"
                       f" receipt = '{name}', unsure = 0")
        b.restart()
        await b.go(SECOND)
        if not name:
            assert (await b.messages())[0].message.state is MessageState.SENDING
            await b.go(20 * MINUTE)
        await b.go(SECOND)
        (one,) = await b.messages()
        assert (one.message.state, one.message.unsure) == (MessageState.SENT, True)
    assert [message["repeat"] for message in sink.got] == [True, True]


@pytest.mark.parametrize("foreign", ["\ud800 lone", "\x00", "a\u202eb", "x" * 100_000])
async def test_hostile_notices_are_stored_and_sent(bench: Open, tmp_path: Path, foreign: str) -> None:
    sink = Sink(tmp_path)
    b = await bench(to(sink))
    await b.put(notice(f"alert:{foreign}", title=foreign, text=foreign, category=foreign, ladder=foreign,
                       channels=(foreign,)))
    await b.go(0, SECOND)
    (one,) = await b.messages()
    assert one.message.state is MessageState.SENT
    assert_inert(sink.titles[0])
