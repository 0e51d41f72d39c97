"""The tree has every text at its place, and no file can make reading it slow, deep or large."""

from __future__ import annotations

import sys
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.yamltext import Problem, place
from opsconsole.core.yamltree import MOST_BYTES, MOST_DEPTH, MOST_NODES, Listing, Node, Scalar, Table, read_tree


def said(node: Node | None) -> Any:
    """A tree as plain texts, lists and dicts."""
    match node:
        case Listing():
            return [said(item) for item in node.items]
        case Table():
            return {name: said(value) for name, (_, value) in node.entries.items()}
        case Scalar():
            return node.text
    return None


def problems(source: str | bytes) -> list[Problem]:
    return list(read_tree(source).problems)


def only(source: str | bytes) -> Problem:
    found = problems(source)
    assert len(found) == 1
    return found[0]


def lines_of(node: Node, places: dict[str, tuple[int, int]]) -> None:
    if isinstance(node, Table):
        for key, value in node.entries.values():
            places[key.text] = (key.line, key.column)
            lines_of(value, places)
    elif isinstance(node, Scalar):
        places[node.text] = (node.line, node.column)


def test_texts_stay_as_they_are_written() -> None:
    tree = read_tree("a: yes\nb: 012\nc: 12:30\nd: 1_000\ne: ~\nf: 'q'\ng: [x, {y: z}]\nh: |\n  two\n  lines\n")
    assert said(tree.root) == {"a": "yes", "b": "012", "c": "12:30", "d": "1_000", "e": "~", "f": "q",
                               "g": ["x", {"y": "z"}], "h": "two\nlines\n"}
    assert tree.problems == ()


@pytest.mark.parametrize("text", ["", " ", "\n\n", "# only a comment\n", "---\n", "\ufeff",
                                  "%YAML 1.2\n---\n"])
def test_nothing_is_no_problem(text: str) -> None:
    tree = read_tree(text)
    assert tree.problems == ()
    assert said(tree.root) in (None, "")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_places_count_from_one_in_characters(newline: str, mark: str) -> None:
    source = mark + newline.join(["a: ä→b", "c:", "  'dé': e", "  f: [g]"])
    places: dict[str, tuple[int, int]] = {}
    for root in (read_tree(source).root, read_tree(source.encode()).root):
        assert root is not None
        lines_of(root, places)
        assert places == {"a": (1, 1), "ä→b": (1, 4), "c": (2, 1), "dé": (3, 3), "e": (3, 9), "f": (4, 3)}


def test_a_plain_null_is_null_and_a_quoted_one_is_text() -> None:
    root = read_tree("a: null\nb: 'null'\nc:\nd: !!str null\ne: ''\n").root
    assert isinstance(root, Table)
    nulls = {name: value.null for name, (_, value) in root.entries.items() if isinstance(value, Scalar)}
    assert nulls == {"a": True, "b": False, "c": True, "d": False, "e": False}


@pytest.mark.parametrize(("source", "line", "column", "words"), [
    ("a: 'x\nb: 1\n", 1, 4, "never closed"),
    ("a: b: c", 1, 5, "`:` is not allowed"),
    ("a: [1, 2\nb: 3\n", 2, 2, "list is not closed"),
    ("a: {b", 1, 6, "mapping is not closed"),
    ("a:\n\tb: 1\n", 2, 1, "tab"),
    ("a:\n  b: 1\n\tc: 2\n", 3, 1, "tab"),
    ("a: 1\n b: 2", 2, 3, "`:` is not allowed"),
    ("a: b\n- c", 2, 1, "key was expected"),
    ("- a\nb: 1", 2, 1, "next item"),
    ("key: value\nfoo\nbar: 1", 2, 1, "`:` is missing"),
    ("a: @x", 1, 4, "cannot begin with `@`"),
    ("a: `x", 1, 4, "cannot begin with a backtick"),
    ("a: %x", 1, 4, "cannot begin with `%`"),
    ('a: "\\q"', 1, 5, "backslash"),
    ("a: - b", 1, 4, "list item"),
    ("%YAML 9.1\n---\na: 1", 1, 1, "YAML 1.1 and 1.2"),
    ("a: 1\n---\nb: 2\n", 2, 1, "second document"),
    ("a: 1\n...\nb", 3, 1, "does not belong"),
    ("x: *b", 1, 4, "no `&b` before"),
    ("x: &a [*a]", 1, 8, "contain itself"),
    ("a: 1\nb: 2\na: 3\n", 3, 1, "given twice; the first is in line 1"),
    ("a: 1\n'a': 3\n", 2, 1, "given twice"),
    ("a:\n  b: {c: 1, d: 2, c: 3}\n", 2, 19, "given twice"),
    ("[a]: 1", 1, 1, "plain text"),
    ("? {a: b}\n: 1", 1, 3, "plain text"),
    ("a: {{x}}", 1, 5, "in quotes"),
    ("{~: 1}", 1, 2, "key is missing"),
    ("a: {<<: 3}", 1, 9, "takes a mapping"),
    ("a: !!python/object/apply:os.system [x]", 1, 4, "!!python/object/apply:os.system"),
    ("a: !include b", 1, 4, "`!include` is not allowed"),
    ("a: !!binary aGk=", 1, 4, "!!binary"),
    ("!!set {a, b}", 1, 1, "!!set"),
    ("a: !!map x", 1, 4, "!!map"),
    ("%TAG ! tag:yaml.org,2002:python/\n--- !name:os.system x", 2, 5, "python/name"),
    ("a: \0b", 1, 4, "NUL"),
    ("a: 1\nb: x\x1b[31m", 2, 5, "escape character"),
    ("a: \x85b", 1, 4, "U+0085"),
    ("a: x\u2028b", 1, 5, "line separator"),
    ("a: x\ufeff", 1, 5, "byte order mark"),
    ("a: \ud800", 1, 4, "U+D800"),
    (b"a: \xff", 1, 4, "0xff is not UTF-8"),
    (b"\xef\xbb\xbfa: \xc3\xa4\nb: \xe4", 2, 4, "0xe4 is not UTF-8"),
    (b"\xff\xfea\x00", 1, 1, "UTF-16"),
    (b"\x00\x00\xfe\xff", 1, 1, "UTF-32")])
def test_a_problem_has_its_place_and_a_sentence(source: str | bytes, line: int, column: int, words: str) -> None:
    found = only(source)
    assert (found.line, found.column) == (line, column)
    assert words in found.message
    assert found.message.endswith(".")


def test_all_problems_that_leave_the_rest_readable_are_found() -> None:
    assert [found.line for found in problems("a: !x 1\na: 2\nb: *c\nc: {<<: 1}\n")] == [1, 2, 3, 4]


def test_a_problem_behind_the_end_is_put_at_the_end() -> None:
    assert only("a: [1,\n")[:2] == (1, 7)


def test_anchors_and_merge_keys() -> None:
    tree = read_tree("base: &base {a: 1, b: 2}\none: {<<: *base, b: 3}\n"
                     "two: {<<: [{a: 8}, *base], c: 4}\nthree: *base\n'<<': text\n")
    assert tree.problems == ()
    assert said(tree.root) == {"base": {"a": "1", "b": "2"}, "one": {"b": "3", "a": "1"},
                               "two": {"c": "4", "a": "8", "b": "2"}, "three": {"a": "1", "b": "2"}, "<<": "text"}


def bomb(width: int, depth: int) -> str:
    levels = [f"l0: &l0 [{', '.join('x' * width)}]"]
    levels += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * width)}]" for n in range(1, depth)]
    return "\n".join(levels)


def merge_bomb(width: int, depth: int) -> str:
    levels = ["l0: &l0 {" + ", ".join(f"k{n}: x" for n in range(width)) + "}"]
    levels += [f"l{n}: &l{n} {{<<: [{', '.join([f'*l{n - 1}'] * width)}]}}" for n in range(1, depth)]
    return "\n".join(levels)


def deep_by_aliases() -> str:
    return "a0: &a0 [[[[x]]]]\n" + "".join(f"a{n}: &a{n} [[[[*a{n - 1}]]]]\n" for n in range(1, 30))


DEEPER, MORE = "nested deeper", "aliases counted"
TOO_MUCH = {
    "bomb": (bomb(9, 9), MORE), "wide bomb": (bomb(100, 1000), MORE), "merge bomb": (merge_bomb(10, 9), MORE),
    "deep by aliases": (deep_by_aliases(), DEEPER), "lists": ("[" * MOST_BYTES, DEEPER),
    "mappings": ("{" * MOST_BYTES, DEEPER), "keys in keys": ("{a: " * 250_000, DEEPER),
    "block lists": ("- " * 500_000, DEEPER), "complex keys": ("? " * 500_000, DEEPER),
    "indentation": ("\n".join(" " * depth + "a:" for depth in range(1400)), DEEPER),
    "long list": ("[" + "a," * 500_000, MORE), "long mapping": ("".join(f"k{n}: 1\n" for n in range(80_000)), MORE),
    "aliases": ("a: &a 1\nb: [" + "*a," * 300_000, MORE), "one key": ("a: 1\n" * 200_000, MORE),
    "twice": ("a: 1\n" * 9_000, "given twice"), "size": ("x" * (MOST_BYTES + 1), "larger than 1 MiB")}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_no_file_is_too_much(name: str) -> None:
    source, words = TOO_MUCH[name]
    found = problems(source)
    assert words in found[0].message
    assert len(found) <= 100


def test_the_limits_themselves_are_allowed() -> None:
    assert problems("[" * MOST_DEPTH + "]" * MOST_DEPTH) == []
    assert "deeper" in only("[" * (MOST_DEPTH + 1) + "]" * (MOST_DEPTH + 1)).message
    assert problems("[" + "a," * (MOST_NODES - 1) + "]") == []
    assert len(problems("[" + "a," * MOST_NODES + "]")) == 1
    assert problems("#" * MOST_BYTES) == []
    assert "larger" in only(b"#" * (MOST_BYTES + 1)).message


def test_reading_does_not_depend_on_the_recursion_limit() -> None:
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(150)
        assert problems("[" * MOST_DEPTH + "]" * MOST_DEPTH) == []
    finally:
        sys.setrecursionlimit(limit)


YAMLISH = st.lists(st.sampled_from(
    ["a", "b", ": ", ":", "- ", "\n", "\n  ", "\n    ", "  ", "{", "}", "[", "]", ", ", "'", '"', "#", " # c", "&x ",
     "*x", "<<: ", "!!str ", "!t ", "|\n", ">-\n", "? ", "---\n", "...\n", "%", "@", "`", "\t", "\\", "\0", "ä",
     "\U0001f600", "0", "\r", "\r\n", "~", "null", "${A}"]), max_size=40).map("".join)


@given(YAMLISH | st.text(max_size=200) | st.binary(max_size=200))
def test_any_text_is_a_tree_or_problems_with_a_place_in_it(source: str | bytes) -> None:
    tree = read_tree(source)
    text = source.decode("utf-8", "replace") if isinstance(source, bytes) else source
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for problem in tree.problems:
        assert 1 <= problem.line <= len(lines)
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
        assert problem.message.endswith((".", "…"))
        assert problem.message.isprintable()


PLAIN = st.recursive(
    st.text(st.characters(exclude_categories=["C"], exclude_characters="\u2028\u2029"), max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.text("abcäö 1:#'\"{-", min_size=1, max_size=6), inner, max_size=4), max_leaves=12)


@given(PLAIN, st.sampled_from([True, False, None]))
def test_what_was_written_as_yaml_is_read_as_the_same_texts(value: Any, flow: bool | None) -> None:
    written = yaml.safe_dump(value, default_flow_style=flow, allow_unicode=True, default_style="'" if flow else None)
    tree = read_tree(written)
    assert tree.problems == ()
    assert said(tree.root) == value


@given(st.text("ab\r\n", max_size=30), st.data())
def test_places_in_a_text(text: str, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(text)))
    line, column = place(text, index)
    lines = text[:index].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert (line, column) == (len(lines), len(lines[-1]) + 1)
