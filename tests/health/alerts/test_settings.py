"""How rules are configured: what is read, and every mistake with its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.config import ConfigMistakes
from opsconsole.core.units import Duration
from opsconsole.health.alerts.checking import all_mistakes, margin_of, unit_of
from opsconsole.health.alerts.settings import Within, is_builtin
from opsconsole.notify.model import Severity
from opsconsole.notify.settings import LogChannel, NotifySettings
from tests.health.alerts.place import configured


def wrong(text: str) -> list[str]:
    """`line:column message` of each mistake."""
    with pytest.raises(ConfigMistakes) as caught:
        configured(text)
    return [f"{one.line}:{one.column} {one.message}" for one in caught.value.mistakes]


def together(text: str, notify: NotifySettings | None = None) -> list[tuple[str, str]]:
    found = configured(text)
    return [(".".join(path), sentence) for path, sentence in all_mistakes(found.rules, found.checks, notify)]


def test_everything_that_a_rule_can_say() -> None:
    rule = configured("""
rules:
  api:
    metric: check:api.latency
    of: p95
    over: 5m
    info: "> 200ms"
    warning: ["> 500ms"]
    critical: "> 2s"
    within: 5 of 15
    margin: 50ms
    recover_for: 2m
    unknown: warning
    severity: warning
    react_within: 1h
    category: P1
    ladder: night
    channels: [mail]
    remind: 30m
    depends_on: [db]
    label: API
    help: look
    runbook: Slow
    enabled: no
""").rules["api"]
    assert rule.conditions == {
        Severity.CRITICAL: ("> 2s",), Severity.WARNING: ("> 500ms",), Severity.INFO: ("> 200ms",)}
    assert rule.over == Duration(300)
    assert not rule.enabled


@pytest.mark.parametrize(("text", "place"), [
    ("metric: cpu.busy", "1:12 `rules.x`: a rule about a metric needs conditions"),
    ('metric: cpu.busy, check: a, warning: "> 1%"', "either a `metric` or a `check`"),
    ('metric: cpu.busy, warning: "> 1GB"', "is a share: write a percentage"),
    ('metric: cpu.busy, warning: "latency > 1s"', "`rules.x.warning`"),
    ('metric: net:eth0.receive_rate, warning: ["> 1MB/s", "> 3s"]', "`rules.x.warning.1`"),
    ('metric: check:a.b, warning: "a > 1"', "compares its value: write the condition without a name"),
    ('metric: cpu.busy, of: p95, warning: "> 1%"', "is calculated `over` some time"),
    ('metric: cpu.busy, of: mead, warning: "> 1%"', "must be one of change, count"),
    ("check: a, over: 5m", "this is for a `metric`"),
    ('metric: cpu.busy, warning: "> 1%", within: 5 of 3', "the first number must be from 1 to the second"),
    ('metric: cpu.busy, warning: "> 1%", within: five', "two numbers such as `5 of 15`"),
    ('metric: cpu.busy, warning: "> 1%", within: 2 of 3, for: 1m', "either `for` or `within`"),
    ('metric: cpu.busy, warning: "> 1%", margin: 5%, recover: "< 1%"', "either `recover` or `margin`"),
    ('metric: cpu.busy, warning: "> 1%", margin: much', "a number with its unit"),
    ("check: a, margin: 5%", "there is no limit to keep away from"),
    ('check: a, recover: "value < 5"', "nothing to recover from"),
    ("check: a, for: 5", "a duration with its unit: 5s"),
    ("check: a, severity: fatal", "one of critical, warning, info"),
    ("check: a, sevrity: info", "did you mean `severity`?"),
    ('check: a, warning: "latency >"', "`rules.x.warning`"),
])
def test_mistakes_of_one_rule_have_their_place(text: str, place: str) -> None:
    found = wrong(f"rules: {{x: {{{text}}}}}")
    assert any(place in one for one in found), found


def test_several_mistakes_are_told_at_once() -> None:
    assert [one.split(" ")[0] for one in wrong(
        'rules:\n  a: {metric: cpu.busy, warning: "> 1GB"}\n  b: {metric: x}\n  c: {check: y, within: z}')] == [
        "2:34", "3:6", "4:25"]


CHECKS = """
checks:
  web: {kind: http, url: "http://127.0.0.1/", every: 60s, depends_on: [db]}
  db: {kind: metric, every: 60s}
"""


@pytest.mark.parametrize(("rules", "path", "sentence"), [
    ("x: {check: wed}", "x.check", "there is no check `wed`; did you mean `web`?"),
    ('x: {check: "x*"}', "x.check", "there is no check `x*`"),
    ('x: {check: web, warning: "latncy > 1s"}', "x.warning", "did you mean `latency`?"),
    ('x: {check: web, warning: "latency > 1GB"}', "x.warning", "is a time"),
    ('x: {metric: check:wed.latency, warning: "> 1s"}', "x.metric", "there is no check `wed`"),
    ('x: {metric: check:web.latency, of: p95, over: 30s, warning: "> 1s"}', "x.over", "runs every 1m"),
    ("x: {check: web, depends_on: [wed]}", "x.depends_on.0", "did you mean `web`?"),
    ("memry: {ladder: ''}", "memry", "did you mean `memory`?"),
    ('memory: {warning: "> 3%"}', "memory", "stand under `health`"),
    ("check:wep: {enabled: no}", "check:wep", "there is no check `wep`"),
    ("x: {check: web, ladder: nigth}", "x.ladder", "there is no ladder `nigth`"),
    ("x: {check: web, channels: [log, mial]}", "x.channels.1", "did you mean `mail`?"),
    ("'a|b': {check: web}", "a|b", "cannot have `|`"),
    ("'': {check: web}", "", "from 1 to 200 printable"),
    ("x: {check: web, depends_on: [y]}, y: {check: web, depends_on: [x]}", "x.depends_on", "depends on itself"),
    ("db: {check: db, depends_on: [web]}", "db.depends_on", "depends on itself"),
])
def test_mistakes_of_all_together(rules: str, path: str, sentence: str) -> None:
    notify = NotifySettings(channels={"mail": LogChannel()})
    found = together(f"rules: {{{rules}}}\n{CHECKS}", notify)
    assert [one for one in found if one[0] == path and sentence in one[1]], found


@pytest.mark.parametrize("rules", [
    "cpu: {for: 5m}", "'mount:*': {severity: warning}", "'*:cpu': {enabled: no}", "check:web: {within: 3 of 3}",
    "'check:*': {enabled: no}", 'x: {check: "*", warning: "latency > 1s"}', "x: {check: web, depends_on: [cpu, db]}",
    'x: {metric: "mount:*.percent", warning: "> 1%", depends_on: ["mount:/"]}',
    'x: {metric: "check:*.latency", warning: "> 1s"}', 'x: {check: web, warning: "level == \\"warning\\""}',
    "x: {check: web, channels: [log]}",
])
def test_what_is_right_together(rules: str) -> None:
    assert together(f"rules: {{{rules}}}\n{CHECKS}") == []


@given(st.integers(1, 100), st.integers(1, 100))
def test_within_is_read_back(one: int, other: int) -> None:
    bad, of = sorted((one, other))
    assert Within.parse(str(Within(bad, of))) == Within(bad, of)


@given(st.text(max_size=30))
def test_nothing_but_two_numbers_is_within(text: str) -> None:
    try:
        found = Within.parse(text)
    except ValueError:
        return
    assert 1 <= found.bad <= found.of <= 100


@pytest.mark.parametrize(("text", "amount"), [
    ("5%", 5), ("200ms", 0.2), ("1GB", 1e9), ("3", 3), ("60/min", 1), ("-1", None), ("", None), ("true", None),
    ("x or 1", None), ('"5"', None)])
def test_margins(text: str, amount: float | None) -> None:
    assert margin_of(text) == amount


@pytest.mark.parametrize(("series", "unit"), [
    ("cpu.busy", "percent"), ("mount:/var.percent", "percent"), ("mount:/a.b.free", "bytes"),
    ("memory.used_percent", "percent"), ("net:eth0.receive_rate", "bytes per second"), ("disk:vda.reads", "per second"),
    ("disk:vda.busy", "percent"), ("load.five", "number"), ("check:a.percent", ""), ("metric:orders", "")])
def test_units_of_series(series: str, unit: str) -> None:
    assert unit_of(series) == unit


@pytest.mark.parametrize(("name", "builtin"), [
    ("cpu", True), ("iowait:cpu", True), ("mount:/var", True), ("mount:*", True), ("check:web", True), ("*", True),
    ("mount:", False), ("web", False), ("cpus", False)])
def test_names_of_what_is_built_in(name: str, builtin: bool) -> None:
    assert is_builtin(name) is builtin
