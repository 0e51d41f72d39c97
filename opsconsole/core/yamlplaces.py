"""Where in a YAML file a key of a struct is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core.yamltree import Listing, Node, Scalar, Table

if TYPE_CHECKING:
    from collections.abc import Sequence


def place_of(node: Node, keys: Sequence[str]) -> Node:
    """The node at a path, or the nearest one above it that the file has.

    A value that is one text stands for itself, anything larger is named by its key. Parts of the path may be keys
    that contain dots, given in pieces, and numbers of list items from 0.
    """
    here: Node = node
    rest = list(keys)
    while rest:
        if isinstance(node, Listing) and rest[0].isdecimal() and int(rest[0]) < len(node.items):
            node = here = node.items[int(rest.pop(0))]
            continue
        taken = _longest_key(node, rest) if isinstance(node, Table) else 0
        if not taken or not isinstance(node, Table):
            break
        key, node = node.entries[".".join(rest[:taken])]
        here = node if isinstance(node, Scalar) and not node.empty else key
        del rest[:taken]
    return here


def _longest_key(table: Table, parts: Sequence[str]) -> int:
    return next((count for count in range(len(parts), 0, -1) if ".".join(parts[:count]) in table.entries), 0)


def place_of_named(table: Table, names: Sequence[str]) -> Node:
    """The place that a sentence is about, which names keys of a table, or of the tables in it; else the table's."""
    for name in names:
        if name in table.entries:
            return place_of(table, [name])
    for name in reversed(names):
        for _, child in table.entries.values():
            if isinstance(child, Table) and name in child.entries:
                key, inner = child.entries[name]
                if isinstance(inner, Table) and any(other in inner.entries for other in names):
                    return place_of_named(inner, names)
                return inner if isinstance(inner, Scalar) else key
    return table
