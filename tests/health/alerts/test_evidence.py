"""What is kept of the moment at which something fired: limited, never in the way, raw."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from opsconsole.core.clock import MINUTE
from opsconsole.core.levels import Level
from opsconsole.health.alerts import evidence as module
from opsconsole.health.alerts.evidence import MOST, Sources, Witness, look_at_processes
from opsconsole.health.changes.model import Change, ChangeKind
from tests.health import samples
from tests.health.alerts.place import Place, place

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pytest

    from opsconsole.core.clock import Instant
    from opsconsole.health.alerts.model import Alert
    from opsconsole.health.model import Process

CHECKS = """
checks:
  web: {kind: unit, unit: nginx.service}
"""
JOURNAL = '#!/bin/sh\necho "$@"\necho "nginx: bind() failed"\n'


async def changes(since: Instant, until: Instant) -> Sequence[Change]:
    return [Change(until - MINUTE, ChangeKind.PACKAGE, "nginx upgraded")]


def program(folder: Path, text: str = JOURNAL) -> str:
    path = folder / "journalctl"
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def witness(host: Place, folder: Path, **given: Any) -> Witness:
    sources = Sources(snapshot=samples.snapshot, outcomes=lambda: host.outcomes, changes=changes,
                      checks=host.settings.checks, processes=lambda: samples.PROCESSES, journal=program(folder))
    return Witness(host.db, host.guard, host.clock, sources._replace(**given))


async def fires(host: Place, made: Witness, output: str = "detail") -> dict[str, str]:
    """The parts of the first alert's evidence."""
    host.options["fired"] = made
    host.restart()
    for _ in range(2):
        await host.run("web", Level.CRITICAL, "inactive")
        host.outcomes["web"] = replace(host.outcomes["web"], output=output)
    assert await host.kinds() == ["firing"]
    await made.settle()
    found = await host.service.evidence(1)
    return {} if found is None else {part.title: part.text for part in found.parts}


async def test_what_is_kept(tmp_path: Path) -> None:
    async with place(tmp_path, CHECKS) as host:
        parts = await fires(host, witness(host, tmp_path))
        assert list(parts) == ["output", "journal of nginx.service", "changes", "processes", "mounts"]
        assert "inactive" in parts["output"]
        assert "--unit=nginx.service" in parts["journal of nginx.service"]
        assert "bind() failed" in parts["journal of nginx.service"]
        assert "nginx upgraded" in parts["changes"]
        assert "postgres" in parts["processes"]
        assert "/srv/shop/media" in parts["mounts"]
        assert "vdb" in parts["mounts"]
        assert (await host.open())[0].evidence


async def test_arguments_of_processes_are_not_kept(tmp_path: Path) -> None:
    async with place(tmp_path, CHECKS) as host:
        secret = replace(samples.PROCESSES[0], command="backup --password=hunter2")
        parts = await fires(host, witness(host, tmp_path, processes=lambda: (secret,)))
        assert "hunter2" not in str(parts)
        assert secret.name in parts["processes"]


async def test_it_is_limited(tmp_path: Path) -> None:
    async with place(tmp_path, CHECKS) as host:
        shout = '#!/bin/sh\nyes "0123456789 ä" | head -c 60000\necho the end\n'
        many = tuple(replace(samples.PROCESSES[0], pid=number, name="ü" * 900) for number in range(40))
        made = witness(host, tmp_path, processes=lambda: many)
        program(tmp_path, shout)
        parts = await fires(host, made, output="x" * 100_000)
        assert sum(len(text.encode()) for text in parts.values()) <= MOST
        assert all(len(text.encode()) <= MOST // 4 for text in parts.values())
        assert parts["journal of nginx.service"].endswith("the end")


async def test_what_hangs_or_fails_is_said_and_holds_up_nothing(tmp_path: Path,
                                                               monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LIMIT", 1.3)
    stuck = asyncio.Event()

    async def never(since: Instant, until: Instant) -> Sequence[Change]:
        await stuck.wait()
        return []

    def broken() -> Sequence[Process]:
        raise PermissionError(13, "Permission denied")

    async with place(tmp_path, CHECKS) as host:
        made = witness(host, tmp_path, changes=never, processes=broken)
        program(tmp_path, "#!/bin/sh\nsleep 60\n")
        parts = await fires(host, made)
        assert parts["changes"] == "no answer within 1.3 s"
        assert "Permission denied" in parts["processes"]
        assert "/srv/shop/media" in parts["mounts"]
        assert "journal of nginx.service" not in parts or "60" not in parts["journal of nginx.service"]


async def test_a_machine_without_a_journal(tmp_path: Path) -> None:
    async with place(tmp_path, CHECKS) as host:
        parts = await fires(host, witness(host, tmp_path, journal=str(tmp_path / "none"), changes=None, snapshot=None))
        assert list(parts) == ["output", "processes"]


async def test_failed_units_of_the_host(tmp_path: Path) -> None:
    async with place(tmp_path) as host:
        bad = replace(samples.snapshot(), facts=replace(samples.snapshot().facts, failed_units=(
            "redis.service", "--help", "a b.service")))
        made = witness(host, tmp_path, snapshot=lambda: bad)
        host.options["fired"] = made
        host.restart()
        host.find("units", Level.WARNING, "redis.service failed")
        await host.beat()
        await made.settle()
        found = await host.service.evidence(1)
        assert found is not None
        assert [part.title for part in found.parts if part.title.startswith("journal")] == ["journal of redis.service"]


async def test_nothing_is_kept_without_the_lease(tmp_path: Path) -> None:
    async with place(tmp_path, CHECKS) as host:
        made = witness(host, tmp_path)

        def lose(alert: Alert) -> None:
            host.guard.held = False
            made(alert)

        host.options["fired"] = lose
        host.restart()
        for _ in range(2):
            await host.run("web", Level.CRITICAL, "inactive")
        await made.settle()
        assert await host.service.evidence(1) is None
        assert await host.kinds() == ["firing"]


async def test_hostile_output_is_kept_as_it_was(tmp_path: Path) -> None:
    async with place(tmp_path, CHECKS) as host:
        text = "\x1b[31mred\x07 \udcff end"
        parts = await fires(host, witness(host, tmp_path), output=text)
        assert "\x1b[31mred\x07" in parts["output"]


async def test_ending_ends_what_is_under_way(tmp_path: Path) -> None:
    async with place(tmp_path, CHECKS) as host:
        made = witness(host, tmp_path)
        program(tmp_path, "#!/bin/sh\nsleep 60\n")
        host.options["fired"] = made
        host.restart()
        for _ in range(2):
            await host.run("web", Level.CRITICAL, "inactive")
        await asyncio.sleep(0)
        async with asyncio.timeout(20):
            await made.close()
        assert await host.service.evidence(1) is None


def test_the_processes_of_this_machine() -> None:
    found = look_at_processes()
    assert any(one.pid == 1 for one in found)
    assert any(one.cpu is not None for one in found)
