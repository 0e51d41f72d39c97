"""A run as it stands: which items are asked, which answers count, what is missing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from opsconsole.checklists.model import EventKind, Given, Proposal, Verdict
from opsconsole.checklists.template import ChoiceItem, NumberItem, Section, Template, TextItem, YesNoItem
from opsconsole.checklists.walk import Left, counts, handed_over, make_walk, missing, next_open
from tests.checklists.made import START, Answers, event, run, template, tick

LETTERS = template(tick("a"), tick("b"), tick("c", required=False))


def shown(of: Template, answers: Answers) -> list[str]:
    return [step.item.id for step in answers.walk(of).steps if step.shown]


def test_nothing_is_answered_at_first() -> None:
    walk = Answers().walk(LETTERS)
    assert [step.verdict for step in walk.steps] == [Verdict.OPEN] * 3
    assert [step.base for step in walk.steps] == [0, 0, 0]
    assert counts(walk) == (3, 0, 0)
    assert missing(walk) == ("a", "b")
    assert next_open(walk) == "a"


def test_the_last_answer_counts_and_those_before_it_stay() -> None:
    answers = Answers()
    first, second = answers.give("a"), answers.give("a", Verdict.FAILED)
    step = answers.walk(LETTERS).step("a")
    assert step is not None
    assert (step.answer, step.earlier, step.base) == (second, (first,), second.id)
    assert counts(answers.walk(LETTERS)) == (3, 1, 1)


def test_an_answer_that_was_taken_back_does_not_count_and_stays_visible() -> None:
    answers = Answers()
    given_first, back = answers.give("a"), answers.give("a", Verdict.OPEN)
    step = answers.walk(LETTERS).step("a")
    assert step is not None
    assert (step.answer, step.verdict, step.earlier, step.base) == (None, Verdict.OPEN, (given_first, back), back.id)
    again = answers.give("a")
    step = answers.walk(LETTERS).step("a")
    assert step is not None
    assert (step.answer, step.earlier) == (again, (given_first, back))


def test_sections_are_numbered_and_there_is_no_step_of_another_name() -> None:
    of = Template(title="t", sections=(Section(title="1", items=(tick("a"),)), Section(title="2", items=(tick("b"),))))
    walk = Answers().walk(of)
    assert [step.section for step in walk.steps] == [0, 1]
    assert walk.step("c") is None


def test_the_newest_proposal_stands_beside_its_item() -> None:
    old, new = (Proposal(1, "a", START + number, Verdict.OK) for number in (0, 1))
    walk = make_walk(run(), LETTERS, (), (new, old))
    assert [step.proposal for step in walk.steps] == [new, None, None]


def test_answers_to_items_of_another_version_are_kept_apart() -> None:
    answers = Answers()
    gone, kept = answers.give("z"), answers.give("a")
    walk = answers.walk(LETTERS)
    assert walk.gone == (gone,)
    assert walk.steps[0].answer == kept
    assert counts(walk) == (3, 1, 0)


@pytest.mark.parametrize(("when", "verdict", "is_shown"), [
    ("a == ok", Verdict.OK, True), ("a == ok", Verdict.FAILED, False), ("a != ok", Verdict.FAILED, True),
    ("a == failed", Verdict.FAILED, True), ("a == skipped", Verdict.SKIPPED, True), ("a == n/a", Verdict.OK, False),
    ("a == n/a", Verdict.NOT_APPLICABLE, True), ("a == answered", Verdict.SKIPPED, True),
    ("a == answered", None, False), ("a != answered", None, True), ("a == open", None, True),
    ("a == open", Verdict.OK, False), ("a != open", None, False), ("a != open", Verdict.OK, True),
    # Nobody asks why something is not well before somebody has looked at it.
    ("a != ok", None, False), ("a == failed", None, False), ("a == Failed", Verdict.FAILED, True)])
def test_an_item_depends_on_a_verdict(when: str, verdict: Verdict | None, is_shown: bool) -> None:
    answers = Answers()
    if verdict is not None:
        answers.give("a", verdict)
    assert ("b" in shown(template(tick("a"), tick("b", when=when)), answers)) is is_shown


CHOICE = ChoiceItem(id="a", title="A", options=("good", "fair", "very poor"), fails=("very poor",))
NUMBER = NumberItem(id="a", title="A", unit="h")


@pytest.mark.parametrize(("item", "when", "value", "is_shown"), [
    (YesNoItem(id="a", title="A"), "a == yes", True, True), (YesNoItem(id="a", title="A"), "a == yes", False, False),
    (YesNoItem(id="a", title="A"), "a == no", False, True), (YesNoItem(id="a", title="A"), "a != no", True, True),
    (YesNoItem(id="a", title="A"), "a == maybe", True, False),
    (CHOICE, "a == good", "good", True), (CHOICE, "a != good", "fair", True), (CHOICE, "a != good", "good", False),
    (CHOICE, "a == 'very poor'", "very poor", True), (CHOICE, "a == Very Poor", "very poor", True),
    (NUMBER, "a == 3", 3.0, True), (NUMBER, "a == 3.0 h", 3.0, True), (NUMBER, "a != 3", 3.0, False),
    (NUMBER, "a != 3", 4.0, True), (NUMBER, "a == three", 3.0, False), (NUMBER, "a != three", 3.0, True),
    (NUMBER, "a == nan", 3.0, False), (TextItem(id="a", title="A"), "a == none", "None", True)])
def test_an_item_depends_on_what_was_entered(item: NumberItem, when: str, value: object,
                                             is_shown: bool) -> None:
    answers = Answers()
    of = template(item, tick("b", when=when))
    assert "b" not in shown(of, answers)
    answers.give("a", value=value, unit=getattr(item, "unit", ""))
    assert ("b" in shown(of, answers)) is is_shown


def test_where_nothing_was_entered_nothing_is_compared_with_it() -> None:
    answers = Answers()
    answers.give("a", Verdict.SKIPPED, note="no time")
    for when in ("a == good", "a != good"):
        assert shown(template(CHOICE, tick("b", when=when)), answers) == ["a"]


def test_what_depends_on_an_item_that_is_not_asked_is_not_asked() -> None:
    of = template(tick("a"), tick("b", when="a == failed"), tick("c", when="b != ok"), tick("d", when="b == open"))
    answers = Answers()
    assert shown(of, answers) == ["a"]
    answers.give("a", Verdict.FAILED)
    assert shown(of, answers) == ["a", "b", "d"]
    answers.give("b", Verdict.FAILED)
    assert shown(of, answers) == ["a", "b", "c"]
    answers.give("a")
    assert shown(of, answers) == ["a"]
    step = answers.walk(of).step("b")
    assert step is not None
    assert step.answer is not None
    assert counts(answers.walk(of)) == (1, 1, 0)


def test_a_condition_that_cannot_be_met_hides_its_item() -> None:
    of = template(tick("a"), tick("b", when="zz == ok"), tick("c", when="nonsense"))
    assert shown(of, Answers()) == ["a"]


def test_what_does_not_apply_is_not_counted() -> None:
    answers = Answers()
    answers.give("a", Verdict.NOT_APPLICABLE)
    answers.give("b", Verdict.SKIPPED, note="no time")
    walk = answers.walk(LETTERS)
    assert counts(walk) == (2, 1, 0)
    assert missing(walk) == ()
    assert next_open(walk) == "c"


def test_a_failed_required_item_needs_a_ticket_or_a_waiver() -> None:
    answers = Answers()
    for item in "abc":
        answers.give(item, Verdict.FAILED)
    assert missing(answers.walk(LETTERS)) == ("a", "b")
    raised = event(EventKind.TICKET, data={"item": "a", "ticket": 17})
    walk = answers.walk(LETTERS, (raised,))
    assert missing(walk) == ("b",)
    assert walk.steps[0].ticket == 17
    waived = event(EventKind.WAIVED, 2, text="known", data={"item": "b"})
    walk = answers.walk(LETTERS, (raised, waived))
    assert missing(walk) == ()
    assert walk.steps[1].waived == waived


def test_a_ticket_of_the_answer_counts_and_the_newest_is_the_one_that_is_shown() -> None:
    answers = Answers()
    answers.give("a", Verdict.FAILED, ticket=5)
    assert answers.walk(LETTERS).steps[0].ticket == 5
    assert missing(answers.walk(LETTERS)) == ("b",)
    later = event(EventKind.TICKET, data={"item": "a", "ticket": 4})
    assert answers.walk(LETTERS, (later,)).steps[0].ticket == 4


def test_a_waived_item_need_not_be_answered_but_a_waived_run_is_another_thing() -> None:
    waiver = event(EventKind.WAIVED, data={"item": "a"})
    walk = Answers().walk(LETTERS, (waiver, event(EventKind.WAIVED, 2)))
    assert missing(walk) == ("b",)
    assert next_open(walk) == "b"


def test_another_version_of_the_template_takes_a_waiver_away() -> None:
    waiver = event(EventKind.WAIVED, at=START + 1, data={"item": "a"})
    answers = Answers()
    answers.give("a", Verdict.FAILED)
    assert missing(answers.walk(LETTERS, (waiver,))) == ("b",)
    answers.give("a", Verdict.OPEN, given=Given.ADOPTED)
    assert missing(answers.walk(LETTERS, (waiver,))) == ("a", "b")
    anew = replace(waiver, id=2, at=answers.at + 1)
    assert missing(answers.walk(LETTERS, (waiver, anew))) == ("b",)


def test_the_cursor_goes_on_and_begins_again_at_the_top() -> None:
    answers = Answers()
    answers.give("b")
    walk = answers.walk(LETTERS)
    assert [next_open(walk, after) for after in ("", "a", "b", "c", "zz")] == ["a", "c", "c", "a", "a"]
    for item in "ac":
        answers.give(item)
    assert next_open(answers.walk(LETTERS), "b") == ""


def test_what_was_left_open_is_acknowledged() -> None:
    left = Left(1, "evening", "Evening", "2027-01-03", "log", "Error log", Verdict.FAILED)
    assert handed_over(Answers().walk(LETTERS))
    assert not handed_over(Answers().walk(LETTERS, left=(left,)))
    assert handed_over(Answers().walk(LETTERS, (event(EventKind.HANDED_OVER),), left=(left,)))


IDS = tuple("abcdef")
WORDS = ("ok", "failed", "skipped", "n/a", "answered", "open", "other")


@st.composite
def chains(draw: st.DrawFn) -> Template:
    """Items, each of which may depend on one before it."""
    items = []
    for number, item in enumerate(IDS):
        when = ""
        if number and draw(st.booleans()):
            when = (f"{draw(st.sampled_from(IDS[:number]))} {draw(st.sampled_from(('==', '!=')))}"
                    f" {draw(st.sampled_from(WORDS))}")
        items.append(tick(item, when=when, required=draw(st.booleans())))
    return template(*items)


@given(chains(), st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(Verdict)), max_size=20))
def test_any_walk_adds_up(of: Template, given_answers: list[tuple[str, Verdict]]) -> None:
    answers = Answers()
    for item, verdict in given_answers:
        answers.give(item, verdict)
    walk = answers.walk(of)
    # Nothing that was said is lost, and the order in which it was said stays.
    for step in walk.steps:
        own = [one for one in answers.all if one.item == step.item.id]
        assert [*step.earlier, *([step.answer] if step.answer else [])] == own
        assert step.base == (own[-1].id if own else 0)
        if step.shown and (depends := step.item.depends):
            other = walk.step(depends[0])
            assert other is not None
            assert other.shown
    total, answered, failed = counts(walk)
    assert 0 <= failed <= answered <= total <= len(IDS)
    todo = missing(walk)
    shown_ids = [step.item.id for step in walk.steps if step.shown]
    assert [item for item in shown_ids if item in todo] == list(todo)
    # Who follows the cursor answers all that is asked, and then nothing but failures keeps it from being signed.
    for _ in range(len(IDS)):
        if item := next_open(answers.walk(of)):
            answers.give(item)
    walk = answers.walk(of)
    assert next_open(walk) == ""
    assert {step.verdict for step in walk.steps if step.item.id in missing(walk)} <= {Verdict.FAILED}
