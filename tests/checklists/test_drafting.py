"""The log entry that a run proposes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.checklists.drafting import log_draft, time_spent
from opsconsole.checklists.model import (
    Answer,
    Category,
    Event,
    EventKind,
    Given,
    LogDraft,
    Mode,
    Proposal,
    Signature,
    Verdict,
)
from opsconsole.checklists.template import (
    AutoItem,
    ChoiceItem,
    NumberItem,
    Section,
    TableItem,
    Template,
    TextItem,
    When,
    YesNoItem,
)
from tests.checklists.made import HOUR, MINUTE, SECOND, START, Answers, event, run, template, tick

AGE = NumberItem(id="age", title="Age of the backup", unit="h", min=0, max=24)
MORNING = Template(title="Morning check", sections=(
    Section(title="Health", items=(tick("page", title="Home page loads"), tick("login", title="Sign-in works"))),
    Section(title="Figures", items=(
        AGE, NumberItem(id="users", title="Active users"), ChoiceItem(id="mood", title="Mood", options=("good", "bad")),
        YesNoItem(id="quiet", title="Quiet"), TableItem(id="top", title="Top 3", columns=("what", "uses")),
        TextItem(id="notes", title="Remarks")))))


def done() -> Answers:
    answers = Answers()
    for item in ("page", "login"):
        answers.give(item)
    answers.give("age", value=6.0, unit="h")
    answers.give("users", value=212.0, actor="ben")
    answers.give("mood", value="good")
    answers.give("quiet", value=True, note="as usual")
    answers.give("top", value=[["map", "12"], ["chat", "7"]])
    answers.give("notes", value="All well.")
    return answers


def draft(answers: Answers, *events: Event, of: Template = MORNING, solved: tuple[int, ...] = (), **row: Any
          ) -> LogDraft:
    ended = run(**{"ended": answers.at + 5 * SECOND, "outcome": "done", **row})
    return log_draft(answers.walk(of, events, row=ended), START + 9 * HOUR, solved=solved)


def test_a_round_without_issues() -> None:
    answers = done()
    entry = draft(answers, performers=("ana", "ben"), signatures=(Signature("ana", START), Signature("cleo", START)))
    assert entry == LogDraft(
        type="daily", title="Morning check", start=START, end=answers.at + 5 * SECOND, status="normal",
        performed_by=("ana", "ben"),
        tasks=("Health: Home page loads; Sign-in works",
               "Figures: Age of the backup 6 h; Active users 212; Mood good; Quiet yes; Top 3; Remarks"),
        notes="Quiet: as usual\nTop 3:\nmap | 12\nchat | 7\nRemarks: All well.", seconds=240.0,
        signed_by=("ana", "cleo"), run=1)


def test_what_the_machine_saw_is_told_as_it_said_it() -> None:
    of = template(AutoItem(id="home", title="Home page loads", check="home"),
                  AutoItem(id="age", title="Backup is new", check="backup", value="age", expect=("< 24h",)),
                  AutoItem(id="own", title="Load", metric="load.1"))
    answers = Answers()
    answers.give("home", value=0.084, proposed=True)
    answers.give("age", Verdict.FAILED, 93_600.0, limit="< 24h", proposed=True, ticket=4)
    answers.give("own", value=0.5, note="read by hand")
    saw = (Proposal(1, "home", START, Verdict.OK, 0.084, "200 in 84 ms"),
           Proposal(1, "age", START, Verdict.FAILED, 93_600.0, "26 h, should be < 24 h"),
           Proposal(1, "own", START, Verdict.OK, 0.7, "0.7, mean of the last 1 d"))
    entry = log_draft(answers.walk(of, proposals=saw), START + HOUR)
    assert entry.tasks == ("All: Home page loads (200 in 84 ms); Load 0.5",)
    assert entry.found == ("Backup is new: 26 h, should be < 24 h, ticket #4",)
    since = (Proposal(1, "home", START, Verdict.OK, 0.09, "200 in 90 ms"),)
    later = log_draft(answers.walk(of, proposals=since), START + HOUR)
    assert later.tasks == ("All: Home page loads; Load 0.5",), "looked at again after it was confirmed"


@pytest.mark.parametrize(("said", "status"), [("normal", "normal"), ("issues", "issues")])
def test_whoever_walks_can_say_how_the_day_was(said: str, status: str) -> None:
    answers = Answers()
    answers.give("status", value=said)
    asked = ChoiceItem(id="status", title="Status of the day", options=("normal", "issues"))
    assert draft(answers, of=template(asked)).status == status
    other = ChoiceItem(id="status", title="Mood", options=("normal", "issues", "worse"))
    assert draft(answers, of=template(other)).status == "normal", "words of its own mean nothing to the log"


def test_who_performed_it_follows_from_the_answers_where_the_row_does_not_say_it() -> None:
    assert draft(done()).performed_by == ("ana", "ben")


def test_a_run_that_goes_on_ends_now() -> None:
    entry = draft(Answers(), ended=None, begun=None, outcome="")
    assert (entry.start, entry.end, entry.seconds, entry.tasks) == (START, START + 9 * HOUR, 0, ())


def test_issues_and_what_becomes_of_them() -> None:
    answers = done()
    answers.give("age", Verdict.FAILED, 30.0, unit="h", limit="0 … 24 h", note="disk was full", ticket=17)
    answers.give("page", Verdict.FAILED, note="slow")
    answers.give("login", Verdict.FAILED)
    entry = draft(answers)
    assert entry.status == "issues"
    assert entry.found == ("Home page loads: slow", "Sign-in works",
                           "Age of the backup: 30 h (limit 0 … 24 h), disk was full, ticket #17")
    assert entry.resolved == ()
    assert entry.next_actions == ("Home page loads: failed, without a ticket",
                                  "Sign-in works: failed, without a ticket", "Age of the backup: ticket #17")
    assert entry.tickets == (17,)
    entry = draft(answers, solved=(17,))
    assert entry.resolved == ("Age of the backup: ticket #17 is done",)
    assert "Age of the backup: ticket #17" not in entry.next_actions
    assert len(entry.found) == 3


def test_what_was_mended_in_the_same_round() -> None:
    answers = Answers()
    answers.give("page", Verdict.FAILED, note="502")
    answers.give("page", note="restarted it")
    entry = draft(answers)
    assert (entry.status, entry.found, entry.resolved) == (
        "issues", ("Home page loads: 502",), ("Home page loads: restarted it",))
    assert entry.next_actions == ()


def test_a_slip_of_the_hand_is_no_issue() -> None:
    answers = Answers()
    slip = answers.give("page", Verdict.FAILED)
    answers.give("page", Verdict.OPEN, undoes=slip.id)
    answers.give("page")
    entry = draft(answers)
    assert (entry.status, entry.found, entry.resolved) == ("normal", (), ())


def test_what_is_still_to_be_done() -> None:
    answers = Answers()
    answers.give("login", Verdict.SKIPPED, note="no\ntime")
    answers.give("page", Verdict.FAILED)
    waiver = event(EventKind.WAIVED, actor="cleo", text="known", data={"item": "page"})
    followed = event(EventKind.FOLLOWED, 2, data={"item": "page", "slug": "emergency"})
    assert draft(answers, waiver, followed).next_actions == (
        "Home page loads: waived by cleo, known", "Sign-in works: skipped, no time", "checklist emergency")


def test_what_was_escalated() -> None:
    started = event(EventKind.ESCALATED, data={"item": "page", "ladder": "on-call"})
    over = event(EventKind.ESCALATED, 2, data={"item": "page", "ladder": "on-call", "over": True})
    other = event(EventKind.ESCALATED, 3, data={"item": "gone"})
    assert draft(done(), started, over, started, other).escalated == ("Home page loads: on-call", "gone")


def test_what_is_not_asked_is_not_told() -> None:
    of = template(tick("a"), tick("b", when="a == failed"))
    answers = Answers()
    answers.give("a", Verdict.FAILED)
    answers.give("b", Verdict.FAILED, note="worse")
    answers.give("a")
    entry = draft(answers, of=of)
    assert entry.tasks == ("All: A",)
    assert entry.found == entry.resolved == ("A",)


@pytest.mark.parametrize(("category", "every", "type_"), [
    (Category.DAILY, Mode.WEEKDAY, "daily"), (Category.WEEKLY, Mode.WEEK, "weekly"),
    (Category.MONTHLY, Mode.MONTH, "monthly"), (Category.QUARTERLY, Mode.QUARTER, "quarterly"),
    (Category.ANNUAL, Mode.YEAR, "annual"), (Category.EMERGENCY, Mode.DEMAND, "emergency"),
    (Category.DEPLOYMENT, Mode.DEMAND, "change"), (Category.SECURITY, Mode.DEMAND, "emergency"),
    (Category.SECURITY, Mode.MONTH, "monthly"), (Category.OTHER, Mode.WEEK, "weekly"),
    (Category.OTHER, Mode.DEMAND, "daily")])
def test_the_type_of_an_entry(category: Category, every: Mode, type_: str) -> None:
    of = template(tick("a"), when=When(every=every))
    assert draft(Answers(), of=of, category=category).type == type_


def answered(*moments: int, given_by: Given = Given.CONSOLE) -> list[Answer]:
    return [Answer(number, 1, "a", START + at, "ana", given=given_by) for number, at in enumerate(moments, 1)]


def test_time_is_spent_between_answers_and_long_pauses_are_cut() -> None:
    assert time_spent(None, []) == time_spent(START, []) == time_spent(None, answered(0)) == 0
    assert time_spent(START, answered(MINUTE, 3 * MINUTE)) == 180
    assert time_spent(START, answered(MINUTE, 3 * HOUR)) == 60 + 900
    assert time_spent(START + HOUR, answered(0, MINUTE)) == 60
    machine = answered(*range(0, HOUR, MINUTE), given_by=Given.AUTO)
    assert time_spent(START, machine) == 0
    assert time_spent(START, [*answered(MINUTE), *machine, *answered(2 * HOUR)]) == 60 + 900


@given(st.lists(st.integers(0, 10 * HOUR)).map(sorted), st.integers(-HOUR, 11 * HOUR))
def test_no_more_time_is_spent_than_went_by(moments: list[int], begun: int) -> None:
    spent = time_spent(START + begun, answered(*moments))
    whole = max([*moments, begun]) - min([*moments, begun])
    assert 0 <= spent <= min(whole / 1000, 900 * len(moments))
