"""What another version of a template means for a run that has begun."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from opsconsole.checklists.adoption import Change, differences, reopened
from opsconsole.checklists.template import (
    AutoItem,
    ChoiceItem,
    InstructionItem,
    Item,
    NumberItem,
    OnFail,
    Section,
    TableItem,
    Template,
    TextItem,
    YesNoItem,
)
from tests.checklists.made import template, tick

AGE = NumberItem(id="a", title="Age", unit="h", max=24)
HEALTH = ChoiceItem(id="a", title="Health", options=("good", "fair", "poor"), fails=("fair", "poor"))
AUTO = AutoItem(id="a", title="Latency", check="home", expect=("< 3s", "> 0s"))


def test_nothing_changes_between_a_version_and_itself() -> None:
    assert differences(template(AGE, tick("b")), template(AGE, tick("b"))) == ()


@pytest.mark.parametrize(("item", "fields"), [
    (AGE, {"title": "Age of the backup"}), (AGE, {"help": "Look"}), (AGE, {"link": "https://example.org"}),
    (AGE, {"on_fail": OnFail(ticket=True)}), (TextItem(id="a", title="A"), {"lines": 4}),
    (AUTO, {"decide": "auto"}), (HEALTH, {"options": ("poor", "fair", "good")}),
    (HEALTH, {"fails": ("poor", "fair")}), (AUTO, {"expect": ("> 0s", "< 3s")}),
    (InstructionItem(id="a", title="A"), {"runbook": "restore"})])
def test_another_wording_keeps_the_answer(item: Item, fields: dict[str, Any]) -> None:
    (change,) = differences(template(item), template(replace(item, **fields))) or [None]
    if change is None:
        assert fields.keys() <= {"options", "fails", "expect"}
        return
    assert change == Change("changed", "a", fields.get("title", item.title), ", ".join(fields))


@pytest.mark.parametrize(("item", "fields"), [
    (AGE, {"max": 12}), (AGE, {"min": 0}), (AGE, {"unit": "d"}), (AGE, {"whole": True}), (AGE, {"required": False}),
    (AGE, {"when": "b == ok"}), (HEALTH, {"options": ("good", "fair", "poor", "gone")}), (HEALTH, {"fails": ("poor",)}),
    (YesNoItem(id="a", title="A"), {"expect": "no"}), (TableItem(id="a", title="A", columns=("x",)), {"rows": 5}),
    (TableItem(id="a", title="A", columns=("x", "y")), {"columns": ("y", "x")}), (AUTO, {"check": "away"}),
    (AUTO, {"expect": ("< 2s", "> 0s")}), (InstructionItem(id="a", title="A"), {"steps": ("Do it.",)})])
def test_another_meaning_reopens_it(item: Item, fields: dict[str, Any]) -> None:
    changes = differences(template(item), template(replace(item, title="New", **fields)))
    assert changes == (Change("changed", "a", "New", f"title, {next(iter(fields))}", reopened=True),) or (
        changes[0].detail.split(", ") == sorted(["title", *fields], key=[*item.__struct_fields__].index)
        and changes[0].reopened)
    assert reopened(changes) == ("a",)
    assert reopened(differences(template(item), template(replace(item, **fields)), answered=())) == ()


def test_another_kind_is_another_item() -> None:
    changes = differences(template(AGE), template(tick("a", title="Age")))
    assert changes == (Change("changed", "a", "Age", "kind", reopened=True),)


def test_what_is_new_and_what_is_gone() -> None:
    old, new = template(tick("a"), tick("b"), tick("d")), template(tick("b"), tick("c"))
    assert differences(old, new, answered={"a"}) == (
        Change("added", "c", "C", "All"), Change("removed", "a", "A", "All", reopened=True),
        Change("removed", "d", "D", "All"))


def sections(**items: str) -> Template:
    return Template(title="t", sections=tuple(
        Section(title=title, items=tuple(tick(name) for name in names)) for title, names in items.items()))


def moved(old: Template, new: Template) -> list[str]:
    changes = differences(old, new)
    assert {change.what for change in changes} <= {"moved"}
    assert reopened(changes) == ()
    return [f"{change.item} {change.detail}" for change in changes]


def test_what_stands_elsewhere() -> None:
    assert moved(sections(X="abcde"), sections(X="bcdae")) == ["a X"]
    assert moved(sections(X="abc", Y="de"), sections(X="ac", Y="dbe")) == ["b Y"]
    assert moved(sections(X="abc", Y="de"), sections(X="abcd", Y="e")) == ["d X"]
    # A heading that was worded anew moves nothing, nor does a section that was split off.
    assert moved(sections(X="abc"), sections(Z="abc")) == []
    assert moved(sections(X="abc", Y="d"), sections(Y="d", X="abc")) == ["d Y"]


def test_one_item_can_be_changed_and_moved() -> None:
    old, new = template(tick("a"), tick("b"), tick("c")), template(tick("b"), tick("c"), tick("a", required=False))
    assert differences(old, new) == (
        Change("changed", "a", "A", "required", reopened=True), Change("moved", "a", "A", "All"))


items = st.builds(lambda name, required, title: tick(name, required=required, title=title),
                  st.sampled_from("abcdef"), st.booleans(), st.sampled_from(["x", "y"]))
versions = st.lists(items, min_size=1, unique_by=lambda item: item.id).map(lambda some: template(*some))


@given(versions, versions)
def test_the_changes_are_the_difference(old: Template, new: Template) -> None:
    changes = differences(old, new)
    before, after = ({item.id: item for item in of.items()} for of in (old, new))
    by_kind = {what: {change.item for change in changes if change.what == what}
               for what in ("added", "removed", "changed", "moved")}
    assert by_kind["added"] == after.keys() - before.keys()
    assert by_kind["removed"] == before.keys() - after.keys()
    assert by_kind["changed"] == {name for name in before.keys() & after.keys() if before[name] != after[name]}
    # Without those that moved, all others stand in the order in which they stood.
    staying = before.keys() & after.keys() - by_kind["moved"]
    assert [name for name in before if name in staying] == [name for name in after if name in staying]
    again = reopened(changes)
    assert set(again) == by_kind["removed"] | {
        name for name in before.keys() & after.keys() if before[name].required != after[name].required}
