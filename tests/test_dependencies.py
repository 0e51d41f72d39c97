"""What is imported is declared, and what is declared is imported: nothing is borrowed from another package."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.statements import statements

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TOOLS = frozenset({"hatchling", "import-linter", "mypy", "ruff"})
"""Run as commands, never imported."""
PLUGINS = re.compile(r"pytest-.*|types-.*")
"""Found by pytest and by mypy by themselves."""


def normal(name: str) -> str:
    """The name of a distribution without what does not tell it from another (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def names(requirements: list[str]) -> set[str]:
    """The distributions that some requirements ask for."""
    found = (re.match(r"[A-Za-z0-9._-]+", requirement) for requirement in requirements)
    return {normal(match[0]) for match in found if match}


RUNTIME = names(PROJECT["dependencies"])
DEVELOPMENT = names(PROJECT["optional-dependencies"]["dev"])


@cache
def imported(folder: Path) -> set[str]:
    """The modules from elsewhere that the code of a folder imports anywhere, also within functions."""
    found: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in statements(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                found.add(node.module.partition(".")[0])
    return found - sys.stdlib_module_names - {"opsconsole", "tests"}


def distributions(modules: set[str]) -> set[str]:
    """What has to be installed for some modules."""
    known = packages_distributions()
    return {normal(name) for module in modules for name in known.get(module, [f"nothing installed has {module}"])}


def test_the_program_imports_what_it_declares_and_nothing_else() -> None:
    assert distributions(imported(ROOT / "opsconsole")) == RUNTIME


def test_the_tests_import_what_is_declared() -> None:
    assert distributions(imported(ROOT / "tests")) - RUNTIME - DEVELOPMENT == set()


def test_what_development_declares_is_used() -> None:
    used = distributions(imported(ROOT / "tests")) | TOOLS
    assert {name for name in DEVELOPMENT - used if not PLUGINS.fullmatch(name)} == set()
    assert not RUNTIME & DEVELOPMENT


def test_every_version_is_pinned_for_development() -> None:
    pinned = {normal(line.partition("==")[0]) for line in (ROOT / "constraints.txt").read_text().splitlines()}
    assert pinned >= RUNTIME | DEVELOPMENT


@pytest.mark.parametrize(("code", "missing"), [("import nowhere.near", True), ("import msgspec", False)])
def test_an_import_from_nowhere_is_found(tmp_path: Path, code: str, missing: bool) -> None:
    (tmp_path / "a.py").write_text(f"def later():\n    {code}\n")
    assert (distributions(imported(tmp_path)) <= RUNTIME) != missing
