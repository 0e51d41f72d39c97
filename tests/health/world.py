"""A made-up world for a real agent in simulated time: a host and its services, with all that can go wrong."""

from __future__ import annotations

import asyncio
import os
import random
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

from msgspec.structs import replace

from opsconsole.agent.app import Agent, AgentOptions
from opsconsole.agent.model import Timing
from opsconsole.agent.service import ServiceManager
from opsconsole.core.clock import HOUR, Instant
from opsconsole.health import recording
from opsconsole.health.changes import collect
from opsconsole.health.checks import runner
from opsconsole.health.checks.model import Measured
from opsconsole.settings import load_settings
from tests.health.samples import mount, snapshot, wave

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opsconsole.health.checks.runner import Scope
    from opsconsole.health.model import Snapshot
    from tests.simulated import SimulatedClock

CONFIG = """
data: {folder}/data
agent: {{record: {record}}}
health: {{logs: {folder}, growth: null}}
checks:
{checks}
rules:
  slow: {{metric: "check:http-*.latency", of: p95, over: 10m, warning: "> 2s"}}
  queue: {{metric: "check:redis-0.depth", warning: "> 500", critical: "> 2000", for: 1m}}
  traffic: {{metric: "net:*.receive_rate", of: mean, over: 5m, warning: "> 2MB/s"}}
  flaps: {{check: tcp-0, critical: "latency > 1s", within: 3 of 10}}
"""
KINDS = {"http": 10, "tcp": 10, "file": 5, "redis": 5}
"""How many checks of each."""
KEYS = {"http": "url: http://127.0.0.1/{}", "tcp": "host: 127.0.0.1, port: 1{}", "file": "path: /tmp/{}",
        "redis": "port: 2{}"}


class World:
    """What is measured: a host whose containers come and go, services that fail now and then.

    Args:
        clock: the time.
        life: of a container, ms.
    """

    def __init__(self, clock: SimulatedClock, life: int = HOUR // 2) -> None:
        self._clock, self._life = clock, life
        self._chance = random.Random(1)

    def snapshot(self, at: Instant) -> Snapshot:
        """The host; a disk that fills up on some days, an interface and a mount of a container while it lives."""
        quiet = snapshot(at)
        number = at // self._life
        container = replace(quiet.interfaces[1], name=f"veth{number:x}", receive_rate=wave(at, 1e6, 9e5, 700))
        share = wave(at, 70, 25, 100_000)
        processes = tuple(replace(one, pid=one.pid + 50_000 + number, started=at - at % HOUR)
                          for one in quiet.processes[:4])
        return replace(quiet, interfaces=(*quiet.interfaces, container),
                       mounts=(*quiet.mounts, mount(f"/run/containers/{number:x}", "overlay", 20, share),
                               mount("/srv/data", "/dev/vdd1", 900, min(97.0, share + 10))),
                       processes=(*quiet.processes, *processes))

    async def answer(self, check: Any, scope: Scope) -> Measured:
        """A service; each one is down, slow or silent for a while, at times of its own."""
        at, chance = self._clock.now(), self._chance
        place = (at // (10 * 60_000) * 31 + sum(scope.name.encode()) * 7) % 97
        scope.memory["runs"] = scope.memory.get("runs", 0) + 1
        latency = chance.lognormvariate(-3, 0.5)
        if place == 1:
            return Measured({}, "", problem="refused")
        if place == 2:
            await asyncio.sleep(check.timeout * 2)
        if place == 3 and at // 30_000 % 2:
            return Measured({}, "", problem="reset")
        await asyncio.sleep(latency * (50 if place == 4 else 1))
        values: dict[str, Any] = {"http": {"status": 200, "size": 512.0}, "file": {"exists": True, "age": 30.0},
                                  "redis": {"depth": 40.0 * (100 if place == 5 else 1)}}.get(check.kind, {})
        return Measured({"latency": latency, **values}, f"{latency:.3f} s")



def prepared(folder: Path, every: str = "30s", record: str = "10s", *, share: int = 1) -> Path:
    """The configuration file of such an agent; with every check, or one of `share`."""
    checks = "".join(f"  {kind}-{number}: {{kind: {kind}, every: {every}, timeout: 10s, {KEYS[kind].format(number)}}}\n"
                     for kind, count in KINDS.items() for number in range(0, count, share))
    path = folder / "opsconsole.yaml"
    path.write_text(CONFIG.format(folder=folder, checks=checks, record=record))
    return path


async def _no_units(*_: Any) -> list[Any]:
    return []


@contextmanager
def living(config: Path, clock: SimulatedClock, life: int = HOUR // 2, timing: Timing | None = None) -> Iterator[Agent]:
    """A real agent; only what it measures is made up."""
    loaded = load_settings(config, {**os.environ, "XDG_STATE_HOME": str(config.parent / "state")})
    world = World(clock, life)
    with ExitStack() as stack:
        stack.enter_context(mock.patch.dict(runner._known, dict.fromkeys(KINDS, world.answer)))
        # A program that is started takes real time.
        stack.enter_context(mock.patch.object(collect, "units", _no_units))
        stack.enter_context(mock.patch.object(recording.Recording, "_sample",
                                              lambda self: world.snapshot(self._clock.now())))
        yield Agent(loaded, AgentOptions(), ServiceManager(), read=lambda: loaded, clock=clock,
                    timing=timing or Timing())
