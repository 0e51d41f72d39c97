"""The wheel carries everything that the program needs, and runs away from its source."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.terminal import Terminal

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps", "--no-build-isolation",
                    "--wheel-dir", folder, ROOT], check=True, timeout=100)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own with the wheel in it; what the program depends on is borrowed from this one."""
    folder = tmp_path_factory.mktemp("environment with spaces")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, timeout=100)
    subprocess.run([sys.executable, "-m", "pip", "--quiet", "--python", folder / "bin/python", "install", "--no-index",
                    "--no-deps", wheel], check=True, timeout=100)
    (packages,) = folder.glob("lib/python3*/site-packages")
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder


def run(environment: Path, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([environment / "bin" / command[0], *command[1:]], cwd=folder, capture_output=True, text=True,
                          check=False, timeout=60)


def test_the_wheel_carries_every_file_that_is_read_at_run_time(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    expected = {f"opsconsole/{path.relative_to(ROOT)}" for folder in ("themes", "checklists")
                for path in (ROOT / folder).glob("**/*.yaml")}
    expected |= {str(path.relative_to(ROOT)) for suffix in ("py", "sql", "tcss", "typed", "yaml")
                 for path in (ROOT / "opsconsole").glob(f"**/*.{suffix}")}
    assert expected <= packed
    for pattern in ("opsconsole/themes/dark.yaml", "opsconsole/console/", "opsconsole/migrations/records/",
                    "opsconsole/migrations/metrics/"):
        assert any(name.startswith(pattern) for name in packed), pattern


def test_the_wheel_carries_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"opsconsole"}
    assert [name for name in names if "__pycache__" in name or "/tests/" in name] == []


def test_it_is_the_installed_program_that_runs(environment: Path, tmp_path: Path) -> None:
    where = run(environment, tmp_path, "python", "-c", "import opsconsole; print(opsconsole.__file__)")
    assert Path(where.stdout.strip()).is_relative_to(environment)


def test_it_tells_its_version(environment: Path, tmp_path: Path) -> None:
    result = run(environment, tmp_path, "opsconsole", "--version")
    assert result.returncode == 0, result.stderr
    assert "0." in result.stdout
    assert result.stdout.count("\n") == 1


def test_its_themes_are_found_from_another_folder(environment: Path, tmp_path: Path) -> None:
    code = "from opsconsole.core.resources import folder; print(*(path for path in folder('themes')), sep='\\n')"
    result = run(environment, tmp_path, "python", "-c", code)
    found = [Path(line) for line in result.stdout.splitlines()]
    assert {path.name for path in found} == {path.name for path in (ROOT / "themes").glob("*.yaml")}
    assert all(path.is_relative_to(environment) for path in found)


def test_doctor_finds_the_installation_sound(environment: Path, tmp_path: Path) -> None:
    result = run(environment, tmp_path, "opsconsole", "doctor")
    assert result.returncode in {0, 1}, result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr
    assert "theme" in result.stdout.lower()


@pytest.mark.e2e
def test_the_console_comes_up_from_another_folder(environment: Path, tmp_path: Path) -> None:
    with Terminal([environment / "bin/opsconsole"], cwd=tmp_path) as terminal:
        terminal.wait_for("1 Health")
        terminal.wait_for("CPU")
        terminal.send("q")
        assert terminal.wait_exit() == 0
        terminal.assert_clean()
