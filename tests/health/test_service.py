from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from opsconsole.core import audit
from opsconsole.core.clock import SystemClock
from opsconsole.core.database import RECORDS, Database
from opsconsole.core.errors import OpsError, PermissionDenied, StorageError, StorageUnusable
from opsconsole.core.identity import Actor, Role
from opsconsole.health.sampling.processes import ProcessTable
from opsconsole.health.service import HealthService, ProcessGone, Refused, Signal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from opsconsole.health.model import Process

ANA = Actor("ana", 1000, Role.OPERATOR, "192.0.2.7")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(tmp_path / "opsconsole.db", RECORDS)
    yield opened
    await opened.close()


@pytest.fixture
def service(database: Database) -> HealthService:
    return HealthService(lambda: database, SystemClock())


@pytest.fixture
def victim() -> Iterator[tuple[subprocess.Popen[bytes], Process]]:
    with subprocess.Popen(["/bin/sleep", "100"]) as running:
        try:
            yield running, seen(running.pid)
        finally:
            running.kill()


def seen(pid: int) -> Process:
    table = ProcessTable()
    found = next(process for process in table.sample() if process.pid == pid)
    table.close()
    return found


async def trail(database: Database) -> list[tuple[str, str, str, dict[str, object]]]:
    return [(entry.actor, entry.action, entry.subject, msgspec.json.decode(entry.detail))
            for entry in reversed(await audit.entries(database))]


async def ended(running: subprocess.Popen[bytes]) -> int:
    return await asyncio.to_thread(running.wait, 20)


@pytest.mark.parametrize(("how", "status"), [(Signal.TERMINATE, -signal.SIGTERM), (Signal.KILL, -signal.SIGKILL)])
async def test_a_process_is_ended_and_both_intent_and_result_are_recorded(
        service: HealthService, database: Database, victim: tuple[subprocess.Popen[bytes], Process], how: Signal,
        status: int) -> None:
    running, process = victim
    await service.signal_process(ANA, process, how)
    assert await ended(running) == status
    first, second = await trail(database)
    assert first[:3] == second[:3] == ("ana", f"process.{how.value}", f"process:{process.pid}")
    assert (first[3]["stage"], second[3]["stage"]) == ("intended", "sent")
    assert (first[3]["name"], first[3]["started"]) == ("sleep", process.started)
    assert (await audit.verify(database)).ok


async def test_a_viewer_may_not(service: HealthService, database: Database,
                                victim: tuple[subprocess.Popen[bytes], Process]) -> None:
    running, process = victim
    with pytest.raises(PermissionDenied, match="operator"):
        await service.signal_process(msgspec.structs.replace(ANA, role=Role.VIEWER), process, Signal.KILL)
    assert running.poll() is None
    assert await trail(database) == []


async def test_some_processes_are_refused_with_a_sentence(service: HealthService, database: Database) -> None:
    mine = seen(os.getpid())
    for process in (mine, msgspec.structs.replace(mine, pid=1), msgspec.structs.replace(mine, pid=0),
                    msgspec.structs.replace(mine, pid=-5),
                    msgspec.structs.replace(mine, pid=4242, parent=2, memory=0),
                    msgspec.structs.replace(mine, pid=4242, state="Z")):
        with pytest.raises(Refused) as caught:
            await service.signal_process(ANA, process, Signal.TERMINATE)
        assert caught.value.sentence.startswith("Process ")
        assert caught.value.sentence.endswith(".")
    assert await trail(database) == []


async def test_another_process_that_has_the_pid_now_is_left_alone(
        service: HealthService, database: Database, victim: tuple[subprocess.Popen[bytes], Process]) -> None:
    running, process = victim
    earlier = msgspec.structs.replace(process, started=process.started - 10)
    with pytest.raises(ProcessGone, match="has ended already"):
        await service.signal_process(ANA, earlier, Signal.KILL)
    assert running.poll() is None
    assert await trail(database) == []


async def test_a_process_that_has_ended_is_a_sentence(service: HealthService,
                                                      victim: tuple[subprocess.Popen[bytes], Process]) -> None:
    running, process = victim
    running.kill()
    running.wait()
    with pytest.raises(ProcessGone):
        await service.signal_process(ANA, process, Signal.TERMINATE)


async def test_one_that_ends_between_intent_and_signal_is_recorded_so(
        database: Database, victim: tuple[subprocess.Popen[bytes], Process]) -> None:
    running, process = victim

    def ends_it() -> Database:
        running.kill()
        running.wait()
        return database

    with pytest.raises(ProcessGone):
        await HealthService(ends_it, SystemClock()).signal_process(ANA, process, Signal.TERMINATE)
    first, second = await trail(database)
    assert (first[3]["stage"], second[3]["stage"]) == ("intended", "not sent")
    assert "has ended already" in str(second[3]["reason"])


@pytest.mark.parametrize("without", ["pidfd_open", "pidfd_send_signal"])
async def test_an_old_kernel_without_handles(service: HealthService, monkeypatch: pytest.MonkeyPatch, without: str,
                                             victim: tuple[subprocess.Popen[bytes], Process]) -> None:
    def missing(*_arguments: object) -> int:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(os if without == "pidfd_open" else signal, without, missing)
    running, process = victim
    await service.signal_process(ANA, process, Signal.TERMINATE)
    assert await ended(running) == -signal.SIGTERM


async def test_without_a_trail_nothing_is_killed(victim: tuple[subprocess.Popen[bytes], Process]) -> None:
    running, process = victim
    with pytest.raises(StorageUnusable, match="nothing was done"):
        await HealthService(lambda: None, SystemClock()).signal_process(ANA, process, Signal.KILL)
    assert running.poll() is None


async def test_with_a_trail_that_cannot_be_written_nothing_is_killed(
        tmp_path: Path, database: Database, victim: tuple[subprocess.Popen[bytes], Process]) -> None:
    running, process = victim
    read_only = await Database.open(tmp_path / "opsconsole.db", RECORDS, read_only=True)
    with pytest.raises(StorageError):
        await HealthService(lambda: read_only, SystemClock()).signal_process(ANA, process, Signal.KILL)
    await read_only.close()
    assert running.poll() is None


async def test_a_result_that_cannot_be_recorded_is_told(database: Database,
                                                        victim: tuple[subprocess.Popen[bytes], Process]) -> None:
    running, process = victim
    answers: list[Database | None] = [database, None]
    with pytest.raises(StorageError, match="was sent the signal, but the audit trail holds only the intent"):
        await HealthService(lambda: answers.pop(0), SystemClock()).signal_process(ANA, process, Signal.KILL)
    assert await ended(running) == -signal.SIGKILL


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to become somebody else")
def test_the_kernel_s_refusal_is_a_sentence(tmp_path: Path, victim: tuple[subprocess.Popen[bytes], Process]) -> None:
    running, process = victim
    # A namespace of users in which this process is somebody without rights over the victim.
    code = ("import asyncio, os, msgspec\n"
            "from opsconsole.core.clock import SystemClock\n"
            "from opsconsole.core.errors import PermissionDenied\n"
            "from opsconsole.core.identity import Actor, Role\n"
            "from opsconsole.health.model import Process\n"
            "import opsconsole.health.service as module\n"
            "records = []\n"
            "async def record(self, actor, process, how, stage, reason=''): records.append(stage)\n"
            "module.HealthService._record = record\n"
            f"process = msgspec.json.decode({msgspec.json.encode(process)!r}, type=Process)\n"
            "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
            "async def main():\n"
            "    service = module.HealthService(lambda: None, SystemClock())\n"
            "    try:\n"
            "        await service.signal_process(Actor('x', 1, Role.ADMIN), process, module.Signal.KILL)\n"
            "    except PermissionDenied as error:\n"
            "        print(error.sentence, records)\n"
            "asyncio.run(main())\n")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])})
    assert done.stdout == (f"Process {process.pid} (sleep) belongs to root: the kernel lets only that user and root "
                           "end it. ['intended', 'not sent']\n"), done.stderr
    assert running.poll() is None


async def test_a_hostile_name_does_nothing_in_a_sentence(service: HealthService) -> None:
    process = msgspec.structs.replace(seen(os.getpid()), pid=1, name="\x1b]52;c;x\x07[@click=app.quit]")
    with pytest.raises(OpsError) as caught:
        await service.signal_process(ANA, process, Signal.KILL)
    assert "\x1b" not in caught.value.sentence
    assert "\x07" not in caught.value.sentence
