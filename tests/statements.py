"""The statements of a module, without looking into its expressions, of which there are ten times as many."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
"""Where statements hold statements."""


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """Every statement below a node at any depth, and the clauses of `try` and `match` that hold some."""
    for block in BLOCKS:
        for below in getattr(node, block, ()):
            yield below
            yield from statements(below)
