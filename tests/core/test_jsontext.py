"""What scripts get as JSON does nothing on a terminal, and is what was meant."""

from __future__ import annotations

import json
import math
import string
from enum import IntEnum, StrEnum
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.jsontext import to_json
from tests.hostile import CORPUS, assert_inert, through_json

PRINTABLE = frozenset(string.ascii_letters + string.digits + string.punctuation + " \n")
texts = st.text() | st.text(st.characters(categories=["Cc", "Cf", "Cs", "Co", "Zl", "Zp"])) | st.sampled_from(CORPUS)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12)


def parsed(value: Any) -> Any:
    if isinstance(value, str):
        return through_json(value)
    if isinstance(value, dict):
        return {through_json(name): parsed(part) for name, part in value.items()}
    return [parsed(part) for part in value] if isinstance(value, list) else value


@given(values, st.sampled_from([None, 2]))
def test_anything_is_inert_and_comes_back(value: Any, indent: int | None) -> None:
    text = to_json(value, indent=indent)
    assert set(text) <= PRINTABLE
    assert_inert(text, lines=indent is not None)
    assert json.loads(text) == parsed(value)


def test_every_text_of_the_corpus_is_inert_and_comes_back() -> None:
    for text in CORPUS:
        assert_inert(to_json(text))
        assert json.loads(to_json({text: text})) == {through_json(text): through_json(text)}


@given(st.binary())
def test_names_that_are_no_utf_8_come_back_as_they_are(raw: bytes) -> None:
    name = raw.decode("utf-8", "surrogateescape")
    assert json.loads(to_json(name)) == name


class Kind(StrEnum):
    GOOD = "good"


class Rank(IntEnum):
    FIRST = 1


class Thing(msgspec.Struct, frozen=True):
    kind: Kind
    ranks: tuple[Rank, ...]
    by_rank: dict[Rank, float]


def test_structs_and_enums_are_plain_and_what_is_not_finite_is_null() -> None:
    thing = Thing(Kind.GOOD, (Rank.FIRST,), {Rank.FIRST: math.nan})
    assert to_json(thing) == '{"kind": "good", "ranks": [1], "by_rank": {"1": null}}'
    assert to_json([math.inf, -math.inf, 0.5]) == "[null, null, 0.5]"
