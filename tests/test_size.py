"""Nothing in the program is too long to be read at once."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.statements import statements

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
MOST_LINES = 400
"""Of a file."""
MOST_LINES_OF_A_FUNCTION = 50
"""From its `def` to its end, docstring included; decorators are not."""
MODULES = sorted((ROOT / "opsconsole").rglob("*.py"))


def functions(code: str) -> Iterator[tuple[str, int]]:
    """Every function and method, also inner ones: name and lines."""
    for node in statements(ast.parse(code)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield node.name, node.end_lineno - node.lineno + 1


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_are_short(module: Path) -> None:
    code = module.read_text(encoding="utf-8")
    assert len(code.splitlines()) <= MOST_LINES
    assert [(name, lines) for name, lines in functions(code) if lines > MOST_LINES_OF_A_FUNCTION] == []


def test_files_of_tests_are_short() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_bytes().splitlines())
               for path in (ROOT / "tests").rglob("*.py")}
    assert len(lengths) > 400
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_long_functions_are_found_wherever_they_are() -> None:
    long = "class A:\n    async def one(self):\n" + "        x = 1\n" * 50 + "    def two(self):\n        pass\n"
    assert list(functions(long)) == [("one", 51), ("two", 2)]
    deep = ("try:\n    pass\nexcept OSError:\n    match 1:\n        case 1:\n            with a:\n"
            "                def three():\n                    pass\nelse:\n    if a:\n        pass\n"
            "    else:\n        def four(): pass\nfinally:\n    def five(): pass\n")
    assert sorted(functions(deep)) == [("five", 1), ("four", 1), ("three", 2)]
