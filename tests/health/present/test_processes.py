"""The list of processes and the page of one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from opsconsole.core.glyphs import ASCII, UNICODE
from opsconsole.health.present.process_view import Arrangement, Shown, Sort, arranged
from opsconsole.health.present.processes import cells_of, columns, details_page, headings, row, summary
from opsconsole.health.sampling.process_details import Connection, ProcessDetails
from tests.health.samples import NOW, PROCESSES, ZONE
from tests.hostile import CORPUS, assert_inert

hostile = st.one_of(st.sampled_from(CORPUS), st.text(max_size=30))
DETAILS = ProcessDetails(
    pid=8123, started=NOW, parent=1, name="postgres", arguments=("postgres", "-D", "/var/lib/x"), state="S",
    user="postgres", threads=1, unit="postgresql@15-main.service", executable="/usr/lib/postgresql/15/bin/postgres",
    memory_peak=2**31, open_files=("/var/lib/x/base", "socket:[123]"), open_files_count=250,
    connections=(Connection("tcp", "127.0.0.1:5432", "127.0.0.1:41822", "established"),
                 Connection("tcp", "127.0.0.1:5432", "", "listen")), connections_count=2,
    problems=("Its folder is only for root.",))


@pytest.mark.parametrize("cells", [60, 80, 120, 200])
def test_rows_and_titles_stand_below_each_other(cells: int) -> None:
    parts = columns(cells)
    assert sum(part.width + 2 for part in parts) - 2 <= cells
    assert len(headings(cells, Arrangement())) == len(parts)
    for shown in arranged(PROCESSES, Arrangement(tree=True)):
        line = row(shown, width=cells, now=NOW, zone=ZONE)
        assert line.cells == cells
        given_cells = cells_of(shown, width=cells, now=NOW, zone=ZONE)
        assert len(given_cells) == len(parts)
    place = [part.key for part in parts].index("memory")
    end = sum(part.width + 2 for part in parts[:place + 1]) - 2
    assert row(Shown(PROCESSES[0]), width=cells, now=NOW, zone=ZONE).text[:end].endswith("1.2 GiB")


def test_the_sorted_column_says_its_direction() -> None:
    assert "CPU↓" in headings(80, Arrangement())
    assert "CPU↑" in headings(80, Arrangement(reverse=True))
    assert "PID↑" in headings(80, Arrangement(Sort.PID))
    assert "memoryv" in headings(80, Arrangement(Sort.MEMORY), ASCII)


def test_the_tree_is_drawn() -> None:
    text = "\n".join(row(one, width=100, now=NOW, zone=ZONE).text for one in
                     arranged(PROCESSES, Arrangement(Sort.PID, tree=True)))
    assert "├ gunicorn" in text
    assert "└ gunicorn" in text


def test_the_heading_counts_and_names_the_filter() -> None:
    how = Arrangement(filter="gunicorn")
    assert summary(arranged(PROCESSES, how), 16, how, width=60).text.rstrip().endswith("3 of 16")
    assert "/gunicorn" in summary(arranged(PROCESSES, how), 16, how, width=60).text


def test_details_show_what_is_known_and_what_is_not() -> None:
    text = "\n".join(line.text for line in details_page(PROCESSES[0], DETAILS, width=100, now=NOW, zone=ZONE))
    for word in ("postgresql@15-main.service", "127.0.0.1:5432 → 127.0.0.1:41822", "+248 more", "2 GiB", "sleeping",
                 "Its folder is only for root."):
        assert word in text
    assert "being read" in details_page(PROCESSES[0], None, width=100, now=NOW)[-1].text
    gone = details_page(PROCESSES[0], None, width=100, now=NOW, ended=True)
    assert any("has ended" in line.text for line in gone)


@settings(max_examples=60)
@given(hostile, hostile, hostile, st.integers(40, 200), st.sampled_from([UNICODE, ASCII]))
def test_nothing_acts_and_everything_fits(name: str, command: str, user: str, cells: int, glyphs: object) -> None:
    one = replace(PROCESSES[0], name=name, command=command, user=user, state=command[:1])
    given_details = replace(DETAILS, arguments=(command, name), unit=name, open_files=(command,), executable=user)
    how = Arrangement(filter=name)
    lines = [row(Shown(one, 3, stems=(True, False)), width=cells, glyphs=glyphs, now=NOW),  # type: ignore[arg-type]
             summary([], 1, how, width=cells, glyphs=glyphs),  # type: ignore[arg-type]
             *details_page(one, given_details, width=cells, glyphs=glyphs, now=NOW)]  # type: ignore[arg-type]
    for line in lines:
        assert_inert(line.text)
        assert line.cells <= cells
