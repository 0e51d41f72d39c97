from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.admin import doctor
from opsconsole.admin.doctor import Finding, examine
from opsconsole.admin.report import report
from opsconsole.core import resources
from opsconsole.core.database import RECORDS, Database
from opsconsole.core.errors import ConfigError
from opsconsole.core.levels import Level
from opsconsole.core.paths import Paths, make_paths
from opsconsole.core.text import width
from opsconsole.health.sampling import facts
from opsconsole.settings import Loaded, Settings, load_settings
from tests.hostile import CORPUS, assert_inert
from tests.tickets.desk import desk

UTF8 = {"LANG": "C.UTF-8", "TERM": "xterm-256color"}
ROOT = Path(__file__).parents[2]


@pytest.fixture
def paths() -> Paths:
    return make_paths(None, os.environ)


def levels(findings: list[Finding], what: str) -> list[Level]:
    return [finding.level for finding in findings if finding.what == what]


def look(paths: Paths) -> list[Finding]:
    return examine(lambda: Loaded(Settings(), paths.config, paths), lambda: paths, UTF8)


def test_a_fresh_installation_is_well(paths: Paths) -> None:
    findings = look(paths)
    assert all(finding.level is not Level.CRITICAL for finding in findings)
    assert {finding.what for finding in findings} == {
        "program", "configuration", "data folder", "state folder", "database opsconsole.db", "database metrics.db",
        "themes", "checklists", "terminal", "locale", "clock"}
    assert all(finding.todo for finding in findings if finding.level is Level.WARNING)
    assert not paths.data.exists()
    assert not paths.state.exists()


def test_nothing_is_said_of_what_does_not_exist_yet(paths: Paths) -> None:
    text = " ".join(f"{finding.what} {finding.says}" for finding in look(paths)).lower()
    assert not any(word in text for word in ("lease", "agent", "outbox", "job"))


def test_every_mistake_of_the_configuration_is_told(tmp_path: Path, paths: Paths) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("nonsense: 1\nconsole:\n  refresh: soon\n")
    findings = examine(lambda: load_settings(file, os.environ), lambda: paths, UTF8)
    assert levels(findings, "configuration") == [Level.CRITICAL] * 2
    assert any(f"{file}:3:12" in finding.says for finding in findings)
    assert levels(findings, "database opsconsole.db") == [Level.OK]


def test_without_any_home_the_rest_is_still_looked_at() -> None:
    def homeless() -> Paths:
        raise ConfigError("This user has no home folder.", "Set HOME.")

    findings = examine(homeless, homeless, UTF8)  # type: ignore[arg-type]
    assert levels(findings, "configuration") == levels(findings, "folders") == [Level.CRITICAL]
    assert levels(findings, "locale") == [Level.OK]


@pytest.mark.parametrize(("mode", "level"), [
    (0o600, Level.OK), (0o640, Level.OK), (0o644, Level.WARNING), (0o660, Level.CRITICAL), (0o602, Level.CRITICAL)])
def test_modes_of_a_configuration(tmp_path: Path, paths: Paths, mode: int, level: Level) -> None:
    file = tmp_path / "opsconsole.yaml"
    file.touch()
    file.chmod(mode)
    findings = look(msgspec.structs.replace(paths, config=file))
    (told,) = [finding for finding in findings if finding.what == "configuration" and "valid" not in finding.says]
    assert told.level is level
    assert bool(told.todo) == (level is not Level.OK)


@pytest.mark.parametrize(("mode", "shared", "level"), [
    (0o700, False, Level.OK), (0o750, False, Level.OK), (0o755, False, Level.WARNING), (0o770, False, Level.CRITICAL),
    (0o770, True, Level.OK), (0o2770, True, Level.OK), (0o777, True, Level.CRITICAL), (0o707, False, Level.CRITICAL)])
def test_modes_of_the_data_folder(paths: Paths, mode: int, shared: bool, level: Level) -> None:
    paths.data.mkdir(parents=True)
    paths.data.chmod(mode)
    assert levels(look(msgspec.structs.replace(paths, shared=shared)), "data folder") == [level]


def test_folders_that_cannot_be_used(paths: Paths) -> None:
    paths.state.parent.mkdir(parents=True)
    paths.state.touch()
    assert levels(look(paths), "state folder") == [Level.CRITICAL]


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_without_permission_it_says_so(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    script = f"""if True:
        import os, sys
        from pathlib import Path
        from opsconsole.admin import doctor
        from opsconsole.core.paths import Paths
        from opsconsole.core import backup, database, format, text, themes
        from opsconsole.core.database import opening, place
        os.setgid(65534); os.setuid(65534)
        paths = Paths(config=None, data=Path({str(data)!r}), state=Path({str(data / 'state')!r}), cache=Path("/x"))
        for finding in (*doctor.permissions(paths), *doctor.storage(paths)):
            print(finding.level.name, finding.what, finding.todo)
    """
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})
    lines = done.stdout.splitlines()
    assert lines
    assert all(line.startswith("CRITICAL") and line.endswith(".") for line in lines), done.stdout


def test_databases(paths: Paths) -> None:
    async def make() -> None:
        await (await Database.open(paths.records, RECORDS)).close()

    asyncio.run(make())
    paths.metrics.write_bytes(b"no database at all" * 100)
    findings = look(paths)
    (records,) = [finding for finding in findings if finding.what == "database opsconsole.db"]
    assert records.level is Level.OK
    assert "sound" in records.says
    assert "free" in records.says
    metrics = [finding for finding in findings if finding.what == "database metrics.db"]
    print(metrics)
    assert max(finding.level for finding in metrics) is Level.CRITICAL
    assert all(finding.todo for finding in metrics)
    paths.records.chmod(0o666)
    assert Level.WARNING in levels(look(paths), "database opsconsole.db")


def test_a_broken_theme_is_told_with_its_place(tmp_path: Path, paths: Paths) -> None:
    (tmp_path / "themes").mkdir()
    (tmp_path / "themes/mine.yaml").write_text("title: Mine\ncolours: 3\n")
    (tmp_path / "themes/empty.yaml").write_bytes(b"\xff\xfe")
    found = list(doctor.themes(msgspec.structs.replace(paths, config=tmp_path / "opsconsole.yaml")))
    assert found[-1].level is Level.OK
    assert all(finding.level is Level.WARNING for finding in found[:-1])
    assert {"mine", "empty"} == {Path(finding.says.split(":")[0]).stem for finding in found[:-1]}


def test_an_installation_without_its_files(paths: Paths, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(resources.own_folder, "__defaults__", (tmp_path,))
    monkeypatch.setattr(resources.folder, "__defaults__", ((), tmp_path))
    findings = look(paths)
    assert levels(findings, "themes") == levels(findings, "checklists") == [Level.CRITICAL]


@pytest.mark.parametrize(("env", "size", "level"), [
    ({"TERM": "xterm"}, (80, 24), Level.OK), ({"TERM": "xterm"}, (59, 24), Level.WARNING),
    ({"TERM": "xterm"}, (80, 19), Level.WARNING), ({"TERM": "dumb"}, (80, 24), Level.CRITICAL),
    ({}, (80, 24), Level.CRITICAL)])
def test_terminals(env: dict[str, str], size: tuple[int, int], level: Level) -> None:
    assert levels(list(doctor.terminal(env, size)), "terminal") == [level]


@pytest.mark.parametrize(("env", "words"), [
    ({}, "16 colours"), ({"COLORTERM": "truecolor"}, "16 million colours"), ({"TERM": "xterm-256color"}, "256 colours"),
    ({"NO_COLOR": "1", "COLORTERM": "truecolor"}, "NO_COLOR")])
def test_colours(env: dict[str, str], words: str) -> None:
    assert words in next(doctor.terminal({"TERM": "xterm", **env}, (80, 24))).says


@pytest.mark.parametrize(("env", "level"), [
    ({"LANG": "C.UTF-8"}, Level.OK), ({}, Level.WARNING), ({"LANG": "C.UTF-8", "LC_ALL": "C"}, Level.WARNING)])
def test_locales(env: dict[str, str], level: Level) -> None:
    assert doctor.locale(env).level is level


@pytest.mark.parametrize(("container", "synchronised", "level"), [
    (True, True, Level.UNKNOWN), (False, None, Level.UNKNOWN), (False, False, Level.WARNING), (False, True, Level.OK)])
def test_clocks(monkeypatch: pytest.MonkeyPatch, container: bool, synchronised: bool | None, level: Level) -> None:
    monkeypatch.setattr(facts, "in_container", lambda: container)
    monkeypatch.setattr(facts, "clock_synchronised", lambda: synchronised)
    assert doctor.clock().level is level


FINDINGS = st.builds(Finding, st.sampled_from(list(Level)), st.sampled_from(["clock", "database opsconsole.db"]),
                     st.one_of(st.text(min_size=1), st.sampled_from([text for text in CORPUS if text])),
                     st.one_of(st.just(""), st.text(), st.sampled_from(CORPUS)))


@given(st.lists(FINDINGS, max_size=6), st.integers(60, 200), st.booleans())
def test_reports_fit_and_are_inert(findings: list[Finding], columns: int, ascii_only: bool) -> None:
    lines = report(findings, columns, ascii_only=ascii_only)
    assert all(width(line) <= columns for line in lines)
    for line in lines:
        assert_inert(line)
    problems = sum(finding.level is Level.CRITICAL for finding in findings)
    assert not problems or lines[-1].startswith(f"{problems} problem")


def test_a_report() -> None:
    lines = report([Finding(Level.OK, "clock", "synchronised"),
                    Finding(Level.CRITICAL, "themes", "0 of 0 can be used", "Install again."),
                    Finding(Level.WARNING, "a", "b", "c")], 80, ascii_only=True)
    assert lines == [
        "o ok       clock   synchronised",
        "X problem  themes  0 of 0 can be used",
        "                   -> Install again.",
        "! warning  a       b",
        "                   -> c",
        "",
        "1 problem and 1 warning found.",
    ]
    assert report([], 80)[-1] == "No problem found."


async def test_tickets_are_looked_at(paths: Paths) -> None:
    paths.data.mkdir(parents=True)
    async with desk(paths.data) as one:
        await one.ticket()
    found = [finding for finding in await asyncio.to_thread(look, paths) if finding.what == "tickets"]
    assert [finding.says for finding in found] == ["1 of 1 open, nothing amiss where it was looked"]
