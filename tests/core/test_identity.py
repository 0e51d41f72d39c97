from __future__ import annotations

import grp
import os
import pty
import pwd
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core import identity
from opsconsole.core.errors import ExitCode, PermissionDenied
from opsconsole.core.identity import UNSET, Actor, Role, current_actor, login_host, origin, person, require, role_of
from opsconsole.core.settings import Members, RoleSettings
from tests.hostile import CORPUS, assert_inert

EVERYONE = RoleSettings()
ROOT = Path(__file__).parents[2]
Chain = Callable[..., Path]


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    """Writes a /proc of ancestors, nearest first, as (name, uid) or (name, uid, effective uid)."""
    def make(*processes: tuple[str, int] | tuple[str, int, int], loginuid: str | None = None,
             environ: dict[int, bytes] | None = None) -> Path:
        proc = tmp_path / "proc"
        (proc / "self").mkdir(parents=True)
        if loginuid is not None:
            (proc / "self/loginuid").write_text(loginuid)
        pids = [os.getppid(), *range(900_001, 900_001 + len(processes))]
        for place, (name, uid, *more) in enumerate(processes):
            folder = proc / str(pids[place])
            folder.mkdir()
            parent = pids[place + 1] if place + 1 < len(processes) else 0
            effective = more[0] if more else uid
            (folder / "status").write_text(f"Name:\t{name}\nState:\tS\nPPid:\t{parent}\n"
                                           f"Uid:\t{uid}\t{effective}\t{effective}\t{effective}\n")
            if environ and place in environ:
                (folder / "environ").write_bytes(environ[place])
        return proc
    return make


def who(proc: Path) -> int:
    return person(proc, identity.ancestors(proc))


@pytest.fixture
def as_uid(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    return lambda uid: monkeypatch.setattr(os, "getuid", lambda: uid)


def test_the_login_uid_is_the_person(chain: Chain, as_uid: Callable[[int], None]) -> None:
    as_uid(0)
    assert who(chain(("sudo", 0), ("bash", 1001), loginuid="1000")) == 1000


@pytest.mark.parametrize("said", [None, "4294967295", "4294967296", "-1", "", "abc", "1000 1001", "\x00"])
def test_without_login_uid_the_real_uid(chain: Chain, as_uid: Callable[[int], None], said: str | None) -> None:
    as_uid(1234)
    assert who(chain(("bash", 1234), ("sshd", 0), loginuid=said)) == 1234
    assert identity.login_uid(Path("/nowhere")) is None
    assert UNSET == 2**32 - 1


@pytest.mark.parametrize(("real", "processes", "expected"), [
    (0, [("sudo", 0), ("bash", 1000), ("sshd", 1000), ("sshd", 0), ("systemd", 0)], 1000),
    (0, [("sudo", 0), ("sudo", 0), ("bash", 1000), ("sshd", 0)], 1000),
    (70, [("sudo", 0), ("bash", 1000), ("sshd", 0)], 1000),
    (0, [("bash", 0), ("su", 0), ("bash", 1000), ("login", 0)], 1000),
    (0, [("sudo", 0), ("bash", 70), ("sudo", 0), ("bash", 1000), ("sshd", 0)], 1000),
    (0, [("bash", 1000), ("sshd", 0)], 1000),
    (0, [("bash", 0), ("sshd", 0), ("systemd", 0)], 0),
    (1000, [("bash", 1000), ("su", 0), ("bash", 0), ("sshd", 0)], 1000),
    (1000, [("sudo", 1000), ("systemd", 0)], 1000),
    (1000, [("cron", 0), ("systemd", 0)], 1000),
    (1000, [], 1000),
])
def test_sudo_does_not_hide_the_person(chain: Chain, as_uid: Callable[[int], None], real: int,
                                       processes: list[tuple[str, int]], expected: int) -> None:
    as_uid(real)
    assert who(chain(*processes)) == expected


def test_what_is_typed_is_not_believed(chain: Chain, as_uid: Callable[[int], None],
                                       monkeypatch: pytest.MonkeyPatch) -> None:
    as_uid(0)
    for name, value in {"SUDO_UID": "1000", "SUDO_USER": "alice", "USER": "alice", "LOGNAME": "alice"}.items():
        monkeypatch.setenv(name, value)
    assert current_actor(EVERYONE, proc=chain(("bash", 0))).uid == 0


@pytest.mark.parametrize("status", ["", "Name:\tx\n", "Uid:\tx\ty\nName:\ta\nPPid:\t1\n",
                                    "Uid:\t1\nName:\ta\nPPid:\t1\n",
                                    "\x00" * 100, "Name:\tx\nUid:\t5\t5\t5\t5\nPPid:\tmany\n"])
def test_a_broken_proc_is_no_person(tmp_path: Path, as_uid: Callable[[int], None], status: str) -> None:
    as_uid(1000)
    folder = tmp_path / str(os.getppid())
    folder.mkdir()
    (folder / "status").write_text(status)
    assert who(tmp_path) in {1000, 5}


def test_an_endless_chain_ends(tmp_path: Path) -> None:
    folder = tmp_path / str(os.getppid())
    folder.mkdir()
    (folder / "status").write_text(f"Name:\tx\nUid:\t0\t0\t0\t0\nPPid:\t{os.getppid()}\n")
    assert len(list(identity.ancestors(tmp_path))) == 64


def test_the_real_proc_agrees_with_psutil() -> None:
    assert [process.pid for process in identity.ancestors()] == [p.pid for p in psutil.Process().parents()]
    expected = identity.login_uid()
    uid = current_actor(EVERYONE).uid
    assert uid == expected if expected is not None else uid in {os.getuid(), *(p.uids().real
                                                                               for p in psutil.Process().parents())}


def test_a_uid_without_a_name(monkeypatch: pytest.MonkeyPatch, chain: Chain) -> None:
    taken = {user.pw_uid for user in pwd.getpwall()}
    free = next(uid for uid in range(54_321, 65_000) if uid not in taken)
    actor = current_actor(EVERYONE, proc=chain(loginuid=str(free)), env={})
    assert actor == Actor(name=f"uid {free}", uid=free, role=Role.ADMIN, origin=actor.origin)
    roles = RoleSettings(admin=Members(users=(f"uid {free}",)))
    assert role_of(None, free, roles) is Role.VIEWER
    assert identity.user_name(2**40) is None


def roles_of(**members: Members) -> RoleSettings:
    return RoleSettings(**members)


def test_roles_by_user() -> None:
    roles = roles_of(operator=Members(users=("alice", "bob")), supervisor=Members(users=("bob",)))
    assert role_of("alice", 1, roles) is Role.OPERATOR
    assert role_of("bob", 2, roles) is Role.SUPERVISOR
    assert role_of("eve", 3, roles) is Role.VIEWER
    assert role_of("root", 0, roles) is Role.VIEWER
    assert role_of("anyone", 5, EVERYONE) is Role.ADMIN
    assert role_of("anyone", 5, roles_of(viewer=Members(users=("x",)))) is Role.VIEWER


def test_roles_by_group() -> None:
    group = grp.getgrgid(pwd.getpwnam("root").pw_gid).gr_name
    roles = roles_of(supervisor=Members(groups=("no-such-group", group)), operator=Members(users=("root",)))
    assert role_of("root", 0, roles) is Role.SUPERVISOR
    assert role_of("no-such-user", 77_777, roles) is Role.VIEWER
    assert role_of("root", 0, roles_of(admin=Members(groups=("no-such-group",)))) is Role.VIEWER


def test_groups_of_a_uid_without_a_name_are_those_of_the_process() -> None:
    group = grp.getgrgid(os.getgid()).gr_name
    roles = roles_of(operator=Members(groups=(group,)))
    assert role_of(None, os.getuid(), roles) is Role.OPERATOR
    assert role_of(None, os.getuid() + 12_345, roles) is Role.VIEWER


@given(st.sampled_from(list(Role)), st.sampled_from(list(Role)))
def test_require(has: Role, needs: Role) -> None:
    actor = Actor(name="alice", uid=1000, role=has)
    if has >= needs:
        require(actor, needs, "end a process")
        return
    with pytest.raises(PermissionDenied) as caught:
        require(actor, needs, "end a process")
    assert caught.value.exit_code is ExitCode.PERMISSION
    assert caught.value.sentence == f"To end a process takes the role {needs.word}, and alice is {has.word}."


@pytest.mark.parametrize(("said", "place"), [
    ("192.0.2.7 51234 198.51.100.1 22", "192.0.2.7"), ("2001:DB8::0001 1 ::1 22", "2001:db8::1"),
    ("fe80::1%eth0 1 fe80::2%eth0 22", "fe80::1%eth0"), ("", ""), (" ", ""), ("example.org 1 2 3", ""),
    ("192.0.2.7\x1b[31m 1 2 3", ""), ("fe80::1%\x1b]0;x\x07 1 2 3", ""), ("999.1.1.1 1 2 3", ""), ("1" * 5000, ""),
    ("192.0.2.7", "192.0.2.7"), ("\udcff", ""),
])
def test_ssh_connection(said: str, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "_terminal", lambda: "")
    assert origin({"SSH_CONNECTION": said}) == place


@pytest.mark.parametrize("hostile", CORPUS)
def test_a_hostile_origin_is_refused(hostile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "_terminal", lambda: "")
    assert origin({"SSH_CONNECTION": hostile}) in {"", "::", "1"}
    assert_inert(login_host(hostile))


@pytest.mark.parametrize(("host", "place"), [
    ("192.0.2.7", "192.0.2.7"), ("host.example.org", "host.example.org"), (":0", "local"), (":1.0", "local"), ("", ""),
    ("tmux(1234).%0", ""), ("192.0.2.7 via mosh [42]", "192.0.2.7"), ("localhost", ""), ("x\x1b[31m", ""),
    ("a" * 300, ""), (":", ""),
])
def test_the_list_of_logins(host: str, place: str) -> None:
    assert login_host(host) == place


def test_the_list_of_logins_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    logins = [SimpleNamespace(terminal="pts/7", host="192.0.2.1"), SimpleNamespace(terminal="pts/70", host="192.0.2.2"),
              SimpleNamespace(terminal="pts/7", host="192.0.2.3"), SimpleNamespace(terminal=None, host=None)]
    monkeypatch.setattr(identity, "_terminal", lambda: "/dev/pts/7")
    monkeypatch.setattr(Path, "exists", lambda path: True)
    monkeypatch.setattr(psutil, "users", lambda: logins)
    assert origin({"SSH_CONNECTION": "192.0.2.9 1 2 3"}) == "192.0.2.3"
    monkeypatch.setattr(psutil, "users", lambda: [SimpleNamespace(terminal="pts/7", host="tmux(1).%0")])
    assert origin({"SSH_CONNECTION": "192.0.2.9 1 2 3"}) == "192.0.2.9"
    assert origin({}) == "local"

    def broken() -> None:
        raise RuntimeError("utmp is corrupt")

    monkeypatch.setattr(psutil, "users", broken)
    assert origin({}) == "local"


def test_the_address_that_sudo_removed_is_found_above(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "_terminal", lambda: "")
    proc = chain(("sudo", 0), ("bash", 1000), ("sshd", 0),
                 environ={0: b"A=1\0SSH_CONNECTION=\x1b[31m 1 2 3\0", 1: b"X=y\0SSH_CONNECTION=192.0.2.5 1 2 22\0Z="})
    assert origin({}, proc, identity.ancestors(proc)) == "192.0.2.5"


WHO = """
import sys
from opsconsole.core.identity import current_actor
from opsconsole.core.settings import Members, RoleSettings
actor = current_actor(RoleSettings(operator=Members(users=(sys.argv[1],))))
print(actor.uid, actor.role.word, actor.origin or "-", actor.name)
"""


def test_on_a_terminal_of_this_machine() -> None:
    leader, follower = pty.openpty()
    try:
        found = subprocess.run([sys.executable, "-c", WHO, "nobody"], stdin=follower, capture_output=True, text=True,
                               timeout=60, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    finally:
        os.close(leader)
        os.close(follower)
    assert found.stdout.split()[2] != "-"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_another_user_is_another_actor() -> None:
    if identity.login_uid() is not None:
        pytest.skip("a login uid stays, whoever one becomes")
    user = pwd.getpwnam("nobody")
    script = f"import os; os.setgroups([]); os.setgid({user.pw_gid}); os.setuid({user.pw_uid})\n{WHO}"
    preloaded = "import opsconsole.core.identity, opsconsole.core.settings, msgspec\n" + script
    found = subprocess.run([sys.executable, "-c", preloaded, "nobody"], capture_output=True, text=True, timeout=60,
                           check=True, stdin=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT)})
    uid, role, _, name = found.stdout.split()
    assert (int(uid), role, name) == (user.pw_uid, "operator", "nobody")
