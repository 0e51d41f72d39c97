"""Templates as they are pinned: whatever a template says is read back as the same."""

from __future__ import annotations

from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.checklists.model.words import Catch, Category, Holiday, Mode
from opsconsole.checklists.template import (
    AutoItem,
    ChoiceItem,
    EvidenceItem,
    InstructionItem,
    NumberItem,
    OnFail,
    Section,
    SignOff,
    TableItem,
    Template,
    TextItem,
    TickItem,
    When,
    Who,
    YesNoItem,
    decoded,
    encoded,
)
from opsconsole.checklists.template.when import read_on
from opsconsole.core.config import decode
from opsconsole.core.identity import Role
from opsconsole.core.schema import json_schema, show
from opsconsole.core.units import Duration, TimeOfDay
from tests.checklists.templates import VALID

WORDS: Final = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=12).filter(str.strip)
FEW: Final = st.lists(WORDS, min_size=2, max_size=4, unique_by=str.lower).map(tuple)
TIMES: Final = st.integers(60, 600).map(Duration)
FINITE: Final = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))
FAILING: Final = st.builds(OnFail, ticket=st.booleans(), category=WORDS, priority=st.sampled_from(["", "high", "low"]))
COMMON: Final[dict[str, Any]] = {"title": WORDS, "required": st.booleans(), "help": WORDS, "on_fail": st.one_of(
    st.none(), FAILING), "id": st.just("x")}
KINDS: Final = st.one_of(
    st.builds(TickItem, **COMMON),
    st.builds(NumberItem, min=FINITE, unit=WORDS, whole=st.booleans(), **COMMON),
    st.builds(TextItem, lines=st.integers(1, 20), **COMMON),
    st.builds(ChoiceItem, options=FEW, **COMMON),
    st.builds(YesNoItem, expect=st.sampled_from(["yes", "no", "either"]), **COMMON),
    st.builds(TableItem, columns=FEW, rows=st.integers(1, 50), **COMMON),
    st.builds(EvidenceItem, command=FEW, timeout=TIMES, **COMMON),
    st.builds(InstructionItem, steps=FEW, runbook=WORDS, **COMMON),
    st.builds(AutoItem, check=WORDS, value=WORDS, unit=WORDS, **COMMON),
    st.builds(AutoItem, metric=WORDS, of=st.sampled_from(["p95", "sum"]), over=TIMES, expect=st.just(("< 3",)),
              decide=st.sampled_from(["person", "auto"]), **COMMON),
    st.builds(AutoItem, command=FEW, codes=st.lists(st.integers(0, 255), min_size=1, max_size=3).map(tuple),
              timeout=TIMES, pattern=st.just("[0-9]+"), **COMMON))
ZONES: Final = st.sampled_from([None, ZoneInfo("Europe/Berlin"), ZoneInfo("UTC"), ZoneInfo("Asia/Kathmandu")])
WHEN: Final = st.one_of(
    st.builds(When, every=st.sampled_from([Mode.DAY, Mode.WEEKDAY, Mode.MONTH]), zone=ZONES, opens=TIMES,
              at=st.integers(0, 1439).map(TimeOfDay)),
    st.builds(When, every=st.just(Mode.WEEK), on=st.just(("mon", "friday")), interval=st.integers(1, 100),
              anchor=st.just("2027-01-04")),
    st.builds(When, every=st.just(Mode.COMPLETION), after=TIMES),
    st.builds(When, every=st.just(Mode.CRON), cron=st.just("30 7 * * 1-5"), zone=ZONES))


@st.composite
def templates(draw: st.DrawFn) -> Template:
    """Templates without mistakes."""
    sections, number = [], 0
    for _ in range(draw(st.integers(1, 3))):
        items = []
        for item in draw(st.lists(KINDS, min_size=1, max_size=4)):
            items.append(msgspec.structs.replace(item, id=f"i{number}", when=f"i{number - 1} == ok" if number else ""))
            number += 1
        sections.append(Section(title=draw(WORDS), help=draw(WORDS), items=tuple(items)))
    return Template(
        title=draw(WORDS), slug=draw(st.sampled_from(["", "slug"])), category=draw(st.sampled_from(Category)),
        purpose=draw(WORDS), takes=draw(st.one_of(st.none(), TIMES)), when=draw(WHEN), calendar=draw(WORDS),
        who=Who(role=draw(st.sampled_from(Role)), rotation=draw(WORDS)), defer=draw(st.booleans()),
        sign_off=SignOff(persons=2, role=draw(st.sampled_from(Role))), on_holiday=draw(st.sampled_from(Holiday)),
        catch_up=draw(st.sampled_from(Catch)), follows=("other",), on_fail=draw(FAILING), sections=tuple(sections))


@given(templates())
def test_a_pinned_template_is_the_template(template: Template) -> None:
    assert decoded(encoded(template)) == template
    assert encoded(decoded(encoded(template))) == encoded(template)
    assert list(template.mistakes()) == []


@given(templates())
def test_a_template_that_is_written_as_yaml_is_read_as_the_same(template: Template) -> None:
    assert decode(show(template).replace("$$", "$"), Template, source="x", env=None) == template


@given(templates(), templates())
def test_other_templates_have_other_bytes(one: Template, other: Template) -> None:
    assert (encoded(one) == encoded(other)) == (one == other)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"{}", b"\xff", encoded(decode(
    VALID, Template, source="x", env=None)).replace(b'"08:15"', b'"25:15"')])
def test_bytes_that_are_no_template_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        decoded(data)


def test_editors_get_a_schema() -> None:
    schema = json_schema(Template)
    assert schema["required"] == ["title", "sections"]
    kinds = schema["properties"]["sections"]["items"]["properties"]["items"]["items"]["anyOf"]
    assert len(kinds) == 9
    assert all("kind" in kind["required"] for kind in kinds)


@pytest.mark.parametrize(("text", "means"), [
    ("1", 1), ("31", 31), ("07", 7), ("first monday", (1, 0)), ("Last  Weekday", (-1, 7)), ("last day", (-1, 8)),
    ("fourth sun", (4, 6))])
def test_days_of_a_month(text: str, means: object) -> None:
    assert read_on(text) == means


@pytest.mark.parametrize("text", ["", "0", "32", "001", "0099", "03100", "1.", "-1", "²", "\u0661", "first", "first 3",
                                  "monday", "last last"])
def test_what_is_no_day_of_a_month(text: str) -> None:
    with pytest.raises(ValueError, match="a day of"):
        read_on(text)
