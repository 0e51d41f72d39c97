"""What planned work is about: whatever is meant, and whatever needs that, however services need each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.errors import UsageError
from opsconsole.health.alerts.model import Window, WindowKind, check_names, in_maintenance
from opsconsole.health.alerts.planned import MOST_NAMES, PlannedWork
from opsconsole.health.checks.settings.net import TcpCheck
from tests.health.samples import HandClock

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = ("db", "api", "web", "mail", "search")
GROUPS = ("", "shop", "storage")
checks = st.dictionaries(st.sampled_from(NAMES), st.builds(
    lambda needs, group, prefixed: TcpCheck(host="h", port=1, group=group, depends_on=tuple(
        f"check:{one}" if prefixed else one for one in needs)),
    st.lists(st.sampled_from(NAMES), max_size=3, unique=True), st.sampled_from(GROUPS), st.booleans()), min_size=1)
patterns = st.lists(st.sampled_from((*NAMES, "check:web", "group:shop", "*b", "check:*", "nothing")), min_size=1,
                    max_size=3, unique=True)


def planned(known: Mapping[str, Any]) -> PlannedWork:
    return PlannedWork(cast("Any", None), HandClock(), known, None, cast("Any", None))


def reach(name: str, known: Mapping[str, TcpCheck]) -> set[str]:
    """By walking: all that a check needs, and itself; what is needed need not be watched."""
    found, waiting = set[str](), [name]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += [other.removeprefix("check:") for other in known[one].depends_on] if one in known else []
    return found


@given(checks, patterns)
def test_whatever_needs_what_is_worked_on_is_covered_and_nothing_else(known: dict[str, TcpCheck],
                                                                       names: list[str]) -> None:
    work, window = planned(known), Window(0, WindowKind.MAINTENANCE, names[0], "", "", 0, 1, others=tuple(names[1:]))
    meant = [name for name, check in known.items() if window.covers(check_names(name, check.group))]
    covered = work.covered(names)
    assert list(covered[:len(meant)]) == meant, "what is meant comes first"
    assert len(set(covered)) == len(covered)
    worked_on = {name for name in NAMES if name in meant or (name not in known and window.covers([name]))}
    assert set(covered) == {name for name in known if reach(name, known) & worked_on}
    silence = Window(0, WindowKind.SILENCE, names[0], "", "", 0, 1, others=tuple(names[1:]))
    for name, check in known.items():
        needed = work._needed[name]
        assert in_maintenance([window], name, check.group, 0, needed) is (name in covered)
        assert not in_maintenance([silence], name, check.group, 0, needed)
        assert silence.mutes(check_names(name, check.group), needed) is (name in meant)


@given(checks, st.lists(st.text(max_size=12), max_size=MOST_NAMES))
def test_names_are_known_once_or_said_to_be_unknown(known: dict[str, TcpCheck], names: list[str]) -> None:
    there = tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
    work = planned(known)
    if there and all(map(work._is_known, there)):
        assert work.known(names) == there
    else:
        with pytest.raises(UsageError) as told:
            work.known(names)
        assert str(told.value).isprintable()


def test_what_can_be_typed_is_offered_checks_before_groups() -> None:
    known = {"db": TcpCheck(host="h", port=1, group="shop"), "off": TcpCheck(host="h", port=1, enabled=False),
             "web": TcpCheck(host="h", port=1, group="shop")}
    work = planned(known)
    assert work.suggestions() == ("db", "web", "group:shop")
    with pytest.raises(UsageError, match="Nothing is called `off`"):
        work.known(["off"])
