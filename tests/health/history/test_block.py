from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.health.history import sketch
from opsconsole.health.history.block import ROW, Block, decode_cells, decode_row, decode_sketches, encode_cells, fill

VALUES = st.floats(min_value=-1e200, max_value=1e200, allow_nan=False)
POINTS = st.lists(st.tuples(st.integers(0, 59), VALUES), max_size=120)
WHOLE = st.lists(st.tuples(st.integers(0, 59), st.integers(-2**40, 2**40).map(float)), max_size=60)


def block(points: list[tuple[int, float]], *, latency: bool = False) -> Block:
    made = Block(60, latency=latency)
    for cell, value in points:
        made.add(cell, value)
    return made


def by_cell(points: list[tuple[int, float]]) -> dict[int, list[float]]:
    found: dict[int, list[float]] = {}
    for cell, value in points:
        found.setdefault(cell, []).append(value)
    return found


@given(POINTS)
def test_a_cell_is_what_its_values_are(points: list[tuple[int, float]]) -> None:
    cells = {cell: rest for cell, *rest in decode_cells(60, block(points).encode()[0])}
    assert cells.keys() == by_cell(points).keys()
    for cell, values in by_cell(points).items():
        low, high, total, count = cells[cell]
        assert count == len(values)
        assert low == pytest.approx(min(values), rel=1e-6)
        assert high == pytest.approx(max(values), rel=1e-6)
        assert total == pytest.approx(math.fsum(values), rel=1e-6, abs=1e-9 * max(map(abs, values)))


@given(POINTS)
def test_the_whole_row_is_what_its_values_are(points: list[tuple[int, float]]) -> None:
    low, high, total, count = decode_row(block(points).encode()[0][:ROW])
    values = [value for _, value in points] or [0.0]
    assert (low, high, count) == (min(values), max(values), len(points))
    assert total == pytest.approx(math.fsum(values), rel=1e-9, abs=1e-9 * max(map(abs, values)))


@given(WHOLE)
def test_whole_numbers_are_exact(points: list[tuple[int, float]]) -> None:
    cells = {cell: tuple(rest) for cell, *rest in decode_cells(60, block(points).encode()[0])}
    assert cells == {cell: (min(values), max(values), sum(values), len(values))
                     for cell, values in by_cell(points).items()}


@given(POINTS, POINTS, st.booleans())
def test_filling_on_is_filling_at_once(first: list[tuple[int, float]], second: list[tuple[int, float]],
                                       latency: bool) -> None:
    # Precision is given up once: figures that float32 holds stay as they are.
    stored, more = ([(cell, float(round(value) % 2**20 - 2**19)) for cell, value in points]
                    for points in (first, second))
    made = Block.decode(60, *block(stored, latency=latency).encode(), latency=latency)
    for cell, value in more:
        made.add(cell, value)
    assert made.encode() == block(stored + more, latency=latency).encode()


@given(st.lists(st.tuples(st.integers(0, 59), st.floats(min_value=1e-6, max_value=100)), max_size=150))
def test_histograms_of_cells_and_of_the_row(points: list[tuple[int, float]]) -> None:
    cells, sketches, whole = block(points, latency=True).encode()
    assert whole is not None
    assert sum(sketch.decode(whole)[0].values()) == len(points)
    found = dict(decode_sketches(60, cells, sketches))
    for cell, values in by_cell(points).items():
        about, exact = sketch.quantiles(found[cell], (0.5, 0.95)), sketch.exact_quantiles(values, (0.5, 0.95))
        assert about == pytest.approx(exact, rel=0.0101)


def test_what_is_no_latency_has_no_histogram() -> None:
    assert block([(1, 2.0)]).encode()[1:] == (None, None)


def test_gaps_and_constants_cost_next_to_nothing() -> None:
    assert len(block([]).encode()[0]) < 48
    assert len(block([(5, 1.25)]).encode()[0]) < 60
    assert len(block([(cell, 42.0) for cell in range(60) for _ in range(6)]).encode()[0]) < 80
    chance = random.Random(3)
    assert len(block([(cell, chance.random()) for cell in range(60) for _ in range(6)]).encode()[0]) < 760


def test_more_values_than_two_bytes_count() -> None:
    data = encode_cells([70_000, 0, 1], [1.0, 0.0, 5.0], [2.0, 0.0, 5.0], [100_000.0, 0.0, 5.0])
    assert list(decode_cells(3, data)) == [(0, 1.0, 2.0, 100_000.0, 70_000), (2, 5.0, 5.0, 5.0, 1)]


def test_values_go_into_the_cell_of_their_time() -> None:
    made = Block(60, latency=False)
    fill(made, 60_000, 3_600_000, [(7_200_000, 1.0), (7_259_999, 3.0), (7_260_000, 5.0), (10_799_999, 7.0)])
    assert list(decode_cells(60, made.encode()[0])) == [
        (0, 1.0, 3.0, 4.0, 2), (1, 5.0, 5.0, 5.0, 1), (59, 7.0, 7.0, 7.0, 1)]


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_damaged_bytes_are_told(cells: bytes, sketches: bytes) -> None:
    for read in (lambda: list(decode_cells(60, cells)), lambda: list(decode_sketches(60, cells, sketches))):
        try:
            found = read()
        except ValueError:
            continue
        assert len(found) <= 60


def test_a_changed_row_is_told() -> None:
    data = block([(cell, float(cell)) for cell in range(60)]).encode()[0]
    with pytest.raises(ValueError, match="damaged"):
        decode_row(data[:ROW - 1])
    with pytest.raises(ValueError, match="damaged"):
        list(decode_cells(60, data[:-3]))
    with pytest.raises(ValueError, match="damaged"):
        list(decode_cells(96, data))
    with pytest.raises(ValueError, match="damaged"):
        list(decode_sketches(60, data, b"nothing"))
