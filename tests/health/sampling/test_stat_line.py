from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opsconsole.health.sampling.stat_line import parse_stat_line
from tests.health.sampling.test_processes import line


@given(st.binary(max_size=400) | st.binary(max_size=20).map(lambda name: line(5, name)))
def test_any_line_is_survived(raw: bytes) -> None:
    stat = parse_stat_line(raw)
    if stat is not None:
        assert all(0 <= value < 2**48 for value in stat[2:])


@given(st.binary(max_size=15))
def test_any_name_is_kept(name: bytes) -> None:
    stat = parse_stat_line(line(5, name, started=99))
    assert stat is not None
    assert (stat.name, stat.parent, stat.threads, stat.started, stat.memory) == (name, 1, 3, 99, 7)
