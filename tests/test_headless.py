"""Every one-shot command runs where textual and rich cannot even be imported, and says what it does."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from opsconsole.commandline import COMMANDS, root
from opsconsole.core.database import METRICS, RECORDS, Database

ROOT = Path(__file__).parents[1]
RUNS: dict[str, tuple[tuple[str, ...], ...]] = {
    "agent": (("--once",), ("install", "--print")),
    "alert": (("list",), ("list", "--json"), ("history",), ("history", "--json"),
              ("silence", "x", "--for", "1h", "--reason", "y")),
    "checklist": (("list",), ("list", "--json"), ("list", "--on", "2027-01-04"),
                  ("list", "--on", "2027-01-04", "--json"),
                  ("start", "emergency"), ("start", "emergency", "--json"), ("run", "emergency"), ("stats",),
                  ("stats", "--json"), ("history", "morning", "cpu"), ("history", "morning", "cpu", "--json"),
                  ("validate",), ("validate", "--json"), ("validate", "--set", "shop"), ("export", "morning"),
                  ("export", "morning", "--format", "json"), ("export", "morning", "--format", "md"),
                  ("export", "morning", "--format", "csv")),
    "backup-db": (("copy.db",), ("--metrics", "copy.db"), ("--json", "copy.db")),
    "briefing": (("--json",), ("--since", "2d", "--all")),
    "check": (("list",), ("list", "--json"), ("run", "--all"), ("run", "--all", "--json")),
    "completion": (("bash",), ("zsh",), ("fish",)),
    "config": (("check",), ("check", "--json"), ("show",), ("show", "--json"), ("schema",)),
    "demo": (("--help",),),
    "doctor": ((), ("--json",)),
    "handover": (("write", "x", "--open"), ("write", "x", "--json"), ("show",), ("list",), ("take", "--help")),
    "help": ((), ("config", "check"), ("--roff",), *(((name,)) for name in COMMANDS)),
    "init": ((), ("--path", "new.yaml"), ("--print", "--preset", "shop"), ("--commented",)),
    "log": (("verify",), ("verify", "--json"), ("heads",), ("heads", "--json"), ("list",), ("list", "--json"),
            ("add", "x", "--sign"), ("add", "x", "--sign", "--json"), ("new",), ("actions",), ("actions", "--json"),
            ("export",), ("export", "--json"), ("export", "--format", "html"), ("export", "--format", "csv"),
            ("bundle", "-o", "b.zip"), ("bundle", "-o", "b.zip", "--json")),
    "maintenance": (("list",), ("list", "--json"), ("start", "x", "--for", "1h", "--reason", "y", "--json")),
    "metric": (("--help",),),
    "metrics": (("list",), ("list", "--json"), ("export",)),
    "ping": (("--help",),),
    "notify": (("test",), ("test", "log", "--json"), ("outbox",), ("outbox", "--failed", "--json"), ("history",),
               ("history", "--json"), ("retry", "--all"), ("retry", "--all", "--json")),
    "oncall": ((), ("--json",), ("--at", "2026-03-02 18:00")),
    "preset": (("list",), ("list", "--json"), ("show", "shop"), ("diff", "--help")),
    "report": (("list",), ("list", "--all", "--json"), ("show", "weekly"), ("show", "daily", "--json"),
               ("show", "field-service/monthly", "--format", "html"), ("show", "monthly", "--format", "csv"),
               ("show", "weekly", "--for", "last", "--format", "md", "-o", "r.md")),
    "rule": (("--help",), ("test", "--help")),
    "status": ((), ("--json",)),
    "targets": ((), ("--json",), ("--for", "last month")),
    "ticket": (("list",), ("list", "--json"), ("views",), ("views", "--json"), ("new", "x"), ("new", "x", "--json"),
               ("stats",), ("stats", "--json"), ("kept",), ("kept", "--json"), ("mail",), ("export",),
               ("export", "--format", "markdown"), ("import", "--dry-run", "tickets.csv"),
               ("import", "--json", "tickets.csv")),
}
"""How each command of the table is run here."""

WRAPPER = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"textual", "rich"}:
            raise ImportError(f"{name} was imported")

sys.meta_path.insert(0, Blocker())
from opsconsole.cli import run
code = run(sys.argv[1:])
sys.stdout.flush()
print(*sorted(sys.modules), file=open("modules", "w"))
sys.exit(code)
"""


def headless(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", WRAPPER, *arguments], cwd=folder, capture_output=True,
                          text=True, stdin=subprocess.DEVNULL, timeout=60, check=False,
                          env={**os.environ, "PYTHONPATH": str(ROOT), **variables})


def modules(folder: Path) -> set[str]:
    return set((folder / "modules").read_text().split())


@pytest.fixture
def databases() -> None:
    async def make() -> None:
        data = Path(os.environ["XDG_DATA_HOME"]) / "opsconsole"
        for name, schema in (("opsconsole.db", RECORDS), ("metrics.db", METRICS)):
            await (await Database.open(data / name, schema)).close()

    asyncio.run(make())


def test_what_an_agent_will_stand_on_needs_no_terminal_toolkit() -> None:
    """Every module but the console, the screens and what puts them together can be loaded by a program without one."""
    folder = ROOT / "opsconsole"
    modules = [".".join(("opsconsole", *path.relative_to(folder).with_suffix("").parts))
               for path in sorted(folder.rglob("*.py"))]
    screens = ("opsconsole.console", "opsconsole.health.screen", "opsconsole.tickets.screen",
               "opsconsole.checklists.screen", "opsconsole.logbook.screen", "opsconsole.reports.screen")
    headless = [module.removesuffix(".__init__") for module in modules if not module.startswith(screens)
                and module not in {"opsconsole.__main__", "opsconsole.health.sampling.probe"}]
    code = (f"import importlib, sys\nfor name in {headless!r}:\n    importlib.import_module(name)\n"
            "print([name for name in sys.modules if name.partition('.')[0] in ('textual', 'rich')])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60,
                          env={**os.environ, "PYTHONPATH": str(folder.parent)})
    assert len(headless) > 80
    assert (done.returncode, done.stdout, done.stderr) == (0, "[]\n", "")


def test_every_command_is_tried() -> None:
    assert set(RUNS) == set(COMMANDS)


@pytest.mark.parametrize(("name", "arguments"), [(name, run) for name, runs in RUNS.items() for run in runs])
@pytest.mark.usefixtures("databases")
def test_a_command_needs_no_terminal_toolkit(tmp_path: Path, name: str, arguments: tuple[str, ...]) -> None:
    (tmp_path / "tickets.csv").write_text("subject,status\nprinter on fire,closed\n")
    done = headless(tmp_path, name, *arguments)
    expected = {"status": {0, 1, 2, 3}, "doctor": {0, 1}, "metrics": {0, 1}}.get(name, {0})
    assert done.returncode in expected, done.stderr
    if (name, *arguments) == ("agent", "--once"):
        assert "health.jobs" in " ".join(modules(tmp_path)), "it did its work"
    elif name == "metrics":
        assert done.stdout or "Nothing" in done.stderr
    else:
        assert done.stderr == ""
        assert done.stdout
    assert not {module for module in modules(tmp_path) if module.partition(".")[0] in {"textual", "rich"}}
    if "--json" in arguments:
        assert isinstance(json.loads(done.stdout), dict | list)


@pytest.mark.parametrize("arguments", [("--help",), ("-h",), ("--version",)])
def test_the_overview_loads_no_feature(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = headless(tmp_path, *arguments)
    assert done.returncode == 0
    loaded = {module for module in modules(tmp_path) if module.startswith("opsconsole.")}
    assert loaded == {"opsconsole.cli", "opsconsole.commandline", "opsconsole.lazygroup", "opsconsole.timeline",
                      "opsconsole.core", "opsconsole.core.errors", "opsconsole.core.invocation"}
    if arguments != ("--version",):
        assert all(name in done.stdout and entry.help in done.stdout for name, entry in COMMANDS.items())


def test_completing_names_loads_no_feature(tmp_path: Path) -> None:
    done = headless(tmp_path, _OPSCONSOLE_COMPLETE="bash_complete", COMP_WORDS="opsconsole ", COMP_CWORD="1")
    assert {line.partition(",")[2] for line in done.stdout.split()} == set(COMMANDS)
    assert "opsconsole.admin.commands" not in modules(tmp_path)
    options = headless(tmp_path, _OPSCONSOLE_COMPLETE="bash_complete", COMP_WORDS="opsconsole --", COMP_CWORD="1")
    assert {"plain,--config", "plain,--theme", "plain,--ascii", "plain,--no-ascii"} <= set(options.stdout.split())


def walk(command: click.Command, context: click.Context) -> list[tuple[str, click.Command]]:
    found = [(context.command_path, command)]
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            found += walk(below, click.Context(below, info_name=name, parent=context))
    return found


EVERYTHING = walk(root, click.Context(root, info_name="opsconsole"))


@pytest.mark.parametrize(("path", "command"), EVERYTHING, ids=[path for path, _ in EVERYTHING])
def test_every_command_and_option_is_explained(path: str, command: click.Command) -> None:
    assert command.help
    assert command.get_short_help_str(200).endswith(".")
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{path} {parameter.name}"
            assert parameter.help.endswith("."), f"{path} {parameter.name}"
        else:
            metavar = (parameter.metavar or parameter.name or "").upper()
            assert metavar in command.help or isinstance(parameter.type, click.Choice), f"{path} {metavar}"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_table_says_what_the_command_says(name: str) -> None:
    command = root.get_command(click.Context(root), name)
    assert command is not None
    assert command.get_short_help_str(200) == COMMANDS[name].help
