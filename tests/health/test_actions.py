"""Actions are unique, complete and do not take the keys that work everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsconsole.console.actions import CONSOLE, MOVES, SCREENS
from opsconsole.core.identity import Role
from opsconsole.health.actions import ACTIONS, ALERT, ALERTS, DETAILS, HEALTH, PROCESSES, SILENCES, TREND, UPTIME

if TYPE_CHECKING:
    from opsconsole.core.actions import Action


@pytest.mark.parametrize("actions", [HEALTH, TREND, PROCESSES, DETAILS, ALERTS, ALERT, SILENCES, UPTIME])
def test_keys_are_unique_on_a_screen_and_leave_the_shell_its_own(actions: tuple[Action, ...]) -> None:
    own = [key for action in actions for key in action.keys]
    assert len(own) == len(set(own))
    assert not set(own) & {key for action in (*CONSOLE, *MOVES, *SCREENS) for key in action.keys}


def test_ids_are_unique_and_every_action_explains_itself() -> None:
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)
    assert all(action.label and action.help.endswith(".") and action.method.isidentifier() for action in ACTIONS)


def test_ending_a_process_needs_an_operator() -> None:
    assert {action.role for action in ACTIONS if action.method in {"terminate", "kill"}} == {Role.OPERATOR}
