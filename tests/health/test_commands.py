"""`opsconsole status` on this machine."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from opsconsole.core.glyphs import ASCII, UNICODE
from opsconsole.health import commands
from opsconsole.health.commands import exit_code, rendered
from tests.health import samples
from tests.hostile import CORPUS, assert_inert, through_json

if TYPE_CHECKING:
    from collections.abc import Callable

PROGRAM = [sys.executable, "-m", "opsconsole"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PROGRAM, *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_prints_this_host_plain_into_a_pipe() -> None:
    done = run("status")
    assert done.returncode in {0, 1}, done.stderr
    assert "HOST" in done.stdout
    assert "CPU" in done.stdout
    assert "PROCESSES" in done.stdout
    assert_inert(done.stdout, lines=True)
    assert all(len(line) <= 100 for line in done.stdout.splitlines())


def test_json_is_the_model() -> None:
    done = run("status", "--json")
    found = json.loads(done.stdout)
    assert found["snapshot"]["memory"]["total"] > 0
    assert found["snapshot"]["cpu"]["busy"] is not None
    assert done.returncode == (0 if found["state"] == "normal" else 1)


@pytest.mark.parametrize("foreign", CORPUS)
def test_hostile_names_are_inert_in_json(program: Callable[..., tuple[int, str, str]], foreign: str,
                                         monkeypatch: pytest.MonkeyPatch) -> None:
    health = samples.critical()
    name = f"<{foreign}>"
    snapshot = replace(health.snapshot, host=replace(health.snapshot.host, name=name),
                       mounts=(replace(health.snapshot.mounts[0], path=name, problem=name),))
    monkeypatch.setattr(commands, "measure", lambda settings: replace(health, snapshot=snapshot))
    code, out, err = program("status", "--json")
    assert (code, err) == (1, "")
    assert_inert(out, lines=True)
    assert out.isascii()
    shown = json.loads(out)["snapshot"]
    assert shown["host"]["name"] == shown["mounts"][0]["path"] == through_json(name)


def test_ascii_on_request() -> None:
    assert run("--ascii", "status").stdout.split("PROCESSES")[0].isascii()


def test_no_user_interface_is_imported() -> None:
    code = ("import sys\nfrom opsconsole.health import commands\n"
            "from opsconsole.health.settings import HealthSettings\n"
            "health = commands.measure(HealthSettings())\nfrom opsconsole.core.glyphs import UNICODE\n"
            "commands.rendered(health, glyphs=UNICODE, colours=True, columns=100)\n"
            "assert not {'textual', 'rich'} & sys.modules.keys()\n")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("state", ["normal", "degraded", "critical", "hung_mount", "no_sensors", "first"])
def test_exit_code_by_state(state: str) -> None:
    health = samples.STATES[state]()
    assert health is not None
    assert exit_code(health) == (0 if state in {"normal", "no_sensors"} else 1)


def test_colours_only_when_asked_for() -> None:
    health = samples.critical()
    plain = rendered(health, glyphs=UNICODE, colours=False, columns=120)
    colourful = rendered(health, glyphs=UNICODE, colours=True, columns=120)
    assert not any("\x1b" in line for line in plain)
    assert any("\x1b[1;91m" in line for line in colourful)
    assert all(line.count("\x1b[0m") * 2 == line.count("\x1b[") for line in colourful)
    assert "web-01" in plain[0]
    assert "\n".join(rendered(health, glyphs=ASCII, colours=False, columns=80)).isascii()
