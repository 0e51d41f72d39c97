"""The unit file: right for systemd, whatever the paths are."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.agent.unit import NAME, STATE, Service, quoted, unit_text
from opsconsole.core.errors import UsageError

DATA = STATE / "opsconsole"


COMMAND = (sys.executable, "-P", "-m", "opsconsole", "agent")


def service(command: tuple[str, ...] = COMMAND, **fields: object) -> Service:
    return Service(command, DATA, user=False, environment={})._replace(**fields)  # type: ignore[arg-type]


def lines(one: Service) -> list[str]:
    return unit_text(one).splitlines()


def test_a_unit_of_the_system() -> None:
    text = lines(service(made_by_systemd=True, group="ops", mode=0o2770, environment={"A": "b c", "B": "50%"}))
    for line in ("Type=notify", "Restart=always", "WatchdogSec=60", "NoNewPrivileges=yes", "ProtectSystem=strict",
                 "StateDirectory=opsconsole", "StateDirectoryMode=2770", "Group=ops", "UMask=0007",
                 'Environment="A=b c"', 'Environment="B=50%%"', "ExecReload=/bin/kill -HUP $MAINPID",
                 "WantedBy=multi-user.target"):
        assert line in text, line
    assert not [line for line in text if line.startswith(("PrivateTmp", "ProtectProc", "PrivateDevices"))]


def test_a_folder_that_is_not_for_systemd_to_make() -> None:
    for one in (service(), service(made_by_systemd=True, data=Path("/srv/my data"))):
        text = lines(one)
        assert not [line for line in text if line.startswith("StateDirectory")]
        assert f"ReadWritePaths={quoted(str(one.data))}" in text


def test_a_unit_of_a_person_takes_nothing_away_from_the_system() -> None:
    text = lines(service(user=True))
    assert "WantedBy=default.target" in text
    assert "NoNewPrivileges=yes" in text
    assert not [line for line in text if line.startswith(("User=", "Protect", "Capab", "StateDir", "ReadWrite"))]


@pytest.mark.parametrize(("word", "expected"), [
    ("/usr/bin/python3", "/usr/bin/python3"), ("a b", '"a b"'), ("50%", '"50%%"'), ("$HOME", '"$$HOME"'),
    ('say "x"', '"say \\"x\\""'), ("back\\slash", '"back\\\\slash"'), ("", '""'), ("ümlaut", '"ümlaut"'),
    ("a;b", '"a;b"')])
def test_words_are_quoted(word: str, expected: str) -> None:
    assert quoted(word, command=True) == expected


@pytest.mark.parametrize("word", ["a\nExecStart=/bin/evil", "\x1b[31m", "\t", "\u202e"])
def test_what_no_unit_can_hold_is_refused(word: str) -> None:
    with pytest.raises(UsageError) as refused:
        unit_text(service((sys.executable, word)))
    assert str(refused.value).isprintable()


@given(st.lists(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=12), max_size=3))
def test_quoted_words_are_read_as_they_were(words: list[str]) -> None:
    printable = [word for word in words if word.isprintable()]
    line = " ".join(quoted(word, command=True) for word in printable)
    read = [word.replace("$$", "$").replace("%%", "%") for word in _split(line)]
    assert read == printable


def _split(line: str) -> list[str]:
    # The quoting of systemd.syntax(7) is here a subset of the shell's without its variables.
    return shlex.split(line.replace("\\$", "$"), comments=False)


@pytest.mark.parametrize("one", [
    service(made_by_systemd=True), service(made_by_systemd=True, group="root", mode=0o2770),
    service(data=Path("/srv/some where")), service(environment={"PYTHONPATH": "/opt/a b%c"}),
    service((sys.executable, "-P", "-m", "opsconsole", "--config", '/etc/ops "x" $y %z.yaml', "agent"))])
@pytest.mark.parametrize("user", [False, True])
def test_systemd_itself_finds_nothing_wrong(one: Service, user: bool, tmp_path: Path) -> None:
    assert judged_by_systemd(unit_text(one._replace(user=user)), tmp_path, user=user) == (0, "")


def judged_by_systemd(text: str, folder: Path, *, user: bool = False) -> tuple[int, str]:
    """The exit status of systemd's own judgement of a unit, and what it says."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("needs systemd-analyze")
    (folder / NAME).write_text(text)
    (folder / "run" / "systemd").mkdir(parents=True)
    found = subprocess.run(
        [program, "--user" if user else "--system", "verify", "--man=no", "--recursive-errors=no", folder / NAME],
        capture_output=True, text=True, timeout=60, check=False, env={"XDG_RUNTIME_DIR": str(folder / "run"),
                                                                     "HOME": str(folder), "PATH": "/usr/bin:/bin"})
    return found.returncode, found.stdout + found.stderr
