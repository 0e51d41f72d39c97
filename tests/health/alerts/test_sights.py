from __future__ import annotations

from opsconsole.core.clock import MINUTE
from opsconsole.core.levels import Level
from opsconsole.health.alerts import watches
from opsconsole.health.alerts.sights import Looker, Seen
from opsconsole.health.alerts.watches import Rulebook
from opsconsole.health.checks.model import Outcome
from tests.health.alerts.place import configured

NOW = 1_795_181_460_000
RULES = configured("""
rules:
  traffic: {metric: "net:*.rate", of: mean, over: 5m, warning: "> 100"}
  slow: {metric: "check:rare.latency", of: max, over: 5m, warning: "> 1s"}
checks:
  rare: {kind: tcp, host: 127.0.0.1, port: 1, every: 1h}
""")


async def test_values_of_what_went_away_are_forgotten() -> None:
    looker = Looker(Rulebook(RULES.rules, RULES.checks))
    outcome = Outcome("rare", Level.OK, "", NOW, 0.1, {"latency": 0.1})
    for number in range(200):
        at = NOW + number * MINUTE
        values = {"net:eth0.rate": 500.0, f"net:veth{number // 10}.rate": 1.0}
        sights = await looker.look(at, Seen(values, {"rare": outcome}), ())
    assert [sight.watch.target for sight in sights.values()] == ["net:eth0.rate"]
    kept = {series for series, _ in looker._windows}
    assert kept == {"net:eth0.rate", "net:veth18.rate", "net:veth19.rate", "check:rare.latency"}


async def test_values_are_kept_while_only_checks_are_seen() -> None:
    looker = Looker(Rulebook(RULES.rules, RULES.checks))
    await looker.look(NOW, Seen({"net:eth0.rate": 500.0}), ())
    await looker.look(NOW + 60 * MINUTE, Seen(), ())
    assert looker._windows


def test_what_watches_something_is_remembered_of_so_much_only() -> None:
    book = Rulebook(RULES.rules, RULES.checks)
    for number in range(3 * watches.MOST_REMEMBERED):
        assert book.of_limit(f"mount:/run/{number}") is not None
        assert len(list(book.of_series([f"net:veth{number}.rate"]))) == 1
    assert len(book._limits) <= watches.MOST_REMEMBERED
    assert len(book._found) <= watches.MOST_REMEMBERED + 1
