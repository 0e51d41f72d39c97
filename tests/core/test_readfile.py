"""Only a regular file of a sane size is read; everything else is a sentence, at once."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from opsconsole.core.readfile import Unreadable, home_path, read_regular

ROOT = Path(__file__).parents[2]


def why(path: object, limit: int = 1000) -> str:
    with pytest.raises(Unreadable) as caught:
        read_regular(str(path), limit)
    return caught.value.why


def test_a_regular_file_is_read_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 1000)
    assert read_regular(f"{tmp_path}/a", 1000) == b"x" * 1000
    assert read_regular("~/a", 1000, home=str(tmp_path)) == b"x" * 1000


def test_an_empty_file_is_empty(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert read_regular(f"{tmp_path}/a", 1000) == b""


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"x" * 2049)
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{tmp_path}/s")
        assert why(tmp_path / "s") == "is a socket, not a file"
    assert why(tmp_path / "missing") == "does not exist"
    assert why(tmp_path / "big" / "below").startswith("does not exist")
    assert why(tmp_path / "big", 2048) == "is larger than 2 KiB"
    assert why(tmp_path / "loop") == "is a link that leads nowhere"
    assert why(tmp_path) == "is a folder, not a file"
    assert why(tmp_path / "pipe") == "is a pipe, not a file"
    assert why("/dev/zero") == "is a device, not a file"
    assert why("/dev/tty") == "is a device, not a file"
    assert why(tmp_path / ("x" * 300)) == "has a name that is too long"
    assert why("a\0b") == "is not a possible path"


def test_a_file_of_the_kernel_that_says_size_zero_is_read() -> None:
    assert b"MemTotal" in read_regular("/proc/meminfo", 1 << 20)


def test_hostile_names_are_harmless_in_the_sentence() -> None:
    with pytest.raises(Unreadable) as caught:
        read_regular("/nowhere/\x1b]52;c;x\x07\n" + "y" * 5000, 10)
    assert "\x1b" not in caught.value.sentence
    assert "\n" not in caught.value.sentence
    assert len(caught.value.sentence) < 300


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to become nobody")
@pytest.mark.parametrize("closed", ["file", "folder"])
def test_without_permission(closed: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "file").write_text("secret")
        (folder / "file").chmod(0o600 if closed == "file" else 0o644)
        folder.chmod(0o755 if closed == "file" else 0o700)
        assert as_nobody(folder / "file") == "True may not be read by this user\n"


def as_nobody(path: Path) -> str:
    script = ("import os, sys\nsys.path.insert(0, sys.argv[2])\n"
              "from opsconsole.core.readfile import Unreadable, read_regular\nimport opsconsole.core.text\n"
              "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
              "try:\n    read_regular(sys.argv[1], 100)\n"
              "except Unreadable as error:\n    print(error.forbidden, error.why)\n")
    return subprocess.run([sys.executable, "-c", script, str(path), str(ROOT)], capture_output=True, text=True,
                          check=True, timeout=60).stdout


@pytest.mark.parametrize(("path", "expanded"), [("~", "/h"), ("~/a", "/h/a"), ("~a/b", "~a/b"), ("/~", "/~")])
def test_home(path: str, expanded: str) -> None:
    assert home_path(path, "/h/") == expanded
    assert home_path(path, None) == path
