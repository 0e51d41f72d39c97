"""The targets of presets ask for what there is: checks that are configured, items that checklists have."""

from __future__ import annotations

import pytest

from opsconsole.admin.presets import NAMES
from opsconsole.reports.targets.settings import goal_of
from tests.admin.presets.facts import MISSING, found_at, settings_of


@pytest.mark.parametrize("name", NAMES)
def test_targets_of_a_preset_ask_for_what_there_is(name: str) -> None:
    settings = settings_of(name)
    assert settings.targets
    for one in settings.targets.values():
        assert goal_of(one, settings.tickets.goals, settings.checks or {})
        for source in one.from_:
            assert not source.answer or found_at(name, f"@{source.answer.replace('/', '.')}") != MISSING
