"""What templates name and nothing has: told at its place, with the name that was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.checklists.templates import VALID, library, short, write

if TYPE_CHECKING:
    from pathlib import Path

    from opsconsole.checklists.library import Library

CATEGORY = "there is no category"
IN = "in `tickets.categories`"
NAMES = """\
title: Names
calendar: ofice
who: {rotation: opps, team: nigth}
follows: [evenin, names]
on_fail: {category: tecnical, escalate: dutty, run: emergncy}
sections:
  - title: All
    items:
      - kind: auto
        id: web
        title: Web
        check: wbe
      - {kind: auto, id: latency, title: Latency, metric: "check:weeb.latency"}
      - kind: tick
        id: a
        title: A
        on_fail: {category: bogus, escalate: nobody, run: late}
"""


def told(found: Library, *, teams: tuple[str, ...] | None = None) -> list[str]:
    """The warnings, without the folders of their files."""
    lines = found.warnings(checks=["web", "db"], categories=["technical"], ladders=["duty"], rotations=["ops"],
                           calendars=["office"], teams=teams)
    return [line.rpartition("/")[2] for line in lines]


def test_every_name_that_nothing_has_is_told_at_its_place(tmp_path: Path) -> None:
    write(tmp_path, "names.yaml", NAMES)
    write(tmp_path, "emergency.yaml", short())
    write(tmp_path, "evening.yaml", short())
    assert told(library(tmp_path), teams=("night",)) == [
        "names.yaml:2:11: `calendar`: there is no calendar `ofice` in `tickets.calendars`; did you mean `office`?",
        "names.yaml:3:17: `who.rotation`: there is no rotation `opps` in `notify.rotations`; did you mean `ops`?",
        "names.yaml:3:29: `who.team`: there is no team `nigth` in `tickets.teams`; did you mean `night`?",
        "names.yaml:4:11: `follows.0`: there is no checklist `evenin`; did you mean `evening`?",
        f"names.yaml:5:21: `on_fail.category`: {CATEGORY} `tecnical` {IN}; did you mean `technical`?",
        "names.yaml:5:41: `on_fail.escalate`: there is no ladder `dutty` in `notify.ladders`; did you mean `duty`?",
        "names.yaml:5:53: `on_fail.run`: there is no checklist `emergncy`; did you mean `emergency`?",
        "names.yaml:12:16: `sections.0.items.0.check`: there is no check `wbe` in `checks`; did you mean `web`?",
        "names.yaml:13:59: `sections.0.items.1.metric`: there is no check `weeb` in `checks`; did you mean `web`?",
        f"names.yaml:17:29: `sections.0.items.2.on_fail.category`: {CATEGORY} `bogus` {IN}.",
        "names.yaml:17:46: `sections.0.items.2.on_fail.escalate`: there is no ladder `nobody` in `notify.ladders`.",
        "names.yaml:17:59: `sections.0.items.2.on_fail.run`: there is no checklist `late`."]


def test_what_is_there_is_no_warning(tmp_path: Path) -> None:
    write(tmp_path, "evening.yaml", short())
    write(tmp_path, "morning.yaml", VALID)
    series = '      - {kind: auto, id: l, title: L, metric: "check:web.latency"}'
    write(tmp_path, "series.yaml", short("Series", series))
    write(tmp_path, "host.yaml", short("Host", series.replace("check:web.latency", "cpu.busy")))
    assert told(library(tmp_path)) == []


def test_teams_are_looked_at_only_where_they_are_known(tmp_path: Path) -> None:
    write(tmp_path, "x.yaml", short("X", "who: {team: night}"))
    assert told(library(tmp_path)) == []
    assert told(library(tmp_path), teams=()) == [
        "x.yaml:6:13: `who.team`: there is no team `night` in `tickets.teams`."]


def test_what_is_switched_off_may_be_followed_but_not_started(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", short("A", "follows: [b]", "on_fail: {run: b}"))
    write(tmp_path, "b.yaml", short("B"))
    assert told(library(tmp_path, off=("b",))) == [
        "a.yaml:7:16: `on_fail.run`: the checklist `b` is switched off by `checklists.off`, so it cannot be started."]


def test_the_slug_that_counts_is_the_one_that_is_said(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", short("A", "follows: [b, c]"))
    write(tmp_path, "b.yaml", short("B", "slug: c"))
    assert told(library(tmp_path)) == ["a.yaml:6:11: `follows.0`: there is no checklist `b`."]


def test_places_are_those_of_the_version_in_use(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", short("A", "follows: [nothing]"))
    found = library(tmp_path)
    assert told(found) == ["a.yaml:6:11: `follows.0`: there is no checklist `nothing`."]
    write(tmp_path, "a.yaml", "\n\n\n{")
    assert found.refresh()
    assert told(found) == ["a.yaml:6:11: `follows.0`: there is no checklist `nothing`."]
