"""Each rule says something where it should, and nothing on a quiet host."""

from __future__ import annotations

import shlex

import pytest
from msgspec.structs import replace

from opsconsole.core.clock import HOUR, MINUTE
from opsconsole.core.levels import Level
from opsconsole.health.judging import advice
from opsconsole.health.judging.advice import Rule, Scene, Swelling, advise
from opsconsole.health.model import Advice, Cpu, Facts, Finding, Forecast, Mount, Sensor, SensorKind, Snapshot, Swap
from tests.health import samples

NOW = samples.NOW
GIB = 1024**3


def scene(snapshot: Snapshot | None = None, *, forecasts: tuple[Forecast, ...] = (), oom_kills: int = 0,
          swellings: tuple[Swelling, ...] = (), **levels: Level) -> Scene:
    """A scene with levels by target; `__` stands for the colon and the path."""
    found = {target: Finding(target, level, NOW) for target, level in _targets(levels).items()}
    return Scene(snapshot or samples.snapshot(), found, {one.target: one for one in forecasts}, swellings, oom_kills)


def _targets(levels: dict[str, Level]) -> dict[str, Level]:
    named = {"var": "mount:/var", "var_inodes": "inodes:/var", "var_readonly": "readonly:/var", "io": "io:pressure",
             "iowait": "iowait:cpu", "steal": "steal:cpu", "eth0": "net:eth0", "vdb": "disk:vdb",
             "package": "sensor:CPU package", "nas": "answer:/mnt/nas", "nas_space": "mount:/mnt/nas"}
    return {named.get(name, name): level for name, level in levels.items()}


def only(rule: Rule, given: Scene) -> Advice:
    found = list(rule(given))
    assert len(found) == 1
    one = found[0]
    assert one.measured
    assert one.meaning
    assert one.todo
    return one


def with_facts(**changes: object) -> Snapshot:
    quiet = samples.snapshot()
    return replace(quiet, facts=replace(quiet.facts, **changes))


def test_a_quiet_host_needs_nothing() -> None:
    assert advise(scene()) == ()


def test_disk_filling_by_level_and_by_forecast() -> None:
    by_level = only(advice.disk_filling, scene(var=Level.WARNING))
    assert (by_level.target, by_level.level) == ("mount:/var", Level.WARNING)
    assert "64 % full" in by_level.measured
    assert "du -xh" in by_level.command
    soon = Forecast("mount:/var", NOW + 3 * HOUR, 1e6, 3600)
    told = only(advice.disk_filling, scene(forecasts=(soon,)))
    assert told.level is Level.WARNING
    assert "full in 3 h" in told.meaning
    later = Forecast("mount:/var", NOW + 72 * HOUR, 1e6, 3600)
    assert only(advice.disk_filling, scene(forecasts=(later,))).level is Level.OK


def test_inodes() -> None:
    assert "inodes" in only(advice.inodes, scene(var_inodes=Level.CRITICAL)).measured
    assert list(advice.inodes(scene(var=Level.CRITICAL))) == []


def test_swap_without_need_only_when_it_would_fit_back() -> None:
    quiet = samples.snapshot()
    full = replace(quiet, swap=Swap(total=2 * GIB, used=GIB, in_rate=0.0, out_rate=0.0),
                   memory=replace(quiet.memory, used=2 * GIB, available=quiet.memory.total - 2 * GIB))
    assert "swapoff" in only(advice.swap_without_need, scene(full)).command
    assert list(advice.swap_without_need(scene(full, swap=Level.WARNING))) == []
    tight = replace(full, memory=replace(quiet.memory, available=GIB))
    assert list(advice.swap_without_need(scene(tight))) == []


def test_load_without_cpu_names_who_is_blocked() -> None:
    quiet = samples.snapshot()
    waiting = replace(quiet, cpu=Cpu(busy=12.0, iowait=60.0),
                      processes=(samples.process(7, "tar", 1, 3, "root", "tar cf /mnt/x", state="D"),))
    told = only(advice.load_without_cpu, scene(waiting, load=Level.WARNING))
    assert "tar (7)" in told.meaning
    assert "12 %" in told.measured
    busy = replace(waiting, cpu=Cpu(busy=99.0))
    assert list(advice.load_without_cpu(scene(busy, load=Level.WARNING))) == []


def test_cpu_busy_names_the_busiest() -> None:
    assert "postgres (8123)" in only(advice.cpu_busy, scene(cpu=Level.WARNING)).todo


def test_memory_short_names_the_largest() -> None:
    told = only(advice.memory_short, scene(memory=Level.CRITICAL))
    assert told.level is Level.CRITICAL
    assert "postgres (8123)" in told.todo
    assert "swap" in only(advice.memory_short, scene(swap=Level.WARNING)).measured


def test_memory_growth_of_one_process() -> None:
    grown = Swelling(samples.PROCESSES[1], 100 * 1024**2, 7200.0)
    told = only(advice.swelling, scene(swellings=(grown,)))
    assert told.target == "process:9010"
    assert "100 MiB to 410 MiB in 2 h" in told.measured


def test_failed_units_are_named_and_counted() -> None:
    units = ("a.service", "b; rm -rf ~.service", "c.service", "d.service")
    found = list(advice.failed_units(scene(with_facts(failed_units=units), units=Level.WARNING)))
    assert [one.measured for one in found] == ["a.service failed", "b; rm -rf ~.service failed", "c.service failed",
                                               "1 more unit failed"]
    assert shlex.split(found[1].command)[2] == units[1]


@pytest.mark.parametrize(("rule", "changes", "levels", "word"), [
    (advice.clock, {"clock_synchronised": False}, {"clock": Level.WARNING}, "synchronised"),
    (advice.reboot, {"reboot_required": True, "reboot_packages": ("libc6", "a", "b", "c")}, {}, "libc6, a, b and 1"),
    (advice.security_updates, {"security_updates": 1}, {}, "security updates: 1 not"),
    (advice.oom, {"oom_kills": 2}, {}, "2 processes killed for lack of memory since boot"),
    (advice.zombies, {"zombies": 10}, {}, "10 zombie"),
    (advice.open_files, {"open_files": 90, "open_files_limit": 100}, {"files": Level.WARNING}, "90 of 100"),
])
def test_facts(rule: Rule, changes: dict[str, object], levels: dict[str, Level], word: str) -> None:
    changed = scene(with_facts(**changes))
    found = {target: Finding(target, level, NOW) for target, level in levels.items()}
    assert word in only(rule, changed._replace(found=found)).measured
    assert list(rule(scene(replace(samples.snapshot(), facts=Facts())))) == []


def test_a_kill_that_was_seen_is_told_as_such() -> None:
    told = only(advice.oom, scene(with_facts(oom_kills=9), oom_kills=1, oom=Level.WARNING))
    assert (told.measured, told.level) == ("1 process killed for lack of memory", Level.WARNING)


def test_updates_by_the_tool_of_the_system() -> None:
    debian = with_facts(security_updates=3)
    fedora = replace(debian, host=replace(debian.host, system="Fedora Linux 41"))
    assert "apt" in only(advice.security_updates, scene(debian)).command
    assert "dnf" in only(advice.security_updates, scene(fedora)).command


def test_read_only_hung_and_refusing_mounts() -> None:
    assert "read-only" in only(advice.read_only, scene(var_readonly=Level.CRITICAL)).measured
    quiet = samples.snapshot()
    hung = replace(quiet, mounts=(Mount("/mnt/nas", "nas:/x", "nfs4", silent_since=NOW - 4 * MINUTE),))
    told = only(advice.silent_mount, scene(hung, nas=Level.CRITICAL))
    assert told.measured == "/mnt/nas has not answered for 4 min"
    assert told.command == "umount -l /mnt/nas"
    stale = replace(quiet, mounts=(Mount("/mnt/nas", "nas:/x", "nfs4", problem="Stale file handle"),))
    assert "Stale" in only(advice.refused_mount, scene(stale, nas_space=Level.UNKNOWN)).measured


def test_devices() -> None:
    quiet = samples.snapshot()
    noisy = replace(quiet, interfaces=(replace(quiet.interfaces[0], errors=500, error_rate=12.5),))
    assert "12.5 errors/s" in only(advice.interface_errors, scene(noisy, eth0=Level.WARNING)).measured
    assert "vdb" in only(advice.disk_busy, scene(vdb=Level.WARNING)).measured
    assert "52 °C" in only(advice.hot, scene(package=Level.CRITICAL)).measured
    assert "other guests" in only(advice.stolen, scene(steal=Level.WARNING)).measured
    flat = replace(quiet, sensors=(Sensor("CPU package", SensorKind.BATTERY, 9.0, charging=False),))
    assert "9 % left" in only(advice.hot, scene(flat, package=Level.CRITICAL)).measured


def test_the_worst_comes_first() -> None:
    given = advise(scene(with_facts(reboot_required=True, failed_units=("a.service",)), units=Level.WARNING,
                         memory=Level.CRITICAL))
    assert [one.target for one in given] == ["memory", "units", "reboot"]
