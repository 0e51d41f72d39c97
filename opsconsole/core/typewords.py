"""What the types of a struct allow, in words: for mistakes, for the schema and for the commented configuration."""

from __future__ import annotations

import operator
import re
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import inspect

from opsconsole.core import scalars
from opsconsole.core.config import nearest
from opsconsole.core.text import limited
from opsconsole.core.units import Duration, Percent, Secret, Size, TimeOfDay
from opsconsole.core.yamltree import Node, Scalar, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Path = tuple[str | int, ...]
UNITS: Final = (Duration, Size, Percent, TimeOfDay)
LISTS: Final = (inspect.ListType, inspect.VarTupleType, inspect.TupleType, inspect.SetType, inspect.FrozenSetType)
TABLES: Final = (inspect.StructType, inspect.DictType)
LATER: Final = "type"
"""`Annotated[Any, Meta(extra={LATER: "module:Type"})] = None` is a key whose type is imported only where a file has it,
so that settings of which most files have none cost no start anything. Without the key its value is None."""
_FEW_KEYS: Final = 12


@lru_cache(maxsize=64)
def type_of(into: Any) -> inspect.Type:
    """What a struct consists of, as `msgspec.inspect` says it."""
    return inspect.type_info(into)


def bare(kind: inspect.Type) -> inspect.Type:
    """A type without what is said about it."""
    while isinstance(kind, inspect.Metadata):
        kind = inner(kind)
    return kind


def is_later(kind: inspect.Metadata) -> bool:
    """Whether the type is named by `LATER`."""
    return LATER in (kind.extra or {})


def says_nothing(value: Any) -> bool:
    """Whether a part of the configuration is what it would be without being there."""
    return value in ({}, ()) or (isinstance(value, msgspec.Struct) and not value.__struct_config__.tag
                           and value == type(value)())


def inner(kind: inspect.Metadata) -> inspect.Type:
    """What something is said about: the type itself, or the one that `LATER` names, imported now."""
    place = (kind.extra or {}).get(LATER)
    if place is None:
        return kind.type
    module, _, attribute = str(place).partition(":")
    return type_of(getattr(import_module(module), attribute))


def is_zone(kind: inspect.Type) -> bool:
    """Whether it is `zoneinfo.ZoneInfo`; asked by name, because importing that takes time."""
    return isinstance(kind, inspect.CustomType) and (kind.cls.__module__, kind.cls.__name__) == ("zoneinfo", "ZoneInfo")


def is_path(kind: inspect.Type) -> bool:
    """Whether it is `pathlib.Path`."""
    return isinstance(kind, inspect.CustomType) and kind.cls.__name__ == "Path"


def unit_limits(unit: Any, extra: Mapping[str, Any]) -> tuple[Any, Any]:
    """The least and the most of a value with a unit: `Meta(extra={"at_least": "1s", "at_most": "1h"})`."""
    least, most = extra.get("at_least"), extra.get("at_most")
    return (None if least is None else unit.parse(str(least))), (None if most is None else unit.parse(str(most)))


_WORDS: Final[dict[type, str]] = {
    inspect.BoolType: scalars.BOOLEAN, inspect.IntType: scalars.WHOLE, inspect.FloatType: scalars.NUMBER,
    inspect.StrType: "text", inspect.NoneType: "null", **dict.fromkeys(TABLES, "a mapping (`key: value`)"),
    **dict.fromkeys(LISTS, "a list")}


def allowed_by(kind: inspect.Type) -> str:
    """What stands for a type after "must be"."""
    kind = bare(kind)
    match kind:
        case inspect.LiteralType():
            return scalars.one_of(kind.values)
        case inspect.EnumType():
            return scalars.one_of(scalars.names_of(kind.cls))
        case inspect.UnionType():
            return " or ".join(dict.fromkeys(map(allowed_by, kind.types)))
        case inspect.CustomType() if issubclass(kind.cls, (*UNITS, Secret)):
            return str(kind.cls.ALLOWED)
    if is_zone(kind):
        return "a time zone such as Europe/Berlin"
    return "a path" if is_path(kind) else _WORDS.get(type(kind), "a value")


def bounds_of(kind: inspect.Type) -> list[tuple[str, float]]:
    """The limits of a number, as words and figures: `at least` 1."""
    kind = bare(kind)
    if not isinstance(kind, (inspect.IntType, inspect.FloatType)):
        return []
    stated = (("at least", kind.ge), ("more than", kind.gt), ("at most", kind.le), ("less than", kind.lt),
              ("a multiple of", kind.multiple_of))
    return [(words, limit) for words, limit in stated if limit is not None]


_KEEPS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "at least": operator.ge, "more than": operator.gt, "at most": operator.le, "less than": operator.lt,
    "a multiple of": lambda value, limit: value % limit == 0}


def broken_limit(value: Any, kind: inspect.Type) -> str:
    """Which of its type's limits a value breaks, in words; empty when none."""
    for words, limit in bounds_of(kind):
        if not _KEEPS[words](value, limit):
            return f"{words} {limit:g}"
    if isinstance(kind, inspect.StrType):
        if kind.min_length is not None and len(value) < kind.min_length:
            return f"text of at least {kind.min_length} character{'s' * (kind.min_length != 1)}"
        if kind.max_length is not None and len(value) > kind.max_length:
            return f"text of at most {kind.max_length} characters"
        if kind.pattern is not None and not re.search(kind.pattern, value):
            return f"text that fits {kind.pattern}"
    return ""


def candidates(node: Node, kinds: Iterable[inspect.Type]) -> list[inspect.Type]:
    """Those members of a union that a node of this form can be, the most particular first."""
    real = [kind for kind in kinds if not isinstance(bare(kind), inspect.NoneType)]
    if isinstance(node, Table):
        return [kind for kind in real if isinstance(bare(kind), TABLES)]
    if not isinstance(node, Scalar):
        return [kind for kind in real if isinstance(bare(kind), LISTS)]
    fitting = [kind for kind in real if not isinstance(bare(kind), (*TABLES, *LISTS))]
    if node.empty:
        return fitting or real
    text_first = not node.plain and any(isinstance(bare(kind), inspect.StrType) for kind in fitting)
    order = (inspect.StrType,) if text_first else (
        inspect.LiteralType, inspect.EnumType, inspect.BoolType, inspect.IntType, inspect.FloatType, inspect.CustomType,
        inspect.StrType)
    return sorted(fitting, key=lambda kind: next((n for n, each in enumerate(order) if isinstance(bare(kind), each)),
                                                 len(order)))


def found(node: Node) -> str:
    """What stands at a place, as the end of a sentence; what a variable holds is not repeated."""
    if isinstance(node, Scalar):
        shown = f", not `{limited(node.text, 60)}`" if node.text else ", not an empty text"
        return ", but has no value" if node.empty else shown
    return ", not a mapping" if isinstance(node, Table) else ", not a list"


def dotted(path: Path) -> str:
    """A path as people write it, the end of it where it is long."""
    text = ".".join(limited(str(part), 60) for part in path)
    return text if len(text) <= 120 else f"…{text[-119:]}"


def label(path: Path) -> str:
    """What a sentence calls the thing at a path."""
    if not path:
        return "The file"
    return f"An item of `{dotted(path[:-1])}`" if isinstance(path[-1], int) else f"`{dotted(path)}`"


def sentence(text: str) -> str:
    """A text as one harmless sentence."""
    text = limited(text.strip(), 500)
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "?", "!", "…")) else f"{text}."


def unknown_key(name: str, kind: inspect.StructType, path: Path) -> str:
    """What is said of a key that a struct does not have, with the nearest one, or where it belongs."""
    known = [field.encode_name for field in kind.fields]
    inside = f" in `{dotted(path)}`" if path else ""
    start = f"Unknown key `{limited(name, 60)}`{inside}"
    for field in kind.fields:
        below = bare(field.type)
        if isinstance(below, inspect.StructType) and any(each.encode_name == name for each in below.fields):
            return f"{start}; it belongs under `{dotted((*path, field.encode_name))}`."
    if near := nearest(name, known):
        return start + near
    if 0 < len(known) <= _FEW_KEYS:
        return f"{start}; the keys{inside or ' here'} are {', '.join(known)}."
    return f"{start}."
