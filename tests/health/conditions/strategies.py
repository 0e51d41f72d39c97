"""Conditions of every form, for tests."""

from __future__ import annotations

from hypothesis import strategies as st

from opsconsole.core.units import Duration
from opsconsole.health.conditions.condition import Condition, Op
from opsconsole.health.conditions.literals import Lit

OPS: list[Op] = ["==", "!=", "<", "<=", ">", ">=", "in", "not in", "contains"]

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=30)
names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}([.:/@-][A-Za-z0-9_]{1,4}){0,2}", fullmatch=True) | texts.filter(bool)
whole = st.integers(-10**12, 10**12)
numbers = whole | st.floats(-1e9, 1e9, allow_subnormal=False).filter(lambda value: value == 0 or abs(value) > 1e-9)
literals = st.one_of(
    st.builds(Lit, st.just("number"), numbers),
    st.builds(Lit, st.just("seconds"), st.integers(-10**9, 10**9).map(lambda ms: ms / 1000)
              | st.sampled_from([float(Duration.parse(text)) for text in ("3s", "21d", "1h30m", "250ms", "1w")])),
    st.builds(Lit, st.just("bytes"), whole),
    st.builds(Lit, st.just("percent"), st.floats(0, 1e6, allow_subnormal=False).map(lambda value: round(value, 3))),
    st.builds(Lit, st.sampled_from(["/s", "/min", "/h"]), whole),
    st.builds(Lit, st.just("B/s"), whole),
    st.builds(Lit, st.just("text"), texts),
    st.builds(Lit, st.just("bool"), st.booleans()),
    st.just(Lit("null", None)))
comparable = literals.filter(lambda lit: lit.kind not in {"text", "bool", "null"})
paths = st.lists(st.integers(-5, 99) | st.from_regex(r"[a-z_$][a-z0-9-]{0,5}", fullmatch=True) | texts, max_size=4).map(
    tuple)
subjects = st.tuples(names.filter(lambda name: name != "body"), st.just(())) | st.tuples(st.just("body"), paths)


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    name, path = draw(subjects)
    op: Op = draw(st.sampled_from(OPS))
    if op in {"in", "not in"}:
        return Condition(name, path, op, tuple(draw(st.lists(literals, min_size=1, max_size=4))))
    if op in {"==", "!="}:
        return Condition(name, path, op, draw(literals))
    want = draw(st.builds(Lit, st.just("text"), texts)) if op == "contains" else draw(comparable)
    return Condition(name, path, op, want)
