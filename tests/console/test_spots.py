"""Where a cursor goes on a page."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opsconsole.console.widgets.spots import Place, Spots
from opsconsole.core.lines import BLANK, Line, Spot, line


def row(*spots: tuple[str, int, int]) -> Line:
    """A line with spots (target, start, width)."""
    return line("x" * 100, spots=[Spot(*spot) for spot in spots])


PAGE = Spots([
    row(("banner", 0, 80)),
    BLANK,
    row(("cpu", 0, 30), ("redis", 40, 20)),
    row(("mem", 0, 20)),
    row(("tls", 42, 10)),
    row(("var", 2, 30), ("nginx", 40, 30)),
    row(("advice", 0, 60)),
])


def at(target: str) -> Place:
    place = PAGE.find(target)
    assert place is not None
    return place


def down(target: str, column: int, steps: int = 1) -> str:
    return PAGE.vertical(at(target), column, steps).spot.target


def side(target: str, column: int, step: int, *, wrap: bool = False) -> str:
    return PAGE.horizontal(at(target), column, step, wrap=wrap).spot.target


def test_columns_are_found_in_spite_of_wide_spots() -> None:
    assert PAGE.columns == [(0, 32), (40, 70)]
    assert Spots([row(("a", 0, 5)), row(("b", 3, 5))]).columns == [(0, 8)]
    assert Spots().columns == []


def test_down_and_up_stay_in_their_column() -> None:
    assert [down("banner", 0), down("cpu", 0), down("mem", 0), down("var", 0)] == ["cpu", "mem", "var", "advice"]
    assert [down("banner", 1), down("redis", 1), down("tls", 1), down("nginx", 1)] == [
        "redis", "tls", "nginx", "advice"]
    assert down("advice", 1, -1) == "nginx"
    assert down("advice", 0, -1) == "var"
    assert down("advice", 0) == "advice"
    assert down("cpu", 0, 2) == "var"
    assert down("cpu", 0, 99) == "advice"


def test_sideways_goes_to_the_same_row_or_the_nearest() -> None:
    assert side("cpu", 0, 1) == "redis"
    assert side("redis", 1, -1) == "cpu"
    assert side("mem", 0, 1) in {"redis", "tls"}
    assert side("tls", 1, -1) in {"mem", "var"}
    assert side("redis", 1, 1) == "redis"
    assert side("redis", 1, 1, wrap=True) == "cpu"
    assert side("cpu", 0, -1, wrap=True) == "redis"


def test_three_links_on_one_row_are_reached_one_by_one() -> None:
    spots = Spots([row(("whole", 0, 60)), row(("a", 0, 5), ("b", 10, 5), ("c", 20, 5))])
    assert len(spots.columns) == 3
    first = spots.find("a")
    assert first is not None
    second = spots.horizontal(first, 0, 1)
    assert second.spot.target == "b"
    assert spots.horizontal(second, 1, 1).spot.target == "c"


def test_a_page_moves_at_least_one_spot() -> None:
    assert PAGE.within(at("cpu"), 0, 3).spot.target == "var"
    assert PAGE.within(at("banner"), 0, 1).spot.target == "cpu"
    assert PAGE.within(at("advice"), 0, -1).spot.target == "var"


def test_a_target_that_is_gone_leaves_the_cursor_near() -> None:
    gone = Place(4, Spot("tls", 42, 10))
    without = Spots([row(("cpu", 0, 30), ("redis", 40, 20)), BLANK, BLANK, BLANK, row(("var", 2, 30))])
    nearest = without.nearest(gone)
    assert nearest is not None
    assert nearest.spot.target == "redis"
    assert Spots().nearest(gone) is None


def test_of_several_with_a_target_the_nearest_counts() -> None:
    spots = Spots([row(("x", 0, 5)), BLANK, row(("x", 0, 5))])
    found = spots.find("x", Place(2, Spot("x", 0, 5)))
    assert found is not None
    assert found.row == 2
    assert spots.find("y") is None


def test_a_spot_under_a_cell() -> None:
    assert PAGE.at(2, 29) == at("cpu")
    assert PAGE.at(2, 30) is None
    assert PAGE.at(1, 0) is None
    assert PAGE.at(99, 0) is None


spot = st.builds(Spot, st.text("abc", min_size=1, max_size=2), st.integers(0, 60), st.integers(0, 40))
pages = st.lists(st.lists(spot, max_size=4).map(lambda found: line("x", spots=found)), max_size=12)


@given(pages, st.data())
def test_every_move_ends_on_a_spot_and_columns_do_not_overlap(page: list[Line], data: st.DataObject) -> None:
    spots = Spots(page)
    places = list(spots)
    assert all(first[1] <= second[0] for first, second in zip(spots.columns, spots.columns[1:], strict=False))
    if not places:
        assert spots.first is spots.last is None
        return
    here = data.draw(st.sampled_from(places))
    column = spots.column_of(here.spot)
    assert 0 <= column < len(spots.columns)
    step = data.draw(st.sampled_from((-1, 1)))
    for there in (spots.vertical(here, column, step), spots.horizontal(here, column, step, wrap=True),
                  spots.within(here, column, step * 5)):
        assert there in places
    below = spots.vertical(here, column, 1)
    assert below.row >= here.row
    assert (below.row > here.row) or below == here


@given(pages)
def test_from_the_first_row_down_reaches_the_last_row_of_the_column(page: list[Line]) -> None:
    spots = Spots(page)
    if spots.first is None:
        return
    column = spots.column_of(spots.first.spot)
    here, steps = spots.first, 0
    while (there := spots.vertical(here, column, 1)) != here:
        here, steps = there, steps + 1
        assert steps <= len(page)
