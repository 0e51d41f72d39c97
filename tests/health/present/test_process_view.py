"""Sorting, filtering and the tree of processes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from opsconsole.health.model import Process
from opsconsole.health.present.process_view import Arrangement, Sort, arranged, matcher
from tests.health.samples import PROCESSES, process

anything = st.lists(st.builds(
    Process, pid=st.integers(1, 30), parent=st.integers(0, 30), name=st.text(max_size=5), command=st.text(max_size=5),
    user=st.sampled_from(["root", "ana"]), state=st.just("S"), cpu=st.one_of(st.none(), st.floats(0, 400)),
    memory=st.integers(0, 2**40), threads=st.just(1), started=st.integers(0, 2**40)),
    max_size=25, unique_by=lambda one: one.pid)
ways = st.builds(Arrangement, sort=st.sampled_from(Sort), reverse=st.booleans(), tree=st.booleans(),
                 filter=st.sampled_from(["", "user:ana", "1", "nothing at all"]))


def pids(how: Arrangement, processes: tuple[Process, ...] = PROCESSES) -> list[int]:
    return [one.process.pid for one in arranged(processes, how)]


@pytest.mark.parametrize(("sort", "first"), [(Sort.CPU, 8123), (Sort.MEMORY, 8123), (Sort.IO, 8123), (Sort.PID, 1),
                                             (Sort.NAME, 1544), (Sort.STARTED, 1)])
def test_the_first_of_each_order(sort: Sort, first: int) -> None:
    assert pids(Arrangement(sort))[0] == first


@given(anything, ways)
def test_everything_that_matches_is_there_once(processes: list[Process], how: Arrangement) -> None:
    shown = arranged(processes, how)
    wanted = matcher(how.filter)
    assert sorted(one.process.pid for one in shown if one.matches) == sorted(
        one.pid for one in processes if wanted(one))
    assert len({one.process.pid for one in shown}) == len(shown)
    assert all(len(one.stems) == max(0, one.depth - 1) for one in shown)


@given(anything, ways, st.randoms())
def test_the_order_does_not_depend_on_the_order_given(processes: list[Process], how: Arrangement,
                                                      chance: object) -> None:
    shuffled = list(processes)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert arranged(processes, how) == arranged(shuffled, how)


def test_the_tree_puts_children_below_their_parent() -> None:
    shown = arranged(PROCESSES, Arrangement(Sort.PID, tree=True))
    by_pid = {one.process.pid: one for one in shown}
    order = [one.process.pid for one in shown]
    assert (by_pid[1].depth, by_pid[9010].depth, by_pid[9011].depth) == (0, 1, 2)
    assert order[order.index(9010):][:3] == [9010, 9011, 9012]
    assert (by_pid[9011].last, by_pid[9012].last) == (False, True)


def test_a_filtered_tree_keeps_the_way_to_what_was_found() -> None:
    shown = arranged(PROCESSES, Arrangement(tree=True, filter="9011"))
    assert [(one.process.pid, one.matches) for one in shown] == [(1, False), (9010, False), (9011, True)]


def test_circles_and_deep_chains_do_no_harm() -> None:
    ring = [replace(process(1, "a", 1, 1, "u", "a"), parent=2), replace(process(2, "b", 1, 1, "u", "b"), parent=1)]
    assert {one.process.pid for one in arranged(ring, Arrangement(tree=True))} == {1, 2}
    deep = [process(pid, "x", 0, 1, "u", "x", parent=pid - 1) for pid in range(1, 5000)]
    assert arranged(deep, Arrangement(tree=True))[-1].depth == 4998


@pytest.mark.parametrize(("text", "found"), [
    ("", len(PROCESSES)), ("gunicorn", 3), ("GUNICORN 9011", 1), ("user:postgres", 3), ("user:postgres wal", 1),
    ("user:root user:redis", 6), ("user:", len(PROCESSES)), ("8123", 1), ("user:post", 0), ("[x", 0),
])
def test_filter(text: str, found: int) -> None:
    assert len(arranged(PROCESSES, Arrangement(filter=text))) == found


def test_the_sorts_form_a_ring() -> None:
    assert Sort.CPU.next() is Sort.MEMORY
    assert Sort.CPU.next(-1) is Sort.STARTED
    assert Sort.STARTED.next() is Sort.CPU
