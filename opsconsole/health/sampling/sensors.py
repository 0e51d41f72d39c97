"""The answer of the probe about sensors made into readings; units and names as hwmon of the kernel defines them."""

from __future__ import annotations

from typing import Final

from opsconsole.health.model import Sensor, SensorKind
from opsconsole.health.sampling.mounts import text

_KINDS: Final = {"t": SensorKind.TEMPERATURE, "f": SensorKind.FAN, "b": SensorKind.BATTERY}
_MILLI: Final = 1000
_LONGEST: Final = 12
_COLDEST, _HOTTEST = -60.0, 200.0
"""°C; outside of this a chip without a sensor at its pin is speaking."""


def parse_sensors(answer: str) -> tuple[Sensor, ...]:
    """Readings of an answer (see `probe`); what is broken or impossible is left out."""
    return tuple([sensor for word in answer.split() if (sensor := _sensor(word)) is not None])


def _sensor(word: str) -> Sensor | None:
    fields = word.split(":")
    if len(fields) != 7 or fields[0] not in _KINDS:
        return None
    try:
        chip, label = (text(bytes.fromhex(name)) if name != "-" else "" for name in fields[1:3])
        value, high, critical = (int(number) if number != "-" and len(number) < _LONGEST else None
                                 for number in fields[3:6])
    except ValueError:
        return None
    if value is None:
        return None
    kind, name = _KINDS[fields[0]], f"{chip} {label}".strip()
    if kind is SensorKind.TEMPERATURE:
        degrees = value / _MILLI
        if not _COLDEST <= degrees <= _HOTTEST:
            return None
        return Sensor(name, kind, degrees, None if high is None else high / _MILLI,
                      None if critical is None else critical / _MILLI)
    if kind is SensorKind.BATTERY:
        charging = {"1": True, "0": False}.get(fields[6])
        return Sensor(name, kind, float(value), charging=charging) if 0 <= value <= 100 else None
    return Sensor(name, kind, float(value)) if 0 <= value < 1_000_000 else None
