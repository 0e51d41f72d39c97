from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.text import harmless
from opsconsole.health.history.names import Meaning, meaning
from opsconsole.health.history.openmetrics import Exposed, exposition
from tests.hostile import CORPUS, assert_inert

LINE = re.compile(r'([a-z_][a-z0-9_]*)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\S+)(?: (\d+\.\d{3}))?')


def parsed(text: str) -> list[tuple[str, dict[str, str], float]]:
    """The samples of a text, and that it is one as the specification has it."""
    lines = text.split("\n")
    assert lines[-2:] == ["# EOF", ""]
    found: list[tuple[str, dict[str, str], float]] = []
    family, described = "", list[str]()
    for line in lines[:-2]:
        if line.startswith("# "):
            _, word, family, rest = line.split(" ", 3)
            described = [*described, word] if word != "TYPE" else ["TYPE"]
            assert word != "UNIT" or family.endswith(f"_{rest}")
            continue
        match = LINE.fullmatch(line)
        assert match is not None, line
        assert match[1] == family
        assert described in (["TYPE", "UNIT", "HELP"], ["TYPE", "HELP"])
        labels = {name: value.replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")
                  for name, value in re.findall(r'([a-z_]+)="((?:[^"\\]|\\.)*)"', match[2] or "")}
        found.append((match[1], labels, float(match[3])))
    return found


def test_the_whole_text() -> None:
    text = exposition([Exposed(meaning("mount:/var.percent"), 91.5, 1_700_000_000_123),
                       Exposed(meaning("cpu.busy"), 34.0, 1_700_000_000_123),
                       Exposed(meaning("mount:/.percent"), 12.0, 1_700_000_000_123)])
    assert text == """\
# TYPE opsconsole_cpu_busy_percent gauge
# UNIT opsconsole_cpu_busy_percent percent
# HELP opsconsole_cpu_busy_percent Time in which the processors worked.
opsconsole_cpu_busy_percent 34
# TYPE opsconsole_mount_used_percent gauge
# UNIT opsconsole_mount_used_percent percent
# HELP opsconsole_mount_used_percent Space in use, of what users can have.
opsconsole_mount_used_percent{mount="/"} 12
opsconsole_mount_used_percent{mount="/var"} 91.5
# EOF
"""
    assert exposition([]) == "# EOF\n"


def test_times_on_demand() -> None:
    text = exposition([Exposed(meaning("cpu.busy"), 34.25, 1_700_000_000_123)], timestamps=True)
    assert "opsconsole_cpu_busy_percent 34.25 1700000000.123\n" in text


def test_foreign_labels_do_nothing() -> None:
    samples = [Exposed(meaning(f"mount:/{foreign}.percent"), float(number)) for number, foreign in enumerate(CORPUS)]
    text = exposition(samples)
    assert_inert(text, lines=True)
    text.encode()
    shown = {labels["mount"] for _, labels, _ in parsed(text)}
    assert shown == {harmless(f"/{foreign}") for foreign in CORPUS}


@given(st.lists(st.tuples(st.text(), st.floats(allow_nan=False, allow_infinity=False)), max_size=20))
def test_any_label_and_value_come_back(given_samples: list[tuple[str, float]]) -> None:
    what = Meaning("value", "", (), "A \"quoted\" help\nwith \\ everything.")
    samples = [Exposed(what._replace(labels=(("series", name),)), value) for name, value in given_samples]
    found = {labels["series"]: value for _, labels, value in parsed(exposition(samples))}
    assert found == {harmless(name): value for name, value in given_samples}
