from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from opsconsole.health.checks.settings import Checks
from opsconsole.health.history.names import UNITS, is_latency, meaning
from opsconsole.health.judging.trail import metrics
from opsconsole.health.model import Cpu, Disk, Interface, Mount, Pressure, Sensor, SensorKind, Swap
from tests.health import samples

FAMILY = re.compile("opsconsole_[a-z][a-z0-9_]*")
KINDS = Checks.__args__[1].__args__  # type: ignore[attr-defined]


@pytest.mark.parametrize(("series", "family", "labels"), [
    ("cpu.busy", "opsconsole_cpu_busy_percent", ()),
    ("cpu.core.12", "opsconsole_cpu_core_busy_percent", (("core", "12"),)),
    ("mount:/var/lib/x.y.percent", "opsconsole_mount_used_percent", (("mount", "/var/lib/x.y"),)),
    ("mount:/a:b.free", "opsconsole_mount_free_bytes", (("mount", "/a:b"),)),
    ("net:eth0.receive_rate", "opsconsole_net_receive_bytes_per_second", (("interface", "eth0"),)),
    ("swap.in_rate", "opsconsole_swap_in_bytes_per_second", ()),
    ("load.one", "opsconsole_load_one", ()),
    ("check:shop.latency", "opsconsole_check_latency_seconds", (("check", "shop"),)),
    ("check:shop.example.latency", "opsconsole_check_latency_seconds", (("check", "shop.example"),)),
    ("check:shop.value", "opsconsole_check_value", (("check", "shop"),)),
    ("check:shop.status", "opsconsole_check_value", (("check", "shop"), ("value", "status"))),
    ("check:plugin./var", "opsconsole_check_value", (("check", "plugin"), ("value", "/var"))),
    ("metric:orders.today", "opsconsole_metric", (("metric", "orders.today"),)),
    ("check:", "opsconsole_value", (("series", "check:"),)),
    ("mount:/x.unheard_of", "opsconsole_value", (("series", "mount:/x.unheard_of"),)),
    ("", "opsconsole_value", (("series", ""),)),
])
def test_a_series_is_a_metric_with_labels(series: str, family: str, labels: tuple[tuple[str, str], ...]) -> None:
    found = meaning(series)
    assert (found.family, found.labels) == (family, labels)


def test_the_values_of_a_known_check_keep_their_names_and_units() -> None:
    checks = {"web.log": {"rate.database": "number", "bytes": "bytes per second"}, "web": {}}
    assert meaning("check:web.log.bytes", checks).family == "opsconsole_check_bytes_bytes_per_second"
    assert meaning("check:web.log.rate.database", checks).labels == (("check", "web.log"), ("value", "rate.database"))
    assert meaning("check:web.log.rate.database").labels == (("check", "web.log.rate"),), "unknown: by the last dot"


def test_every_figure_of_a_host_has_a_name() -> None:
    snapshot = replace(
        samples.critical().snapshot, cpu=Cpu(1, 2, 3, 4, 5, (6.0, 7.0)), swap=Swap(100, 10, 1, 1),
        pressure=Pressure(1, 2, 3, 4, 5), disks=(Disk("vda", 1, 2, 3, 4, 5),),
        mounts=(Mount("/", "vda1", "ext4", total=9, used=5, free=4, inodes_total=10, inodes_used=3),),
        interfaces=(Interface("eth0", up=True, receive_rate=1, send_rate=2, error_rate=3, drop_rate=4),),
        sensors=(Sensor("core", SensorKind.TEMPERATURE, 40.0),))
    names = metrics(snapshot)
    assert len(names) > 40
    families = {(meaning(name).family, meaning(name).labels) for name in names}
    assert len(families) == len(names)
    assert [name for name in names if meaning(name).metric == "value"] == []


def test_every_value_of_every_check_has_a_valid_name() -> None:
    assert len(KINDS) == 20
    for kind in KINDS:
        for value, unit in kind.VALUES.items():
            found = meaning(f"check:some.{value}", {"some": dict(kind.VALUES)})
            assert FAMILY.fullmatch(found.family)
            assert found.unit == unit or found.metric == "value" or unit not in UNITS


@given(st.text())
def test_any_name_is_a_valid_metric(series: str) -> None:
    for name in (series, f"check:{series}", f"mount:{series}", f"cpu.core.{series}", f"check:a.{series}"):
        found = meaning(name)
        assert FAMILY.fullmatch(found.family)
        assert found.family.endswith(UNITS.get(found.unit, ""))


def test_what_is_a_latency() -> None:
    assert is_latency("check:shop.latency")
    assert is_latency("check:shop.first_byte")
    assert not is_latency("cpu.busy")
    assert not is_latency("check:latency.value")
