"""Who is told of what, and when; with the real store and programs as channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.notify.model import MessageState
from tests.notify.bench import HOUR, MINUTE, SECOND, Bench, Sink

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    Open = Callable[..., Awaitable[Bench]]


def team(sink: Sink, more: str = "") -> str:
    return f"channels: {{team: {sink.yaml}}}\n{more}"


async def test_a_firing_and_its_end_reach_the_channel(bench: Open, tmp_path: Path) -> None:
    sink = Sink(tmp_path)
    b = await bench(team(sink))
    await b.fire()
    await b.go()
    assert sink.got == []
    await b.go(29 * SECOND, SECOND)
    (first,) = sink.got
    assert first["title"] == "[CRITICAL] web-01: redis down"
    assert "redis refuses connections" in first["text"]
    assert (first["kind"], first["severity"], first["repeat"]) == ("firing", "critical", False)
    await b.fire(kind="resolved", text="It lasted 4 min.")
    await b.settle()
    assert sink.titles == ["[CRITICAL] web-01: redis down", "[RESOLVED] web-01: redis down"]
    await b.settle()
    assert len(sink.got) == 2


async def test_what_happens_within_the_window_is_one_message(bench: Open, tmp_path: Path) -> None:
    sink = Sink(tmp_path)
    b = await bench(team(sink))
    await b.fire("alert:1", title="db down")
    await b.go(10 * SECOND)
    await b.fire("alert:2", severity="warning", title="shop slow")
    await b.fire("alert:3", title="queue long")
    await b.settle()
    (message,) = sink.got
    assert message["title"] == "[CRITICAL] web-01: 3 messages: db down"
    assert message["text"].index("db down") < message["text"].index("queue long") < message["text"].index("shop slow")
    assert [told["thread"] for told in message["notices"]] == ["alert:1", "alert:2", "alert:3"]


async def test_what_has_a_word_of_its_own_goes_at_once_and_by_itself(bench: Open, tmp_path: Path) -> None:
    sink = Sink(tmp_path)
    b = await bench(team(sink, "storm: {messages: 1}\n"))
    await b.fire("alert:1", title="db down")
    for _ in range(2):
        await b.fire("emergency:7", "note", title="shop is down", text="Status: fixing\nIssue: 502\nImpact: all",
                     word="URGENT")
    await b.go()
    assert sink.titles == ["[URGENT] web-01: shop is down"] * 2, "no other message waits for it, and no storm holds it"
    assert sink.got[0]["text"].startswith("Status: fixing\nIssue: 502\nImpact: all\n")
    await b.fire("alert:2", title="queue long")
    await b.settle()
    assert sink.titles[2:] == ["[CRITICAL] web-01: 2 messages: db down"]


async def test_over_before_it_was_sent(bench: Open, tmp_path: Path) -> None:
    sink = Sink(tmp_path)
    b = await bench(team(sink))
    await b.fire("alert:1", severity="warning", title="slow")
    await b.fire("alert:2", title="down")
    await b.go(5 * SECOND)
    await b.fire("alert:1", "resolved", "warning", "slow")
    await b.fire("alert:2", "resolved", title="down")
    await b.settle()
    (message,) = sink.got
    assert message["title"] == "[RESOLVED] web-01: down (was critical for 5 s; not told before)"
    await b.fire("alert:3", severity="warning", title="slow")
    await b.go()
    await b.fire("alert:3", "resolved", "warning", "slow")
    await b.settle()
    assert len(sink.got) == 1
    assert [one.message.state for one in await b.messages()] == [MessageState.SENT, MessageState.CANCELLED]


async def test_resolved_goes_to_whoever_got_it_whatever_the_routes_say_now(bench: Open, tmp_path: Path) -> None:
    day, night = Sink(tmp_path, "day"), Sink(tmp_path, "night")
    b = await bench(f"""
channels: {{day: {day.yaml}, night: {night.yaml}}}
routes:
- {{hours: business, tell: ["channel:day"]}}
- {{hours: after, tell: ["channel:night"]}}
""", "2026-03-04 16:30")
    await b.fire()
    await b.settle()
    b.clock.at += HOUR
    await b.fire(kind="resolved")
    await b.settle()
    assert day.titles == ["[CRITICAL] web-01: redis down", "[RESOLVED] web-01: redis down"]
    assert night.got == []


async def test_a_resolved_nobody_was_told_of_is_told_nobody(bench: Open, tmp_path: Path) -> None:
    sink = Sink(tmp_path)
    b = await bench(team(sink))
    await b.fire(kind="resolved")
    await b.settle()
    assert sink.got == []
    assert await b.messages() == []


async def test_without_channels_the_log_is_told(bench: Open, caplog: object) -> None:
    b = await bench()
    await b.fire()
    await b.settle()
    (one,) = await b.messages(MessageState.SENT)
    assert one.message.channel == "log"


async def test_a_ladder_climbs_until_somebody_acknowledges(bench: Open, tmp_path: Path) -> None:
    one, two, three = (Sink(tmp_path, name) for name in "abc")
    settings = f"""
channels: {{a: {one.yaml}, b: {two.yaml}, c: {three.yaml}}}
group: 0s
contacts: {{ana: {{channels: [a]}}, ben: {{channels: [b]}}, boss: {{channels: [c]}}}}
ladders:
  main:
    steps:
    - {{tell: [ana], within: 15m}}
    - {{tell: [ben], within: 30m}}
    - {{tell: [boss]}}
"""
    b = await bench(settings)
    await b.fire(ladder="main")
    await b.go(0, 14 * MINUTE)
    assert (len(one.got), len(two.got)) == (1, 0)
    b.restart()
    await b.go(MINUTE, SECOND, SECOND)
    assert (len(one.got), two.titles) == (1, ["[UNANSWERED: CRITICAL] web-01: redis down"])
    assert "Nobody has acknowledged this for 15 min; level 2 is told." in two.got[0]["text"]
    await b.acknowledge()
    b.restart()
    await b.go(2 * HOUR, SECOND)
    assert (len(one.got), len(two.got), len(three.got)) == (1, 1, 0)
    await b.fire(kind="resolved")
    await b.go(0, 0)
    assert (len(one.got), len(two.got), len(three.got)) == (2, 2, 0)


async def test_a_ladder_pauses_in_a_silence_and_begins_again_when_it_is_given_back(bench: Open, tmp_path: Path) -> None:
    one, two = Sink(tmp_path, "one"), Sink(tmp_path, "two")
    b = await bench(f"""
channels: {{one: {one.yaml}, two: {two.yaml}}}
group: 0s
ladders: {{main: {{steps: [{{tell: ["channel:one"], within: 15m}}, {{tell: ["channel:two"]}}]}}}}
""")
    await b.fire(ladder="main")
    await b.go(0)
    await b.turn("hold")
    await b.go(HOUR, SECOND)
    assert two.got == []
    await b.turn("free")
    await b.go(SECOND, SECOND)
    assert (len(one.got), len(two.got)) == (1, 1)
    await b.acknowledge()
    await b.go(HOUR)
    await b.turn("give_back")
    await b.go(SECOND, SECOND)
    assert (len(one.got), len(two.got)) == (2, 1)
    await b.go(15 * MINUTE, SECOND)
    assert (len(one.got), len(two.got)) == (2, 2)
    await b.acknowledge()
    await b.go()
    await b.fire(ladder="main")
    await b.go(SECOND, 15 * MINUTE, SECOND)
    assert (len(one.got), len(two.got)) == (3, 4)


async def test_what_is_told_now_stands_for_what_was_not_told_yet(bench: Open, tmp_path: Path) -> None:
    sink = Sink(tmp_path)
    b = await bench(team(sink, "group: 0s\n"))
    sink.fail(1)
    await b.fire(severity="warning", title="slow")
    await b.go(0)
    sink.fail(0)
    await b.fire(kind="worse", title="very slow")
    await b.go(SECOND, HOUR)
    assert sink.titles[1:] == ["[WORSE: CRITICAL] web-01: very slow"]


async def test_the_first_word_of_something_is_no_reminder(bench: Open, tmp_path: Path) -> None:
    """Where a channel that does not answer, or a storm, keeps the first message until the reminder is due."""
    sink = Sink(tmp_path)
    b = await bench(team(sink, "group: 0s\n"))
    sink.fail(1)
    await b.fire()
    await b.go(0)
    for _ in range(2):
        await b.fire(kind="reminder", text="It has been so for 4 h.")
        await b.go(0)
    tried = len(sink.got)
    sink.fail(0)
    await b.go(HOUR, HOUR)
    (first,) = sink.got[tried:]
    assert (first["title"], first["kind"]) == ("[CRITICAL] web-01: redis down", "firing")
    assert "It has been so for 4 h." in first["text"]
    await b.fire(kind="reminder")
    await b.settle()
    assert sink.titles[tried + 1:] == ["[STILL CRITICAL] web-01: redis down"]


async def test_reminders_until_it_is_taken(bench: Open, tmp_path: Path) -> None:
    sink = Sink(tmp_path)
    b = await bench(team(sink, "group: 0s\nremind: {critical: 1h}\ntell_acknowledged: true\n"))
    await b.fire()
    await b.go(0, 30 * MINUTE, 30 * MINUTE, 0, HOUR, 0)
    assert sink.titles == ["[CRITICAL] web-01: redis down", *["[STILL CRITICAL] web-01: redis down"] * 2]
    await b.acknowledge()
    await b.go(0, HOUR, HOUR)
    assert sink.titles[3:] == ["[TAKEN] web-01: redis down: taken by ana"]


async def test_information_waits_for_its_digest(bench: Open, tmp_path: Path) -> None:
    sink = Sink(tmp_path)
    b = await bench(team(sink))
    await b.fire("alert:1", severity="info", title="backup done")
    await b.fire("alert:2", severity="info", title="slower than usual")
    await b.settle()
    await b.fire("alert:2", "resolved", "info", "slower than usual")
    await b.settle()
    assert sink.got == []
    await b.go(12 * HOUR, 10 * HOUR + 58 * MINUTE)
    assert sink.got == []
    await b.go(2 * MINUTE)
    (message,) = sink.got
    assert message["title"] == "[INFO] web-01: 1 message, 1 resolved: backup done"
    assert "RESOLVED slower than usual (was info for 32 s; not told before)" in message["text"]


async def test_who_shares_an_address_is_told_once(bench: Open, tmp_path: Path) -> None:
    b = await bench(f"""
channels: {{team: {{kind: log}}, pager: {Sink(tmp_path).yaml}}}
contacts: {{ana: {{channels: [team, pager]}}, ben: {{channels: [team, pager]}}}}
routes: [{{tell: [ana, ben, "channel:team"]}}]
""")
    await b.fire()
    await b.settle()
    found = sorted((one.message.channel, one.message.contact) for one in await b.messages())
    assert found == [("pager", "ana"), ("pager", "ben"), ("team", "ana")]


async def test_quiet_hours_hold_back_what_can_wait(bench: Open, tmp_path: Path) -> None:
    sink = Sink(tmp_path)
    b = await bench(f"""
channels: {{pager: {sink.yaml}}}
contacts: {{ana: {{channels: [pager], quiet: {{from: 22:00, to: 07:00}}}}}}
routes: [{{tell: [ana]}}]
""", "2026-03-04 23:00")
    await b.fire("alert:1", severity="warning", title="slow")
    await b.fire("alert:2", title="down")
    await b.settle()
    assert sink.titles == ["[CRITICAL] web-01: down"]
    await b.go(8 * HOUR)
    assert sink.titles[1:] == ["[WARNING] web-01: slow"]


async def test_a_storm_is_summed_up(bench: Open, tmp_path: Path) -> None:
    sink = Sink(tmp_path)
    b = await bench(team(sink, "group: 0s\nstorm: {messages: 3, within: 10m}\n"))
    for number in range(200):
        await b.fire(f"alert:{number}", severity="warning", title=f"slow {number}")
        await b.go(SECOND)
    assert len(sink.got) == 3
    await b.go(10 * MINUTE)
    assert len(sink.got) == 4
    assert len(sink.got[-1]["notices"]) == 197
    assert "177 more" in sink.got[-1]["text"]
    for number in range(60):
        await b.fire(f"critical:{number}", title=f"down {number}")
        await b.go(2 * SECOND)
    await b.go(MINUTE)
    assert 4 < len(sink.got) <= 10
    assert sum(len(message["notices"]) for message in sink.got) == 260


async def test_fires_again_before_the_end_was_told(bench: Open, tmp_path: Path) -> None:
    sink = Sink(tmp_path)
    b = await bench(team(sink))
    await b.fire()
    await b.settle()
    await b.fire(kind="resolved")
    await b.go(SECOND)
    await b.fire()
    await b.go(SECOND)
    await b.fire(kind="resolved")
    await b.settle()
    assert sink.titles == ["[CRITICAL] web-01: redis down", "[RESOLVED] web-01: redis down"]


async def test_fires_and_ends_again_while_the_first_end_cannot_be_sent(bench: Open, tmp_path: Path) -> None:
    sink = Sink(tmp_path)
    b = await bench(team(sink))
    await b.fire(severity="warning")
    await b.settle()
    sink.fail(1)
    await b.fire(kind="resolved", severity="warning")
    await b.settle()
    await b.fire(severity="warning")
    await b.go(SECOND)
    await b.fire(kind="resolved", severity="warning")
    sink.fail(0)
    tried = len(sink.got)
    await b.settle()
    await b.go(HOUR, HOUR)
    assert sink.titles[tried:] == ["[RESOLVED] web-01: redis down"]


async def test_an_addressed_notice_goes_to_whoever_it_names_in_place_of_the_routes(bench: Open, tmp_path: Path) -> None:
    ana, team_sink = Sink(tmp_path, "ana"), Sink(tmp_path, "team")
    b = await bench(f"""
channels: {{ana: {ana.yaml}, team: {team_sink.yaml}}}
contacts: {{ana: {{channels: [ana]}}, ben: {{channels: [team, ana]}}}}
rotations: {{ops: {{layers: [{{people: [ben]}}]}}}}
routes:
- {{category: [tickets], tell: ["channel:team"]}}
""")
    await b.fire("ticket:17", "note", title="#17 is yours", category="tickets", tell=("ana", "eve", "channel:gone"))
    await b.settle()
    assert (len(ana.got), len(team_sink.got)) == (1, 0)
    await b.fire("ticket:17", "note", title="#17 for who is on call", category="tickets", tell=("oncall:ops",))
    await b.settle()
    assert (len(ana.got), len(team_sink.got)) == (2, 1)
    await b.fire("ticket:18", "note", title="#18 for nobody known", category="tickets", tell=("eve", "oncall:gone"))
    await b.fire("ticket:19", "note", title="#19 for the routes", category="tickets")
    await b.settle()
    assert len(ana.got) == 2
    assert "#18 for nobody known" in team_sink.got[-1]["text"]
    assert "#19 for the routes" in team_sink.got[-1]["text"] + team_sink.got[-1]["title"]


async def test_an_addressed_level_is_told_to_its_people_who_hear_its_end(bench: Open, tmp_path: Path) -> None:
    ana, boss, team_sink = (Sink(tmp_path, name) for name in ("ana", "boss", "team"))
    b = await bench(f"""
channels: {{ana: {ana.yaml}, boss: {boss.yaml}, team: {team_sink.yaml}}}
contacts: {{ana: {{channels: [ana]}}, boss: {{channels: [boss]}}}}
routes: [{{tell: ["channel:team"]}}]
""")
    await b.fire("ticket:17", "escalated", title="level 1", tell=("ana",))
    await b.settle()
    await b.fire("ticket:17", "escalated", title="level 2", tell=("boss",))
    await b.settle()
    assert (ana.titles, boss.titles, team_sink.titles) == (
        ["[UNANSWERED: CRITICAL] web-01: level 1"], ["[UNANSWERED: CRITICAL] web-01: level 2"], [])
    await b.fire("ticket:17", "resolved", title="closed")
    await b.settle()
    assert ana.titles[-1] == boss.titles[-1] == "[RESOLVED] web-01: closed"
    assert team_sink.titles == []
