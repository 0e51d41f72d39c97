"""The table of one soak, as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.soak.plan import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.soak.running import Outcome

WRITTEN = ("ticket", "message", "tag", "entry", "answer", "mail")


def report(outcome: Outcome) -> str:
    """Faults, what was written, what was told, memory, and what is wrong."""
    wanted, counts = outcome.wanted, outcome.counts
    disk = "" if outcome.mounted else " (no disk could be mounted)"
    lines = [f"{wanted.seconds:g} s, {wanted.consoles} consoles, {wanted.faults} faults, seed {wanted.seed}{disk}", ""]
    lines += _table(("fault", "times", "met nothing"), [
        (kind.value, outcome.inflicted[kind], outcome.missed[kind] or "") for kind in Kind])
    lines += _table(("written", "tried", "acknowledged", "lost", "twice"), [
        (kind, counts[f"{kind} tried"], counts[f"{kind} acknowledged"],
         sum(1 for one in outcome.wrong if one.startswith("lost: " + kind)),
         sum(1 for one in outcome.wrong if one.startswith("there ") and f" times: {kind} " in one))
        for kind in WRITTEN])
    lines += _table(("told", "how often"), [*outcome.sums.items(), ("outages told", counts["outages told"]),
                                            ("ends of outages told", counts["ends of outages told"])])
    lines += _table(("memory, MiB", "first fifth", "middle", "last fifth", "most", "minutes"), [
        (life.role, f"{life.part(0, 5):.1f}", f"{life.part(2, 5):.1f}", f"{life.part(4, 5):.1f}",
         f"{max(life.held):.1f}", f"{life.lasted / 60:.1f}") for life in outcome.lives])
    shown = sorted((what, count) for what, count in counts.items()
                   if not any(what.startswith(f"{kind} ") for kind in WRITTEN) and "outages told" not in what)
    lines += _table(("besides", "how often"), shown)
    if outcome.odd:
        lines += ["What did not come, without a fault of the disk:", "", *outcome.odd[:6], ""]
    if outcome.wrong:
        lines += [f"The books do not balance ({len(outcome.wrong)}):", "", *(f"- {one}" for one in outcome.wrong[:60])]
    else:
        lines.append("The books balance.")
    return "\n".join(lines)


def _table(heading: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> list[str]:
    return [f"| {' | '.join(heading)} |", f"| {' | '.join('---' for _ in heading)} |",
            *(f"| {' | '.join(str(cell) for cell in row)} |" for row in rows), ""]
