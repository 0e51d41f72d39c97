"""The whole way from snapshots to an overall state, over time."""

from __future__ import annotations

from msgspec.structs import replace

from opsconsole.core.clock import HOUR, MINUTE
from opsconsole.core.levels import Level
from opsconsole.health.judging.monitor import Monitor
from opsconsole.health.judging.readings import line_of
from opsconsole.health.model import Cpu, Health, Mount, Snapshot, State
from opsconsole.health.settings import HealthSettings
from tests.health import samples
from tests.health.samples import HandClock


def run(steps: list[Snapshot], *, step: float = 2.0, settings: HealthSettings | None = None) -> list[Health]:
    clock = HandClock()
    monitor = Monitor(settings or HealthSettings(), clock)
    found = []
    for snapshot in steps:
        found.append(monitor.take(replace(snapshot, at=clock.at)))
        clock.forward(step)
    return found


def level(health: Health, target: str) -> Level | None:
    finding = health.finding(target)
    return finding.level if finding else None


def test_states_of_the_samples() -> None:
    assert [state().state for state in (samples.normal, samples.degraded, samples.critical, samples.hung_mount,
                                        samples.no_sensors, samples.first)] == [
        State.NORMAL, State.DEGRADED, State.CRITICAL, State.CRITICAL, State.NORMAL, State.UNKNOWN]


def test_the_first_sample_is_not_green_and_the_second_is() -> None:
    first = replace(samples.snapshot(), cpu=Cpu(busy=None), interval=None)
    assert [one.state for one in run([first, samples.snapshot()])] == [State.UNKNOWN, State.NORMAL]


def test_a_peak_of_the_processor_is_not_told_but_a_plateau_is() -> None:
    hot = replace(samples.snapshot(), cpu=Cpu(busy=90.0))
    found = run([hot] * 62 + [samples.snapshot()])
    assert found[30].state is State.NORMAL
    assert found[61].state is State.DEGRADED
    assert found[62].state is State.NORMAL


def test_a_mount_that_hangs_is_unknown_then_warning_then_critical() -> None:
    quiet = samples.snapshot()
    hung = replace(quiet, mounts=(*quiet.mounts[1:], Mount("/", "/dev/vda1", "ext4", silent_since=samples.NOW)))
    found = run([quiet, *[hung] * 70])
    assert found[2].state is State.UNKNOWN
    assert (found[8].state, found[65].state) == (State.DEGRADED, State.CRITICAL)
    assert level(found[65], "mount:/") is Level.UNKNOWN
    assert found[65].findings[0].since == samples.NOW
    assert line_of(found[65].findings[0].target) == "mount:/"


def test_a_full_mount_that_hangs_stays_full() -> None:
    quiet = samples.snapshot()
    full = replace(quiet, mounts=(samples.mount("/var", "/dev/vdb1", 46, 97),))
    hung = replace(quiet, mounts=(Mount("/var", "/dev/vdb1", "ext4", silent_since=samples.NOW),))
    assert level(run([full, hung])[1], "mount:/var") is Level.CRITICAL


def test_an_unmounted_one_is_forgotten_but_a_lost_table_is_not() -> None:
    quiet = samples.snapshot()
    full = replace(quiet, mounts=(samples.mount("/var", "/dev/vdb1", 46, 97), quiet.mounts[0]))
    gone, lost = replace(quiet, mounts=quiet.mounts[:1]), replace(quiet, mounts=())
    assert level(run([full, gone])[1], "mount:/var") is None
    assert level(run([full, lost])[1], "mount:/var") is Level.CRITICAL


def test_read_only_is_told_only_when_it_was_writable() -> None:
    quiet = samples.snapshot()
    locked = replace(quiet, mounts=(replace(quiet.mounts[0], read_only=True), *quiet.mounts[1:]))
    found = run([quiet, locked, quiet])
    assert [level(one, "readonly:/") for one in found] == [Level.OK, Level.CRITICAL, Level.OK]
    assert run([locked, locked])[1].state is State.NORMAL


def test_oom_kills_count_from_now_and_fade() -> None:
    def kills(number: int) -> Snapshot:
        quiet = samples.snapshot()
        return replace(quiet, facts=replace(quiet.facts, oom_kills=number))

    found = run([kills(3), kills(4), *[kills(4)] * 130], step=30.0)
    assert (found[0].state, found[1].state, found[131].state) == (State.NORMAL, State.DEGRADED, State.NORMAL)
    assert found[1].findings[0].reason == "1 process killed by the kernel"
    assert found[0].advice[0].level is Level.OK


def test_what_was_known_and_is_not_any_more_is_unknown() -> None:
    quiet = samples.snapshot()
    blind = replace(quiet, facts=replace(quiet.facts, failed_units=None))
    assert run([blind])[0].finding("units") is None
    assert level(run([quiet, blind])[1], "units") is Level.UNKNOWN


def test_forecast_of_a_mount_that_fills() -> None:
    forecast = samples.degraded().forecasts[0]
    assert forecast.target == "mount:/var"
    assert 2 * 24 * HOUR < forecast.full_at - samples.NOW < 4 * 24 * HOUR
    assert samples.normal().forecasts == ()


def test_a_process_that_only_grows_is_told() -> None:
    def at(number: int) -> Snapshot:
        grown = samples.process(99, "leaky", 1, 200 + number * 10, "shop", "leaky")
        return replace(samples.snapshot(), processes=(grown,))

    last = run([at(number) for number in range(60)], step=60.0)[-1]
    assert [one.target for one in last.advice] == ["process:99"]
    still = run([at(0) for _ in range(60)], step=60.0)[-1]
    assert still.advice == ()


def test_ignored_ones_are_neither_shown_nor_judged() -> None:
    quiet = samples.snapshot()
    full = samples.mount("/snap/core/1", "/dev/loop0", 1, 100)
    found = run([replace(quiet, mounts=(*quiet.mounts, full))])[0]
    assert found.finding("mount:/snap/core/1") is None
    assert "/snap/core/1" not in [mount.path for mount in found.snapshot.mounts]


def test_images_are_full_by_nature() -> None:
    quiet = samples.snapshot()
    image = samples.mount("/media/cd", "/dev/sr0", 1, 100, kind="iso9660")
    assert run([replace(quiet, mounts=(*quiet.mounts, image))])[0].state is State.NORMAL


def test_a_wall_clock_that_jumps_changes_no_level() -> None:
    clock = HandClock()
    monitor = Monitor(HealthSettings(), clock)
    full = replace(samples.snapshot(), mounts=(samples.mount("/var", "/dev/vdb1", 46, 97),))
    for jump in (0, -5 * HOUR, 9 * HOUR, -MINUTE):
        clock.at += jump
        clock.forward(2)
        health = monitor.take(replace(full, at=clock.at))
        assert level(health, "mount:/var") is Level.CRITICAL
        assert all(one.since <= clock.at for one in health.findings)


def test_what_nobody_draws_is_judged_the_same() -> None:
    clock = HandClock(samples.NOW - samples.WATCHED)
    drawn, plain = Monitor(HealthSettings(), clock), Monitor(HealthSettings(), clock, drawn=False)
    while clock.at < samples.NOW:
        clock.forward(60)
        with_trails, without = [one.take(samples.degraded_at(clock.at)) for one in (drawn, plain)]
    assert without.forecasts
    assert with_trails.trails
    assert without == replace(with_trails, trails={})
    assert not plain.trails.points("cpu.busy", 0, clock.at).times
