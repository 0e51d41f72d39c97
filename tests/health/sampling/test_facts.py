from __future__ import annotations

import ctypes
import os
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.health.sampling import facts
from opsconsole.health.sampling.facts import FactFinder
from tests.health.sampling.turned import TurnedClock

if TYPE_CHECKING:
    from opsconsole.health.model import Facts

APT = b"""Reading package lists...
Inst libc6 [2.36-9] (2.36-10 Debian-Security:12/stable-security [amd64])
Inst nginx [1.2] (1.3 Debian:12.9/stable [amd64])
Inst security-tool [1] (2 Debian:12.9/stable [amd64])
Inst openssl [3] (3.1 Ubuntu:24.04/noble-updates, Ubuntu:24.04/noble-security [amd64])
Conf libc6 (2.36-10 Debian-Security:12/stable-security [amd64])
"""


def known(finder: FactFinder) -> Facts:
    """The facts of this moment; a function, since `refresh` replaces them."""
    return finder.facts


def made(tmp_path: Path, clock: TurnedClock) -> FactFinder:
    proc = tmp_path / "proc"
    (proc / "sys/fs").mkdir(parents=True, exist_ok=True)
    (proc / "sys/fs/file-nr").write_bytes(b"593\t0\t100000\n")
    return FactFinder(clock, lambda: 3, root=tmp_path, proc=proc)


def test_nothing_is_asked_in_the_first_seconds_then_every_minute(tmp_path: Path) -> None:
    clock = TurnedClock()
    finder = made(tmp_path, clock)
    assert finder.refresh() is False
    clock.turn(9)
    assert finder.refresh() is False
    assert known(finder).at is None
    clock.turn(2)
    assert finder.refresh() is True
    assert (known(finder).open_files, known(finder).open_files_limit, known(finder).zombies) == (593, 100000, 3)
    assert known(finder).at == clock.now()
    unknown = (known(finder).failed_units, known(finder).security_updates, known(finder).reboot_required)
    assert unknown == (None, None, None)
    clock.turn(59)
    assert finder.refresh() is False
    clock.turn(2)
    assert finder.refresh() is True
    finder.close()


def test_a_required_reboot_and_its_packages(tmp_path: Path) -> None:
    clock = TurnedClock()
    (tmp_path / "var/lib/dpkg").mkdir(parents=True)
    (tmp_path / "var/lib/dpkg/status").touch()
    (tmp_path / "run").mkdir()
    finder = made(tmp_path, clock)
    clock.turn(11)
    finder.refresh()
    assert known(finder).reboot_required is False
    (tmp_path / "run/reboot-required").touch()
    (tmp_path / "run/reboot-required.pkgs").write_bytes(b"linux-image\n\nlibc6\nlibc6\n\xff\n")
    clock.turn(61)
    finder.refresh()
    assert known(finder).reboot_required is True
    assert known(finder).reboot_packages == ("linux-image", "libc6", "\\xff")


def programs(folder: Path, monkeypatch: pytest.MonkeyPatch, **scripts: str) -> None:
    folder.mkdir(exist_ok=True)
    for name, script in scripts.items():
        path = folder / name.replace("_", "-")
        path.write_text("#!/bin/sh\n" + script)
        path.chmod(0o755)
    monkeypatch.setitem(facts_environment(), "PATH", f"{folder}:/usr/bin:/bin")


def facts_environment() -> dict[str, str]:
    from opsconsole.health.sampling import child

    assert isinstance(child.PLAIN_ENVIRONMENT, dict)
    return child.PLAIN_ENVIRONMENT


def until_known(finder: FactFinder, name: str, *, known_now: bool = True) -> None:
    end = time.monotonic() + 20
    while (getattr(known(finder), name) is not None) != known_now:
        assert time.monotonic() < end
        finder.refresh()
        time.sleep(0.01)


def test_failed_units_are_asked_where_systemd_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs(tmp_path / "bin", monkeypatch, systemctl='echo "nginx.service loaded failed failed A server"\n')
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    clock = TurnedClock()
    finder = made(tmp_path, clock)
    clock.turn(11)
    finder.refresh()
    until_known(finder, "failed_units")
    assert known(finder).failed_units == ("nginx.service",)
    programs(tmp_path / "bin", monkeypatch, systemctl="exit 1\n")
    clock.turn(61)
    until_known(finder, "failed_units", known_now=False)
    finder.close()


def test_a_program_that_hangs_delays_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs(tmp_path / "bin", monkeypatch, systemctl="sleep 1000\n")
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    clock = TurnedClock()
    finder = made(tmp_path, clock)
    clock.turn(11)
    assert finder.refresh() is True
    assert known(finder).open_files == 593
    clock.turn(4)
    assert finder.refresh() is False
    clock.turn(2)
    assert finder.refresh() is True
    assert known(finder).failed_units is None
    finder.close()


def test_updates_are_simulated_late_and_only_when_packages_changed(tmp_path: Path,
                                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    note = tmp_path / "asked"
    programs(tmp_path / "bin", monkeypatch, apt_get=f'echo "$@" >> {note}\ncat <<EOF\n{APT.decode()}EOF\n')
    (tmp_path / "var/lib/apt/lists").mkdir(parents=True)
    status = tmp_path / "var/lib/dpkg/status"
    status.parent.mkdir()
    status.write_bytes(b"")
    clock = TurnedClock()
    finder = made(tmp_path, clock)
    for _ in range(179):
        clock.turn(10)
        finder.refresh()
    assert not note.exists()
    clock.turn(70)
    finder.refresh()
    until_known(finder, "security_updates")
    assert known(finder).security_updates == 2
    for _ in range(300):
        clock.turn(70)
        finder.refresh()
    assert note.read_text().splitlines() == ["-s -q -o Debug::NoLocking=true dist-upgrade"]
    os.utime(status, (1, 1))
    clock.turn(900)
    finder.refresh()
    end = time.monotonic() + 20
    while len(note.read_text().splitlines()) < 2:
        assert time.monotonic() < end
        time.sleep(0.01)
    finder.close()


def test_the_note_of_the_update_notifier_is_enough(tmp_path: Path) -> None:
    note = tmp_path / "var/lib/update-notifier/updates-available"
    note.parent.mkdir(parents=True)
    note.write_bytes(b"\n12 updates can be applied immediately.\n5 of these updates are standard security updates.\n")
    clock = TurnedClock()
    finder = made(tmp_path, clock)
    clock.turn(11)
    finder.refresh()
    assert known(finder).security_updates == 5


@pytest.mark.parametrize(("note", "expected"), [
    (b"1 update can be applied immediately.\n1 of these updates is a standard security update.\n", 1),
    (b"31 packages can be updated.\n22 updates are security updates.\n", 22),
    (b"12 updates can be applied immediately.\n", 0),
    (b"0 updates can be applied immediately.\n\n8 additional security updates can be applied with ESM Apps.\n", 0),
    (b"", None), (b"12 Aktualisierungen\n", None), (b"\xff" * 50, None)])
def test_what_the_note_says(note: bytes, expected: int | None) -> None:
    assert facts.noted_updates(note) == expected


@given(st.binary(max_size=300))
def test_any_output_is_survived(raw: bytes) -> None:
    facts.noted_updates(raw)
    assert facts.simulated_updates(raw) >= 0
    assert len(facts.failed_units(raw)) <= 300
    opened, limit = facts.open_files(raw)
    assert opened is None or 0 <= opened < 2**63
    assert limit is None or 0 <= limit < 2**63


def test_units_with_and_without_their_mark() -> None:
    assert facts.failed_units("● a.service loaded failed failed x\nb.timer loaded failed\n\n".encode()) == (
        "a.service", "b.timer")


def test_a_limit_that_is_none() -> None:
    assert facts.open_files(b"100 0 9223372036854775807\n") == (100, None)
    assert facts.open_files(None) == (None, None)


def test_the_clock_is_as_the_kernel_says() -> None:
    state = facts.clock_synchronised()
    done = subprocess.run(["timedatectl", "show", "-p", "NTPSynchronized", "--value"], capture_output=True, text=True,
                          check=False) if Path("/run/systemd/system").is_dir() else None
    if done is not None and done.returncode == 0 and state is not None:
        assert done.stdout.strip() == ("yes" if state else "no")
    assert state in (True, False, None)


def test_a_kernel_that_does_not_say(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing:
        def adjtimex(self, _buffer: object) -> int:
            return -1

    monkeypatch.setattr(ctypes, "CDLL", lambda *_args, **_options: Refusing())
    assert facts.clock_synchronised() is None
    monkeypatch.setattr(ctypes, "CDLL", lambda *_args, **_options: object())
    assert facts.clock_synchronised() is None


def test_a_container_s_clock_is_not_judged(tmp_path: Path) -> None:
    assert facts.in_container(tmp_path) is False
    (tmp_path / "self/ns").mkdir(parents=True)
    (tmp_path / "self/ns/pid").touch()
    assert facts.in_container(tmp_path) is True
