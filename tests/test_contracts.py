"""The import contracts hold, and each of them catches what it forbids."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

VIOLATIONS = [
    ("agent-rooms", "agent/lease.py", "import opsconsole.agent.app"),
    ("features", "tickets/service.py", "import opsconsole.health.model"),
    ("features", "core/clock.py", "import opsconsole.health.model"),
    ("core", "core/clock.py", "import opsconsole.console.settings"),
    ("core", "core/lines.py", "import rich"),
    ("core", "core/paths.py", "def later() -> None:\n    import click"),
    ("console-library", "console/footer.py", "from opsconsole.health.model import Snapshot"),
    ("roots", "admin/__init__.py", "import opsconsole.cli"),
    ("roots", "health/screen/panel.py", "import opsconsole.console.app"),
    ("settings", "health/judging/monitor.py", "import opsconsole.settings"),
    ("settings", "logbook/timeline.py", "import opsconsole.timeline"),
    ("screens", "health/judging/monitor.py", "import opsconsole.console.keys"),
    ("toolkit", "health/judging/monitor.py", "import textual.content"),
    ("toolkit", "cli.py", "def later() -> None:\n    from rich.text import Text"),
    ("headless", "settings.py", "import opsconsole.console.theme"),
    ("headless", "health/commands.py", "import opsconsole.health.screen"),
    ("health-rooms", "health/model.py", "import opsconsole.health.judging.rules"),
    ("health-rooms", "health/sampling/mounts.py", "import opsconsole.health.judging.monitor"),
    ("health-judging", "health/judging/rules.py", "import opsconsole.health.judging.monitor"),
    ("health-rooms", "health/judging/monitor.py", "import opsconsole.health.screen"),
    ("health-rooms", "health/something_new.py", ""),
    ("health-pure", "health/judging/rules.py", "import os"),
    ("alerts-rooms", "health/alerts/machine.py", "import opsconsole.health.alerts.store"),
    ("alerts-rooms", "health/alerts/something_new.py", ""),
    ("alerts-pure", "health/alerts/machine.py", "import time"),
    ("notify-rooms", "notify/model.py", "import opsconsole.notify.store"),
    ("notify-rooms", "notify/routing.py", "import opsconsole.notify.delivery"),
    ("notify-rooms", "notify/something_new.py", ""),
    ("notify-pure", "notify/oncall.py", "import time"),
    ("tickets-rooms", "tickets/lifecycle.py", "import opsconsole.tickets.store"),
    ("tickets-rooms", "tickets/cases/work.py", "import opsconsole.tickets.service"),
    ("tickets-rooms", "tickets/something_new.py", ""),
    ("tickets-pure", "tickets/clocks/course.py", "import time"),
    ("features", "health/model.py", "import opsconsole.checklists.model"),
    ("checklists-rooms", "checklists/walk.py", "import opsconsole.checklists.store"),
    ("checklists-rooms", "checklists/cases/work.py", "import opsconsole.checklists.service"),
    ("checklists-rooms", "checklists/something_new.py", ""),
    ("checklists-pure", "checklists/states.py", "import time"),
    ("logbook-rooms", "logbook/sealing.py", "import opsconsole.logbook.store"),
    ("logbook-rooms", "logbook/something_new.py", ""),
    ("logbook-pure", "logbook/exchange/page.py", "import time"),
    ("features", "logbook/exchange/bundle.py", "import opsconsole.checklists.model"),
    ("reports-rooms", "reports/model.py", "import opsconsole.reports.definition"),
    ("reports-rooms", "reports/something_new.py", ""),
    ("reports-gathering", "reports/gathering/ground.py", "import opsconsole.reports.gathering.rows"),
    ("reports-pure", "reports/wording.py", "import time"),
    ("targets-rooms", "reports/targets/model.py", "import opsconsole.reports.targets.settings"),
    ("targets-pure", "reports/targets/present.py", "import time"),
    ("briefing-rooms", "reports/briefing/collecting.py", "import opsconsole.reports.briefing.store"),
    ("briefing-rooms", "reports/briefing/something_new.py", ""),
    ("briefing-pure", "reports/briefing/drafting.py", "import time"),
    ("mail-rooms", "tickets/mail/loops.py", "import opsconsole.tickets.mail.reading"),
    ("mail-rooms", "tickets/mail/something_new.py", ""),
]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    # So wide that no line is broken in two.
    return subprocess.run([Path(sys.executable).parent / "lint-imports", "--no-cache"], cwd=folder,
                          env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8",
                               "COLUMNS": "1000"},
                          capture_output=True, text=True, check=False, timeout=100)


def contracts() -> list[dict[str, str]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found: list[dict[str, str]] = settings["tool"]["importlinter"]["contracts"]
    return found


def rounds() -> list[list[tuple[str, str, str]]]:
    """The violations, in as few lots as there are of one contract: of each contract at most one in a lot."""
    lots: list[list[tuple[str, str, str]]] = []
    for violation in VIOLATIONS:
        lot = next((lot for lot in lots if violation[0] not in {contract for contract, _, _ in lot}), None)
        if lot is None:
            lots.append(lot := [])
        lot.append(violation)
    return lots


def violate(folder: Path, module: str, code: str) -> str:
    """Write a violation; what the report says where it sees it: both modules and the line, or the new module."""
    path = folder / "opsconsole" / module
    if not path.parent.exists():
        path.parent.mkdir()
        (path.parent / "__init__.py").touch()
    before = path.read_text(encoding="utf-8") if path.exists() else '"""New."""\n'
    path.write_text(f"{before}\n\n{code}\n", encoding="utf-8")
    name = ".".join(("opsconsole", *Path(module).with_suffix("").parts)).removesuffix(".__init__")
    if not code:
        return name.rpartition(".")[2]
    number, line = next((number, line) for number, line in enumerate(code.splitlines(), before.count("\n") + 3)
                        if "import" in line)
    imported = line.replace("from", "import").split("import")[1].strip()
    # Of another package, its name is all that is known.
    known = imported if imported.startswith("opsconsole") else imported.partition(".")[0]
    return f"{name} -> {known} (l.{number})"


def reported(output: str) -> dict[str, str]:
    """What is said of each contract that is broken, by the contract's name."""
    said = output.partition("\nBroken contracts\n")[2]
    parts = re.split(r"^(\S.*)\n-+\n", said, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_the_program_keeps_every_contract() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"Contracts: {len(contracts())} kept, 0 broken." in result.stdout


def test_every_contract_is_tried() -> None:
    assert {contract for contract, _, _ in VIOLATIONS} == {contract["id"] for contract in contracts()}


@pytest.mark.parametrize("lot", rounds(), ids=range(len(rounds())))
def test_violations_are_caught_each_by_its_contract(tmp_path: Path, lot: list[tuple[str, str, str]]) -> None:
    shutil.copytree(ROOT / "opsconsole", tmp_path / "opsconsole", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    places = [(contract, violate(tmp_path, module, code)) for contract, module, code in lot]
    result = lint(tmp_path)
    assert result.returncode == 1, result.stdout + result.stderr
    names, said = {contract["id"]: contract["name"] for contract in contracts()}, reported(result.stdout)
    assert [(contract, place) for contract, place in places if place not in said.get(names[contract], "")] == []
