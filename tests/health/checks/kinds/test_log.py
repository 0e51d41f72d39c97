from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.config import ConfigMistakes, decode
from opsconsole.core.levels import Level
from opsconsole.core.units import Size
from opsconsole.health.checks.kinds import asking
from opsconsole.health.checks.settings.local import LogCheck
from opsconsole.health.sampling.child import reap_abandoned
from tests.health.checks.kinds.local_scope import Runs, runs, script
from tests.health.checks.kinds.worker.log_writer import Writer

if TYPE_CHECKING:
    from opsconsole.health.checks.model import Measured

__all__ = ["runs"]


def add(path: Path, *lines: str) -> None:
    with path.open("a") as file:
        file.writelines(f"{line}\n" for line in lines)


def number(measured: Measured, name: str) -> float:
    value = measured.values[name]
    assert isinstance(value, float)
    return value


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "app.log"
    add(path, "error: old")
    return path


async def test_errors_are_counted_per_minute_and_sorted(runs: Runs, log: Path) -> None:
    check = LogCheck(path=str(log))
    first = await runs(check)
    assert (first.level, first.values) == (Level.UNKNOWN, {})
    assert (first.text, first.output) == ("read from now on; 1 of the last 1 line would count", "error: old")
    add(log, "all fine", "ERROR: database connection refused", "Exception: upstream timed out",
        "error: validation of field failed", "ERROR password of ana is wrong", "fatal: what is this", "also 2 errors")
    measured = await runs(check, later=120)
    assert number(measured, "rate") == pytest.approx(2.5, rel=0.05)
    assert {name: round(number(measured, name) * 2) for name in measured.values if name.startswith("rate.")} == {
        "rate.authentication": 1, "rate.database": 1, "rate.validation": 1, "rate.external_service": 1,
        "rate.unknown": 1}
    assert (measured.values["lines"], measured.values["matches"], measured.level) == (7, 5, Level.OK)
    assert measured.values["last"] == "fatal: what is this"
    assert measured.text == "5 of 7 lines: 1 authentication, 1 database, 1 validation, 1 external service, 1 unknown"
    assert measured.output.split("\n")[0] == "ERROR: database connection refused"
    quiet = await runs(check, later=60)
    assert (quiet.values["rate"], quiet.values["lines"], quiet.text) == (0, 0, "0 of 0 lines")


async def test_own_patterns_and_categories(runs: Runs, log: Path) -> None:
    check = LogCheck(path=str(log), pattern="^E", ignore="harmless", categories={"payment": "card", "database": "^DB"})
    await runs(check)
    add(log, "E one", "I card declined", "E harmless card", "DB slow", "error", "E redis gone")
    measured = await runs(check, later=60)
    assert {name: value for name, value in measured.values.items() if name.startswith("rate.") and value} == {
        "rate.payment": pytest.approx(1, rel=0.1), "rate.database": pytest.approx(1, rel=0.1),
        "rate.unknown": pytest.approx(2, rel=0.1)}


async def test_failed_sign_ins_of_every_service(runs: Runs, log: Path) -> None:
    check = LogCheck(path=str(log))
    await runs(check)
    add(log, "sshd[1]: Invalid user eve from 1.2.3.4 port 5",
        "sshd[1]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=1.2.3.4",
        "sshd[1]: Failed password for invalid user eve from 1.2.3.4 port 5 ssh2",
        "sshd[1]: message repeated 2 times: [ Failed password for root from 1.2.3.4 port 5 ssh2]",
        "sudo:  ana : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls",
        "sudo:  ben : user NOT in sudoers ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls",
        "login[7]: FAILED LOGIN (1) on '/dev/tty1' FOR 'root', Authentication failure",
        "su: FAILED SU (to root) ana on pts/0", "vsftpd: pam_unix(vsftpd:auth): authentication failure; logname= uid=0",
        "sshd[1]: Accepted password for ana from 1.2.3.4 port 5 ssh2")
    measured = await runs(check, later=60)
    assert number(measured, "failed_sign_ins") == pytest.approx(10, rel=0.05)


async def test_a_restart_goes_on_where_it_was(runs: Runs, tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    check = LogCheck(path=str(writer.path))
    await runs(check)
    writer.line("error one")
    writer.rename(compress=".gz")
    writer.line("error two")
    runs.restart()
    measured = await runs(check, later=3600)
    assert (measured.values["matches"], measured.output.split("\n")) == (2, ["000000 error one", "000001 error two"])
    assert number(measured, "rate") == pytest.approx(2 / 60, rel=0.05)
    writer.close()


async def test_another_process_takes_nothing_away(runs: Runs, log: Path, tmp_path: Path) -> None:
    check = LogCheck(path=str(log))
    await runs(check)
    add(log, "error one")
    other = Runs(tmp_path)
    assert (await other(check, later=60)).values["matches"] == 1
    assert (await runs(check, later=60)).values["matches"] == 1


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version":1,"source":"%s","at":1,"kept":[[1]]}', "\xff",
                                     '{"version":1,"source":"%s","at":1,"kept":[["a",2,3,4,5,6,7,false,9]]}',
                                     '{"version":1,"source":"%s","at":"x","kept":[]}', "[" * 100_000])
async def test_a_state_that_is_nonsense_is_a_new_beginning(runs: Runs, log: Path, content: str) -> None:
    runs.state.mkdir()
    (runs.state / "position.json").write_text(content.replace("%s", str(log)))
    check = LogCheck(path=str(log))
    assert (await runs(check)).text.startswith("read from now on")
    add(log, "error")
    assert (await runs(check, later=60)).values["matches"] == 1


async def test_a_state_that_cannot_be_stored_is_said_and_no_harm(runs: Runs, log: Path, tmp_path: Path) -> None:
    runs.state = tmp_path / "app.log" / "below"
    check = LogCheck(path=str(log))
    first = await runs(check)
    assert "After a restart lines will be missed" in first.output
    add(log, "error")
    assert (await runs(check, later=60)).values["matches"] == 1


async def test_a_changed_path_begins_anew(runs: Runs, log: Path, tmp_path: Path) -> None:
    await runs(LogCheck(path=str(log)))
    runs.restart()
    other = tmp_path / "other.log"
    add(other, "error")
    assert (await runs(LogCheck(path=str(other)))).text.startswith("read from now on")


async def test_a_missing_log_is_unknown(runs: Runs, tmp_path: Path) -> None:
    measured = await runs(LogCheck(path=f"{tmp_path}/none*.log"))
    assert (measured.level, measured.text) == (Level.UNKNOWN, "there is no such log")


async def test_a_pattern_that_never_ends_is_stopped_and_said(runs: Runs, log: Path) -> None:
    check = LogCheck(path=str(log), pattern=r"(a+)+$")
    await runs(check)
    add(log, "a" * 60 + "b", *["x"] * 10)
    measured = await runs(check, later=60)
    assert measured.output.startswith("The patterns took too long")
    add(log, "aaa")
    assert (await runs(check, later=60)).values["matches"] == 1


async def test_a_burst_is_bounded_and_said(runs: Runs, log: Path) -> None:
    check = LogCheck(path=str(log), most=Size(64_000))
    await runs(check)
    add(log, *["error " + "x" * 93] * 2_000)
    measured = await runs(check, later=60)
    assert (measured.values["matches"], measured.values["skipped"]) == (640, 136_000)
    assert measured.output.startswith("133 KiB were skipped; the figures are too small.")


async def test_hostile_lines_are_kept_as_they_are(runs: Runs, log: Path) -> None:
    check = LogCheck(path=str(log))
    await runs(check)
    with log.open("ab") as file:
        file.write(b"error \x1b]0;owned\x07 \xff\xfe\x00" + b"x" * 100_000 + b"\nerror " + b"y" * 10_000_000 + b"\n")
    measured = await runs(check, later=60)
    assert measured.values["matches"] == 2
    assert measured.output.startswith("error \x1b]0;owned\x07 \\xff\\xfe\0xxx")
    assert len(measured.output) < 1_200
    measured.output.encode()


async def test_a_clock_that_is_set_back_changes_nothing_in_one_process(runs: Runs, log: Path) -> None:
    check = LogCheck(path=str(log))
    await runs(check)
    add(log, "error")
    runs.clock.back = 7_200
    assert number(await runs(check, later=60), "rate") == pytest.approx(1, rel=0.05)
    runs.restart()
    runs.clock.back = 14_400
    measured = await runs(check)
    assert (measured.level, measured.text) == (Level.UNKNOWN, "the clock was set back; there is no rate")


async def test_the_process_that_reads_is_kept_for_the_next_and_replaced_when_it_is_gone(
        runs: Runs, log: Path) -> None:
    def readers() -> list[int]:
        found = []
        for name in os.listdir("/proc"):
            try:
                words = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
                if int(words[1]) == os.getpid() and b"worker/program.py" in Path(f"/proc/{name}/cmdline").read_bytes():
                    found.append(int(name))
            except (OSError, IndexError):
                continue
        return found

    before = set(readers())
    check = LogCheck(path=str(log))
    await runs(check)
    await runs(check, later=60)
    first = [pid for pid in readers() if pid not in before]
    assert len(first) == 1
    os.kill(first[0], signal.SIGKILL)
    add(log, "error")
    assert (await runs(check, later=60)).values["matches"] == 1
    second = [pid for pid in readers() if pid not in before]
    assert len(second) == 1
    assert second != first
    # One that ends while it is asked is replaced, too.
    os.kill(second[0], signal.SIGSTOP)
    task = asyncio.create_task(runs(check, later=60))
    await asyncio.sleep(0.05)
    os.kill(second[0], signal.SIGKILL)
    assert (await task).values["lines"] == 0
    asking.close()
    end = time.monotonic() + 20
    while set(readers()) - before and time.monotonic() < end:
        await asyncio.sleep(0.01)
        reap_abandoned()
    assert set(readers()) <= before


def entry(cursor: int, message: object) -> str:
    return json.dumps({"__CURSOR": f"s=1;i={cursor}", "__REALTIME_TIMESTAMP": "1704362400000000", "MESSAGE": message})


class Journal:
    """A scripted journalctl: it knows the cursors of its entries, as the real one does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.entries = folder / "entries"
        self.entries.write_text("")
        script(folder, "journalctl", f"""printf '%s\\n' "$@" > {folder}/asked
            for each; do case "$each" in
                --lines=*) tail -n "${{each#*=}}" {folder}/entries; exit;;
                --since=*) cat {folder}/entries; exit;;
                --after-cursor=*gone*) echo "Failed to seek to cursor: Invalid argument" >&2; exit 1;;
                --after-cursor=*) number="${{each##*i=}}"; tail -n +$((number + 1)) {folder}/entries; exit;;
            esac; done""")

    def add(self, *messages: object) -> None:
        count = len(self.entries.read_text().splitlines())
        add(self.entries, *[entry(count + number, message) for number, message in enumerate(messages, 1)])


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Journal:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return Journal(folder)


async def test_the_journal_is_read_from_its_end_on(runs: Runs, journal: Journal) -> None:
    journal.add("error old")
    check = LogCheck(journal=("app.service", "web.service"))
    assert (await runs(check)).text.startswith("read from now on")
    journal.add("fine", "error\nin two lines", list(b"error \xff"), None, ["error", "twice"], 7)
    runs.restart()
    measured = await runs(check, later=60)
    assert (measured.values["lines"], measured.values["matches"]) == (4, 3)
    assert measured.output.split("\n") == ["error in two lines", "error \\xff", "error twice"]
    asked = (journal.folder / "asked").read_text().splitlines()
    assert asked[-3:] == ["--unit=app.service", "--unit=web.service", "--after-cursor=s=1;i=1"]
    assert (await runs(check, later=60)).values["lines"] == 0


async def test_an_empty_journal_is_read_from_now_on(runs: Runs, journal: Journal) -> None:
    check = LogCheck(journal=("*",))
    await runs(check)
    journal.add("error first")
    assert (await runs(check, later=60)).values["matches"] == 1
    assert any(line.startswith("--since=@") for line in (journal.folder / "asked").read_text().splitlines())


async def test_a_cursor_that_is_gone_is_replaced_by_the_time(runs: Runs, journal: Journal) -> None:
    journal.add("error old")
    check = LogCheck(journal=("*",))
    await runs(check)
    runs.memory["log"] = (runs.memory["log"][0], {**runs.memory["log"][1], "kept": "s=gone"})
    measured = await runs(check, later=60)
    assert measured.values["matches"] == 1


async def test_a_storm_in_the_journal_is_bounded(runs: Runs, journal: Journal) -> None:
    journal.add("error old")
    check = LogCheck(journal=("*",), most=Size(64_000))
    await runs(check)
    journal.add(*["error " + "x" * 200] * 1_000)
    measured = await runs(check, later=60)
    assert 150 < number(measured, "matches") < 300
    assert measured.output.startswith("There were too many messages")
    journal.add("error after")
    assert (await runs(check, later=60)).values["matches"] == 1


async def test_a_machine_without_journal_is_unknown(
        runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    measured = await runs(LogCheck(journal=("*",)))
    assert (measured.level, measured.text) == (
        Level.UNKNOWN, "journalctl could not be started: No such file or directory")
    script(tmp_path, "journalctl", "echo 'No journal files were opened due to insufficient permissions.' >&2; exit 1")
    measured = await runs(LogCheck(journal=("*",)))
    assert measured.text == (
        "journalctl failed: No journal files were opened due to insufficient permissions.")


@pytest.mark.parametrize(("text", "said"), [
    ("every: 1m", "Exactly one of"), ("path: /a\njournal: [b]", "Exactly one of"), ("path: a", "must be absolute"),
    ("path: /a\npattern: '(a'", "no regular expression"), ("path: /a\nignore: '['", "no regular expression"),
    ("path: /a\ncategories: {a: '*'}", "no regular expression"), ("path: /a\ncategories: {a b: c}", "text that fits")])
def test_mistakes_are_said(text: str, said: str) -> None:
    with pytest.raises(ConfigMistakes, match=said):
        decode(f"kind: log\n{text}\n", LogCheck, source="x", env={})
