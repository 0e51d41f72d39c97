"""YAML read down to a tree of texts with their places: no types, no objects, nothing that a file can abuse.

The events of libyaml are put together here rather than by its composer, so that every limit (depth, nodes, what
aliases expand to) is checked before anything is built, and so that each mistake has a place. Scalars stay the
text that is written: what `010`, `yes` or `12:30` means is for the type that wants it to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import yaml

from opsconsole.core.text import limited
from opsconsole.core.yamltext import Problem, cleaned, spoken

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_BYTES: Final = 1 << 20
MOST_NODES: Final = 20_000
"""Counted with every alias expanded."""
MOST_DEPTH: Final = 40
MOST_PROBLEMS: Final = 100

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CORE: Final = "tag:yaml.org,2002:"
_TAGS: Final = {"scalar": {"str", "int", "float", "bool", "null"}, "sequence": {"seq"}, "mapping": {"map"}}


class Scalar:
    """One text; `plain` is False where quotes, a block or `!!str` say that it is meant as text."""

    __slots__ = ("column", "height", "line", "plain", "size", "text")

    def __init__(self, line: int, column: int, text: str, plain: bool = True) -> None:
        self.line, self.column, self.text, self.plain = line, column, text, plain
        self.size, self.height = 1, 0

    @property
    def empty(self) -> bool:
        """Whether nothing at all is written."""
        return self.plain and not self.text

    @property
    def null(self) -> bool:
        """Whether it is YAML's word for nothing."""
        return self.plain and self.text in ("", "~", "null", "Null", "NULL")


class Listing:
    """A list of nodes."""

    __slots__ = ("column", "height", "items", "line", "size")

    def __init__(self, line: int, column: int) -> None:
        self.line, self.column = line, column
        self.items: list[Node] = []
        self.size, self.height = 1, 0


class Table:
    """Keys and their values in the order of the file; keys are unique, merged ones come last."""

    __slots__ = ("column", "entries", "height", "line", "parts", "size")

    def __init__(self, line: int, column: int) -> None:
        self.line, self.column = line, column
        self.parts: list[Node] = []
        """Keys and values in turn, until the table is closed."""
        self.entries: dict[str, tuple[Scalar, Node]] = {}
        self.size, self.height = 1, 0


Node = Scalar | Listing | Table


class Tree(NamedTuple):
    """What a file says; `root` is None when it says nothing or cannot be read to its end."""

    root: Node | None
    problems: tuple[Problem, ...]


class _Stop(Exception):  # noqa: N818 - it ends the reading, and is no mistake of the program
    """No use in reading on: a limit is exceeded, or there are enough problems."""


def read_tree(source: str | bytes) -> Tree:
    """The tree of one YAML document, with every problem that does not make the rest unreadable."""
    size = len(source)
    if size > MOST_BYTES:
        return Tree(None, (Problem(1, 1, f"The file is larger than {MOST_BYTES >> 20} MiB."),))
    text, problems = cleaned(source)
    if problems:
        return Tree(None, tuple(problems))
    builder = _Builder()
    try:
        builder.read(yaml.parse(text, Loader=_LOADER))
    except _Stop:
        return Tree(None, tuple(builder.problems))
    except yaml.YAMLError as error:
        return Tree(None, (*builder.problems, spoken(error, text, builder.at)))
    except (UnicodeError, ValueError):
        return Tree(None, (*builder.problems, Problem(*builder.at, "From here on this is not valid YAML.")))
    return Tree(builder.root, tuple(sorted(builder.problems)))


class _Builder:
    """Puts events together to nodes, without recursion."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self.at = (1, 1)
        self._open: list[Listing | Table] = []
        self._anchors: dict[str, Node] = {}
        self._documents = 0
        self._count = 0

    def read(self, events: Iterable[Any]) -> None:
        """Take all events of a stream."""
        for event in events:
            mark = event.start_mark
            self.at = (mark.line + 1, mark.column + 1)
            match event:
                case yaml.ScalarEvent():
                    self._scalar(event)
                case yaml.MappingStartEvent():
                    self._start(Table(*self.at), event, "mapping")
                case yaml.SequenceStartEvent():
                    self._start(Listing(*self.at), event, "sequence")
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    self._end()
                case yaml.AliasEvent():
                    self._alias(str(event.anchor))
                case yaml.DocumentStartEvent():
                    self._documents += 1
                    if self._documents > 1:
                        self._stop("A second document begins here; only one is read from a file.")

    def problem(self, node: Node | None, message: str) -> None:
        """Note a problem at a node, or at the present place."""
        self.problems.append(Problem(*((node.line, node.column) if node else self.at), message))
        if len(self.problems) >= MOST_PROBLEMS:
            raise _Stop

    def _stop(self, message: str) -> None:
        self.problem(None, message)
        raise _Stop

    def _scalar(self, event: Any) -> None:
        plain = event.style in (None, "") and event.tag in (None, _CORE + "int", _CORE + "float", _CORE + "bool",
                                                            _CORE + "null")
        node = Scalar(*self.at, str(event.value), plain)
        self._check_tag(event.tag, "scalar")
        self._name(event.anchor, node)
        self._place(node)

    def _start(self, node: Listing | Table, event: Any, kind: str) -> None:
        if len(self._open) >= MOST_DEPTH:
            self._stop(f"This is nested deeper than {MOST_DEPTH} levels.")
        self._check_tag(event.tag, kind)
        self._name(event.anchor, node)
        self._count_in(1)
        self._open.append(node)

    def _end(self) -> None:
        node = self._open.pop()
        if isinstance(node, Table):
            self._close(node)
        self._attach(node)

    def _place(self, node: Node) -> None:
        self._count_in(node.size)
        self._attach(node)

    def _attach(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        (parent.parts if isinstance(parent, Table) else parent.items).append(node)
        parent.size += node.size
        parent.height = max(parent.height, node.height + 1)

    def _alias(self, name: str) -> None:
        node = self._anchors.get(name)
        if node is None:
            self.problem(None, f"There is no `&{limited(name, 40)}` before this.")
            node = Scalar(*self.at, "")
        elif node in self._open:
            self._stop(f"`*{limited(name, 40)}` would contain itself.")
        elif isinstance(node, Scalar):
            node = Scalar(*self.at, node.text, node.plain)
        if len(self._open) + node.height >= MOST_DEPTH:
            self._stop(f"With its aliases, this is nested deeper than {MOST_DEPTH} levels.")
        self._place(node)

    def _name(self, anchor: str | None, node: Node) -> None:
        if anchor is not None:
            self._anchors[anchor] = node

    def _count_in(self, size: int) -> None:
        self._count += size
        if self._count > MOST_NODES:
            self._stop(f"There are more than {MOST_NODES} values up to here, aliases counted in full.")

    def _check_tag(self, tag: str | None, kind: str) -> None:
        if tag is not None and tag != "!" and tag.removeprefix(_CORE) not in _TAGS[kind]:
            written = f"!!{tag.removeprefix(_CORE)}" if tag.startswith(_CORE) else tag
            self.problem(None, f"The tag `{limited(written, 40)}` is not allowed here; leave it out.")

    def _close(self, table: Table) -> None:
        """Turn the keys and values of a finished table into its entries."""
        merges: list[Node] = []
        for key, value in zip(table.parts[::2], table.parts[1::2], strict=True):
            if not isinstance(key, Scalar):
                self.problem(key, "A key must be plain text, not a list or a mapping; put text with `{` or `[` in"
                                  " quotes.")
            elif key.plain and key.text == "<<":
                merges.append(value)
            elif key.null:
                self.problem(key, "A key is missing before the `:`.")
            elif key.text in table.entries:
                first = table.entries[key.text][0]
                self.problem(key, f"The key `{limited(key.text, 40)}` is given twice; the first is in line"
                                  f" {first.line}.")
            else:
                table.entries[key.text] = (key, value)
        table.parts = []
        for merge in merges:
            self._merge(table, merge)

    def _merge(self, table: Table, value: Node) -> None:
        for part in value.items if isinstance(value, Listing) else [value]:
            if not isinstance(part, Table):
                self.problem(part, "`<<` takes a mapping or a list of mappings, as in `<<: *name`.")
                continue
            for name, entry in part.entries.items():
                table.entries.setdefault(name, entry)
