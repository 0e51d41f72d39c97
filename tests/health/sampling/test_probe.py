from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from opsconsole.health.model import Sensor, SensorKind
from opsconsole.health.sampling import probe
from opsconsole.health.sampling.sensors import parse_sensors

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = (sys.executable, "-I", "-S", probe.__file__)


def write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(content + "\n")


def run(requests: bytes) -> list[bytes]:
    done = subprocess.run(SCRIPT, input=requests, capture_output=True, env={}, timeout=30, check=False)
    assert done.returncode == 0
    assert done.stderr == b""
    greeting, *answers = done.stdout.splitlines()
    assert greeting == b"ready"
    return answers


def test_it_answers_each_line_and_ends_with_its_input() -> None:
    root, nowhere = b"/".hex().encode(), b"/nowhere".hex().encode()
    answers = run(b"m " + root + b"\nm " + nowhere + b"\ns " + nowhere + b"\nrubbish\nm zz\n\nx 00\nm 00\n")
    assert answers[0].split()[1] == str(os.statvfs("/").f_blocks).encode()
    assert answers[1:] == [b"! 2", b"", b"! 22", b"! 22", b"! 22", b"! 22", b"! 22"]


def test_a_line_in_pieces_and_many_at_once() -> None:
    with subprocess.Popen(SCRIPT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={}, bufsize=0) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        child.stdin.write(b"m 2")
        child.stdin.write(b"f\nm 2f\nm 2f")
        # Only what does not change while others write to that disk: the size of a block and how many there are.
        first, second = (child.stdout.readline().split()[:2] for _ in range(2))
        assert first == second != []
        child.stdin.write(b"\n")
        assert child.stdout.readline() != b""
        child.stdin.close()
        assert child.wait(20) == 0


def test_it_ends_itself_when_a_request_hangs(tmp_path: Path) -> None:
    pipe = tmp_path / "class/power_supply/BAT0/type"
    pipe.parent.mkdir(parents=True)
    os.mkfifo(pipe)
    code = f"import sys; sys.argv[0] = ''; exec(open({probe.__file__!r}).read().replace('LIFE = 10', 'LIFE = 1'))"
    request = b"s " + bytes(tmp_path).hex().encode() + b"\n"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], input=request, capture_output=True, timeout=30,
                          check=False)
    assert done.returncode == -signal.SIGALRM


def test_nobody_listening_ends_it() -> None:
    with subprocess.Popen(SCRIPT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        child.stdin.write(b"m 2f\nm 2f\n")
        child.stdin.flush()
        assert child.wait(20) == 0
        assert child.stderr.read() == b""


def test_sensors_of_a_machine(tmp_path: Path) -> None:
    write(tmp_path / "class/hwmon/hwmon0", name="coretemp", temp1_input="45000", temp1_label="Package id 0",
          temp1_max="80000", temp1_crit="100000", temp10_input="46000", temp2_input="44500", temp2_label="Core 0",
          temp3_input="1", temp3_fault="1", temp4_input="broken", temp5_input="-128000")
    write(tmp_path / "class/hwmon/hwmon1", name="board \x1b[31m", fan1_input="1200", fan2_input="", in0_input="12000",
          pwm1="100")
    write(tmp_path / "class/thermal/thermal_zone0", type="acpitz", temp="27800")
    write(tmp_path / "class/power_supply/BAT0", type="Battery", capacity="87", status="Discharging", scope="System")
    write(tmp_path / "class/power_supply/mouse", type="Battery", capacity="50", status="Discharging", scope="Device")
    write(tmp_path / "class/power_supply/AC", type="Mains", online="1")
    write(tmp_path / "class/power_supply/BAT1", type="Battery", capacity="170", status="Full")
    assert parse_sensors(probe.sensors(str(tmp_path))) == (
        Sensor("coretemp Package id 0", SensorKind.TEMPERATURE, 45.0, 80.0, 100.0),
        Sensor("coretemp Core 0", SensorKind.TEMPERATURE, 44.5),
        Sensor("coretemp temp10", SensorKind.TEMPERATURE, 46.0),
        Sensor("board \x1b[31m fan1", SensorKind.FAN, 1200.0),
        Sensor("BAT0", SensorKind.BATTERY, 87.0, charging=False))


def test_thermal_zones_are_the_last_resort(tmp_path: Path) -> None:
    write(tmp_path / "class/thermal/thermal_zone0", type="soc", temp="51234")
    write(tmp_path / "class/thermal/cooling_device0", type="fan", temp="1")
    assert parse_sensors(probe.sensors(str(tmp_path))) == (Sensor("soc", SensorKind.TEMPERATURE, 51.234),)


@pytest.mark.parametrize("answer", [
    "", "x", "t", "t:::::::", "t:zz:-:1:-:-:-", "t:-:-:" + "9" * 5000 + ":-:-:-", "q:-:-:1:-:-:-", "t:-:-:\u0663:-:-:-",
    "t:-:-:\u00b2:-:-:-", "f:-:-:-5:-:-:-", "b:-:-:101:-:-:-", "t:ff:ff:1e5:-:-:-"])
def test_broken_answers_are_no_sensors(answer: str) -> None:
    assert all(sensor.value == sensor.value for sensor in parse_sensors(answer))
    assert len(parse_sensors(answer + " b:-:-:50:-:-:1")) <= 2
    assert parse_sensors(answer + " b:-:-:50:-:-:1")[-1] == Sensor("", SensorKind.BATTERY, 50.0, charging=True)
