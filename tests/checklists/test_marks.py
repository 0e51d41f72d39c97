"""What looks rubber-stamped, and what only seems so."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from opsconsole.checklists.marks import MANY, ROW, SAME, marks
from opsconsole.checklists.model import Answer, Given, Proposal, Verdict
from opsconsole.checklists.template import AutoItem, NumberItem, TextItem
from opsconsole.core.units import Duration
from tests.checklists.made import HOUR, MINUTE, SECOND, START, Answers, run, template, tick
from tests.hostile import CORPUS, assert_inert

DAY = 24 * HOUR
NAMES = tuple("abcdefghijkl")
TICKS = template(*map(tick, NAMES))
USERS = NumberItem(id="users", title="Active users", unit="people", min=1, max=1000)
NOTES = TextItem(id="notes", title="Remarks")


def walked(gap: int, count: int = len(NAMES), **fields: Any) -> Answers:
    answers = Answers(gap=gap)
    for name in NAMES[:count]:
        answers.give(name, **fields)
    return answers


def test_a_round_at_a_usual_pace_is_not_marked() -> None:
    assert marks(walked(5 * SECOND).walk(TICKS)) == ()
    assert marks(Answers().walk(TICKS)) == ()


def test_faster_than_anybody_reads() -> None:
    assert marks(walked(300).walk(TICKS)) == ("ana answered 11 items in a row in less than a second each.",)
    assert marks(walked(999, ROW + 1).walk(TICKS)) == ("ana answered 5 items in a row in less than a second each.",)
    assert marks(walked(999, ROW).walk(TICKS)) == ()
    assert marks(walked(SECOND, 7).walk(TICKS)) == ()


def test_a_look_between_ends_the_row() -> None:
    answers = Answers(gap=300)
    for number, name in enumerate(NAMES):
        answers.give(name, at=answers.at + (10 * SECOND if number % 4 == 0 else 300))
    assert marks(answers.walk(TICKS)) == ()


def test_two_people_at_once_are_not_one_who_is_twice_as_fast() -> None:
    answers = Answers(gap=900)
    for number, name in enumerate(NAMES[:7]):
        answers.give(name, actor=("ana", "ben")[number % 2])
    assert marks(answers.walk(TICKS)) == ()


def test_keys_that_waited_behind_a_stalled_line() -> None:
    assert marks(walked(10, 7, seconds=4.0).walk(TICKS)) == ()


@pytest.mark.parametrize("way", [Given.COMMAND, Given.AUTO, Given.ADOPTED])
def test_a_script_and_the_machine_may_be_fast(way: Given) -> None:
    assert marks(walked(1, given=way).walk(TICKS)) == ()


def test_what_the_machine_proposed_may_be_confirmed_at_once() -> None:
    of = template(*(AutoItem(id=name, title=name, check="home") for name in NAMES))
    assert marks(walked(100).walk(of)) == ()


def test_an_item_that_is_answered_again_and_again_is_one() -> None:
    answers = Answers(gap=100)
    for _ in range(10):
        answers.give("a", Verdict.FAILED)
        answers.give("a", Verdict.OPEN, undoes=1)
    assert marks(answers.walk(TICKS)) == ()


def test_a_whole_round_in_no_time() -> None:
    begun = run(begun=START)
    assert marks(walked(1500, MANY).walk(TICKS, row=begun)) == ("8 items by hand took 12 s in all.",)
    assert marks(walked(1500, MANY - 1).walk(TICKS, row=begun)) == ()
    assert marks(walked(2000, MANY).walk(TICKS, row=begun)) == ()


def test_the_time_that_it_should_take_counts_within_reason() -> None:
    quarter = replace(TICKS, takes=Duration(15 * 60))
    assert marks(walked(3 * SECOND).walk(quarter)) == ("12 items by hand took 36 s in all.",)
    assert marks(walked(4 * SECOND).walk(quarter)) == ()
    # What takes a day was done before, and is ticked at its end.
    day = replace(TICKS, takes=Duration(8 * 3600))
    assert marks(walked(11 * SECOND).walk(day)) == ()


def test_long_pauses_do_not_make_up_for_a_rush() -> None:
    answers = walked(1500, MANY)
    answers.give("i", at=answers.at + 10 * HOUR)
    assert marks(answers.walk(TICKS)) == ()
    assert len(marks(walked(1100).walk(TICKS, row=run(begun=START)))) == 1


def before(item: str, value: Any, count: int, apart: int = DAY, **fields: Any) -> dict[str, list[Answer]]:
    return {item: [Answer(1000 - number, 1000 - number, item, START - number * apart, "ana", value=value, **fields)
                   for number in range(1, count + 1)]}


def entered(value: float, item: Any = USERS, earlier: dict[str, list[Answer]] | None = None, **fields: Any
            ) -> tuple[str, ...]:
    answers = Answers()
    proposals = fields.pop("proposals", ())
    answers.give(item.id, value=value, unit=getattr(item, "unit", ""), **fields)
    return marks(answers.walk(template(item), proposals=proposals), earlier)


def test_a_figure_that_never_changes() -> None:
    assert entered(212.0, earlier=before("users", 212.0, SAME - 1)) == (
        "The same figures again and again: Active users (212 people, 5 runs).",)
    assert entered(212.0, earlier=before("users", 212.0, SAME - 1), given=Given.COMMAND) != ()
    assert entered(212.0, earlier=before("users", 212.0, SAME - 2)) == ()
    assert entered(213.0, earlier=before("users", 212.0, 9)) == ()
    assert entered(212.0) == ()


def test_a_figure_that_changed_in_between() -> None:
    earlier = before("users", 212.0, 9)
    earlier["users"][2] = replace(earlier["users"][2], value=208.0)
    assert entered(212.0, earlier=earlier) == ()


def test_a_figure_that_may_well_stay_the_same() -> None:
    for value in (0.0, 1.0, 1000.0):
        assert entered(value, earlier=before("users", value, 9)) == ()


def test_a_figure_of_the_machine_may_be_the_same() -> None:
    item = AutoItem(id="users", title="Active users", check="home")
    assert entered(212.0, item, before("users", 212.0, 9)) == ()
    assert entered(212.0, earlier=before("users", 212.0, 9, proposed=True)) == ()
    assert entered(212.0, earlier=before("users", 212.0, 9, given=Given.AUTO)) == ()
    proposal = Proposal(1, "users", START, Verdict.OK, 212.0)
    assert entered(212.0, earlier=before("users", 212.0, 9), proposals=(proposal,)) == ()


def test_many_figures_are_one_sentence() -> None:
    of = template(*(NumberItem(id=name, title=name.upper()) for name in "abcde"))
    answers = Answers()
    earlier: dict[str, list[Answer]] = {}
    for name in "abcde":
        answers.give(name, value=7.5)
        earlier |= before(name, 7.5, 6)
    assert marks(answers.walk(of), earlier) == (
        "The same figures again and again: A (7.5, 7 runs), B (7.5, 7 runs), C (7.5, 7 runs) and 2 more.",)


LONG = "Everything was as it should be."


def said(text: str, earlier: dict[str, list[Answer]]) -> tuple[str, ...]:
    answers = Answers()
    answers.give("notes", value=text)
    return marks(answers.walk(template(NOTES)), earlier)


def test_words_that_are_the_same_for_weeks() -> None:
    assert said(LONG, before("notes", f" {LONG.upper()}  ", 15)) == (
        "All that was written has been the same for 2 weeks, 16 runs in a row.",)
    assert said(LONG, before("notes", LONG, 4, 5 * DAY)) == (
        "All that was written has been the same for 2 weeks, 5 runs in a row.",)
    # Nor a week, nor one run after the other within a day, nor what has to be said each time.
    assert said(LONG, before("notes", LONG, 7)) == ()
    assert said(LONG, before("notes", LONG, 50, MINUTE)) == ()
    assert said("none", before("notes", "none", 90)) == ()
    assert said(LONG + " Well.", before("notes", LONG, 90)) == ()


def test_one_new_word_is_enough() -> None:
    other = TextItem(id="other", title="Other")
    answers = Answers()
    answers.give("notes", value=LONG)
    answers.give("other", value=LONG)
    walk = answers.walk(template(NOTES, other))
    assert len(marks(walk, before("notes", LONG, 20) | before("other", LONG, 20))) == 1
    assert marks(walk, before("notes", LONG, 20) | before("other", "Something else happened.", 20)) == ()


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(Verdict), st.integers(0, 3000),
                          st.sampled_from(["ana", "ben"]))), st.sampled_from(CORPUS))
def test_marks_are_short_and_can_be_shown(said_so: list[tuple[str, Verdict, int, str]], name: str) -> None:
    answers = Answers()
    for item, verdict, gap, actor in said_so:
        answers.give(item, verdict, at=answers.at + gap, actor=name if actor == "ben" else actor)
    for mark in marks(answers.walk(TICKS)):
        assert_inert(mark)
        assert len(mark) < 300
    # A script that does the same is never marked.
    scripted = Answers()
    scripted.all = [replace(one, given=Given.COMMAND) for one in answers.all]
    assert marks(scripted.walk(TICKS)) == ()
