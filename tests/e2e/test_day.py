"""A whole day of a field service, in real terminals at 80x24, from the briefing in the morning to a log that verifies.

The page is slow in the morning; then an upgrade takes the sessions away, and nobody can sign in. Everything is real but
the time of day, which is put forward from scene to scene: agent, consoles, checks, Redis, mails, people.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

from tests.e2e.day import Day
from tests.e2e.day_books import Books, reported
from tests.e2e.program import READY, eventually

if TYPE_CHECKING:
    from pathlib import Path

    from tests.terminal import Terminal

pytestmark = pytest.mark.e2e

DATE: Final = "2031-05-13"
PAGE: Final = "✖ Sessions: refused"
"""What stands in the title of the page."""
MORNING: Final = ("Home page loads", "Sign-in works", "Dashboard opens", "No error messages", "Pages load",
                  "No page was slow", "Images load", "Charts draw", "A test job", "GPS map", "A test invoice",
                  "A test message", "Newest backup", "Its size", "Its place", "No backup errors")
"""The items of the morning check, as they begin."""


def the_evening_before(day: Day) -> None:
    """The agent works for the first time; Ben goes, Ana has left already. In the night the backup runs."""
    day.agent()
    day.looks()
    day.run("briefing", "--seen", by="ana")
    day.run("handover", "write", "Ask the depot about the slow pages.", by="ben")
    day.agent_ends()
    day.clock.go_to(f"{DATE} 01:20")
    day.run("ping", "backup-run")
    day.backed_up()


def the_briefing(day: Day, ana: Terminal) -> None:
    """What others left for whoever comes: it is taken, and dismissed."""
    ana.wait_for("^ Since your last visit .*1 hand-over", 60)
    ana.wait_for("Ask the depot about the slow pages")
    ana.wait_for("Evening check: missed")
    ana.send("a")
    ana.wait_for("Hand-over 1 is yours now")
    ana.wait_gone("HAND-OVER")
    ana.send("<esc>")
    ana.wait_for(READY)
    assert day.json("handover", "show", "1")["ended_by"] == "ana"


def the_morning_check(day: Day, ana: Terminal) -> None:
    """Sixteen items in sixteen keys; two figures are out of range, and each raises a ticket; the round is signed."""
    day.clock.go_to(f"{DATE} 08:00")
    ana.send("3")
    ana.wait_for("Morning check +due now")
    ana.send("<enter>")
    for place, title in enumerate(MORNING):
        # What the machine does not know yet it is asked again while somebody walks.
        ana.wait_for(f"▶ {title}" if title.startswith("A test") else f"▶ {title}.*[←✖]", 90)
        ana.wait_for(rf" {place}/16 ")
        # What fails is confirmed like all else: the machine has said so.
        ana.send("<enter>")
    ana.wait_for("16/16 .* 2 failed")
    ana.wait_for(r"✖ Pages load .* #1 new ")
    ana.wait_for(r"✖ No page was slow .* #2 new ")
    ana.send("<ctrl+s>")
    ana.wait_for("Sign Morning check off")
    ana.send("y")
    ana.wait_for("Signed by ana")
    assert day.records("SELECT title, priority, team, source FROM ticket ORDER BY number") == [
        (f"Morning check: {title}", 0, "administration", "checklist")
        for title in ("Pages load in less than 3 s", "No page was slow overnight")]


def the_first_ticket(day: Day, ana: Terminal) -> None:
    """Both tickets are about one thing, so one goes on in the other, which is solved with its root cause."""
    ana.send("2")
    ana.wait_for("^ Open 2 ")
    ana.wait_for("^ #1 Morning check")
    ana.send("a")
    ana.wait_for("#1 is yours now")
    ana.wait_for(r"^ +2 .* in 5\d min\n +1 .* ana .* in 3 h ")
    ana.send("k")
    ana.wait_for("^ #2 Morning check")
    ana.send("M")
    ana.wait_for("Merge #2 into which")
    ana.send("1<enter>")
    ana.wait_gone("^ +2  P0 ")
    ana.wait_for("^ #1 Morning check")
    day.slow = False
    day.clock.go_to(f"{DATE} 08:31")
    enter_cause(ana, 1, "One worker of three hung, and was restarted.")
    ana.wait_for("#1 is resolved")
    ana.wait_for("^ Open 0 ")


def enter_cause(terminal: Terminal, number: int, why: str) -> None:
    """Moves the ticket under the cursor to its end, with its root cause."""
    ask_cause(terminal, number)
    terminal.send(why)
    terminal.wait_for(re.escape(why.rsplit(maxsplit=1)[-1]))
    terminal.send("<ctrl+s>")


def ask_cause(terminal: Terminal, number: int) -> None:
    """Goes as far as the question what the cause was."""
    terminal.send("m")
    terminal.wait_for(f"Move #{number}, now [a-z]+, where to")
    terminal.send("resolved")
    terminal.wait_for("▶ resolved +needs root cause")
    terminal.send("<enter>")
    terminal.wait_for("▶ Root cause")


def redis_dies(day: Day, ana: Terminal) -> None:
    """An upgrade in the morning, then the sessions are gone: the panel says so, and the page goes out, once."""
    ana.send("1")
    ana.wait_for(READY)
    day.clock.go_to(f"{DATE} 10:02:10")
    day.upgraded("redis-server", "5:7.0.14-1", "5:7.0.15-1")
    day.clock.go_to(f"{DATE} 10:19:30")
    day.redis.stop()
    ana.wait_for(r"^ ✖ Sessions refused since 10:19 .* before it redis-server", 60)
    ana.wait_for("^ ✖ Sessions +refused +#3 ", 60)
    day.arrives(lambda: any(PAGE in subject for subject in day.subjects), "the page by mail")
    day.arrives(lambda: any(PAGE in title for title in day.pager.titles), "the page by the web")
    (page,) = [mail for mail in day.mails if PAGE in day.subject(mail)]
    assert page.recipients == ("ana@example.org",)
    # Its ticket may be told with it; what changed before, and what to do, are there all the same.
    for part in (r"Before it: .*redis-server upgraded 7\.0\.14-1 to 7\.0\.15-1 10:02",
                 r"To do: What changed before it\? Nobody can sign in while it is gone\."):
        assert re.search(part, day.text(page)), part


def it_is_taken(ana: Terminal) -> None:
    """The on-call says that she knows, takes the ticket, and begins maintenance."""
    ana.send("wa")
    ana.wait_for("Take Sessions: what shall others know")
    ana.send("looking at the upgrade<enter>")
    ana.wait_for("^ ✖ Sessions +refused +ack ana: looking at the upgrade · #3 ")
    ana.send("t")
    ana.wait_for("^ #3 Sessions: refused")
    ana.wait_for("first response .* left of 1 h")
    ana.send("a")
    ana.wait_for("first response .* kept, .* of 1 h")
    ana.send("<esc>")
    ana.wait_for("^ ALERTS")
    ana.send("m")
    ana.wait_for("^ MAINTENANCE")
    ana.wait_for("^ mutes +redis")
    ana.send("Sessions brought back<tab><tab><ctrl+u>30m")
    ana.wait_for("How long +30m")
    ana.send("<ctrl+s>")
    ana.wait_for("it is entry 2 of the log")
    ana.wait_for("^ ALERTS .* 1 muted")


def the_cause(ana: Terminal) -> None:
    """From the alert to what changed before it."""
    ana.send("A")
    ana.wait_for("✖ .* Sessions: refused")
    ana.send("<enter>")
    ana.wait_for("T timeline")
    ana.send("T")
    ana.wait_for("✖ .* alert +▶ Sessions: fired")
    ana.wait_for("10:02:10 +change +package: redis-server upgraded 7.0.14")
    ana.send("b")
    ana.wait_gone("Sessions: fired")
    ana.wait_for("10:02:10 +change +unit: redis-server.service restarted")
    ana.wait_for(r"17 min before Sessions$")
    ana.send("<esc>")
    ana.wait_for("T timeline")
    ana.send("<esc><esc>")
    ana.wait_for("^ ALERTS")


def redis_is_back(day: Day, ana: Terminal) -> None:
    """The upgrade is taken back; whoever was told hears of the end, maintenance is finished, the ticket solved."""
    day.clock.go_to(f"{DATE} 10:34")
    day.upgraded("redis-server", "5:7.0.15-1", "5:7.0.14-1")
    day.redis.start()
    eventually(lambda: day.records("SELECT phase FROM alert WHERE key = 'check:redis'") == [("ok",)],
               "the end of the alert", 60)
    day.arrives(lambda: any(subject.startswith("[RESOLVED]") and "Sessions" in subject for subject in day.subjects),
                "the message of the end")
    # Green is what has been looked at a moment ago.
    day.looks("redis")
    ana.send("m")
    ana.wait_for("finish #2")
    ana.send("<enter>")
    ana.wait_for("Finish maintenance #2")
    ana.wait_for("The check is green")
    ana.send("y")
    ana.wait_for("Maintenance #2 is finished")
    ana.send("2")
    ana.wait_for("^ #3 Sessions: refused")
    why = "redis-server 7.0.15 refuses our configuration; 7.0.14 is held."
    enter_cause(ana, 3, why)
    ana.wait_for("not yet for 5 min. Move it all the same")
    ana.send("<esc>")
    ana.wait_gone("Move it all the same")
    day.clock.go_to(f"{DATE} 10:41")
    ask_cause(ana, 3)
    # What was typed before it was too early is there again.
    ana.wait_for(re.escape(why.rsplit(maxsplit=1)[-1]))
    ana.send("<ctrl+s>")
    ana.wait_for("#3 is resolved")


def both_entries(ana: Terminal) -> None:
    """That of maintenance gets what was done, as it is proposed; both are signed."""
    ana.send("4")
    ana.wait_for("^ Entries 2 +unsigned 2")
    ana.wait_for("^ #2 Sessions brought back")
    ana.send("e")
    ana.wait_for(r"ctrl\+g [0-9]+ proposals")
    ana.send("<ctrl+g>")
    ana.wait_for("0 of [0-9]+ decided")
    # At the end stand the alert and, above the restarts, the way back; the first is of the morning.
    for place, keys in enumerate(("Gt", "Gkkt", "gd"), 1):
        ana.send(keys)
        ana.wait_for(f"{place} of [0-9]+ decided")
    ana.wait_for("✔ 10:34 .*Sessions: refused, for")
    ana.wait_for(r"✔ 10:34 .*redis-server upgraded 7\.0\.15-1")
    ana.send("<ctrl+s>")
    ana.wait_for("Entry 2 is kept")
    sign(ana, 2)
    ana.send("j")
    ana.wait_for("^ #1 Morning check")
    ana.wait_for(r"Pages load in less than 3 s: [3-9](\.\d+)? s.* #1$")
    sign(ana, 1)


def sign(terminal: Terminal, number: int) -> None:
    """Puts a name under the entry under the cursor."""
    terminal.send("y")
    terminal.wait_for(f"Put your name under entry {number}")
    terminal.send("y")
    terminal.wait_for(f"Entry {number} is signed")


def the_supervisor(day: Day) -> None:
    """In a terminal of his own: promises were kept, nothing is late; what was one thing is one."""
    day.clock.go_to(f"{DATE} 14:00")
    with day.console("ben") as ben:
        ben.wait_for(READY, 60)
        ben.send("2")
        ben.wait_for("^ Open 0 ")
        ben.send("s")
        ben.wait_for("created 2 .* resolved 2")
        ben.wait_for("LATE TODAY IF NOTHING IS DONE +nothing")
        ben.wait_for(r"promises kept +100 % +of 4")
        ben.wait_for(r"ana +0 +0 +2 .* 100 %")
        ben.send("<esc>")
        ben.wait_for("^ Open 0 ")
        ben.send("/<ctrl+u>is:done sort:-created<enter>")
        ben.wait_for("^ #3 Sessions: refused")
        ben.send("<enter>")
        ben.wait_for("root cause +redis-server 7.0.15 refuses our configuration")
        ben.wait_for("resolution .* kept, .* of 4 h")
        leave(ben)


def leave(terminal: Terminal) -> None:
    terminal.send("<esc><esc>")
    terminal.settle(0.3)
    terminal.send("q")
    assert terminal.wait_exit() == 0
    terminal.assert_clean()


def the_evening_check(day: Day, ana: Terminal) -> None:
    """What the machine knows is confirmed, figures are entered, what went wrong is said; the round is signed."""
    # At the full hour each check runs; the round asks for what it did not know yet again by itself.
    day.clock.go_to(f"{DATE} 16:59:50")
    ana.send("3")
    # The screen is as it was left: the round of the morning is still open there.
    ana.wait_for("Morning check  done")
    ana.send("<esc>")
    ana.wait_for("Evening check +(can be begun|due now)")
    ana.send("g<enter>")
    ana.wait_for("▶ Error log .* 0 of 0 lines", 60)
    ana.send("<enter>")
    ana.wait_for("▶ No unusual")
    ana.send("<enter>")
    ana.wait_for("▶ Audit log .* 0 of 0 lines", 90)
    ana.send("<enter>")
    ana.wait_for("▶ Issues reported .* 3 tickets")
    ana.send("<enter>")
    for title, figure in (("Active users", "231"), ("Jobs created", "58"), ("Invoices generated", "41")):
        ana.wait_for(f"▶ {title}")
        ana.send("<enter>")
        ana.wait_for("enter answer +esc back")
        ana.send(f"{figure}<enter>")
    ana.wait_for("▶ Average response time .* m?s, mean")
    ana.send("<enter>")
    ana.wait_for("▶ Status of the day")
    ana.send("<enter>")
    ana.wait_for("type to find")
    ana.send("issues<enter>")
    ana.wait_for("▶ What went wrong")
    ana.send("<enter>")
    ana.wait_for("▶ Text")
    ana.send("Sessions were gone for 20 min after an upgrade, see #3.<ctrl+s>")
    ana.wait_for("10/11")
    ana.send("<ctrl+s>")
    ana.wait_for("Sign Evening check off")
    ana.send("y")
    ana.wait_for("Signed by ana")


def the_entry_of_the_day(ana: Terminal) -> None:
    """Drafted from the round, with all that happened since the morning; signed; and a word of it is corrected."""
    ana.send("4")
    ana.wait_for("^ Entries 3 +unsigned 1")
    # Counts and rows come one after the other, and the cursor stays on the row that was the first one.
    ana.wait_for("Evening check +ana +unsigned")
    ana.send("g")
    ana.wait_for("^ #3 Evening check .* daily · ▲ issues · unsigned")
    ana.send("e")
    ana.wait_for(r"ctrl\+g [0-9]+ proposals")
    ana.send("<ctrl+g>")
    ana.wait_for("SINCE 08:0., THE END OF #1 +0 of [0-9]+ decided")
    ana.send("A")
    ana.wait_for("([0-9]+) of \\1 decided")
    ana.send("<ctrl+s>")
    ana.wait_for("Entry 3 is kept")
    sign(ana, 3)
    ana.wait_for("^ #3 Evening check .* · signed")
    ana.send("a")
    ana.wait_for("▶ Why")
    ana.send("it was 14 minutes<tab>")
    ana.wait_for("▶ Title")
    ana.send(", sessions gone for 14 min<ctrl+s>")
    ana.wait_for("Entry 3 is amended")


def the_books(day: Day) -> None:
    """The chains are whole, each alert and message is there once, and the reports say what the files say."""
    day.clock.go_on(1800)
    assert "Log entries: 3 are as they were signed." in day.run("log", "verify")
    entry = day.json("log", "show", "3")["entry"]
    assert (entry["status"], entry["state"], entry["title"]) == (
        "issues", "signed", "Evening check, sessions gone for 14 min")
    assert day.records("SELECT key, acknowledged_by FROM alert WHERE severity = 'critical'") == [("check:redis", "ana")]
    assert [sum(PAGE in title for title in titles) for titles in (day.subjects, day.pager.titles)] == [1, 1]
    assert len({mail["Message-ID"] for mail in map(day.read, day.mails)}) == len(day.mails)
    assert day.records("SELECT number, state, root_cause FROM ticket ORDER BY number") == [
        (1, "resolved", 1), (2, "resolved", 0), (3, "resolved", 1)]
    books = Books(day, DATE)
    day_report = reported(day.json("report", "show", "generic/daily", "--for", DATE))
    assert day_report["alerts-critical"] == books.count("alert", "fired", "severity = 'critical'") == 1
    assert day_report["tickets-created"] == books.count("ticket", "created", "merged_into = 0") == 2
    assert day_report["tickets-resolved"] == books.count("ticket", "resolved", "merged_into = 0") == 2
    assert day_report["backlog"] == books.count("ticket", "created", "resolved IS NULL") == 0
    assert day_report["missed"] == books.count("checklist_run", "due", "outcome = 'missed'") == 0
    assert day_report["uptime"] == pytest.approx(books.least_uptime())
    assert sorted(tuple(row[1:]) for row in day_report["changes"]) == sorted(books.changes())
    assert [row[2] for row in day_report["entries"]] == [
        "1 Morning check", "2 Sessions brought back", "3 Evening check, sessions gone for 14 min"]
    board = reported(day.json("report", "show", "board-daily", "--for", DATE))
    assert board["active-users"] == 231
    assert board["uptime"] == pytest.approx(books.uptime("home-page")) == pytest.approx(100)
    latencies = books.values("check:home-page.latency")
    assert board["response"] == pytest.approx(1000 * sum(latencies) / len(latencies), rel=1e-6)
    assert board["last-backup"] == pytest.approx(books.values("check:backup.age")[-1] / 3600)


@pytest.mark.timeout(600)
def test_a_day(tmp_path: Path) -> None:
    with Day(tmp_path, "2031-05-12 17:20") as day:
        the_evening_before(day)
        day.slow = True
        day.clock.go_to(f"{DATE} 07:58")
        day.agent()
        day.looks()
        with day.console("ana") as ana:
            the_briefing(day, ana)
            the_morning_check(day, ana)
            the_first_ticket(day, ana)
            redis_dies(day, ana)
            it_is_taken(ana)
            the_cause(ana)
            redis_is_back(day, ana)
            both_entries(ana)
            the_supervisor(day)
            the_evening_check(day, ana)
            the_entry_of_the_day(ana)
            leave(ana)
        day.agent_ends()
        the_books(day)
