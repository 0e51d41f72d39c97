"""From the panel to a process and its end, by keyboard in a real terminal; the audit trail tells who did it."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from opsconsole.core import audit
from opsconsole.core.database import RECORDS, Database
from tests.e2e.program import READY, console, eventually, records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsconsole.core.audit import AuditEntry

pytestmark = pytest.mark.e2e


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process that nobody misses; its argument is a name that no other process has."""
    process = subprocess.Popen([f"nap-{os.getpid()}", "600"], executable="/bin/sleep")
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def trail() -> list[AuditEntry]:
    async def read() -> list[AuditEntry]:
        db = await Database.open(records(), RECORDS, read_only=True)
        try:
            assert (await audit.verify(db)).ok
            return list(await audit.entries(db))
        finally:
            await db.close()
    return asyncio.run(read())


def test_a_process_is_found_opened_and_ended(sleeper: subprocess.Popen[bytes]) -> None:
    name = f"nap-{os.getpid()}"
    with console() as terminal:
        terminal.wait_for(READY)
        terminal.send(f"p/{name}")
        terminal.wait_for(rf"PROCESSES .*/{name} +1 of \d+")
        terminal.send("<enter>")
        terminal.wait_for(rf"(?m)^ +{sleeper.pid} ")
        terminal.send("<enter>")
        terminal.wait_for(rf"PROCESS +{sleeper.pid}")
        terminal.wait_for(rf"COMMAND LINE\s+{name} 600")
        terminal.send("x")
        terminal.wait_for(rf"Terminate .*process {sleeper.pid}\?")
        terminal.send("<enter>")
        terminal.settle()
        assert sleeper.poll() is None, "enter must not confirm"
        terminal.send("y")
        eventually(lambda: sleeper.poll() is not None, "the end of the process")
        terminal.wait_for("was asked to end")
        terminal.wait_for("It has ended")
        terminal.send("<esc>")
        terminal.wait_for(rf"PROCESSES .*/{name} +0 of")
        terminal.send("<esc>")
        terminal.wait_for(r"PROCESSES +by CPU +\d+")
        terminal.send("<esc>")
        terminal.wait_for(READY)
        terminal.send("q")
        assert terminal.wait_exit() == 0
    assert sleeper.returncode == -15
    sent, intended = trail()
    assert re.search("terminate", intended.action)
    assert (intended.uid, sent.uid) == (os.getuid(), os.getuid())
    assert str(sleeper.pid) in intended.subject


def test_no_means_no(sleeper: subprocess.Popen[bytes]) -> None:
    with console() as terminal:
        terminal.wait_for(READY)
        terminal.send(f"p/nap-{os.getpid()}<enter>")
        terminal.wait_for(rf"(?m)^ +{sleeper.pid} ")
        terminal.send("K")
        terminal.wait_for(rf"Kill .*process {sleeper.pid}\?")
        terminal.send("n")
        terminal.wait_for(r"1 of \d+")
        terminal.settle()
        assert sleeper.poll() is None
        assert "Kill" not in terminal.text
    assert trail() == []
