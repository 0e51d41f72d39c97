from __future__ import annotations

import errno
import importlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole import __version__, cli, commandline
from opsconsole.core import logfile
from opsconsole.core.errors import ExitCode, OpsError, PermissionDenied, StorageFull
from opsconsole.core.invocation import Options
from tests.hostile import CORPUS, assert_inert
from tests.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
Output = tuple[int, str, str]
pytestmark = pytest.mark.usefixtures("stopped_log")


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Puts a command `fail` into the table that raises what it is given."""
    def install(error: BaseException) -> None:
        @click.command(help="Fail.")
        def fail() -> None:
            raise error
        monkeypatch.setattr(commandline, "_test_command", fail, raising=False)
        entry = commandline.Entry("opsconsole.commandline:_test_command", "Fail.")
        monkeypatch.setitem(commandline.COMMANDS, "fail", entry)
        monkeypatch.setitem(commandline.root.places, "fail", entry.target)
    return install


def environment(**variables: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **variables}


def started(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    given_options = {"capture_output": True, "stdin": subprocess.DEVNULL, "env": environment(), **options}
    return subprocess.run([sys.executable, "-m", "opsconsole", *arguments], text=True,  # type: ignore[call-overload, no-any-return]
                          timeout=60, check=False, **given_options)


def test_version(program: Callable[..., Output]) -> None:
    assert program("--version") == (0, f"opsconsole {__version__}\n", "")


def test_the_module_is_the_command() -> None:
    assert started("--version").stdout == f"opsconsole {__version__}\n"


@pytest.mark.parametrize(("arguments", "says"), [
    (("doctr",), "opsconsole: There is no command `doctr`; did you mean `doctor`? Try `opsconsole --help`.\n"),
    (("xyzzy",), "opsconsole: There is no command `xyzzy`. Try `opsconsole --help`.\n"),
    (("--nonsense",), "opsconsole: No such option '--nonsense'. Try `opsconsole --help`.\n"),
    (("init", "--nonsense"), "opsconsole: No such option '--nonsense'. Try `opsconsole init --help`.\n"),
])
def test_a_wrong_command_line_is_one_sentence(program: Callable[..., Output], arguments: tuple[str, ...],
                                              says: str) -> None:
    code, out, err = program(*arguments)
    assert (code, out) == (2, "")
    # The quotes around the name are click's and differ between its versions.
    assert err.replace("'", "").replace(": --", " --") == says.replace("'", "").replace(": --", " --")


@pytest.mark.parametrize("arguments", [(), ("--ascii",), ("--theme", "light", "--debug")])
def test_the_console_refuses_what_is_no_terminal(arguments: tuple[str, ...]) -> None:
    done = started(*arguments)
    assert done.returncode == ExitCode.USAGE
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1] == ("opsconsole: The console needs a terminal for its input and its output. "
                                            "In scripts use `opsconsole status`.")
    assert "textual" not in done.stderr


def test_the_console_refuses_a_terminal_it_only_half_has(tmp_path: Path) -> None:
    command = '"$1" -m opsconsole >"$2"'
    with Terminal(["sh", "-c", command, "sh", sys.executable, tmp_path / "out"], env=environment()) as terminal:
        assert terminal.wait_exit() == ExitCode.USAGE
        assert "needs a terminal" in terminal.text.replace("\n", " ")
        terminal.assert_clean()


@given(st.lists(st.one_of(st.text(max_size=20), st.sampled_from(CORPUS)), min_size=1, max_size=4))
def test_no_command_line_makes_a_stack_trace_or_acts(arguments: list[str]) -> None:
    # A real one would run; what is tried here is what goes wrong before.
    if any(argument in commandline.COMMANDS for argument in arguments):
        return
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cli, "_say", said.append)
        patch.setattr(click, "echo", lambda *args, **kwargs: None)
        assert cli.run(arguments) in {0, 2}
    for text in said:
        assert_inert(text, lines=True)
        assert "Traceback" not in text


@pytest.mark.parametrize("error", [
    OpsError("It failed.", "Do this."), PermissionDenied("You may not."), StorageFull("Full."),
    OpsError("\x1b]52;c;x\x07 and \u202e."),
])
def test_a_foreseen_error_is_its_sentence(program: Callable[..., Output], failing: Callable[[BaseException], None],
                                          error: OpsError) -> None:
    failing(error)
    code, out, err = program("fail")
    assert (code, out) == (error.exit_code, "")
    assert err.startswith(f"opsconsole: {error.sentence[:3]}".replace("\x1b", "␛"))
    assert err.count("\n") == 1
    assert_inert(err, lines=True)


def test_mistakes_in_the_configuration_are_a_line_each(program: Callable[..., Output], tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("nonsense: 1\nconsole:\n  refresh: soon\n")
    code, out, err = program("--config", str(file), "config", "show")
    assert (code, out) == (2, "")
    assert [line.startswith(f"{file}:{place}: ") for line, place in zip(err.splitlines(), ("1:1", "3:12"), strict=True)]
    assert all(f"{file}:" in line for line in err.splitlines())


def test_a_mistake_of_the_program_goes_to_the_log(program: Callable[..., Output],
                                                  failing: Callable[[BaseException], None]) -> None:
    failing(RuntimeError("\x1b[31m unforeseen"))
    code, out, err = program("fail")
    file = Path(os.environ["XDG_STATE_HOME"]) / "opsconsole/opsconsole.log"
    assert (code, out) == (1, "")
    assert err == ("opsconsole: opsconsole failed (RuntimeError: ␛[31m unforeseen). "
                   f"The details are in {file}.\n")
    text = file.read_text()
    assert "Traceback" in text
    assert "arguments=fail" in text


def test_debug_shows_the_stack_trace(program: Callable[..., Output], failing: Callable[[BaseException], None]) -> None:
    failing(RuntimeError("unforeseen"))
    _, _, err = program("--debug", "fail")
    assert err.startswith("Traceback (most recent call last):\n")
    failing(OpsError("Foreseen."))
    _, _, err = program("--debug", "fail")
    assert err.startswith("Traceback (most recent call last):\n")
    assert err.endswith("opsconsole: Foreseen.\n")


def test_a_log_that_cannot_be_written_is_said(program: Callable[..., Output], home: Path,
                                              failing: Callable[[BaseException], None]) -> None:
    failing(RuntimeError("unforeseen"))
    (home / ".local").mkdir()
    (home / ".local/state").touch()
    _, _, err = program("fail")
    assert "cannot be written (Not a directory)" in err
    assert err.count("\n") == 1


def test_a_home_that_is_unknown_is_said(program: Callable[..., Output], monkeypatch: pytest.MonkeyPatch,
                                        failing: Callable[[BaseException], None]) -> None:
    failing(RuntimeError("unforeseen"))
    for name in ("HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name)
    monkeypatch.setattr(os, "getuid", lambda: 3_999_999_999)
    code, _, err = program("fail")
    assert code == 1
    assert "There is no log file: This user has no home folder." in err


@pytest.mark.parametrize(("error", "code"), [
    (KeyboardInterrupt(), 130), (BrokenPipeError(), 141), (OSError(errno.ENOSPC, "No space left on device"), 4),
    (OSError(errno.EIO, "Input/output error"), 1), (click.Abort(), 130),
])
def test_exit_codes_of_what_the_system_does(program: Callable[..., Output], failing: Callable[[BaseException], None],
                                            error: BaseException, code: int) -> None:
    failing(error)
    found, _, err = program("fail")
    assert found == code
    assert bool(err) == (code in {1, 4})


def test_a_reader_that_leaves_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = started("config", "show", capture_output=False, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_to_a_full_disk_is_one_sentence() -> None:
    with Path("/dev/full").open("w") as full:
        done = started("config", "show", capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == ExitCode.STORAGE
    assert done.stderr == "opsconsole: There is no space left to write the output. Free some, then try again.\n"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_survived(closed: str, tmp_path: Path) -> None:
    command = f'cd "$1"; "$2" -m opsconsole config check {closed}; echo $? >"$1/code"'
    done = subprocess.run(["sh", "-c", command, "sh", tmp_path, sys.executable], capture_output=True, text=True,
                          timeout=60, check=False, env=environment())
    assert (tmp_path / "code").read_text() == "0\n"
    assert "Traceback" not in done.stderr


def test_ctrl_c_is_quiet() -> None:
    script = ("import sys, time; from opsconsole import cli\n"
              "def invoke(arguments):\n    print('ready', flush=True); time.sleep(30)\n"
              "cli._invoke = invoke; cli.main(['x'])")
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env=environment()) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "")


def test_the_options_reach_the_console(monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
                                       program: Callable[..., Output]) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("console:\n  theme: light\n")
    seen: list[object] = []

    class Console:
        @staticmethod
        def run(loaded: object, options: object) -> int:
            seen.extend((loaded, options))
            return 7

    real = importlib.import_module
    monkeypatch.setattr(cli, "import_module", lambda name: Console if name == "opsconsole.console.app" else real(name))
    assert program("--config", str(file), "--theme", "dark", "--no-ascii", "--debug")[0] == 7
    loaded, options = seen
    assert getattr(loaded, "path") == file  # noqa: B009 - the type is the console's matter
    assert options == Options(config=file, theme="dark", ascii=False, debug=True)
    assert logfile.file() is not None


def test_every_entry_of_the_table_leads_to_a_command() -> None:
    context = click.Context(commandline.root)
    for name in commandline.COMMANDS:
        assert isinstance(commandline.root.get_command(context, name), click.Command)
    assert commandline.root.get_command(context, "no-such") is None
