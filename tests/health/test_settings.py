"""Limits that make sense, and how they are overridden."""

from __future__ import annotations

import msgspec
import pytest

from opsconsole.core.config import ConfigMistakes, decode
from opsconsole.health.settings import BatteryLimits, CpuLimits, HealthSettings, MountLimits, PercentLimits


def read(text: str) -> HealthSettings:
    return decode(text, HealthSettings, source="opsconsole.yaml", env={})


def plain(*values: float | None) -> tuple[float | None, ...]:
    """Values without their units, for comparing."""
    return tuple(None if value is None else float(value) for value in values)


def test_nothing_configured_is_enough() -> None:
    settings = HealthSettings()
    assert plain(settings.cpu.warning, settings.cpu.critical, settings.cpu.warning_for) == (80, 95, 120)
    assert settings.shows_mount("/var")
    assert not settings.shows_mount("/snap/core/1")
    assert settings.shows_interface("eth0")
    assert not settings.shows_interface("veth12ab")


def test_a_part_of_a_limit_keeps_the_rest_of_its_own_defaults() -> None:
    settings = read("cpu: {warning: 70%, warning_for: 5m}\nmemory: {critical: null}\n")
    assert plain(settings.cpu.warning, settings.cpu.critical, settings.cpu.warning_for) == (70, 95, 300)
    assert plain(settings.memory.warning, settings.memory.critical) == (85, None)


def test_mounts_by_path_then_by_pattern() -> None:
    settings = read("mounts:\n  /srv/*: {warning: 90%}\n  /srv/a: {warning: 50%, inodes_critical: 99%}\n")
    assert plain(settings.space_of("/srv/a").warning, settings.space_of("/srv/a").critical) == (50, 95)
    assert plain(settings.space_of("/srv/b").warning) == (90,)
    assert settings.space_of("/var") == settings.space
    assert plain(settings.inodes_of("/srv/a").critical, settings.inodes_of("/srv/a").warning) == (99, 80)
    assert settings.inodes_of("/srv/b") == settings.inodes


@pytest.mark.parametrize("text", [
    "cpu: {warning: 96%}", "space: {warning: 95%, critical: 95%}", "battery: {warning: 5%}",
    "mounts:\n  /srv/*: {warning: 99%}", "silence: {warning: 5m}", "load: {warning: 9}", "swap: {warning: 60MB}",
])
def test_warning_must_come_before_critical(text: str) -> None:
    with pytest.raises(ConfigMistakes) as caught:
        read(text)
    assert "warning" in str(caught.value)
    assert "opsconsole.yaml:" in str(caught.value)


def test_unknown_keys_are_mistakes() -> None:
    with pytest.raises(ConfigMistakes):
        read("cpu: {warnings: 80%}")


def test_low_is_bad_for_a_battery() -> None:
    assert plain(BatteryLimits().warning) == (20,)
    with pytest.raises(ValueError, match="above"):
        BatteryLimits(warning=CpuLimits().warning, critical=CpuLimits().critical)


def test_every_key_has_a_description() -> None:
    def described(kind: type[msgspec.Struct]) -> None:
        for field in msgspec.structs.fields(kind):
            info = msgspec.inspect.type_info(field.type)
            assert isinstance(info, msgspec.inspect.Metadata), (kind, field.name)
            assert (info.extra_json_schema or {}).get("description"), (kind, field.name)

    for kind in (HealthSettings, MountLimits, PercentLimits, CpuLimits):
        described(kind)
