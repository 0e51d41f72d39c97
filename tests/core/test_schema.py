"""The schema agrees with the reader, the commented file is the defaults, and what is shown loads back."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo

import jsonschema  # type: ignore[import-untyped]
import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta
from msgspec.structs import replace

from opsconsole.core.config import ConfigMistakes, decode
from opsconsole.core.schema import (
    EXAMPLE,
    about,
    default_of,
    description,
    json_schema,
    plain,
    render_default,
    show,
)
from opsconsole.core.typewords import bare, type_of
from opsconsole.core.units import Duration, Percent, Secret, Size, TimeOfDay
from opsconsole.settings import Settings, read_settings
from tests.core.test_config import All, Colour, Http, Inner
from tests.core.test_config_broken import BROKEN, VALID

if TYPE_CHECKING:
    from collections.abc import Iterator

ENV = {"HOME": "/home/ana", "TOKEN": "hunter2"}


def switched_on(text: str) -> str:
    """Every setting of a commented configuration, as a person would switch it on."""
    return re.sub(r"(?m)^( *)#(?=[^ #])", r"\1", text)


def read(text: str, into: type = Settings) -> Any:
    return decode(text, into, source="c.yaml", env=ENV)


def accepts(schema: dict[str, Any], text: str) -> bool:
    value = yaml.load(text, Loader=yaml.CSafeLoader)
    return not list(jsonschema.Draft7Validator(schema).iter_errors(value))


def keys_of(kind: msgspec.inspect.Type, path: str = "") -> Iterator[tuple[str, msgspec.inspect.Field]]:
    kind = bare(kind)
    if isinstance(kind, msgspec.inspect.StructType):
        for field in kind.fields:
            yield f"{path}{field.encode_name}", field
            yield from keys_of(field.type, f"{path}{field.encode_name}.")
    if isinstance(kind, msgspec.inspect.UnionType):
        for member in map(bare, kind.types):
            tag = f"{member.tag}:" if isinstance(member, msgspec.inspect.StructType) and member.tag else ""
            yield from keys_of(member, f"{path}{tag}")
    for inner in ("item_type", "value_type"):
        if hasattr(kind, inner):
            yield from keys_of(getattr(kind, inner), f"{path}*.")


SCHEMA = json_schema(Settings, "opsconsole")
COMMENTED = render_default(Settings)


def test_every_key_of_the_settings_has_a_description_and_a_default() -> None:
    found = dict(keys_of(type_of(Settings)))
    assert len(found) > 500
    assert {"checks.*.http:url", "notify.channels.*.exec:command", "rules.*.for"} < found.keys()
    assert [name for name, field in found.items() if not description(field).endswith(".")] == []
    # What stands in a list or under a name of its own is there because somebody wrote it.
    assert [name for name, field in found.items() if field.required and "*" not in name] == []
    assert [name for name, field in found.items() if len(about(field)) > 400] == []


def test_the_schema_is_one() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["title"] == "opsconsole"
    assert SCHEMA["properties"]["console"]["properties"]["refresh"]["default"] == "2s"
    assert SCHEMA["properties"]["health"]["properties"]["cpu"]["description"] == "Used processor time."


@pytest.mark.parametrize("text", [
    VALID, switched_on(COMMENTED), show(Settings()), "console:\nlog:\n", "{}", "console: {mouse: yes}",
    "log: {keep: '${KEEP:-3}', level: '${LEVEL:-info}'}", "health: {cpu: {warning: 80, critical: 90.5%}}"])
def test_the_schema_accepts_what_is_read(text: str) -> None:
    read(text)
    assert accepts(SCHEMA, text)


@pytest.mark.parametrize("text", [
    "thme: x", "console: {thme: x}", "console: 5", "log: {level: debg}", "log: {keep: 101}", "log: {keep: x}",
    "console: {refresh: fast}", "console: {refresh: 30}", "log: {size: 10M}", "console: {mouse: maybe}",
    "health: {cpu: {warning: x}}", "health: {ignore_mounts: /}", "roles: {admin: {users: ana}}",
    "console: {keys: {a: {b: c}}}", "- a"])
def test_the_schema_refuses_what_is_a_mistake(text: str) -> None:
    assert not accepts(SCHEMA, text)
    with pytest.raises(ConfigMistakes):
        read(text)


def test_what_the_schema_refuses_is_a_mistake_or_a_text_better_quoted() -> None:
    seen = 0
    for broken in BROKEN.values():
        try:
            refused = not accepts(SCHEMA, broken.text)
        except (yaml.YAMLError, ValueError, TypeError):
            continue
        seen += refused
        if refused:
            with pytest.raises(ConfigMistakes):
                read(broken.text)
    assert seen > 100


def test_the_commented_file_begins_with_the_line_that_editors_understand() -> None:
    assert COMMENTED.startswith("# yaml-language-server: $schema=opsconsole.schema.json\n")
    other = render_default(Settings, schema="https://example.org/s.json", title="ops")
    assert other.startswith("# yaml-language-server: $schema=https://example.org/s.json\n# The configuration of ops.")


def test_the_commented_file_is_the_defaults_switched_off_and_on() -> None:
    assert all(line.lstrip().startswith("#") for line in COMMENTED.splitlines() if line)
    assert read(COMMENTED) == Settings()
    assert read(switched_on(COMMENTED)) == Settings()


def with_examples(text: str) -> str:
    """The examples of a commented configuration, switched on with all the rest."""
    return re.sub(r"(?m)^( *)#(?=   *\S)", r"\1", switched_on(text))


def test_the_examples_can_be_switched_on_together(tmp_path: Path) -> None:
    file = tmp_path / "opsconsole.yaml"
    file.write_text(with_examples(COMMENTED), encoding="utf-8")
    found = read_settings(file, ENV)
    assert list(found.checks) == ["shop", "redis", "backup"]
    assert list(found.rules) == ["busy", "mount:/srv/*"]
    assert [channel.command for channel in found.notify.channels.values()] == [("/usr/local/bin/page",)]
    assert found.notify.ladders["duty"].steps[1].tell == ("ana", "ben")
    assert found.tickets.policies["usual"].promises["low"].resolution == "next release"
    assert found.tickets.routing[0].team == "ops"
    assert list(found.targets) == ["uptime", "response", "first-response", "coverage"]
    assert [report.name for report in found.reports] == ["weekly"]
    assert replace(found, checks=None, rules=None, notify=None, tickets=None, checklists=None, logbook=None,
                   targets=None, reports=None) == Settings()


class Part(msgspec.Struct, frozen=True):
    """Has an example of its own, and one from above."""

    names: Annotated[tuple[str, ...], Meta(description="Names.")] = ()
    table: Annotated[dict[str, int], Meta(description="A table.", extra={EXAMPLE: "\na: 1\nb: 2\n"})] = (
        msgspec.field(default_factory=dict))
    plain: Annotated[int, Meta(description="A number.")] = 5


class Whole(msgspec.Struct, frozen=True):
    """Has a part."""

    part: Annotated[Part, Meta(description="A part.", extra={EXAMPLE: "names:\n  - x\n  - y"})] = Part()


def test_an_example_stands_in_place_of_a_default_that_says_nothing() -> None:
    lines = render_default(Whole).splitlines()
    assert lines[lines.index("#part:"):] == [
        "#part:", "  # Names. For example:", "  #names:", "  #  - x", "  #  - y", "  # A table. For example:",
        "  #table:", "  #  a: 1", "  #  b: 2", "  # A number.", "  #plain: 5"]
    assert read(switched_on("\n".join(lines)), Whole) == Whole()
    assert read(with_examples("\n".join(lines)), Whole) == Whole(Part(("x", "y"), {"a": 1, "b": 2}))


def test_the_commented_file_has_every_key_with_its_description_in_order() -> None:
    expected = [(name, field) for name, field in keys_of(type_of(Settings)) if "*" not in name]
    keys = re.findall(r"(?m)^ *#'?([a-z_]+)'?:", COMMENTED)
    assert keys == [name.rpartition(".")[2] for name, _ in expected]
    flowed = " ".join(line.strip().removeprefix("# ") for line in COMMENTED.splitlines())
    for _, field in expected:
        assert description(field) in flowed
    assert max(map(len, COMMENTED.splitlines())) <= 120


def test_each_line_alone_can_be_switched_on_with_its_headings() -> None:
    lines = COMMENTED.splitlines()
    for number, line in enumerate(lines):
        if not re.match(r" *#[a-z_]+:", line):
            continue
        depth, wanted = len(line) - len(line.lstrip()), {number}
        for above in range(number, -1, -1):
            indent = len(lines[above]) - len(lines[above].lstrip())
            if indent < depth and re.match(r" *#[a-z_]+:$", lines[above]):
                depth, wanted = indent, wanted | {above}
        text = "\n".join(switched_on(each) if at in wanted else each for at, each in enumerate(lines))
        assert read(text) == Settings()


class Nested(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Things that the program's own settings do not have."""

    probe: Annotated[Http, Meta(description="A tagged one.")] = Http("http://a/$x")
    table: Annotated[dict[str, Inner], Meta(description="A table of structs.")] = msgspec.field(
        default_factory=lambda: {"a b": Inner("x"), "<<": Inner("y")})
    text: Annotated[str, Meta(description="A text of two lines.")] = "one\n  two: $$\n"
    words: Annotated[tuple[str, ...], Meta(description="Words.")] = ("null", "yes", "1", "- x", "${X}", "a: b", "#")
    colour: Annotated[Colour, Meta(description="An enumeration.")] = Colour.BLUE
    level: Annotated[Literal["a", "b"], Meta(description="One of two.")] = "b"


def test_defaults_of_all_forms_can_be_switched_on() -> None:
    text = render_default(Nested)
    assert read(switched_on(text), Nested) == Nested()
    assert read(text, Nested) == Nested()
    assert "one of red, blue" in text.lower()
    assert "A tagged one." in text


def test_the_schema_of_all_types_is_one_and_accepts_their_defaults() -> None:
    schema = json_schema(All)
    jsonschema.Draft7Validator.check_schema(schema)
    assert accepts(schema, show(All()))
    assert accepts(schema, "probe: {kind: tcp, port: 5}\nkeys: {a: [b]}\nat: '08:00'\nzone: UTC\nsecret: file:/x\n")
    assert not accepts(schema, "probe: {kind: udp, port: 5}")
    assert not accepts(schema, "inner: {}")
    assert not accepts(schema, "secret: hunter2")
    assert not accepts(schema, "pair: [1]")
    assert not accepts(schema, "numbers: [1, 2, 3, 4]")


class Endless(msgspec.Struct):
    """Has no end."""

    more: Endless | None = None


def test_a_type_that_no_file_can_say_is_refused() -> None:
    class Odd(msgspec.Struct):
        number: complex

    for odd in (Odd, Endless):
        with pytest.raises(TypeError):
            json_schema(odd)


def test_no_secret_is_shown_and_the_places_load_back(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("swordfish")
    for text in ("secret: ${TOKEN}", f"secret: file:{tmp_path}/token", "secret: Bearer ${TOKEN}$$"):
        settings = read(text, All)
        shown = show(settings)
        assert "hunter2" not in shown
        assert "swordfish" not in shown
        assert read(shown, All) == settings


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"], exclude_characters="\u2028\u2029\ufeff"),
                max_size=20)
ANY = st.builds(
    All, flag=st.booleans(), number=st.integers(1, 100), text=TEXTS, maybe=st.none() | TEXTS,
    colour=st.sampled_from(Colour), ratio=st.floats(0, 10, exclude_min=True, exclude_max=True),
    several=st.lists(TEXTS).map(tuple), unique=st.frozensets(TEXTS),
    table=st.dictionaries(TEXTS, st.integers(-5, 2**40)),
    inners=st.lists(st.builds(Inner, TEXTS, st.integers(0, 9)), max_size=3), probe=st.none() | st.builds(Http, TEXTS),
    keys=st.dictionaries(TEXTS, TEXTS | st.lists(TEXTS)), span=st.floats(1, 3600).map(Duration),
    size=st.integers(0, Size.LIMIT).map(Size), share=st.none() | st.floats(0, 1000).map(Percent),
    at=st.integers(0, TimeOfDay.LIMIT).map(TimeOfDay), zone=st.sampled_from([None, ZoneInfo("Europe/Berlin")]),
    number_or_text=st.integers(0, 99) | TEXTS, path=st.sampled_from([Path("/"), Path("/a b/$x"), Path("rel")]),
    secret=st.none() | st.just(Secret.parse("${TOKEN}", ENV)))


@given(ANY)
def test_what_is_shown_loads_back(settings: All) -> None:
    assert read(show(settings), All) == settings


def test_plain_values() -> None:
    assert plain(Settings())["console"]["refresh"] == "2s"
    assert plain({1: (Colour.RED, "$", {"b", "a"})}) == {"1": ["red", "$$", ["a", "b"]]}


def test_defaults_of_fields() -> None:
    fields = {name: field for name, field in keys_of(type_of(Nested)) if "." not in name}
    assert default_of(fields["words"]) == Nested().words
    assert default_of(fields["table"]) == Nested().table
