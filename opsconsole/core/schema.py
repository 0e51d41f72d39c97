"""The settings' types written out: as a JSON Schema for editors, as a commented file, as the values in effect.

`msgspec.json.schema` cannot write the defaults of types with a unit, nor say that a text may hold `${NAME}`, so the
schema is made here from the same `msgspec.inspect` types that the file is read by.
"""

from __future__ import annotations

import re
import textwrap
from enum import Enum
from typing import Any, Final

import msgspec
from msgspec import inspect

from opsconsole.core import scalars
from opsconsole.core.typewords import LISTS, UNITS, bare, bounds_of, inner, is_path, is_zone, type_of, unit_limits
from opsconsole.core.units import Duration, Percent, Secret, Size, TimeOfDay

DIALECT: Final = "http://json-schema.org/draft-07/schema#"
"""The one that editors' YAML support reads."""
_VARIABLE: Final = {"type": "string", "pattern": r"\$\{[A-Za-z_]"}
_SAID: Final = {"title", "description", "examples"}
_WIDTH: Final = 100
EXAMPLE: Final = "example"
"""`Annotated[…, Meta(extra={EXAMPLE: "YAML of a value"})]`: what the commented file shows of a key whose default says
nothing. Of a struct, it has a block for each of the keys that it is about."""
_BOUNDS: Final = {"at least": "minimum", "more than": "exclusiveMinimum", "at most": "maximum",
                  "less than": "exclusiveMaximum", "a multiple of": "multipleOf"}


def json_schema(into: type, title: str = "") -> dict[str, Any]:
    """The JSON Schema (draft 7) of a file that `core.config.decode` reads into this struct.

    What the schema accepts can still be wrong (limits of durations, what belongs together); what it refuses is wrong,
    or better put in quotes.
    """
    described = {"title": title} if title else {}
    return {"$schema": DIALECT, **described, **_schema(type_of(into), ())}


def _schema(kind: inspect.Type, above: tuple[type, ...]) -> dict[str, Any]:
    if isinstance(kind, inspect.Metadata):
        said = {key: value for key, value in (kind.extra_json_schema or {}).items() if key in _SAID}
        return _schema(inner(kind), above) | said
    match kind:
        case inspect.StructType():
            return _struct_schema(kind, above)
        case inspect.DictType():
            return {"type": ["object", "null"], "additionalProperties": _schema(kind.value_type, above)}
        case inspect.UnionType():
            return {"anyOf": [_schema(each, above) for each in kind.types]}
        case inspect.NoneType():
            return {"type": "null"}
        case inspect.AnyType():
            return {}
    if isinstance(kind, LISTS):
        return _list_schema(kind, above)
    made = _scalar_schema(kind)
    return made if made == {"type": "string"} else {"anyOf": [made, _VARIABLE]}


def _struct_schema(kind: inspect.StructType, above: tuple[type, ...]) -> dict[str, Any]:
    if kind.cls in above:
        raise TypeError(f"{kind.cls.__name__} contains itself; a file could not say that")
    properties: dict[str, Any] = {}
    if kind.tag_field is not None:
        properties[kind.tag_field] = {"const": str(kind.tag)}
    for field in kind.fields:
        made = _schema(field.type, (*above, kind.cls))
        if not isinstance(bare(field.type), inspect.StructType) and (default := default_of(field)) is not NO_DEFAULT:
            made["default"] = plain(default)
        properties[field.encode_name] = made
    required = [field.encode_name for field in kind.fields if field.required]
    required += [kind.tag_field] if kind.tag_field is not None else []
    return {"type": "object" if required else ["object", "null"], "properties": properties,
            "additionalProperties": not kind.forbid_unknown_fields, **({"required": required} if required else {}),
            **({"description": _first_paragraph(kind.cls)} if kind.cls.__doc__ else {})}


def _list_schema(kind: Any, above: tuple[type, ...]) -> dict[str, Any]:
    if isinstance(kind, inspect.TupleType):
        each: Any = [_schema(item, above) for item in kind.item_types]
        return {"type": "array", "items": each, "minItems": len(each), "maxItems": len(each)}
    counts = {name: count for name, count in (("minItems", kind.min_length), ("maxItems", kind.max_length)) if count}
    return {"type": "array" if counts.get("minItems") else ["array", "null"], "items": _schema(kind.item_type, above),
            **counts}


def _scalar_schema(kind: inspect.Type) -> dict[str, Any]:
    match kind:
        case inspect.BoolType():
            return {"anyOf": [{"type": "boolean"}, {"enum": ["yes", "no", "on", "off"]}]}
        case inspect.IntType() | inspect.FloatType():
            name = "integer" if isinstance(kind, inspect.IntType) else "number"
            return {"type": name, **{_BOUNDS[words]: limit for words, limit in bounds_of(kind)}}
        case inspect.StrType():
            stated = {"minLength": kind.min_length, "maxLength": kind.max_length, "pattern": kind.pattern}
            return {"type": "string", **{key: value for key, value in stated.items() if value is not None}}
        case inspect.LiteralType():
            return {"enum": list(kind.values)}
        case inspect.EnumType():
            return {"enum": list(scalars.names_of(kind.cls))}
        case inspect.CustomType():
            return _custom_schema(kind)
    raise TypeError(f"no file can say a {kind}")


def _custom_schema(kind: inspect.CustomType) -> dict[str, Any]:
    if is_zone(kind) or is_path(kind):
        return {"type": "string", "minLength": 1}
    if not issubclass(kind.cls, (*UNITS, Secret)):
        raise TypeError(f"no file can say a {kind.cls}")
    text = {"type": "string", "pattern": kind.cls.PATTERN}
    if issubclass(kind.cls, Duration):
        return {"anyOf": [text, {"const": 0}]}
    if issubclass(kind.cls, Percent):
        return {"anyOf": [{"type": "number", "minimum": 0}, text]}
    return {"anyOf": [{"type": "integer", "minimum": 0}, text]} if issubclass(kind.cls, Size) else text


class _NoDefault:
    """Says that a key must be given."""


NO_DEFAULT: Final = _NoDefault()


def default_of(field: inspect.Field) -> Any:
    """A field's default value, or NO_DEFAULT."""
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return NO_DEFAULT if field.default is msgspec.NODEFAULT else field.default


def plain(value: Any) -> Any:
    """A setting as YAML and JSON can say it, so that reading it gives the same setting; secrets as their places."""
    if isinstance(value, msgspec.Struct):
        kind = bare(type_of(type(value)))
        fields = kind.fields if isinstance(kind, inspect.StructType) else ()
        tag = {kind.tag_field: kind.tag} if isinstance(kind, inspect.StructType) and kind.tag_field else {}
        return {**tag, **{field.encode_name: plain(effective(field, value)) for field in fields}}
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(map(plain, value))
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, Enum):
        return value.value if isinstance(value.value, str) else value.name.lower()
    if value is None or isinstance(value, bool) or type(value) in (int, float):
        return value
    if isinstance(value, (Duration, Size, Percent, TimeOfDay, Secret)):
        return str(value)
    return str(value).replace("$", "$$")


def effective(field: inspect.Field, value: Any) -> Any:
    """The value of one field of a struct; a struct of a type that is imported later is at its defaults without one."""
    current = getattr(value, field.name)
    below = bare(field.type)
    return below.cls() if current is None and isinstance(below, inspect.StructType) else current


def show(settings: Any) -> str:
    """The effective settings as YAML that is read back as the same settings; secrets appear as their places."""
    return _dumped(plain(settings), flow=False)


def _dumped(value: Any, *, flow: bool) -> str:
    import yaml  # noqa: PLC0415 - only here is YAML written

    dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return str(yaml.dump(value, Dumper=dumper, sort_keys=False, allow_unicode=True, default_flow_style=flow,
                         width=10_000))


def render_default(into: type, *, schema: str = "opsconsole.schema.json", title: str = "opsconsole") -> str:
    """The commented configuration: every key with what it means and its default, each line switched off.

    Prose begins with `# `; a setting begins with `#` alone, so removing that `#` switches it on. The lines of an
    example below its key begin with `#` and several spaces; all examples together are valid.

    Args:
        into: the struct of the settings; every field has a default.
        schema: where editors find the JSON Schema; a path relative to the file, or a URL.
        title: whose configuration it is.
    """
    head = (f"The configuration of {title}. Every setting has a default, which the lines that begin with # and no"
            " space show. To change one, remove the # from it and from the headings that it stands under, and of an"
            " example also from the lines below it, which begin with # and several spaces."
            f" `{title} config check` names every mistake with its place.")
    units = ("Durations are written 90s, 5m, 2h, 3d or 1h30m, sizes 10MB or 512KiB, shares 80%, times of day 08:00."
             " ${NAME} takes a value from the environment, ${NAME:-default} with a default; $$ is a dollar sign.")
    lines = [f"# yaml-language-server: $schema={schema}", *_prose(head, 0), "#", *_prose(units, 0)]
    kind = type_of(into)
    if isinstance(kind, inspect.StructType):
        lines += _rendered(kind, into(), 0)
    return "\n".join(lines) + "\n"


def _rendered(kind: inspect.StructType, value: Any, depth: int, examples: str = "") -> list[str]:
    lines: list[str] = []
    pad = "  " * depth
    shown = _by_key(examples)
    for field in kind.fields:
        below = bare(field.type)
        current = effective(field, value)
        example = _example(field) or shown.get(field.encode_name, "")
        if depth == 0:
            lines.append("")
        if isinstance(below, inspect.StructType):
            lines += [*_prose(description(field), depth), f"{pad}#{field.encode_name}:"]
            lines += _rendered(below, current, depth + 1, example)
        elif example:
            lines += [*_prose(f"{about(field)} For example:", depth), f"{pad}#{field.encode_name}:"]
            lines += [f"{pad}#  {line}" for line in example.splitlines()]
        else:
            lines += _described(field, current, depth)
    return lines


def _described(field: inspect.Field, value: Any, depth: int) -> list[str]:
    """One key with its default: on one line where there is room, else below what it means."""
    pad = "  " * depth
    setting = _setting(field.encode_name, value)
    beside = f"{pad}#{setting[0]}  # {about(field)}"
    if depth > 1 and len(setting) == 1 and len(beside) <= _WIDTH:
        return [beside]
    return [*_prose(about(field), depth), *(f"{pad}{_switched_off(line)}" for line in setting)]


def _example(field: inspect.Field) -> str:
    """What `EXAMPLE` says of a key, without indentation."""
    kind, text = field.type, ""
    while isinstance(kind, inspect.Metadata):
        text = text or (kind.extra or {}).get(EXAMPLE, "")
        kind = kind.type
    return textwrap.dedent(text).strip("\n")


def _by_key(text: str) -> dict[str, str]:
    """The blocks of a YAML text by their keys, without indentation."""
    blocks = (block.partition(":\n") for block in re.split(r"(?m)^(?=\S)", text) if block)
    return {key: textwrap.dedent(below).strip("\n") for key, _, below in blocks}


def _setting(name: str, value: Any) -> list[str]:
    """The lines of one key with its value, without indentation; nearly always one."""
    said = plain(value)
    nested = isinstance(said, dict) and any(isinstance(each, (dict, list)) for each in said.values())
    on_one = _dumped({name: said}, flow=True).splitlines()
    return [on_one[0][1:-1]] if len(on_one) == 1 and not nested else _dumped({name: said}, flow=False).splitlines()


def _switched_off(line: str) -> str:
    bare_line = line.lstrip(" ")
    return f"{line[: len(line) - len(bare_line)]}#{bare_line}"


def _prose(text: str, depth: int) -> list[str]:
    pad = "  " * depth
    return textwrap.wrap(text, _WIDTH, initial_indent=f"{pad}# ", subsequent_indent=f"{pad}# ",
                         break_on_hyphens=False, break_long_words=False)


def description(field: inspect.Field) -> str:
    """What `Meta(description=…)` says of a key; else the first paragraph about its struct."""
    kind = field.type
    while isinstance(kind, inspect.Metadata):
        if kind.extra_json_schema and "description" in kind.extra_json_schema:
            return str(kind.extra_json_schema["description"])
        kind = kind.type
    return _first_paragraph(kind.cls) if isinstance(kind, inspect.StructType) and kind.cls.__doc__ else ""


def about(field: inspect.Field) -> str:
    """The description of a key and what its values may be, where that is not obvious."""
    extra: dict[str, Any] = {}
    kind = field.type
    while isinstance(kind, inspect.Metadata):
        extra.update(kind.extra or {})
        kind = kind.type
    kinds = [bare(each) for each in kind.types] if isinstance(kind, inspect.UnionType) else [kind]
    facts: list[str] = []
    for each in kinds:
        facts += [f"{words} {limit:.12g}" for words, limit in bounds_of(each)]
        if isinstance(each, inspect.LiteralType):
            facts.append(scalars.one_of(each.values))
        if isinstance(each, inspect.EnumType):
            facts.append(scalars.one_of(scalars.names_of(each.cls)))
        if isinstance(each, inspect.CustomType) and extra and hasattr(each.cls, "parse"):
            least, most = unit_limits(each.cls, extra)
            facts += [f"at least {least}"] * (least is not None) + [f"at most {most}"] * (most is not None)
    said = ", ".join(facts)
    return f"{description(field)} {said[:1].upper()}{said[1:]}.".strip() if said else description(field)


def _first_paragraph(cls: type) -> str:
    return " ".join((cls.__doc__ or "").strip().split("\n\n")[0].split())
