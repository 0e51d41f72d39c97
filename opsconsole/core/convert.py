"""A tree of texts as the types of a msgspec struct, with every mistake on the way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from msgspec import inspect

from opsconsole.core import scalars
from opsconsole.core.config import MOST_SHOWN, nearest
from opsconsole.core.typewords import (
    LISTS,
    UNITS,
    Path,
    allowed_by,
    bare,
    broken_limit,
    candidates,
    dotted,
    found,
    inner,
    is_later,
    label,
    says_nothing,
    sentence,
    type_of,
    unit_limits,
    unknown_key,
)
from opsconsole.core.units import Secret, expand
from opsconsole.core.yamlplaces import place_of, place_of_named
from opsconsole.core.yamltext import Problem
from opsconsole.core.yamltree import Listing, Node, Scalar, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from opsconsole.core.config import Check

FAILED: Final = object()
"""Stands for a value that could not be read; its problem is noted."""
_MAKERS: Final[dict[type, Callable[[list[Any]], Any]]] = {
    inspect.ListType: list, inspect.VarTupleType: tuple, inspect.TupleType: tuple, inspect.SetType: set,
    inspect.FrozenSetType: frozenset}


class _Enough(Exception):  # noqa: N818 - it ends the reading, and is no mistake of the program
    """There are as many problems as anybody wants to read."""


class Converter:
    """Reads one file; `problems` are complete when `convert` has returned."""

    def __init__(self, env: Mapping[str, str] | None, problems: Iterable[Problem] = (), *,
                 need_secrets: bool = True) -> None:
        self.problems = list(problems)
        self._env = env
        self._need_secrets = need_secrets

    def convert(self, root: Node | None, into: type, check: Check | None) -> Any:
        """The value that the tree describes, or FAILED with at least one problem."""
        node = Table(1, 1) if root is None or (isinstance(root, Scalar) and root.null) else root
        try:
            value = self._read(node, type_of(into), ())
            if value is not FAILED and check is not None:
                self._note_all(node, (), check(value))
        except _Enough:
            return FAILED
        return value

    def _note(self, node: Node, message: str) -> object:
        self.problems.append(Problem(node.line, node.column, message))
        if len(self.problems) >= MOST_SHOWN:
            raise _Enough
        return FAILED

    def _expected(self, node: Node, path: Path, allowed: str, hint: str = "") -> object:
        return self._note(node, sentence(f"{label(path)} must be {allowed}{found(node)}{hint}"))

    def _read(self, node: Node, kind: inspect.Type, path: Path) -> Any:
        match kind:
            case inspect.Metadata():
                value = self._limited(node, self._read(node, inner(kind), path), kind.extra or {}, path)
                return None if is_later(kind) and says_nothing(value) else value
            case inspect.StructType():
                return self._struct(node, kind, path)
            case inspect.DictType():
                return self._dict(node, kind, path)
            case inspect.UnionType():
                return self._union(node, kind.types, path)
            case inspect.AnyType():
                return self._anything(node, path)
        if isinstance(kind, LISTS):
            return self._list(node, kind, path)
        if not isinstance(node, Scalar) or node.empty:
            return self._expected(node, path, allowed_by(kind))
        return self._scalar(node, kind, path)

    def _scalar(self, node: Scalar, kind: inspect.Type, path: Path) -> Any:
        if isinstance(kind, inspect.CustomType) and kind.cls is Secret:
            return self._secret(node, path)
        text = node.text
        if self._env is not None and "$" in text:
            try:
                text = expand(text, self._env)
            except ValueError as problem:
                return self._note(node, sentence(f"{label(path)}: {problem}"))
        try:
            value = scalars.read_text(text, kind, (self._env or {}).get("HOME"))
        except ValueError as problem:
            allowed, *hint = problem.args
            return self._expected(node, path, str(allowed), "".join(hint))
        if violated := broken_limit(value, kind):
            return self._expected(node, path, violated)
        return value

    def _secret(self, node: Scalar, path: Path) -> Any:
        try:
            secret = Secret.parse(node.text, self._env)
        except ValueError as problem:
            # What stands here may be a password, so it is not repeated.
            return self._note(node, sentence(f"{label(path)} must be {problem}, not the secret itself"))
        if secret.problem and self._need_secrets and self._env is not None:
            return self._note(node, sentence(f"{label(path)}: {secret.problem}"))
        return secret

    def _limited(self, node: Node, value: Any, extra: Mapping[str, Any], path: Path) -> Any:
        if isinstance(value, UNITS):
            least, most = unit_limits(type(value), extra)
            if least is not None and value < least:
                return self._expected(node, path, f"at least {least}")
            if most is not None and value > most:
                return self._expected(node, path, f"at most {most}")
        return value

    def _struct(self, node: Node, kind: inspect.StructType, path: Path) -> Any:
        if isinstance(node, Scalar) and node.null:
            node_table = Table(node.line, node.column)
        elif isinstance(node, Table):
            node_table = node
        else:
            return self._expected(node, path, "a mapping (`key: value`)")
        fields = {field.encode_name: field for field in kind.fields}
        values: dict[str, Any] = {}
        for name, (key, value) in node_table.entries.items():
            if name in fields:
                values[fields[name].name] = self._read(value, fields[name].type, (*path, name))
            elif name != kind.tag_field and kind.forbid_unknown_fields:
                self._note(key, unknown_key(name, kind, path))
        missing = [name for name, field in fields.items() if field.required and field.name not in values]
        for name in missing:
            self._note(node, f"The key `{name}` is missing{f' in `{dotted(path)}`' if path else ''}.")
        if missing or any(value is FAILED for value in values.values()):
            return FAILED
        return self._made(kind.cls, values, node_table, path)

    def _made(self, cls: type, values: dict[str, Any], node: Table, path: Path) -> Any:
        """The struct, after its own checks of what belongs together."""
        before = len(self.problems)
        try:
            made = cls(**values)
        except (ValueError, TypeError) as problem:
            message = str(problem)
            place = place_of_named(node, re.findall(r"`([^`]+)`", message))
            return self._note(place, sentence(f"{label(path)}: {message}" if path else message))
        if callable(check := getattr(made, "mistakes", None)):
            self._note_all(node, path, check())
        return made if len(self.problems) == before else FAILED

    def _note_all(self, node: Node, path: Path, mistakes: Iterable[tuple[str | tuple[str, ...], str]]) -> None:
        for where, message in mistakes:
            keys = where if isinstance(where, tuple) else tuple(where.split(".")) if where else ()
            full = (*path, *keys)
            self._note(place_of(node, keys), sentence(f"`{dotted(full)}`: {message}" if full else message))

    def _dict(self, node: Node, kind: inspect.DictType, path: Path) -> Any:
        if isinstance(node, Scalar) and node.null:
            return {}
        if not isinstance(node, Table):
            return self._expected(node, path, allowed_by(kind))
        made: dict[Any, Any] = {}
        failed = False
        for name, (key, value) in node.entries.items():
            try:
                read_key = scalars.read_text(name, bare(kind.key_type))
                wrong = broken_limit(read_key, bare(kind.key_type))
            except ValueError as problem:
                wrong, read_key = str(problem.args[0]), FAILED
            if wrong:
                self._note(key, sentence(f"A key of `{dotted(path)}` must be {wrong}{found(key)}"))
            read_value = self._read(value, kind.value_type, (*path, name))
            failed = failed or bool(wrong) or read_value is FAILED
            if not failed:
                made[read_key] = read_value
        return FAILED if failed else self._counted(node, made, kind, path)

    def _list(self, node: Node, kind: Any, path: Path) -> Any:
        if isinstance(node, Scalar) and node.null:
            items: list[Node] = []
        elif isinstance(node, Listing):
            items = node.items
        else:
            return self._expected(node, path, allowed_by(kind), "; put it in [ ]" if isinstance(node, Scalar) else "")
        kinds = kind.item_types if isinstance(kind, inspect.TupleType) else [kind.item_type] * len(items)
        if len(kinds) != len(items):
            return self._note(node, f"{label(path)} must have {len(kinds)} items, not {len(items)}.")
        values = [self._read(item, each, (*path, number))
                  for number, (item, each) in enumerate(zip(items, kinds, strict=True))]
        if any(value is FAILED for value in values):
            return FAILED
        return self._counted(node, _MAKERS[type(kind)](values), kind, path)

    def _counted(self, node: Node, value: Any, kind: Any, path: Path) -> Any:
        least, most = getattr(kind, "min_length", None), getattr(kind, "max_length", None)
        if least is not None and len(value) < least:
            return self._note(node, f"{label(path)} must have at least {least} entries, not {len(value)}.")
        if most is not None and len(value) > most:
            return self._note(node, f"{label(path)} must have at most {most} entries, not {len(value)}.")
        return value

    def _union(self, node: Node, kinds: tuple[inspect.Type, ...], path: Path) -> Any:
        if isinstance(node, Scalar) and node.null and any(isinstance(kind, inspect.NoneType) for kind in kinds):
            return None
        choices = candidates(node, kinds)
        if len(choices) > 1 and all(isinstance(bare(kind), inspect.StructType) for kind in choices):
            return self._tagged(node, [bare(kind) for kind in choices], path)
        if len(choices) == 1:
            return self._read(node, choices[0], path)
        for kind in choices:
            before = len(self.problems)
            value = self._read(node, kind, path)
            if value is not FAILED:
                return value
            del self.problems[before:]
        return self._expected(node, path, " or ".join(dict.fromkeys(map(allowed_by, kinds))))

    def _tagged(self, node: Node, kinds: list[Any], path: Path) -> Any:
        """One of several structs, told apart by the key that is their tag."""
        field = kinds[0].tag_field
        by_tag = {str(kind.tag): kind for kind in kinds}
        tag = node.entries[field][1] if isinstance(node, Table) and field in node.entries else None
        if tag is None:
            return self._note(node, f"{label(path)} needs the key `{field}`: {scalars.one_of(by_tag)}.")
        if not isinstance(tag, Scalar) or tag.text not in by_tag:
            hint = nearest(tag.text, by_tag) if isinstance(tag, Scalar) else ""
            return self._expected(tag, (*path, field), scalars.one_of(by_tag), hint)
        return self._struct(node, by_tag[tag.text], path)

    def _anything(self, node: Node, path: Path) -> Any:
        match node:
            case Table():
                made = {name: self._anything(value, (*path, name)) for name, (_, value) in node.entries.items()}
                return FAILED if FAILED in made.values() else made
            case Listing():
                items = [self._anything(item, path) for item in node.items]
                return FAILED if FAILED in items else items
            case Scalar():
                if node.null:
                    return None
                return self._scalar(node, inspect.AnyType() if node.plain else inspect.StrType(), path)
