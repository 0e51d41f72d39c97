from __future__ import annotations

import os
import struct
from types import SimpleNamespace
from typing import TYPE_CHECKING

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.health.model import SignIn
from opsconsole.health.sampling.sign_ins import SignIns, session

if TYPE_CHECKING:
    from pathlib import Path

SSH = b"""# private
UID=1000
USER=ana
ACTIVE=1
STATE=active
REMOTE=1
REMOTE_HOST=192.0.2.7
TTY=pts/0
CLASS=user
LEADER=%d
REALTIME=1700000000123456
"""


def test_a_session_of_logind() -> None:
    assert session(SSH % 1) == (SignIn("ana", "pts/0", "192.0.2.7", 1_700_000_000_123), 1)
    assert session(SSH.replace(b"REMOTE_HOST=192.0.2.7\n", b"").replace(b"REMOTE=1", b"REMOTE=0") % 1) == (
        SignIn("ana", "pts/0", "", 1_700_000_000_123), 1)


@pytest.mark.parametrize("change", [
    (b"CLASS=user", b"CLASS=manager"), (b"CLASS=user", b"CLASS=greeter"), (b"STATE=active", b"STATE=closing"),
    (b"USER=ana\n", b""), (b"REALTIME=17", b"REALTIME=-17"), (b"TTY=pts/0\n", b"")])
def test_what_is_no_person(change: tuple[bytes, bytes]) -> None:
    raw = (SSH % 1).replace(*change).replace(b"REMOTE=1\n", b"REMOTE=0\n")
    assert session(raw) is None


@given(st.binary(max_size=300))
def test_any_session_is_survived(raw: bytes) -> None:
    session(raw)
    session((SSH % 1)[:len(raw)] + raw)


def test_sessions_come_go_and_crash(tmp_path: Path) -> None:
    folder = tmp_path / "systemd/sessions"
    folder.mkdir(parents=True)
    sign_ins = SignIns(tmp_path)
    assert sign_ins.sample() == ()
    (folder / "3").write_bytes(SSH % os.getpid())
    (folder / "3.ref").write_bytes(b"")
    (folder / "4").write_bytes(SSH % 2**22)
    os.utime(folder, ns=(5, 5))
    assert [one.user for one in sign_ins.sample()] == ["ana"]
    (folder / "3").unlink()
    os.utime(folder, ns=(6, 6))
    assert sign_ins.sample() == ()


def test_utmp_is_read_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0

    def users() -> list[SimpleNamespace]:
        nonlocal calls
        calls += 1
        return [SimpleNamespace(name="ana", terminal="pts/1", host="192.0.2.9", started=1_700_000_000.5,
                                pid=os.getpid()),
                SimpleNamespace(name="gone", terminal=None, host=None, started=1_700_000_000.0, pid=2**22)]

    monkeypatch.setattr(psutil, "users", users)
    (tmp_path / "utmp").write_bytes(struct.pack("<384x"))
    sign_ins = SignIns(tmp_path)
    for _ in range(3):
        assert sign_ins.sample() == (SignIn("ana", "pts/1", "192.0.2.9", 1_700_000_000_500),)
    assert calls == 1
