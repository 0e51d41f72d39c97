"""The command `rule`: rules are tried on the past before they wake anybody."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import click
import msgspec

from opsconsole.core.errors import UsageError
from opsconsole.health.alert_commands import view
from opsconsole.printing import JSON, machine_clock, milliseconds, print_json, print_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsconsole.core.clock import Instant
    from opsconsole.health.alerts.replay import Replayed
    from opsconsole.health.alerts.settings import Rule
    from opsconsole.health.checks.settings.base import Check


@click.group()
def rule() -> None:
    """Try rules on the past."""


@rule.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--all", "everything", is_flag=True, help="Try the rules of the configuration in effect.")
@click.option("--since", "length", metavar="TIME", default="7d", show_default=True,
              help="How far back, such as 12h or 30d.")
@JSON
@click.pass_obj
def test(given: Any, file: Path | None, everything: bool, length: str, as_json: bool) -> None:
    """Say how often rules would have fired in the past, and for how long.

    FILE is a configuration; of it, `rules` and `checks` are read. History goes through the same steps as what is
    measured now. Times further back than two days are known by the minute; silences and dependencies are left out.
    """
    if (file is None) is not everything:
        raise UsageError("Name a file with rules, or give --all.")
    rules, checks = _rules(given, file)
    if not rules:
        raise UsageError(f"There are no rules in {file}." if file is not None else "No rules are configured.")
    now = machine_clock().now()
    since = now - milliseconds(length)
    found: list[Replayed] = _replayed(given, rules, checks, since, now)
    if as_json:
        print_json({"since": since, "until": now, "rules": found})
        return
    from opsconsole.health.present.alert_page import replay_lines

    print_lines(replay_lines(found, view(given)))


class _OfFile(msgspec.Struct, frozen=True):
    """What `rule test` reads of a configuration."""

    rules: Annotated[Any, msgspec.Meta(extra={"type": "opsconsole.health.alerts.settings:Rules"})] = None
    checks: Annotated[Any, msgspec.Meta(extra={"type": "opsconsole.health.checks.settings:Checks"})] = None


def _rules(given: Any, file: Path | None) -> tuple[Mapping[str, Rule], Mapping[str, Check]]:
    """The rules to try, and the checks that they are about: the file's, else those in effect."""
    if file is None:
        return given.loaded.settings.rules or {}, given.loaded.settings.checks or {}
    from opsconsole.core.config import load_file
    from opsconsole.health.alerts.checking import all_mistakes

    def check(found: _OfFile) -> Any:
        checks = found.checks or given.loaded.settings.checks
        for path, sentence in all_mistakes(found.rules or {}, checks, told=False):
            yield ("rules", *path), sentence

    wanted: _OfFile = load_file(file, _OfFile, os.environ, check=check, need_secrets=False)
    return wanted.rules or {}, wanted.checks or given.loaded.settings.checks or {}


def _replayed(given: Any, rules: Mapping[str, Rule], checks: Mapping[str, Check], since: Instant,
              until: Instant) -> list[Replayed]:
    import asyncio

    from opsconsole.core.database import METRICS, Database
    from opsconsole.health.alerts.replay import replay
    from opsconsole.health.checks.service import CheckService
    from opsconsole.health.history.store import MetricStore

    paths = given.loaded.paths
    if not paths.metrics.exists():
        raise UsageError("There is no history yet.", "The agent records it.")

    async def main() -> list[Replayed]:
        async with await Database.open(paths.metrics, METRICS, read_only=True) as db:
            return await replay(rules, checks, MetricStore(db), CheckService(db, machine_clock(), checks), since, until)

    return asyncio.run(main())
