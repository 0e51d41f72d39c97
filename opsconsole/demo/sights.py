"""What the checks of the invented server find at any moment. Pure: the same at the same moment."""

from __future__ import annotations

from math import sin
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core.clock import DAY, HOUR, MINUTE
from opsconsole.core.format import duration, size
from opsconsole.core.levels import Level
from opsconsole.demo.beats import last_beat
from opsconsole.demo.host import activity
from opsconsole.demo.world import BROKE
from opsconsole.health.checks.judge import judge
from opsconsole.health.checks.model import Measured, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.demo.world import Outage, World
    from opsconsole.health.checks.model import Value
    from opsconsole.health.checks.settings.base import Check

_SLOW: Final = 3.4
"""Seconds that pages take while that is broken on which they rest."""
_FULL: Final = 6
"""How many times as much waits then."""


def outcome(world: World, name: str, at: Instant, outages: Sequence[Outage]) -> Outcome:
    """What is thought of one run of a check.

    Args:
        world: the server.
        name: of the check.
        at: when it runs.
        outages: of this check.
    """
    check = world.checks[name]
    wrong = next((one for one in outages if one.begun <= at and (one.ended is None or at < one.ended)), None)
    values = values_of(world, name, at)
    took = float(values.get("latency") or 0.002)
    if wrong is None:
        return judge(check, Measured(values, text_of(check, values)), at, took, name)
    if wrong.ended is None and name == world.plot.broken:
        return judge(check, Measured({}, "", problem=wrong.says, output=world.plot.trouble.output), at, took, name)
    if wrong.level is Level.CRITICAL:
        return judge(check, Measured({}, "", problem=wrong.says), at, took, name)
    return judge(check, Measured(values, wrong.says, level=wrong.level), at, took, name)


class _Look(NamedTuple):
    """A check at a moment."""

    at: Instant
    draw: float
    """What is peculiar to it, 0 to 1."""
    days: float
    """Since the history begins."""
    busy: float
    """How much goes on, 0 to 1."""


def values_of(world: World, name: str, at: Instant) -> dict[str, Value]:
    """The figures of a check while nothing is wrong with it, though it may be slow because of something else."""
    check = world.checks[name]
    make = _queue if getattr(check, "queues", ()) else _FIGURES.get(check.kind, _answering)
    made = make(_Look(at, world.share(name), (at - world.begun) / DAY, activity(at)))
    if check.kind == "heartbeat":
        made["age"] = (at - last_beat(world, name, at)) / 1000
    if name in world.plot.hit and at > world.now - BROKE:
        if check.kind == "http":
            latency = _SLOW + 0.3 * sin(at / 130_000)
            made |= {"latency": latency, "first_byte": latency * 0.9}
        elif isinstance(depth := made.get("depth"), float):
            made["depth"] = depth * _FULL
    return made


def text_of(check: Check, values: Mapping[str, Value]) -> str:
    """What a person reads beside a check with which nothing is wrong."""
    number = {name: float(value) for name, value in values.items() if isinstance(value, int | float)}
    form = "{depth:,.0f} jobs" if "depth" in number else _TEXTS.get(check.kind, "answers")
    return form.format(**number, old=duration(number.get("age", 0.0)), large=size(number.get("size", 0.0)),
                       used=size(number.get("memory", 0.0)), days=number.get("certificate", 0.0) / 86_400)


_TEXTS: Final = {
    "http": "{status:.0f}", "redis": "{used} used",
    "postgres": "{connections:.0f} of {connections_max:.0f} connections",
    "mysql": "{connections:.0f} of {connections_max:.0f} connections", "log": "{rate:.0f} in a minute",
    "access-log": "{requests:.1f} a second, {error_rate:.2f} % errors", "file": "{old} old, {large}",
    "heartbeat": "{old} ago", "tls": "expires in {days:.0f} d", "process": "{count:.0f} running",
    "metric": "{value:,.0f}"}


def _web(look: _Look) -> dict[str, Value]:
    latency = (0.05 + 0.09 * look.draw) * (1 + look.busy) * (1 + 0.25 * sin(look.at / 310_000 + 9 * look.draw))
    return {"status": 200.0, "latency": latency, "first_byte": latency * 0.8, "connect": 0.004, "tls": 0.011,
            "dns": 0.002, "size": 18_000 + 40_000 * look.draw, "redirects": 0.0,
            "certificate": (89 - look.days) * 86_400}


def _redis(look: _Look) -> dict[str, Value]:
    return {"latency": 0.0006 + 0.0005 * look.draw, "version": "7.0.14", "role": "master",
            "clients": 18.0 + round(30 * look.busy), "clients_max": 10_000.0, "operations": 210 + 900 * look.busy,
            "memory": (96 + 40 * look.busy) * 2**20}


def _queue(look: _Look) -> dict[str, Value]:
    waiting = round(20 + 220 * look.busy * (1 + 0.4 * sin(look.at / 700_000)))
    return {**_redis(look), "depth": float(waiting)}


def _database(look: _Look) -> dict[str, Value]:
    connections = float(round(12 + 60 * look.busy))
    return {"latency": 0.004 + 0.006 * look.draw, "version": "15.9", "connections": connections,
            "connections_max": 300.0, "connections_percent": connections / 3, "running": 1 + connections // 20,
            "slowest": 0.2 + 1.1 * look.busy, "size": 14e9 + 2e7 * look.days, "query_time": 0.006}


def _log(look: _Look) -> dict[str, Value]:
    rate = float(round(3 * look.draw * look.busy))
    return {"rate": rate, "failed_sign_ins": float(look.at // HOUR % 7 == 3), "lines": 400 + 3000 * look.busy,
            "matches": rate, "rate.unknown": rate}


def _visits(look: _Look) -> dict[str, Value]:
    requests = 0.6 + 21 * look.busy * (1 + 0.15 * sin(look.at / 400_000))
    errors = 0.012 + 0.02 * look.draw
    return {"requests": requests, "count": requests * 60, "error_rate": errors, "errors_5xx": errors,
            "errors_4xx": 0.8 + look.draw, "p50": 0.06, "p95": 0.21 + 0.1 * look.busy, "p99": 0.6, "slowest": 1.4,
            "bytes": requests * 31_000}


def _file(look: _Look) -> dict[str, Value]:
    # It is made once a day, in the night.
    age = (look.at - round((2 + look.draw) * HOUR)) % DAY // MINUTE * 60.0
    return {"exists": True, "age": age, "size": 1.2e9 + 4e6 * look.days, "count": 14.0, "total": 1.7e10}


def _beat(look: _Look) -> dict[str, Value]:
    return {"took": 40 + 300 * look.draw, "state": "ok"}


def _certificate(look: _Look) -> dict[str, Value]:
    return {"certificate": (89 - look.days) * 86_400, "latency": 0.02 + 0.01 * look.draw, "chain": True,
            "host_name": True, "protocol": "TLSv1.3", "issuer": "R11"}


def _programs(look: _Look) -> dict[str, Value]:
    return {"count": 4.0, "memory": 3.6e8, "cpu": 4 + 20 * look.busy, "age": look.days * 86_400}


def _sent(look: _Look) -> dict[str, Value]:
    return {"value": float(round((12 + 60 * look.draw) * (1 + look.at % DAY / DAY))),
            "age": float(look.at % HOUR // 1000)}


def _answering(look: _Look) -> dict[str, Value]:
    return {"latency": 0.008 + 0.02 * look.draw, "banner": "220 mail.example ESMTP", "addresses": "v=spf1 mx -all",
            "count": 1.0}


_FIGURES: Final[Mapping[str, Callable[[_Look], dict[str, Value]]]] = {
    "http": _web, "redis": _redis, "postgres": _database, "mysql": _database, "log": _log, "access-log": _visits,
    "file": _file, "heartbeat": _beat, "tls": _certificate, "process": _programs, "metric": _sent}
