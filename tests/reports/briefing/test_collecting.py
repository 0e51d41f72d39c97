"""From happenings to things: whatever happened, each is told once, and nothing that is bad is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.levels import Level
from opsconsole.core.timeline import Happening
from opsconsole.reports.briefing.collecting import PARTS, sections, things
from opsconsole.reports.briefing.model import Item, Part, Section

if TYPE_CHECKING:
    from collections.abc import Sequence


def happening(at: int, what: str, level: Level | None = None, target: str = "alert:1", who: str = "") -> Happening:
    return Happening(at, "alert", what, who, level, target)


HAPPENINGS = st.lists(st.builds(
    happening, st.integers(0, 50), st.sampled_from(("redis: fired", "redis: resolved", "web: worse")),
    st.sampled_from((None, *Level)), st.sampled_from(("", "alert:1", "alert:2", "alert:3")),
    st.sampled_from(("", "ana", "ben")))).map(lambda found: sorted(found, key=lambda one: -one.at))


@given(HAPPENINGS)
def test_each_thing_is_told_once_and_its_worst_is_not_lost(told: Sequence[Happening]) -> None:
    items = things(told, "ana")
    others = [one for one in told if one.who != "ana"]
    assert len({one.what for one in items}) == len(items)
    assert {one.what for one in items} <= {one.what for one in others}
    assert all("ana" not in one.who for one in items)
    assert {name for one in items for name in one.who} == {one.who for one in others if one.who}
    for target in {one.target for one in others if one.target}:
        of_one = [one for one in others if one.target == target]
        well = [place for place, one in enumerate(of_one) if one.level is Level.OK]
        since = of_one[:well[0]] if well and well[0] else of_one[:1] if well else of_one
        worst = max(-1 if one.level is None else int(one.level) for one in since)
        said = {one.what: one for one in since if (-1 if one.level is None else int(one.level)) == worst}
        assert said.keys() & {one.what for one in items}


def test_what_is_over_is_well_and_what_came_back_is_not() -> None:
    fired, over = happening(1, "redis: fired", Level.CRITICAL), happening(2, "redis: resolved", Level.OK)
    assert [(one.what, one.level, one.at) for one in things([over, fired], "ana")] == [("redis: resolved", Level.OK, 2)]
    again = happening(3, "redis: fired", Level.WARNING)
    assert [one.level for one in things([again, over, fired], "ana")] == [Level.WARNING]
    note = happening(4, "redis: acknowledged", who="ben")
    (told,) = things([note, again, over, fired], "ana")
    assert (told.what, told.level, told.at, told.who) == ("redis: fired", Level.WARNING, 4, ("ben",))


def test_the_same_of_several_is_one() -> None:
    found = things([happening(9 - one, "queue: resolved", Level.OK, f"alert:{one}") for one in range(3)], "ana")
    assert [(one.what, one.count, one.target) for one in found] == [("queue: resolved", 3, "alert:0")]
    found = things([happening(9 - number, "unit: nginx restarted", None, "") for number in range(4)], "ana")
    assert [(one.count, one.at) for one in found] == [(4, 9)]


def test_parts_stand_in_their_order_and_own_tickets_apart() -> None:
    mine, other = Item(5, "#1 message: x", target="ticket:1"), Item(6, "#2 opened: y", target="ticket:2")
    given_ = Item(4, "#3 was given to you: z", target="ticket:3")
    again, bad = Item(7, "#3 opened: z", target="ticket:3"), Item(1, "#3 promise broken: z", level=Level.CRITICAL,
                                                                  target="ticket:3")
    told = [Section(Part.CHANGES, (Item(1, "unit: a"),), more=True), Section(Part.YOURS, (given_,)),
            Section(Part.TICKETS, (other, mine, again, bad)), Section(Part.LOG, ())]
    found = sections(told, {"ticket:1", "ticket:3"})
    assert [(one.part, one.items, one.more) for one in found] == [
        (Part.YOURS, (bad, mine, given_), False), (Part.TICKETS, (other,), False),
        (Part.CHANGES, (Item(1, "unit: a"),), True)]


def test_every_kind_of_the_timeline_has_a_part() -> None:
    from opsconsole.core.timeline import KINDS

    assert set(PARTS) == set(KINDS) - {"handover"}
