from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opsconsole.console.actions import CONSOLE, LIST, QUIT
from opsconsole.console.help import HelpRow, help_lines
from opsconsole.core.actions import Action
from opsconsole.core.glyphs import ASCII, UNICODE
from opsconsole.core.lines import Style

OWN = Action("health.processes", ("p",), "processes", "List the processes of this host.")
ROWS = [HelpRow(action) for action in (OWN, *LIST, *CONSOLE)]


def test_groups_stand_in_order_with_all_keys() -> None:
    page = [line.text.rstrip() for line in help_lines(ROWS, 74, UNICODE)]
    headings = [text.strip() for text in page if text.strip().isupper() and len(text.strip()) > 2]
    assert headings == ["HEALTH", "LISTS", "EVERYWHERE"]
    assert any(text.startswith(" p ") and text.endswith("List the processes of this host.") for text in page)
    assert any("q  ctrl+c" in text for text in page)


def test_what_does_not_work_says_why() -> None:
    page = help_lines([HelpRow(QUIT, "The door is locked.")], 74, UNICODE)
    assert any("not now: The door is locked." in line.text for line in page)
    assert all(span.style in {Style.FAINT, Style.MUTED} for line in page for span in line.spans if span.text.strip())


def test_every_action_is_there_once() -> None:
    text = "\n".join(line.text for line in help_lines(ROWS, 200, UNICODE))
    for row in ROWS:
        assert text.count(row.action.help) == 1


def test_an_action_without_a_key_is_there_too() -> None:
    page = help_lines([HelpRow(OWN._replace(keys=()))], 74, ASCII)
    assert page[1].text.startswith(" -")
    assert all(line.text.isascii() for line in page)


@given(st.lists(st.builds(HelpRow, st.builds(
    Action, st.sampled_from(("a.b", "list.x", "console.y", "form.z")), st.lists(st.sampled_from(
        ("p", "ctrl+r", "question_mark", "f1", "shift+tab")), max_size=4).map(tuple), st.text(max_size=9),
    st.text(max_size=200)), st.none() | st.text(max_size=100)), max_size=8), st.integers(30, 120))
def test_no_line_is_wider_than_the_page(rows: list[HelpRow], cells: int) -> None:
    for line in help_lines(rows, cells, UNICODE):
        assert line.cells <= cells
        assert line.text.isprintable()
