"""Texts become values by the type that wants them; what cannot be is a mistake with a place and a sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo

import msgspec
import pytest
from msgspec import Meta

from opsconsole.core.config import ConfigForbidden, ConfigMistakes, Mistake, decode, load_file, nearest
from opsconsole.core.errors import ConfigError, ExitCode
from opsconsole.core.units import Duration, Percent, Secret, Size, TimeOfDay

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROOT = Path(__file__).parents[2]


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Grade(IntEnum):
    LOW = 1
    HIGH = 2


class Inner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    count: int = 1


class Http(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="http"):
    url: str


class Tcp(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="tcp"):
    port: int


class Bounds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    warning: Percent = Percent(80)
    critical: Percent = Percent(90)

    def mistakes(self) -> Iterable[tuple[str, str]]:
        if self.warning >= self.critical:
            yield "warning", f"the warning must be below critical ({self.critical})"


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    low: int = 1
    high: int = 2

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("`low` must not be above `high`")


class All(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    flag: bool = False
    number: Annotated[int, Meta(ge=1, le=100)] = 1
    ratio: Annotated[float, Meta(gt=0, lt=10)] = 1.0
    even: Annotated[int, Meta(multiple_of=2)] = 2
    text: Annotated[str, Meta(max_length=20)] = ""
    word: Annotated[str, Meta(min_length=2, pattern="^[a-z]+$")] = "ab"
    colour: Colour = Colour.RED
    grade: Grade = Grade.LOW
    level: Literal["debug", "info"] = "info"
    maybe: str | None = None
    maybe_flag: bool | None = None
    several: tuple[str, ...] = ()
    numbers: Annotated[list[int], Meta(max_length=3)] = []
    pair: tuple[int, str] = (1, "a")
    unique: frozenset[str] = frozenset()
    table: dict[str, int] = {}
    by_number: dict[int, str] = {}
    inner: Inner = Inner("x")
    inners: list[Inner] = []
    named: dict[str, Inner] = {}
    probe: Http | Tcp | None = None
    keys: dict[str, str | list[str]] = {}
    number_or_text: int | str = 0
    span: Annotated[Duration, Meta(extra={"at_least": "1s", "at_most": "1h"})] = Duration(2)
    size: Size = Size(1)
    share: Percent | None = None
    at: TimeOfDay = TimeOfDay(0)
    zone: ZoneInfo | None = None
    path: Path = Path("/")
    secret: Secret | None = None
    bounds: Bounds = Bounds()
    strict: Strict = Strict()
    anything: Any = None


ENV = {"NAME": "value", "EMPTY": "", "PORT": "8", "TOKEN": "hunter2", "BAD": "a\x1bb", "HOME": "/home/ana"}


def read(text: str | bytes, env: Mapping[str, str] | None = ENV, **options: Any) -> All:
    return decode(text, All, source="c.yaml", env=env, **options)


def mistakes(text: str | bytes, into: type = All, **options: Any) -> tuple[Mistake, ...]:
    with pytest.raises(ConfigMistakes) as caught:
        decode(text, into, source="c.yaml", env=ENV, **options)
    return caught.value.mistakes


@pytest.mark.parametrize(("text", "field", "value"), [
    ("flag: yes", "flag", True), ("flag: Off", "flag", False), ("flag: 'true'", "flag", True),
    ("flag: on", "flag", True),
    ("number: 7", "number", 7), ("number: 1_0", "number", 10), ("number: 0x1F", "number", 31),
    ("number: 0o17", "number", 15), ("number: '7'", "number", 7), ("number: +7", "number", 7),
    ("number: !!int 7", "number", 7),
    ("ratio: 2", "ratio", 2.0), ("ratio: .5", "ratio", 0.5), ("ratio: 1e0", "ratio", 1.0), ("ratio: 5.", "ratio", 5.0),
    ("text: yes", "text", "yes"), ("text: 010", "text", "010"), ("text: 12:30", "text", "12:30"),
    ("text: 1_000", "text", "1_000"), ("text: ~", "text", "~"), ("text: null", "text", "null"),
    ("text: ''", "text", ""),
    ("text: 2024-01-01", "text", "2024-01-01"), ("text: .inf", "text", ".inf"), ('text: "a\\tb\\n"', "text", "a\tb\n"),
    ("colour: blue", "colour", Colour.BLUE), ("grade: high", "grade", Grade.HIGH), ("level: debug", "level", "debug"),
    ("maybe: null", "maybe", None), ("maybe: ~", "maybe", None), ("maybe:", "maybe", None),
    ("maybe: 'null'", "maybe", "null"),
    ("maybe: no", "maybe", "no"), ("maybe_flag: no", "maybe_flag", False), ("maybe_flag: ~", "maybe_flag", None),
    ("several: [a, 1, ~]", "several", ("a", "1", "~")), ("several:", "several", ()), ("several: []", "several", ()),
    ("several:\n- a\n- b", "several", ("a", "b")), ("numbers: [1, 2]", "numbers", [1, 2]),
    ("pair: [3, b]", "pair", (3, "b")),
    ("unique: [a, a]", "unique", frozenset({"a"})), ("table: {a: 1, on: 2}", "table", {"a": 1, "on": 2}),
    ("table:", "table", {}), ("by_number: {1: a, 0x2: b}", "by_number", {1: "a", 2: "b"}),
    ("inner: {name: n}", "inner", Inner("n")), ("bounds:", "bounds", Bounds()), ("bounds: {}", "bounds", Bounds()),
    ("inners:\n- name: a\n- {name: b, count: 2}", "inners", [Inner("a"), Inner("b", 2)]),
    ("named: {a: {name: b}}", "named", {"a": Inner("b")}), ("probe: {kind: tcp, port: 5}", "probe", Tcp(5)),
    ("probe: {url: u, kind: http}", "probe", Http("u")),
    ("keys: {a: p, b: [p, q]}", "keys", {"a": "p", "b": ["p", "q"]}),
    ("number_or_text: 5", "number_or_text", 5), ("number_or_text: '5'", "number_or_text", "5"),
    ("number_or_text: five", "number_or_text", "five"), ("span: 1m30s", "span", 90), ("size: 10MB", "size", 10**7),
    ("share: 80%", "share", 80), ("share: 80", "share", 80), ("share: ~", "share", None), ("at: 12:30", "at", 750),
    ("at: 08:00", "at", 480), ("zone: Europe/Berlin", "zone", ZoneInfo("Europe/Berlin")),
    ("zone: UTC", "zone", ZoneInfo("UTC")),
    ("path: ~/x", "path", Path("/home/ana/x")), ("path: /a b", "path", Path("/a b")),
    ("text: a${NAME}b", "text", "avalueb"), ("text: ${NO:-d}", "text", "d"), ("number: ${PORT}", "number", 8),
    ("text: $$", "text", "$"), ("text: ${EMPTY}", "text", ""), ("several: ['${NAME}']", "several", ("value",)),
    ("flag: ${NO:-yes}", "flag", True), ("text: $NAME", "text", "$NAME"),
    ("table: {'${NAME}': 1}", "table", {"${NAME}": 1}),
    ("anything: {a: [1, 1.5, true, ~, x, '1', yes, 010]}", "anything",
     {"a": [1, 1.5, True, None, "x", "1", "yes", "010"]}),
    ("table: &t {a: 1}\nby_number: {}\nnamed: {}\nnumbers: [1]\n", "table", {"a": 1}),
    ("inners: [&i {name: a, count: 3}, {<<: *i, name: b}]", "inners", [Inner("a", 3), Inner("b", 3)])])
def test_values(text: str, field: str, value: object) -> None:
    found = getattr(read(text), field)
    assert found == value
    assert isinstance(found, (type(value), float))


@pytest.mark.parametrize(("text", "place", "words"), [
    ("flag: maybe", (1, 7), "`flag` must be true or false, not `maybe`."), ("flag: 1", (1, 7), "true or false"),
    ("flag:", (1, 6), "but has no value"), ("flag: [yes]", (1, 7), "not a list"), ("flag: {}", (1, 7), "not a mapping"),
    ("flag: null", (1, 7), "true or false"),
    ("number: x", (1, 9), "`number` must be a whole number, not `x`."), ("number: 1.5", (1, 9), "whole number"),
    ("number: 010", (1, 9), "10, or 0o10 if it is octal"), ("number: 089", (1, 9), "without leading zeros: 89"),
    ("number: 12:30", (1, 9), "whole number"), ("number: 1e2", (1, 9), "whole number"),
    ("number: ''", (1, 9), "an empty text"),
    ("number: 0", (1, 9), "at least 1, not `0`"), ("number: 101", (1, 9), "at most 100"),
    ("number: 1__0", (1, 9), "whole"),
    ("number: " + "9" * 30, (1, 9), "64 bits"), ("number: " + "9" * 5000, (1, 9), "whole number"),
    ("ratio: 1,5", (1, 8), "not a comma"), ("ratio: .inf", (1, 8), "must be a number"),
    ("ratio: .nan", (1, 8), "a number"),
    ("ratio: 1e999", (1, 8), "a number"), ("ratio: 0", (1, 8), "more than 0"), ("ratio: 10", (1, 8), "less than 10"),
    ("even: 3", (1, 7), "a multiple of 2"), ("text: " + "x" * 21, (1, 7), "at most 20 characters"),
    ("text:", (1, 6), "must be text, but has no value"), ("text: [a]", (1, 7), "must be text, not a list"),
    ('text: "\\0"', (1, 7), "control characters (here U+0000)"), ('text: "\\e[1m"', (1, 7), "U+001B"),
    ("text: ${BAD}", (1, 7), "U+001B"), ("word: a", (1, 7), "at least 2 characters"),
    ("word: AB", (1, 7), "fits ^[a-z]+$"),
    ("colour: bleu", (1, 9), "one of red, blue, not `bleu`; did you mean `blue`?"),
    ("colour: RED", (1, 9), "mean `red`?"),
    ("grade: 1", (1, 8), "one of low, high"), ("level: warn", (1, 8), "one of debug, info"),
    ("several: a", (1, 10), "must be a list, not `a`; put it in [ ]"),
    ("several: [[a]]", (1, 11), "An item of `several`"),
    ("numbers: [1, x]", (1, 14), "An item of `numbers`"),
    ("numbers: [1, 2, 3, 4]", (1, 10), "at most 3 entries, not 4"), ("pair: [1]", (1, 7), "must have 2 items, not 1"),
    ("table: [a]", (1, 8), "a mapping"), ("table: {a: b}", (1, 12), "`table.a` must be a whole number"),
    ("by_number: {a: b}", (1, 13), "A key of `by_number` must be a whole number, not `a`"),
    ("inner: {}", (1, 8), "The key `name` is missing in `inner`"), ("inner:", (1, 7), "`name` is missing"),
    ("inner: {name: a, cuont: 2}", (1, 18), "Unknown key `cuont` in `inner`; did you mean `count`?"),
    ("inner: {name: a, x: 2}", (1, 18), "the keys in `inner` are name, count"), ("inner: 5", (1, 8), "a mapping"),
    ("inners:\n- name: a\n- count: 2", (3, 3), "`name` is missing"),
    ("probe: {url: x}", (1, 8), "needs the key `kind`"),
    ("probe: {kind: htp}", (1, 15), "one of http, tcp, not `htp`; did you mean `http`?"),
    ("probe: {kind: tcp, port: 1, url: x}", (1, 29), "Unknown key `url`"), ("probe: x", (1, 8), "a mapping"),
    ("keys: {a: {b: c}}", (1, 11), "text or a list, not a mapping"),
    ("keys: {a: [[b]]}", (1, 12), "An item of `keys.a`"),
    ("span: 30", (1, 7), "30s, 30m"), ("span: 1ms", (1, 7), "at least 1s"), ("span: 2h", (1, 7), "at most 1h"),
    ("size: 10M", (1, 7), "10MB (1000s)"), ("share: 1:20", (1, 8), "a percentage"),
    ("share: -1", (1, 8), "a percentage"),
    ("at: 750", (1, 5), "time of day"), ("at: 24:00", (1, 5), "time of day"),
    ("zone: Europe/Berln", (1, 7), "did you mean `Europe/Berlin`?"), ("zone: ../../etc/passwd", (1, 7), "a time zone"),
    ("zone: Europe", (1, 7), "a time zone"), ("zone: /etc/passwd", (1, 7), "a time zone"),
    ("zone: ''", (1, 7), "a time zone"),
    ('path: "a\\0b"', (1, 7), "control characters"),
    ("text: ${NO}", (1, 7), "`text`: the environment variable NO is not set"),
    ("number: ${NO}", (1, 9), "NO is not set"), ("text: ${", (1, 7), "write `$$`"),
    ("number: ${NAME}", (1, 9), "not `${NAME}`"),
    ("bounds: {warning: 95}", (1, 19), "`bounds.warning`: the warning must be below critical (90%)."),
    ("bounds:\n  critical: 70", (2, 3), "`bounds.warning`"),
    ("strict: {high: 0}", (1, 16), "`low` must not be above `high`"),
    ("strict:\n  high: 0\n  low: 3", (3, 8), "`strict`: `low` must not be above"),
    ("txet: a", (1, 1), "Unknown key `txet`; did you mean `text`?"), ("Flag: yes", (1, 1), "did you mean `flag`?"),
    ("maybe-flag: yes", (1, 1), "did you mean `maybe_flag`?"), ("port: 3", (1, 1), "Unknown key `port`."),
    ("warning: 3", (1, 1), "it belongs under `bounds`"),
    ("- a", (1, 1), "The file must be a mapping (`key: value`), not a list."),
    ("text", (1, 1), "The file must be a mapping"), ("5", (1, 1), "The file must be"),
    ("'null'", (1, 1), "The file must be"),
    ("a: b: c", (1, 5), "not allowed here")])
def test_one_mistake(text: str, place: tuple[int, int], words: str) -> None:
    found = mistakes(text)
    assert len(found) == 1
    assert words in found[0].message
    assert (found[0].line, found[0].column) == place


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "~", "null", "{}", b"\xef\xbb\xbf"])
def test_nothing_is_the_defaults(text: str | bytes) -> None:
    assert read(text) == All()


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    found = mistakes("numbr: 5\nflag: x\nflag: yes\ninner:\n  count: a\n  name: [b]\nbounds: {warning: 99}\n"
                     "size: !x 5\n")
    assert [(each.line, each.column) for each in found] == [(1, 1), (2, 7), (3, 1), (5, 10), (6, 9), (7, 19), (8, 7)]
    assert str(found[1]) == "c.yaml:2:7: `flag` must be true or false, not `x`."


def test_the_error_says_how_many_and_prints_each() -> None:
    with pytest.raises(ConfigMistakes) as caught:
        read("flag: x\nnumber: y\n")
    assert caught.value.sentence == "There are 2 mistakes in c.yaml."
    assert str(caught.value).splitlines() == [str(mistake) for mistake in caught.value.mistakes]
    assert caught.value.exit_code == ExitCode.USAGE


def test_only_so_many_mistakes_are_told() -> None:
    assert len(mistakes("several: [" + "[]," * 5000 + "]")) == 100
    assert len(mistakes("\n".join(f"k{number}: 1" for number in range(5000)))) == 100


def test_hostile_text_is_harmless_in_every_message() -> None:
    evil = "'x\u202e[@click=app.quit]\U000e0041" + "y" * 500 + "'"
    found = mistakes(f"{evil}: 1\nflag: {evil}\nzone: {evil}\nprobe: {{kind: {evil}}}\ntable: {{{evil}: a}}\n"
                     f"inner: {{{evil}: 1}}\nsecret: {evil}\n")
    assert len(found) == 8
    for each in found:
        assert each.message.isprintable()
        assert "\u202e" not in each.message
        assert len(each.message) < 520


def test_a_hostile_file_name_is_harmless() -> None:
    with pytest.raises(ConfigMistakes) as caught:
        decode("- a", All, source="a\x1b[2J\nb", env=ENV)
    assert str(caught.value).isprintable()


def test_without_an_environment_a_dollar_is_a_dollar() -> None:
    assert read("text: ${NAME} $$", env=None).text == "${NAME} $$"


def test_secrets_come_from_elsewhere_and_are_never_shown(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("swordfish\n")
    secret = read("secret: ${TOKEN}").secret
    assert secret is not None
    assert secret.reveal() == "hunter2"
    assert "hunter2" not in repr(read("secret: ${TOKEN}"))
    other = read(f"secret: file:{tmp_path}/token").secret
    assert other is not None
    assert other.reveal() == "swordfish"


def test_a_secret_itself_is_not_repeated() -> None:
    [found] = mistakes("secret: swordfish")
    assert "swordfish" not in found.message
    assert "file:/path" in found.message


def test_a_secret_that_cannot_be_fetched_is_a_mistake_unless_it_may_wait() -> None:
    assert "NO is not set" in mistakes("secret: ${NO}")[0].message
    assert "does not exist" in mistakes("secret: file:/nowhere/at/all")[0].message
    waiting = read("secret: ${NO}", need_secrets=False).secret
    assert waiting is not None
    assert "NO is not set" in waiting.problem
    assert read("secret: ${NO}", env=None).secret is not None


def test_what_a_variable_holds_is_not_repeated() -> None:
    for text in ("flag: ${TOKEN}", "number: ${TOKEN}", "zone: ${TOKEN}", "colour: ${TOKEN}", "span: ${TOKEN}",
                 "word: ${TOKEN}", "number_or_text: [${TOKEN}]"):
        assert "hunter2" not in mistakes(text)[0].message


def test_the_caller_can_add_what_it_alone_knows() -> None:
    def check(settings: All) -> Iterable[tuple[tuple[str, ...] | str, str]]:
        for key in settings.keys:
            yield ("keys", key), "there is no such action"
        yield "numbers.1", "not this one"
        yield "inner.count", "is only a default"
    found = mistakes("keys:\n  a.b: x\n  c: [y]\nnumbers: [1,\n  2]\n", check=check)
    assert [(each.line, each.column, each.message) for each in found] == [
        (1, 1, "`inner.count`: is only a default."), (2, 8, "`keys.a.b`: there is no such action."),
        (3, 3, "`keys.c`: there is no such action."), (5, 3, "`numbers.1`: not this one.")]


def test_a_check_of_the_caller_runs_only_on_what_could_be_read() -> None:
    seen: list[All] = []

    def check(settings: All) -> Iterable[tuple[str, str]]:
        seen.append(settings)
        return []
    assert len(mistakes("flag: x", check=check)) == 1
    assert seen == []


def test_a_type_that_no_text_can_be_is_a_mistake_of_the_program() -> None:
    class Odd(msgspec.Struct):
        number: complex

    with pytest.raises(TypeError):
        decode("number: 5", Odd, source="c.yaml", env=ENV)


@pytest.mark.parametrize(("name", "hint"), [("thme", "; did you mean `theme`?"), ("THEME", "; did you mean `theme`?"),
                                            ("zzz", ""), ("", ""), ("x" * 100_000, "")])
def test_nearest(name: str, hint: str) -> None:
    assert nearest(name, ["theme", "refresh"]) == hint


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("number: 5\n")
    assert load_file(path, All, ENV).number == 5
    path.write_text("number: x\n")
    with pytest.raises(ConfigMistakes, match=f"^{path}:1:9: "):
        load_file(str(path), All, ENV)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "big").write_bytes(b"#" * ((1 << 20) + 1))
    for path, words in ((tmp_path / "no", "does not exist"), (tmp_path, "is a folder"),
                        (tmp_path / "pipe", "is a pipe"), (Path("/dev/zero"), "is a device"),
                        (tmp_path / "big", "larger than 1 MiB")):
        with pytest.raises(ConfigError) as caught:
            load_file(path, All)
        assert words in caught.value.sentence
        assert caught.value.sentence.startswith(str(path))
        assert caught.value.todo
        assert caught.value.exit_code == ExitCode.USAGE


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to become nobody")
def test_a_file_without_permission() -> None:
    script = ("import os, sys\nsys.path.insert(0, sys.argv[1])\n"
              "from opsconsole.core.config import ConfigForbidden, load_file\nimport opsconsole.core.convert\n"
              "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
              "try:\n    load_file('/etc/shadow', object)\n"
              "except ConfigForbidden as error:\n    print(error.exit_code, error)\n")
    done = subprocess.run([sys.executable, "-c", script, str(ROOT)], capture_output=True, text=True, check=True,
                          timeout=60)
    assert done.stdout == "3 /etc/shadow may not be read by this user. Ask its owner for permission to read it.\n"
    assert ConfigForbidden.exit_code == ExitCode.PERMISSION
