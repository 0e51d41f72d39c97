"""Whatever a template, a person or a program says: nothing of it acts, hides or breaks the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.checklists.cases.types import Board, Demand, Row
from opsconsole.checklists.model import Category, Evidence, Proposal, RunState, Unscheduled, Verdict
from opsconsole.checklists.present.board import board_lines
from opsconsole.checklists.present.history import detail_lines
from opsconsole.checklists.present.walk import Page, heading, walk_lines
from opsconsole.checklists.template import ChoiceItem, InstructionItem, NumberItem, Section, Template
from opsconsole.checklists.walk import Left, make_walk
from opsconsole.core.glyphs import ASCII, UNICODE
from opsconsole.core.view import View
from tests.checklists.made import START, Answers, run, tick
from tests.hostile import CORPUS, assert_inert

if TYPE_CHECKING:
    from opsconsole.core.lines import Line

VIEWS = [View(cells, glyphs, START) for cells in (40, 77, 117) for glyphs in (UNICODE, ASCII)]


def inert(lines: list[Line], view: View) -> None:
    for line in lines:
        assert_inert(line.text)
        assert "\n" not in line.text
        assert line.cells <= max(view.cells, 60) or not line.spots


@pytest.mark.parametrize("text", CORPUS, ids=range(len(CORPUS)))
def test_walk_and_item(text: str) -> None:
    items: Any = (
        tick("a", title=text, help=text, link=text),
        NumberItem(id="b", title=text, unit=text[:20]), ChoiceItem(id="c", title=text, options=(text[:40], "x")),
        InstructionItem(id="d", title=text, steps=(text, text), runbook=text[:80]))
    template = Template(title=text, slug="x", sections=(Section(title=text, items=items),))
    given = Answers()
    evidence = Evidence("command", text, text, START, 1, 2.0, problem=text)
    given.give("a", Verdict.FAILED, note=text, actor=text, ticket=4, evidence=(evidence,))
    given.give("b", Verdict.FAILED, 3.0, unit=text, limit=text, note=text)
    walk = make_walk(run(title=text, performers=(text,), reason=text, marks=(text,)), template, given.all,
                     [Proposal(1, "d", START, Verdict.FAILED, text, text, (evidence,), text)],
                     left=[Left(1, text, text, text, text, text, Verdict.FAILED, text, 3, text)], states={4: text})
    for view in VIEWS:
        page = Page(walk, RunState.RUNNING, {"b": tuple(given.all)}, "b", frozenset("abcd"), supervisor=True)
        inert([heading(page, view), *walk_lines(page, view)], view)
        inert(detail_lines(walk.steps[0], given.all, view), view)


@pytest.mark.parametrize("text", CORPUS, ids=range(len(CORPUS)))
def test_list(text: str) -> None:
    one = run(title=text, performers=(text, text), reason=text)
    coming = Unscheduled(text, text, Category.DAILY, text, START, START, START, START)
    rows = tuple(Row(one, None, state) for state in RunState)
    board = Board(rows, (Row(None, coming, RunState.UPCOMING),), demand=(Demand("x", text, Category.EMERGENCY, text),),
                  emergency=(one,), broken=(text,), warnings=(text,))
    for view in VIEWS:
        inert(board_lines(board, view), view)
