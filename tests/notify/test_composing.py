"""What a message says, and that no foreign text acts in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.notify.composing import compose, items
from opsconsole.notify.model import Delivery, Message, MessageState, Notice, NoticeKind, Severity
from tests.hostile import CORPUS, assert_inert
from tests.notify.bench import BERLIN, MINUTE, at, notice

NOON = at("2026-03-04 12:00")


def delivery(*notices: Notice, unsure: bool = False) -> Delivery:
    message = Message(id="4a5b6c", channel="mail", contact="ana", lane="now", severity=Severity.CRITICAL, created=NOON,
                      due=NOON, until=NOON, state=MessageState.SENDING, unsure=unsure)
    return Delivery(message, notices)


def title(*notices: Notice) -> str:
    return compose(delivery(*notices), "web-01", BERLIN).title


def test_one_notice() -> None:
    words = compose(delivery(notice(at=NOON, category="cache")), "web-01", BERLIN)
    assert words[:3] == (NoticeKind.FIRING, Severity.CRITICAL, "[CRITICAL] web-01: redis down")
    assert words.text.split("\n") == ["redis refuses connections", "", "2026-03-04 12:00:00 CET, cache", "",
                                      "-- opsconsole on web-01, message 4a5b6c"]


@pytest.mark.parametrize(("kind", "word"), [
    ("firing", "CRITICAL"), ("worse", "WORSE: CRITICAL"), ("resolved", "RESOLVED"), ("reminder", "STILL CRITICAL"),
    ("escalated", "UNANSWERED: CRITICAL"), ("note", "CRITICAL")])
def test_what_it_is_comes_first(kind: str, word: str) -> None:
    assert title(notice(kind=kind)) == f"[{word}] web-01: redis down"


def test_a_reminder_with_what_it_reminds_of_is_the_first_word() -> None:
    words = compose(delivery(notice(), notice(kind="reminder"), notice(kind="reminder")), "web-01", BERLIN)
    assert words[:3] == (NoticeKind.FIRING, Severity.CRITICAL, "[CRITICAL] web-01: redis down")
    assert title(notice(kind="worse"), notice(kind="reminder")) == "[WORSE: CRITICAL] web-01: redis down"
    assert title(notice(), notice(kind="escalated")) == "[UNANSWERED: CRITICAL] web-01: redis down"


def test_the_latest_of_each_thread_counts_and_what_needs_somebody_comes_first() -> None:
    told = [notice("a", "firing", "warning", "slow"), notice("b", title="down"), notice("a", "worse", title="slow"),
            notice("b", "resolved", title="down", at=2 * MINUTE), notice("c", "note", "info", "hello")]
    assert [(item.word, item.title) for item in items(told)] == [
        ("WORSE: CRITICAL", "slow"), ("RESOLVED", "down (was critical for 2 min; not told before)"), ("NOTE", "hello")]
    assert title(*told) == "[WORSE: CRITICAL] web-01: 2 messages, 1 resolved: slow"


def test_of_few_all_is_told_and_of_many_the_worst_and_the_beginning_of_the_others() -> None:
    text = "\n".join(["refused", "Since 10:19.", "Before it: redis-server upgraded", "To do: look at the log"])
    two = compose(delivery(notice("a", text=text), notice("b", "note", title="#3 is new")), "web-01", BERLIN).text
    assert "    To do: look at the log" in two.split("\n"), "an alert whose ticket is told with it"
    many = compose(delivery(*(notice(str(number), text=text) for number in range(12))), "web-01", BERLIN).text
    assert many.count("    To do: look at the log") == 1
    assert many.count("    … 3 more lines") == 11


def test_a_repeat_says_so() -> None:
    text = compose(delivery(notice(), unsure=True), "web-01", BERLIN).text
    assert "message 4a5b6c" in text
    assert "(perhaps a repeat)" in text


@pytest.mark.parametrize("foreign", CORPUS)
def test_hostile_text_is_inert(foreign: str) -> None:
    told = [notice(str(number), title=foreign, text=f"{foreign}\n{foreign}", category=foreign) for number in range(3)]
    for words in (compose(delivery(told[0]), foreign, BERLIN), compose(delivery(*told), foreign, BERLIN)):
        assert "\n" not in words.title
        assert_inert(words.title)
        assert_inert(words.text, lines=True)
        assert len(words.title) <= 420


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(list(NoticeKind)), st.sampled_from(list(Severity))),
                min_size=1, max_size=12))
def test_every_thread_is_told_once_and_every_note(told: list[tuple[str, NoticeKind, Severity]]) -> None:
    notices = [Notice(kind=kind, thread=thread, severity=severity, title=f"{thread}!", text="", at=0)
               for thread, kind, severity in told]
    found = items(notices)
    notes = sum(kind is NoticeKind.NOTE for _, kind, _ in told)
    assert len(found) == notes + len({thread for thread, kind, _ in told if kind is not NoticeKind.NOTE})
    words = compose(delivery(*notices), "h", BERLIN)
    assert all(f"{item.notice.thread}!" in words.text + words.title for item in found)
    assert words.severity.rank == max(item.notice.severity.rank for item in found)
    if not all(item.over for item in found):
        assert words.kind is not NoticeKind.RESOLVED


def test_a_flood_is_cut() -> None:
    told = [notice(str(number), title="x" * 10_000, text="y\n" * 10_000) for number in range(300)]
    words = compose(delivery(*told), "h" * 500, BERLIN)
    assert len(words.text) < 30_000
    assert "and 280 more" in words.text
    assert len(compose(delivery(told[0]), "h", BERLIN).text) < 40_000
