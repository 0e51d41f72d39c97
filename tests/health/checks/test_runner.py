"""A check runs within its time whatever it does, and holds up no other."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.core.clock import SystemClock
from opsconsole.core.errors import StorageError
from opsconsole.core.levels import Level
from opsconsole.core.units import Duration
from opsconsole.health.checks import runner
from opsconsole.health.checks.model import Measured
from opsconsole.health.checks.runner import KINDS, Scope, folder_of, run_all, run_check
from opsconsole.health.checks.settings.base import Check

if TYPE_CHECKING:
    from pathlib import Path


class TrialCheck(Check, frozen=True, kw_only=True, tag="trial"):
    """Does what it is told."""

    act: str = "well"


ended: list[str] = []
SECRET = "hunter2"


async def measure(check: TrialCheck, scope: Scope) -> Measured:
    match check.act:
        case "hang":
            try:
                await asyncio.sleep(3600)
            finally:
                ended.append(scope.name)
        case "stubborn":
            # Ends neither at its limit nor when it is cancelled.
            while not scope.memory.get("let go"):
                try:
                    await asyncio.sleep(0.01)
                except asyncio.CancelledError:
                    continue
        case "bug":
            raise ValueError(SECRET)
        case "storage":
            raise StorageError("The file is damaged.")
        case "cancels":
            raise asyncio.CancelledError
        case "timeout":
            raise TimeoutError
        case "slow":
            await asyncio.sleep(0.05)
    scope.memory["runs"] = scope.memory.get("runs", 0) + 1
    assert scope.deadline > asyncio.get_running_loop().time()
    return Measured({"runs": scope.memory["runs"]}, check.act)


@pytest.fixture(autouse=True)
def trial(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("trial_kind")
    module.measure = measure  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "trial_kind", module)
    monkeypatch.setitem(KINDS, "trial", "trial_kind:measure")
    ended.clear()


async def run(act: str, tmp_path: Path, memory: dict[str, Any] | None = None, limit: float = 0.1) -> Any:
    return await run_check("x", TrialCheck(act=act, timeout=Duration(limit)), clock=SystemClock(),
                           memory={} if memory is None else memory, state_folder=tmp_path)


async def test_it_runs_and_remembers(tmp_path: Path) -> None:
    memory: dict[str, Any] = {}
    for count in (1, 2):
        outcome = await run("well", tmp_path, memory)
        assert (outcome.level, outcome.text, outcome.values) == (Level.OK, "well", {"runs": count})
        assert 0 <= outcome.took < 5
        assert abs(outcome.at - time.time() * 1000) < 60_000


async def test_its_limit_ends_it(tmp_path: Path) -> None:
    outcome = await run("hang", tmp_path)
    assert (outcome.level, outcome.text) == (Level.CRITICAL, "no answer within 100 ms")
    assert ended == ["x"]


async def test_one_that_cannot_be_ended_is_left_behind_and_not_started_twice(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(runner, "LAST_CHANCE", 0.05)
    memory: dict[str, Any] = {}
    assert (await run("stubborn", tmp_path, memory)).text == "no answer within 100 ms"
    assert "does not end when it is cancelled" in caplog.text
    again = await run("well", tmp_path, memory)
    assert (again.level, again.text) == (Level.UNKNOWN, "an earlier run has not ended yet")
    memory["let go"] = True
    await asyncio.sleep(0.1)
    assert (await run("well", tmp_path, memory)).level is Level.OK


@pytest.mark.parametrize(("act", "name"), [("bug", "ValueError"), ("timeout", "TimeoutError"),
                                           ("cancels", "RuntimeError")])
async def test_a_mistake_of_ours_is_unknown_and_logged_once_without_its_text(
        act: str, name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    memory: dict[str, Any] = {}
    for _ in range(3):
        outcome = await run(act, tmp_path, memory)
        assert (outcome.level, outcome.text) == (
            Level.UNKNOWN, f"the check itself failed ({name}); the log says where")
    assert len([one for one in caplog.records if one.levelno >= logging.ERROR]) == 1
    assert SECRET not in caplog.text + outcome.text
    assert "runner.py" in caplog.text


async def test_what_has_a_sentence_says_it(tmp_path: Path) -> None:
    outcome = await run("storage", tmp_path)
    assert (outcome.level, outcome.text) == (Level.UNKNOWN, "The file is damaged.")


async def test_a_kind_that_cannot_be_loaded_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "trial", "opsconsole.no_such_kind:measure")
    monkeypatch.setattr(runner, "_known", {})
    runner._loaded.cache_clear()
    assert (await run("well", tmp_path)).text.startswith("the check itself failed (ModuleNotFoundError)")
    runner._loaded.cache_clear()


async def test_being_cancelled_ends_the_check(tmp_path: Path) -> None:
    task = asyncio.create_task(run("hang", tmp_path, limit=60))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["x"]


async def test_a_hung_check_delays_no_other(tmp_path: Path) -> None:
    checks: dict[str, Check] = {f"hung {number}": TrialCheck(act="hang", timeout=Duration(3)) for number in range(5)}
    checks |= {f"slow {number}": TrialCheck(act="slow") for number in range(10)}
    found = await run_all(checks, checks, clock=SystemClock(), state_folder=tmp_path)
    assert [one.outcome.name for one in found] == list(checks)
    assert all(one.outcome.level is (Level.OK if "slow" in one.outcome.name else Level.CRITICAL) for one in found)
    # They do not wait for those that hang; how fast they are is not for a test to judge.
    assert max(one.outcome.took for one in found[5:]) < 2.9


async def test_many_run_beside_each_other_but_not_all_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = most = 0

    async def counting(check: TrialCheck, scope: Scope) -> Measured:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.01)
        at_once -= 1
        return Measured({}, "")

    monkeypatch.setattr(runner, "_known", {"trial": counting})
    checks: dict[str, Check] = {str(number): TrialCheck() for number in range(60)}
    await run_all(checks, checks, clock=SystemClock(), state_folder=tmp_path)
    assert most == 20


def test_every_name_has_a_folder_of_its_own(tmp_path: Path) -> None:
    names = ["shop", "../../etc", "a/b", "a-b", "", ".", "x" * 500, "é", "\udcff"]
    folders = [folder_of(tmp_path, name) for name in names]
    assert len(set(folders)) == len(names)
    for folder in folders:
        assert folder.parent == tmp_path
        folder.mkdir()


def test_every_kind_of_the_settings_can_be_measured() -> None:
    from typing import get_args

    from opsconsole.health.checks.settings import Checks

    tags = {str(kind.__struct_config__.tag) for kind in get_args(get_args(Checks)[1])}
    assert tags == set(KINDS) - {"trial"}
