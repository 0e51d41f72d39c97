"""The shell's actions are unique, explain themselves, and each is carried out by something."""

from __future__ import annotations

import re

import pytest
from textual.widget import Widget

from opsconsole.console.actions import ACTIONS, CONSOLE, FORM, LIST
from opsconsole.console.screen import ConsoleScreen
from opsconsole.console.shell import OpsConsole
from opsconsole.console.widgets.form import Form
from opsconsole.console.widgets.lines_view import LinesView
from opsconsole.console.widgets.virtual_list import VirtualList
from opsconsole.core.actions import Action

WHO = [*((action, (OpsConsole, ConsoleScreen)) for action in CONSOLE),
       *((action, (LinesView, VirtualList)) for action in LIST), *((action, (Form,)) for action in FORM)]


@pytest.mark.parametrize(("action", "who"), WHO, ids=lambda value: value.id if isinstance(value, Action) else "")
def test_each_is_carried_out(action: Action, who: tuple[type, ...]) -> None:
    name = f"action_{action.method}"
    inherited = getattr(Widget, name, None)
    assert any(getattr(one, name, inherited) is not inherited for one in who)


def test_ids_are_unique_and_every_action_explains_itself() -> None:
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)
    for action in ACTIONS:
        assert re.fullmatch(r"[a-z]+\.[a-z]+(-[a-z]+)*", action.id)
        assert action.label
        assert action.help.endswith(".")


def test_no_key_of_a_list_is_one_that_works_everywhere() -> None:
    assert not {key for action in LIST for key in action.keys} & {key for action in CONSOLE for key in action.keys}
