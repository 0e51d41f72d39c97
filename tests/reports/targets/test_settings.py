"""What a configuration can say about targets, and what is said of its mistakes."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.config import ConfigMistakes
from opsconsole.core.units import Duration
from opsconsole.reports.targets.settings import check_of, goal_of, read_window, unit_of
from tests.admin.presets.facts import settings_of
from tests.reports.targets.board import settings

CHECKS = """\
checks:
  site: {kind: http, url: "https://shop.example.com/"}
  backup: {kind: heartbeat, period: 1d}
targets:
  one: """


@pytest.mark.parametrize(("target", "place", "says"), [
    ('{label: x, goal: "< foo", from: [{uptime: site}]}', "one.goal", "it must be a comparison such as"),
    ('{label: x, goal: "> 9%", window: 1x, from: [{uptime: site}]}', "one.window", "or the last whole day, week"),
    ('{label: x, goal: "> 9%", window: 5s, from: [{uptime: site}]}', "one.window", "or the last whole day, week"),
    ('{label: x, goal: "> 9%", window: 500d, from: [{uptime: site}]}', "one.window", "or the last whole day, week"),
    ('{label: x, goal: "> 9%", starts: soon, from: [{uptime: site}]}', "one.starts", "a day such as 2027-01-04"),
    ('{label: x, goal: "> 9%", starts: "2027-01-04", ends: "2027-01-04", from: [{uptime: site}]}', "one.ends",
     "it must be later than `starts`"),
    ('{label: " ", goal: "> 9%", from: [{uptime: site}]}', "one.label", "it must be text"),
    ('{label: x, goal: "> 9%", from: [{worst: report}]}', "one.from.0.worst", "a target has a figure of its own"),
    ('{label: x, goal: "> 9%", from: []}', "one.from", "must have at least 1"),
    ('{label: x, goal: "> 9%", from: [{uptime: sita}]}', "one.from.0.uptime", "did you mean `site`?"),
    ('{label: x, goal: "> 9%", from: [{metric: "check:sit.latency"}]}', "one.from.0.metric", "did you mean `site`?"),
    ('{label: x, goal: "> 9%", from: [{jobs: [site]}]}', "one.from.0.jobs", "no check of the kind heartbeat is named"),
    ('{label: x, goal: "< 1", from: [{alerts: fired, check: sits}]}', "one.from.0.check", "did you mean `site`?"),
    ('{label: x, from: [{uptime: site}]}', "one", "it needs `goal`"),
    ('{label: x, goal: "< 4h", from: [{uptime: site}]}', "one.goal", "this figure is a share"),
    ('{label: x, goal: "< 4h", from: [{jobs: [backup]}]}', "one.goal", "this figure is a share"),
    ('{label: x, goal: "< 800", from: [{metric: "check:site.latency"}]}', "one.goal", "this figure is a time"),
    ('{label: x, goal: "< 4h", from: [{metric: memory.used_percent}]}', "one.goal", "this figure is a share"),
    ('{label: x, goal: "< 4", from: [{tickets: resolution}]}', "one.goal", "this figure is a time"),
    ('{label: x, goal: "< 4h", from: [{tickets: created}]}', "one.goal", "a number of tickets"),
])
def test_each_mistake_is_named_at_its_place(target: str, place: str, says: str) -> None:
    with pytest.raises(ConfigMistakes) as caught:
        settings(CHECKS + target)
    (mistake,) = caught.value.mistakes
    assert mistake.line == 5
    assert f"`targets.{place}`" in str(mistake)
    assert says in str(mistake)


def test_a_name_is_an_id() -> None:
    with pytest.raises(ConfigMistakes, match=r"`targets\.One`.*an id is small letters"):
        settings(CHECKS.replace("one", "One") + '{label: x, goal: "> 9%", from: [{uptime: site}]}')


def test_a_goal_is_that_of_the_target_or_of_tickets_or_the_promise_of_a_check() -> None:
    made = settings(CHECKS.replace("/\"}", "/\", slo: 99.5%}") + '{label: x, from: [{uptime: site}]}\n'
                    '  two: {label: x, goal: "> 90%", from: [{uptime: site}]}\n'
                    '  three: {label: x, from: [{log: hours}, {tickets: score}]}\n'
                    'tickets: {goals: {score: {is: ">= 4.5"}}}')
    assert [goal_of(one, made.tickets.goals, made.checks) for one in made.targets.values()] == [
        ">= 99.5%", "> 90%", ">= 4.5"]


@given(st.integers(60, 400 * 86_400))
def test_every_length_up_to_400_days_is_a_window(seconds: int) -> None:
    assert read_window(str(Duration(seconds))) == seconds


@pytest.mark.parametrize(("goal", "unit"), [("> 99.9%", "%"), ("< 800ms", "ms"), ("< 4h", "h"), ("<= 15m", "min"),
                                            ("< 15 min", "min"), (">= 4.5", ""), ("< 1h30m", "min"), ("< 3d", "d")])
def test_a_figure_is_shown_in_the_unit_of_its_goal(goal: str, unit: str) -> None:
    assert unit_of(goal) == unit


def test_of_names_with_dots_the_longest_check_is_meant() -> None:
    checks = dict.fromkeys(("site", "site.eu"), SimpleNamespace())
    assert check_of("check:site.eu.latency", checks) == "site.eu"  # type: ignore[arg-type]
    assert check_of("check:site.latency", checks) == "site"  # type: ignore[arg-type]
    assert check_of("cpu.busy", checks) == ""  # type: ignore[arg-type]


@given(st.integers(-800, 800))
def test_the_shop_has_five_targets_on_every_day(days: int) -> None:
    day = date(2027, 1, 4) + timedelta(days=days)
    counting = [name for name, one in settings_of("shop").targets.items() if one.counts(day)]
    assert len(counting) == 5
    assert {name.startswith("first-") for name in counting} == {days < 30}
