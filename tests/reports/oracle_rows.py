"""What the rows of the tables must be, worked out another way; of each table the columns that say most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsconsole.core.clock import local
from tests.reports.world import CHECKS, ZONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsconsole.reports.definition import TableDefinition
    from tests.reports.oracle import Oracle

Rows = list[tuple[Any, ...]]


def uptime(oracle: Oracle) -> tuple[tuple[int, ...], Rows]:
    """Every check once."""
    return (0,), sorted((name,) for name in CHECKS)


def alerts(oracle: Oracle) -> tuple[tuple[int, ...], Rows]:
    return (1, 2), sorted((severity, title) for at, severity, title, _ in oracle.world.facts.alerts
                          if oracle.inside(at))


def checklists(oracle: Oracle) -> tuple[tuple[int, ...], Rows]:
    rows: dict[str, list[int]] = {}
    for one in oracle.over():
        counts = rows.setdefault(one.run.title, [0] * 6)
        done = one.run.outcome == "done"
        for place, value in enumerate((one.run.due is not None, done, one.timely, one.run.outcome == "missed", 0,
                                       one.run.failed if done else 0)):
            counts[place] += value
    return tuple(range(7)), sorted((title, *map(str, counts)) for title, counts in rows.items())


def promises(oracle: Oracle) -> tuple[tuple[int, ...], Rows]:
    found = oracle.raw.execute(
        "SELECT kind, priority, category, sum(kept), count(*) FROM ticket_clock WHERE merged = 0 AND decided >= ?"
        " AND decided < ? GROUP BY kind, priority, category", (oracle.period.begin, oracle.period.end))
    words = ("urgent", "high", "medium", "low")
    return tuple(range(5)), sorted((kind, words[rank], category, str(kept), str(of))
                                   for kind, rank, category, kept, of in found)


def people(oracle: Oracle) -> tuple[tuple[int, ...], Rows]:
    found = dict(oracle.raw.execute(
        "SELECT assignee, count(*) FROM ticket WHERE merged_into = 0 AND resolved >= ? AND resolved < ?"
        " GROUP BY assignee", (oracle.period.begin, oracle.period.end)))
    return (0, 1), sorted((name or "nobody", str(count)) for name, count in found.items())


def categories(oracle: Oracle) -> tuple[tuple[int, ...], Rows]:
    rows: dict[str, list[int]] = {}
    for place, column in enumerate(("created", "resolved")):
        for name, count in oracle.raw.execute(
                f"SELECT category, count(*) FROM ticket WHERE merged_into = 0 AND {column} >= ? AND {column} < ?"
                " GROUP BY category", (oracle.period.begin, oracle.period.end)):
            rows.setdefault(name, [0, 0])[place] = count
    return (0, 1, 2), sorted((name, *map(str, counts)) for name, counts in rows.items() if name in oracle.categories)


def entries(oracle: Oracle) -> tuple[tuple[int, ...], Rows]:
    return (1, 4), sorted((one.type.value, one.status.value) for one in oracle.world.facts.entries
                          if oracle.inside(one.begun))


def _points(name: str) -> Callable[[Oracle], tuple[tuple[int, ...], Rows]]:
    def rows(oracle: Oracle) -> tuple[tuple[int, ...], Rows]:
        return (0, 1), sorted((f"{local(entry.begun, ZONE):%Y-%m-%d}", one.text)
                              for entry in oracle.world.facts.entries if oracle.inside(entry.begun)
                              for one in getattr(entry, name))
    return rows


def actions(oracle: Oracle) -> tuple[tuple[int, ...], Rows]:
    return (0, 1, 2), sorted((one.text, one.person, one.due) for entry in oracle.world.facts.entries
                             if entry.begun < oracle.until for one in entry.actions)


def changes(oracle: Oracle) -> tuple[tuple[int, ...], Rows]:
    return (1, 2), sorted((kind, f"thing {at}") for at, kind in oracle.world.facts.changes if oracle.inside(at))


ROWS: Final = {"uptime": uptime, "alerts": alerts, "checklists": checklists, "promises": promises, "people": people,
               "categories": categories, "entries": entries, "found": _points("found"),
               "resolved": _points("resolved"), "escalated": _points("escalated"), "actions": actions,
               "changes": changes}


def of(oracle: Oracle, definition: TableDefinition) -> tuple[tuple[int, ...], Rows | None]:
    """Which columns are compared, and what stands in them, sorted; None: nobody knows."""
    if definition.rows:
        return ROWS[definition.rows](oracle)
    looked = [(one, judged) for one, judged in oracle.looked(definition.answer, definition.run) if judged is not None]
    if not looked:
        return (), None
    if isinstance(looked[-1][1].value, list):
        return tuple(range(len(definition.columns))), sorted(map(tuple, looked[-1][1].value))
    return (0, 1), sorted((f"{local(one.when, ZONE):%Y-%m-%d}", judged.value) for one, judged in looked)


