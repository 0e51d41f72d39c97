"""Names of series, and a history that is bounded and honest."""

from __future__ import annotations

from math import isnan

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from opsconsole.core.clock import HOUR, MINUTE, SECOND
from opsconsole.health.judging.trail import MOST_SERIES, SPARK_POINTS, Ring, metrics
from opsconsole.health.model import Cpu, Mount
from tests.health import samples


def test_series_are_named_by_line_and_figure() -> None:
    known = metrics(samples.snapshot())
    assert {"cpu.busy", "cpu.core.0", "cpu.core.3", "memory.used_percent", "swap.in_rate", "load.five",
            "pressure.io_some", "mount:/var.percent", "mount:/var.inodes_used", "net:eth0.receive_rate",
            "disk:vda.busy", "sensor:CPU package.value", "files.percent", "processes.count"} <= known.keys()
    assert known["mount:/var.percent"] == samples.snapshot().mounts[1].percent


def test_what_is_not_known_has_no_figure() -> None:
    quiet = samples.snapshot()
    known = metrics(replace(quiet, cpu=Cpu(busy=None), mounts=(Mount("/mnt", "nas:/", "nfs4", silent_since=1),)))
    assert not [name for name in known if name.startswith(("cpu.", "mount:"))]
    assert "cpu.busy" not in metrics(replace(quiet, cpu=Cpu(busy=float("nan"))))


def test_samples_come_back_as_they_were() -> None:
    ring = Ring()
    for number in range(100):
        ring.add(number * 2000, {"a": float(number)})
    trail = ring.points("a", 20_000, 40_000)
    assert trail.times == tuple(range(20_000, 40_001, 2000))
    assert trail.values == tuple(float(number) for number in range(10, 21))
    assert ring.points("b", 0, 10**9).times == ()


def test_gaps_stay_gaps() -> None:
    ring = Ring()
    for at in (*range(0, 60_000, 2000), *range(300_000, 320_000, 2000)):
        ring.add(at, {"a": 1.0})
    ring.add(320_000, {"b": 1.0})
    ring.add(322_000, {"a": 2.0})
    times = ring.points("a", 0, 10**9).times
    assert 58_000 in times
    assert 300_000 in times
    assert not [at for at in times if 60_000 <= at < 300_000]
    assert 320_000 not in times
    spark = ring.spark("a", 322_000)
    assert any(isnan(value) for value in spark)
    assert not isnan(spark[-1])


def test_memory_is_bounded_and_old_points_become_means() -> None:
    ring = Ring()
    for number in range(30 * 60 * 3):
        ring.add(number * 2000, {"a": float(number % 30)})
    now = (30 * 60 * 3 - 1) * 2000
    trail = ring.points("a", 0, now)
    assert len(trail.times) < 2_300
    assert list(trail.times) == sorted(set(trail.times))
    old = ring.points("a", 10 * MINUTE, 20 * MINUTE)
    assert set(old.values) == {14.5}
    assert len(ring.points("a", now - 15 * MINUTE, now).times) == 451
    assert len(ring.spark("a", now)) == SPARK_POINTS


def test_a_day_later_the_first_hours_are_gone() -> None:
    ring = Ring()
    for number in range(30 * 60):
        ring.add(number * MINUTE, {"a": 1.0, "gone": 1.0} if number < 10 else {"a": 1.0})
    times = ring.points("a", 0, 30 * HOUR).times
    assert times[0] >= 2 * HOUR
    assert ring.points("gone", 0, 30 * HOUR).times == ()


def test_the_number_of_series_is_bounded() -> None:
    ring = Ring()
    ring.add(0, {f"mount:/{number}.percent": 1.0 for number in range(MOST_SERIES + 50)})
    found = sum(bool(ring.points(f"mount:/{number}.percent", 0, 1).times) for number in range(MOST_SERIES + 50))
    assert found == MOST_SERIES


@given(st.lists(st.tuples(st.integers(0, 10**7), st.dictionaries(st.sampled_from("abc"), st.floats(-1e9, 1e9))),
                max_size=60))
def test_any_clock_leaves_the_times_ascending(steps: list[tuple[int, dict[str, float]]]) -> None:
    ring = Ring()
    for at, values in steps:
        ring.add(at, values)
        for series in "abc":
            times = ring.points(series, 0, 10**8).times
            assert list(times) == sorted(set(times))
            assert not times or times[-1] <= at
            ring.spark(series, at)


def test_gap_grows_with_the_age_of_the_points() -> None:
    ring = Ring()
    for number in range(30 * 60 * 3):
        ring.add(number * 2000, {"a": 1.0})
    assert ring.gap(3 * HOUR - 15 * MINUTE) == 15 * SECOND
    assert ring.gap(0) > MINUTE


def test_long_steps_are_no_gaps_in_a_sparkline() -> None:
    ring = Ring()
    for number in range(10):
        ring.add(number * 30_000, {"a": 1.0})
    assert not any(isnan(value) for value in ring.spark("a", 270_000))
