"""The end of the process: whatever hangs, the status is what the agent said."""

from __future__ import annotations

import subprocess
import sys

import pytest

from opsconsole.agent import runner
from opsconsole.core.errors import StorageError
from tests.agent.agents import ROOT


def test_what_it_returns_and_what_it_raises() -> None:
    async def fine() -> int:
        return 3

    async def wrong() -> int:
        raise StorageError("No.")

    assert runner.run(fine()) == 3
    with pytest.raises(StorageError, match=r"No\."):
        runner.run(wrong())


@pytest.mark.parametrize(("body", "status"), [
    ("asyncio.get_running_loop().run_in_executor(None, time.sleep, 600); await asyncio.sleep(0.1); return 5", 5),
    ("asyncio.create_task(deaf()); await asyncio.sleep(0.1); return 6", 6),
    ("asyncio.create_task(deaf()); await asyncio.sleep(0.1); raise StorageError('No.')", 4),
    ("threading.Thread(target=time.sleep, args=(600,)).start(); return 7", 7),
    ("asyncio.create_task(asyncio.sleep(600)); return 0", 0)])
def test_what_hangs_is_left_alone(body: str, status: int) -> None:
    program = f"""
import asyncio, sys, threading, time
from opsconsole.agent import runner
from opsconsole.core.errors import StorageError

async def deaf():
    while True:
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            pass

async def main():
    print("begun")
    {body}

sys.exit(runner.run(main()))
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60,
                          check=False)
    assert done.returncode == status, done.stderr
    assert done.stdout == "begun\n"
