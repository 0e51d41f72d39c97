from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from opsconsole.core.database import METRICS, RECORDS, Database
from opsconsole.settings import load_settings
from tests.hostile import CORPUS, assert_inert

if TYPE_CHECKING:
    from collections.abc import Callable

Output = tuple[int, str, str]


def can_be_typed(text: str) -> bool:
    """Whether the system can hand it over as an argument: surrogates stand for single bytes there."""
    try:
        return bool(text) and len(text) < 200 and b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    file = tmp_path / "broken.yaml"
    file.write_text("nonsense: 1\nconsole:\n  refresh: soon\n")
    return file


def test_check_of_nothing(program: Callable[..., Output]) -> None:
    assert program("config", "check") == (0, "There is no configuration file; the defaults are in effect.\n", "")
    code, out, _ = program("config", "check", "--json")
    assert (code, json.loads(out)) == (0, {"file": None, "valid": True, "mistakes": []})


def test_check_of_a_valid_file(program: Callable[..., Output], tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("console: {theme: light}\n")
    for arguments in (("config", "check", file), ("--config", file, "config", "check")):
        assert program(*arguments) == (0, f"{file} is valid.\n", "")
    code, out, _ = program("config", "check", file, "--json")
    assert (code, json.loads(out)) == (0, {"file": str(file), "valid": True, "mistakes": []})


def test_check_of_mistakes(program: Callable[..., Output], broken: Path) -> None:
    code, out, err = program("config", "check", broken)
    assert (code, out) == (2, "")
    assert [line.split(" ")[0] for line in err.splitlines()] == [f"{broken}:1:1:", f"{broken}:3:12:"]
    code, out, err = program("config", "check", broken, "--json")
    told = json.loads(out)
    assert (code, err, told["valid"], told["file"]) == (2, "", False, str(broken))
    assert [(mistake["line"], mistake["column"]) for mistake in told["mistakes"]] == [(1, 1), (3, 12)]


def test_check_of_what_is_not_there(program: Callable[..., Output], tmp_path: Path) -> None:
    code, out, err = program("config", "check", tmp_path / "missing.yaml")
    assert (code, out) == (2, "")
    assert "does not exist" in err


@pytest.mark.parametrize("foreign", [text for text in (*CORPUS, "caf\udce9") if can_be_typed(text)])
def test_hostile_file_names_and_contents_are_shown_harmless(program: Callable[..., Output], foreign: str,
                                                           tmp_path: Path) -> None:
    code, out, err = program("config", "check", foreign)
    assert code in {0, 2, 3}
    assert_inert(out + err, lines=True)
    file = tmp_path / "a.yaml"
    file.write_text(json.dumps({foreign: foreign, "console": {"theme": foreign}}))
    for arguments in (("config", "check", file), ("config", "check", "--json", file), ("--config", file, "doctor"),
                      ("--config", file, "config", "show")):
        code, out, err = program(*arguments)
        assert code in {0, 1, 2}
        assert_inert(out + err, lines=True)


def test_what_is_shown_can_be_used(program: Callable[..., Output], tmp_path: Path) -> None:
    code, out, _ = program("config", "show")
    assert code == 0
    assert out.startswith("# the defaults")
    file = tmp_path / "a.yaml"
    file.write_text(out.replace("theme: dark", "theme: light"))
    assert load_settings(file, os.environ).settings.console.theme == "light"
    code, again, _ = program("--config", file, "config", "show")
    assert again.splitlines()[0] == f"# {file}"
    assert "theme: light" in again
    assert json.loads(program("--config", file, "config", "show", "--json")[1]) == yaml.safe_load(again)


def test_the_schema_accepts_what_is_valid_only(program: Callable[..., Output]) -> None:
    code, out, _ = program("config", "schema")
    assert code == 0
    schema = json.loads(out)
    jsonschema.validate(yaml.safe_load(program("config", "show")[1]), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"nonsense": 1}, schema)


def make_database(schema: object, name: str) -> Path:
    path = Path(os.environ["XDG_DATA_HOME"]) / "opsconsole" / name

    async def make() -> None:
        await (await Database.open(path, schema)).close()  # type: ignore[arg-type]

    asyncio.run(make())
    return path


def test_a_copy_of_the_database(program: Callable[..., Output], tmp_path: Path) -> None:
    source = make_database(RECORDS, "opsconsole.db")
    target = tmp_path / "copy.db"
    code, out, err = program("backup-db", target)
    assert (code, err) == (0, "")
    assert out.startswith(f"Copied {source} to {target} (")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with sqlite3.connect(target) as copied:
        assert copied.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert copied.execute("PRAGMA application_id").fetchone() == (RECORDS.application_id,)
    copied.close()
    code, out, err = program("backup-db", target)
    assert (code, out) == (4, "")
    assert "exist" in err


def test_a_copy_of_the_measurements(program: Callable[..., Output], tmp_path: Path) -> None:
    source = make_database(METRICS, "metrics.db")
    target = tmp_path / "copy.db"
    code, out, _ = program("backup-db", "--metrics", "--json", target)
    assert (code, json.loads(out)) == (0, {"source": str(source), "file": str(target), "bytes": target.stat().st_size})


def test_without_a_database_there_is_nothing_to_copy(program: Callable[..., Output], tmp_path: Path) -> None:
    code, out, err = program("backup-db", tmp_path / "copy.db")
    assert (code, out) == (4, "")
    assert "There is nothing to copy yet" in err
    assert list(tmp_path.iterdir()) == []


def test_doctor_says_whether_there_is_a_problem(program: Callable[..., Output], broken: Path) -> None:
    code, out, err = program("doctor")
    assert (code, err) == (0, "")
    assert "configuration" in out
    code, out, err = program("--config", broken, "doctor", "--json")
    told = json.loads(out)
    assert (code, err, told["level"]) == (1, "", "problem")
    assert {finding["level"] for finding in told["findings"]} >= {"ok", "problem"}
    assert all(set(finding) == {"level", "what", "says", "todo"} for finding in told["findings"])


def test_doctor_in_ascii(program: Callable[..., Output]) -> None:
    assert program("--ascii", "doctor")[1].isascii()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_accepted_by_its_shell(program: Callable[..., Output], tmp_path: Path, shell: str) -> None:
    code, out, err = program("completion", shell)
    assert (code, err) == (0, "")
    assert "_OPSCONSOLE_COMPLETE" in out
    if shutil.which(shell) is None:
        return
    script = tmp_path / "script"
    script.write_text(out)
    subprocess.run([shell, "-n", str(script)], check=True, capture_output=True, timeout=30)


def test_completion_needs_no_shell(program: Callable[..., Output], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert program("completion", "bash")[0] == 0


def test_completion_of_another_shell(program: Callable[..., Output]) -> None:
    code, _, err = program("completion", "tcsh")
    assert code == 2
    assert "bash" in err
