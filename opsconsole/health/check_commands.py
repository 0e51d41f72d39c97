"""The command `check`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import click
import msgspec

from opsconsole.core.errors import ExitCode, UsageError
from opsconsole.printing import JSON, columns, glyphs, machine_clock, print_json, print_lines, say

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from opsconsole.core.database import Database
    from opsconsole.core.paths import Paths
    from opsconsole.health.board import Reliability
    from opsconsole.health.checks.model import CheckState, Outcome
    from opsconsole.health.checks.runner import Run
    from opsconsole.health.checks.settings.base import Check
    from opsconsole.health.checks.uptime import Uptime
    from opsconsole.health.present.parts import View


@click.group()
def check() -> None:
    """Run checks of services, or show what they found."""


@check.command("run")
@click.argument("name", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Run every check that is enabled.")
@JSON
@click.pass_obj
def run_now(given: Any, name: tuple[str, ...], everything: bool, as_json: bool) -> int:
    """Run checks now, and show what they found.

    NAME is a check of the configuration; there may be several. Nothing is stored. The exit status is that of the worst:
    0 when all of them are ok, else 1.
    """
    checks = _checks(given)
    if bool(name) == everything:
        raise UsageError("Name the checks to run, or give --all.", "`opsconsole check list` shows their names.")
    wanted = [each for each, one in checks.items() if one.enabled] if everything else _known(name, checks)
    runs = _run(checks, wanted, given.loaded.paths)
    if as_json:
        print_json({"checks": [_plain_outcome(one.outcome, checks) for one in runs]})
    elif runs:
        _print_runs(given, checks, runs)
    else:
        say(_none(checks))
    return _status(one.outcome for one in runs)


@check.command("list")
@JSON
@click.pass_obj
def list_all(given: Any, as_json: bool) -> None:
    """Show every check with the newest that the agent found."""
    from opsconsole.core.levels import Level
    from opsconsole.health.checks.service import CheckService, current

    clock, checks = machine_clock(), _checks(given)

    async def read(db: Database) -> tuple[CheckState, ...]:
        return await CheckService(db, clock, checks).states()

    states = _reading(given.loaded.paths, read) or _never_run(checks)
    if as_json:
        now = clock.now()
        print_json({"checks": [{**_plain(one), "current": current(one, now).word} for one in states]})
        return
    if not states:
        say(_none(checks))
        return
    from opsconsole.health.present.checks import check_lines, summary

    view = _view(given)
    print_lines([*check_lines(states, view), summary(states, view)])
    if all(one.level is Level.UNKNOWN and one.at is None for one in states):
        say("None of them has run yet; the agent runs them, `opsconsole check run --all` runs them once.")


@check.command("show")
@click.argument("name")
@JSON
@click.pass_obj
def show(given: Any, name: str, as_json: bool) -> None:
    """Show one check in full: what it found last, its output, and when it was down.

    NAME is a check of the configuration.
    """
    from opsconsole.core.clock import DAY
    from opsconsole.health.checks.reports import ReportStore
    from opsconsole.health.checks.service import CheckService
    from opsconsole.health.present import checks as present

    clock, checks = machine_clock(), _checks(given)
    _known((name,), checks)
    now = clock.now()

    async def read(db: Database) -> dict[str, Any]:
        service = CheckService(db, clock, {name: msgspec.structs.replace(checks[name], enabled=True)})
        return {"state": await service.state(name), "slo": await service.slo(name),
                "periods": await service.periods(name, now - 30 * DAY, now),
                "uptime": {word: await service.uptime(name, now - span, now) for word, span in present.SPANS},
                "reports": await ReportStore(db).reports(name, 20) if checks[name].kind == "heartbeat" else []}

    found = _reading(given.loaded.paths, read)
    if found is None:
        found = {"state": _never_run(checks, name)[0], "slo": None, "periods": [], "uptime": {}, "reports": []}
    if as_json:
        print_json({**found, "state": _plain(found["state"]),
                    "periods": [one._asdict() for one in found["periods"]]})
        return
    view = _view(given)
    lines = present.details(found["state"], checks[name], found["uptime"], found["slo"], view)
    print_lines([*lines, *present.period_lines(found["periods"], view), *present.report_lines(found["reports"], view)])


@check.command("uptime")
@JSON
@click.pass_obj
def show_uptime(given: Any, as_json: bool) -> int:
    """Show how reliable every check was, and how its promise stands.

    For the last 24 hours, 7 days and 30 days, the share of the watched time in which it was up; maintenance is left
    out. What is promised is about 30 days. The exit status is 1 when a promise is broken.
    """
    from opsconsole.health.board import Reliability, reliability
    from opsconsole.health.checks.uptime import Uptime, slo

    clock, checks = machine_clock(), _checks(given)

    async def read(db: Database) -> tuple[Reliability, ...]:
        return await reliability(db, clock, checks)

    found: tuple[Reliability, ...] | None = _reading(given.loaded.paths, read)
    if found is None:
        found = tuple(Reliability(name, one.label, Uptime(), Uptime(), Uptime(),
                                  slo(float(one.slo), (), clock.now()) if one.slo is not None else None)
                      for name, one in checks.items() if one.enabled)
    if as_json:
        print_json({"checks": [_plain_reliability(one) for one in found]})
    elif found:
        from opsconsole.health.present.uptime import uptime_lines

        print_lines(uptime_lines(found, _view(given)))
    else:
        say(_none(checks))
    broken = any(one.promise is not None and one.promise.left < 0 for one in found)
    return ExitCode.PROBLEM if broken else ExitCode.DONE


def _plain_reliability(one: Reliability) -> dict[str, Any]:
    """For JSON: seconds, and shares in %."""
    def plain(part: Uptime) -> dict[str, Any]:
        return {**msgspec.to_builtins(part), "share": part.share, "coverage": part.coverage}

    promise = one.promise
    return {"name": one.name, "label": one.label, "24h": plain(one.day), "7d": plain(one.week),
            "30d": plain(one.month), "promise": None if promise is None else {
                "target": promise.target, "budget": promise.budget, "left": promise.left,
                "left_share": promise.left_share, "burn": promise.burn}}


@check.command("test")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--only", "names", multiple=True, metavar="NAME", help="Run this check only; may be given again.")
@JSON
@click.pass_obj
def try_out(given: Any, file: Path, names: tuple[str, ...], as_json: bool) -> int:
    """Run the checks of a configuration file once, before it is used.

    FILE is a configuration; of it, only `checks` is read. Nothing is stored. Besides what was found, every value is
    shown that conditions can compare. Texts in the body of an answer are not shown, they may be secret. The exit
    status is 0 when all checks are ok, else 1.
    """
    from opsconsole.core.config import load_file
    from opsconsole.health.checks.settings import find_mistakes

    wanted: _OfFile = load_file(file, _OfFile, os.environ, check=lambda one: find_mistakes(one.checks or {}))
    checks: Mapping[str, Check] = wanted.checks or {}
    if not checks:
        raise UsageError(f"There are no checks in {file}.")
    runs = _run(checks, _known(names, checks) if names else list(checks), given.loaded.paths)
    if as_json:
        print_json({"checks": [{**_plain_outcome(one.outcome, checks),
                                "units": dict(checks[one.outcome.name].units)} for one in runs]})
    else:
        _print_tried(given, checks, runs)
    return _status(one.outcome for one in runs)


class _OfFile(msgspec.Struct, frozen=True):
    """What `check test` reads of a configuration."""

    checks: Annotated[Any, msgspec.Meta(extra={"type": "opsconsole.health.checks.settings:Checks"})] = None


def _checks(given: Any) -> Mapping[str, Check]:
    return given.loaded.settings.checks or {}


def _known(names: Sequence[str], checks: Mapping[str, Check]) -> list[str]:
    """The names, each once.

    Raises:
        UsageError: there is no such check.
    """
    for name in names:
        if name not in checks:
            from opsconsole.core.config import nearest

            raise UsageError(f"There is no check `{name}`{nearest(name, checks) or '.'}",
                             "`opsconsole check list` shows what there is.")
    return list(dict.fromkeys(names))


def _run(checks: Mapping[str, Check], names: Sequence[str], paths: Paths) -> list[Run]:
    """Runs checks apart from the agent's: with files of their own, which are removed."""
    import asyncio
    import tempfile

    from opsconsole.health.checks.reports import ReportStore
    from opsconsole.health.checks.runner import run_all

    async def main(folder: Path) -> list[Run]:
        db = await _opened(paths)
        try:
            reports = ReportStore(db) if db is not None else None
            return await run_all(checks, names, clock=machine_clock(), state_folder=folder, reports=reports)
        finally:
            if db is not None:
                await db.close()

    with tempfile.TemporaryDirectory(prefix="opsconsole-") as folder:
        return asyncio.run(main(Path(folder)))


async def _opened(paths: Paths) -> Database | None:
    """The measurements for reading; None where there are none."""
    from opsconsole.core.database import METRICS, Database

    return await Database.open(paths.metrics, METRICS, read_only=True) if paths.metrics.exists() else None


def _reading(paths: Paths, read: Callable[[Database], Awaitable[Any]]) -> Any:
    """What `read` returns; None where nothing was ever stored."""
    import asyncio

    async def main() -> Any:
        db = await _opened(paths)
        if db is None:
            return None
        async with db:
            return await read(db)

    return asyncio.run(main())


def _never_run(checks: Mapping[str, Check], *names: str) -> tuple[CheckState, ...]:
    from opsconsole.health.checks.service import state_of

    return tuple(state_of(name, one, None) for name, one in checks.items()
                 if (name in names if names else one.enabled))


def _status(outcomes: Any) -> int:
    """0 when every outcome is ok."""
    from opsconsole.core.levels import Level, worst

    return ExitCode.DONE if worst(one.level for one in outcomes) is Level.OK else ExitCode.PROBLEM


def _none(checks: Mapping[str, Check]) -> str:
    return "Every check is switched off." if checks else "No checks are configured."


def _plain(record: CheckState | Outcome) -> dict[str, Any]:
    """A record for JSON, with the level as a word."""
    return {**msgspec.to_builtins(record), "level": record.level.word}


def _plain_outcome(outcome: Outcome, checks: Mapping[str, Check]) -> dict[str, Any]:
    return {**_plain(outcome), "kind": checks[outcome.name].kind}


def _print_runs(given: Any, checks: Mapping[str, Check], runs: Sequence[Run]) -> None:
    from opsconsole.health.checks.service import CheckService
    from opsconsole.health.present.checks import as_state, check_lines, summary

    async def read(db: Database) -> tuple[CheckState, ...]:
        return await CheckService(db, machine_clock(), checks).states()

    view = _view(given)
    known = {one.name: one for one in _reading(given.loaded.paths, read) or ()}
    states = [as_state(checks[one.outcome.name], one.outcome, known.get(one.outcome.name)) for one in runs]
    print_lines([*check_lines(states, view), summary(states, view)])


def _print_tried(given: Any, checks: Mapping[str, Check], runs: Sequence[Run]) -> None:
    from opsconsole.health.conditions import Body
    from opsconsole.health.present.checks import as_state, available, check_lines, summary

    view = _view(given)
    states = [as_state(checks[one.outcome.name], one.outcome) for one in runs]
    for drawn, one in zip(check_lines(states, view), runs, strict=True):
        try:
            body = None if one.measured is None or not one.measured.body else Body(one.measured.body).json
        except ValueError:
            body = None
        print_lines([drawn, *available(checks[one.outcome.name], one.measured, body, view)])
    print_lines([summary(states, view)])


def _view(given: Any) -> View:
    from opsconsole.health.present.parts import View

    return View(columns(), glyphs(given), machine_clock().now())
