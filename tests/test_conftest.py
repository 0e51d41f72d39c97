"""The rules that every test lives by: no skip where everything must be there, no trace of the person's session."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

SKIPPING = """
import pytest

@pytest.mark.skipif(True, reason="needs a server")
def test_marked(): pass

def test_skipping(): pytest.skip("needs a package")

def test_otherwise(): pytest.skip("not on this kernel")

@pytest.mark.xfail(reason="needs thought")
def test_expected(): assert False

def test_running(): pass
"""
WHOLE_MODULE = "import pytest\npytest.skip('needs a mail server', allow_module_level=True)\n"


SURROGATES = """
import logging

def test_passing():
    print("\\udc80")

def test_failing():
    logging.getLogger("x").error("\\ud800 %s", "\\udfff")
    assert "\\udc80" == ""
"""


def run(folder: Path, code: str, required: str, *options: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(Path(__file__).with_name("conftest.py"), folder)
    (folder / "test_it.py").write_text(code, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COVERAGE"))}
    pytest_here = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(folder)]
    environment["OPSCONSOLE_REQUIRE_SERVERS"] = required
    # Half a second instead of three: what the plug-ins import is not what is tried here.
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    return subprocess.run([*pytest_here, *options, str(folder)], env=environment,
                          cwd=folder, capture_output=True, text=True, check=False, timeout=100)


@pytest.mark.parametrize("required", ["", "0"])
def test_a_skip_is_a_skip_where_something_may_be_missing(tmp_path: Path, required: str) -> None:
    result = run(tmp_path, SKIPPING, required)
    assert result.returncode == 0
    assert "1 passed, 3 skipped, 1 xfailed" in result.stdout


def test_a_skip_that_needs_something_fails_where_nothing_may_be_missing(tmp_path: Path) -> None:
    result = run(tmp_path, SKIPPING, "1")
    assert result.returncode == 1
    assert "1 failed, 1 passed, 1 skipped, 1 xfailed, 1 error" in result.stdout
    assert "skipped where OPSCONSOLE_REQUIRE_SERVERS is set: needs a server" in result.stdout
    assert "skipped where OPSCONSOLE_REQUIRE_SERVERS is set: needs a package" in result.stdout


def test_so_does_a_module_that_skips_itself(tmp_path: Path) -> None:
    assert run(tmp_path, WHOLE_MODULE, "").returncode == 5
    result = run(tmp_path, WHOLE_MODULE, "1")
    assert result.returncode == 2
    assert "needs a mail server" in result.stdout


def test_text_that_is_no_utf_8_does_not_stop_the_run(tmp_path: Path) -> None:
    result = run(tmp_path, SURROGATES, "", "-p", "xdist.plugin", "-n", "1", "-rP")
    assert "1 failed, 1 passed" in result.stdout, result.stdout + result.stderr


def test_nothing_of_the_session_is_left(home: Path) -> None:
    assert home.is_dir()
    assert list(home.iterdir()) == []
    assert [name for name in os.environ if name.startswith("OPSCONSOLE_")] == []
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
        assert Path(os.environ[name]).is_relative_to(home)
    assert "NO_COLOR" not in os.environ
    assert "SSH_CONNECTION" not in os.environ


def test_zone_and_locale_are_the_same_everywhere() -> None:
    assert time.strftime("%H:%M %Z", time.localtime(1_751_371_200)) == "14:00 CEST"
    assert os.environ["LC_ALL"] == "C.UTF-8"


def test_textual_was_told_before_it_was_imported() -> None:
    from textual import constants

    assert constants.TEXTUAL_ANIMATIONS == "none"
