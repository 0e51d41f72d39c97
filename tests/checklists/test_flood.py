"""Commands of a checklist that flood it: one sentence each, nothing acts, and nothing that was entered is lost."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Final

import pytest

from opsconsole.checklists.auto import commands
from tests.checklists.commanding import Desk
from tests.hostile import CORPUS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.checklists.commanding import Program

LONG: Final = 10_000_000
PROGRAMS: Final = {
    "line": f"out.write(b'x' * {LONG})",
    "broken": "out.write(b'\\xff\\xfe\\xc3' * 1_000_000)",
    "escapes": "out.write(json.loads(sys.argv[1]).encode('utf-8', 'surrogateescape') * 1_000)",
    "nuls": "out.write(bytes(5_000_000))",
    "breaks": "out.write(b'\\r\\n\\x0b\\x0c\\x85' * 1_000_000)",
    "endless": "[out.write(b'y\\n' * 500_000) for _ in iter(int, 1)]",
    "silent": "import time; time.sleep(600)",
    "well": "out.write(b'7 jobs')"}
ROUND: Final = """\
title: Night round
category: other
sections:
  - title: Look
    items:
      - {kind: tick, id: lights, title: Lights are out}
"""


@pytest.fixture
def desk(program: Program, home: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A round whose commands are as bad as they can be."""
    made = Desk(program, home, monkeypatch)
    monkeypatch.setattr(commands, "MOST_WRITTEN", 3 * LONG)
    hostile = json.dumps("\n".join(CORPUS))
    items = []
    for name, body in PROGRAMS.items():
        source = f"import json, sys; out = sys.stdout.buffer; {body}"
        command = json.dumps([sys.executable, "-S", "-c", source, hostile])
        items.append(f"      - {{kind: auto, id: {name}, title: '{name}', command: {command}, timeout:"
                     f" {'1s' if name == 'silent' else '50s'}, required: false}}\n")
    made.template("round", ROUND + "".join(items))
    return made


def test_every_flood_is_one_sentence_and_nothing_is_lost(desk: Desk) -> None:
    run = desk.start()
    desk.says("answer", run, "lights")
    desk.says("answer", run, "lights", "--note", "at 02:00")
    said = desk.says("propose", run)
    assert all(line.isprintable() for line in said.splitlines())
    lines = dict(line.split(": ", 1) for line in said.splitlines())
    assert sorted(lines) == sorted(PROGRAMS)
    assert max(map(len, lines.values())) < 600
    assert "was ended because it wrote more than" in lines["endless"]
    assert "did not end within 1 s" in lines["silent"]
    assert lines["well"].startswith("ok")
    # What is kept of them is bounded, and says how much there was.
    found = {one["item"]: one for one in desk.json("propose", run)["proposals"]}
    evidence = found["line"]["evidence"][0]
    assert (evidence["size"], evidence["cut"]) == (LONG, True)
    assert all(len(one["text"]) <= 2_100 for each in found.values() for one in each["evidence"])
    # What a person entered stands beside it, and the round goes on to its end.
    lights = desk.json("show", run, "--item", "lights")["answer"]
    assert (lights["verdict"], lights["note"]) == ("ok", "at 02:00")
    shown = desk.says("show", run)
    assert all(line.isprintable() for line in shown.splitlines())
    for name in PROGRAMS:
        desk.says("answer", run, name, "--na")
    desk.says("sign", run)
    assert "Checklists: 1 are as they were signed." in desk.other("log", "verify")[1]
