from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.health.checks.kinds.perfdata import MOST, Figure, Range, named, parse_figures, parse_output, parse_range


@pytest.mark.parametrize(("text", "figure"), [
    ("load1=0.310;50.000;90.000;0;", Figure("load1", 0.31, "", Range(0, 50), Range(0, 90), 0.0)),
    ("/=2643MB;5948;5958;0;5968",
     Figure("/", 2643 * 2**20, "B", Range(0, 5948 * 2**20), Range(0, 5958 * 2**20), 0.0, 5968 * 2**20)),
    ("time=84ms;;;0;10000", Figure("time", 0.084, "s", None, None, 0.0, 10.0)),
    ("time=12us", Figure("time", 1.2e-05, "s")),
    ("'C: used %'=78%;~:80;@90:100", Figure("C: used %", 78.0, "%", Range(-math.inf, 80), Range(90, 100, inside=True))),
    ("'it''s'=1c", Figure("it's", 1.0, "c")),
    ("a=U", Figure("a", None)),
    ("a=Us;1", Figure("a", None, "s", Range(0, 1))),
    ("a=-.5e1KB;10:", Figure("a", -5120.0, "B", Range(10240, math.inf))),
    ("a=1,5s", Figure("a", 1.5, "s")),
    ("temp=21.5C;;;", Figure("temp", 21.5, "C")),
    ("a=1;2;1:x;y;z", Figure("a", 1.0, "", Range(0, 2))),
])
def test_each_form_of_a_figure(text: str, figure: Figure) -> None:
    found, = parse_figures(text)
    for mine, theirs in zip(found, figure, strict=True):
        assert mine == (pytest.approx(theirs) if isinstance(theirs, float) else theirs)


def test_what_is_no_figure_is_passed_over() -> None:
    text = "nothing =1 a= b=x 'open=1 c=1;2 d=1ms;; e==2 f=3"
    assert [(figure.label, figure.value) for figure in parse_figures(text)] == [("c", 1.0), ("d", 0.001), ("f", 3.0)]


@pytest.mark.parametrize(("text", "alerts", "quiet"), [
    ("10", [-1, 11], [0, 10]), ("10:", [9], [10, 1e9]), ("~:10", [11], [-1e9, 10]), ("10:20", [9, 21], [10, 20]),
    ("@10:20", [10, 15, 20], [9, 21]), ("@~:0", [-5, 0], [1]), ("-5:-1", [0, -6], [-5, -1])])
def test_ranges_alert_as_the_guidelines_say(text: str, alerts: list[float], quiet: list[float]) -> None:
    limits = parse_range(text)
    assert limits is not None
    assert [value for value in (*alerts, *quiet) if limits.alerts(value)] == alerts


@pytest.mark.parametrize("text", ["", "x", "20:10", "@", ":", "1:2:3", "1e999"])
def test_nonsense_is_no_range(text: str) -> None:
    assert parse_range(text) is None


def test_output_of_several_lines() -> None:
    printed = parse_output("DISK OK - / fine | /=1MB\n/boot fine\n/home fine | /boot=2MB\n/home=3MB\n")
    assert (printed.text, printed.long) == ("DISK OK - / fine", "/boot fine\n/home fine ")
    assert named(printed.figures) == {"value": 2**20, "root": 2**20, "boot": 2 * 2**20, "home": 3 * 2**20}


def test_names_fit_conditions_and_never_clash() -> None:
    figures = [Figure(label, float(number)) for number, label in enumerate(
        ["/", "/var/log", "var log", "value", "C: %", "status", "%", "1min", "ü"])] + [Figure("gone", None)]
    assert named(figures) == {"value": 0, "root": 0, "var_log": 1, "var_log_2": 2, "value_2": 3, "C": 4,
                              "status_2": 5, "figure": 6, "_1min": 7, "figure_2": 8}


LABELS = st.text(st.characters(codec="utf-8", exclude_characters="\x00\n\r|"), min_size=1, max_size=20)
NUMBERS = st.floats(-1e12, 1e12).map(lambda value: round(value, 6))


@given(st.lists(st.tuples(LABELS, NUMBERS, st.sampled_from(["", "s", "%", "B", "c"]), NUMBERS), max_size=8))
def test_what_is_written_by_the_rules_is_read_back(items: list[tuple[str, float, str, float]]) -> None:
    text = " ".join(f"""'{label.replace("'", "''")}'={value:f}{unit};{limit:f}:;;{limit:f}"""
                    for label, value, unit, limit in items)
    found = parse_figures(text)
    assert [(figure.label, figure.value, figure.unit, figure.warning, figure.low) for figure in found] == [
        (label, value, unit, Range(limit, math.inf), limit) for label, value, unit, limit in items]


@given(st.text() | st.text("'=;:@~Ums%B 0123.,-\n|", max_size=60))
def test_any_text_is_survived(text: str) -> None:
    printed = parse_output(text)
    values = named(printed.figures)
    assert all(math.isfinite(value) for value in values.values())
    assert len(printed.figures) <= MOST
    assert "|" not in printed.text


def test_a_million_figures_are_bounded() -> None:
    assert len(parse_figures("a=1 " * 1_000_000)) == MOST
    assert parse_figures("'" * 100_000 + "=" * 100_000) == ()
