"""Commands of items, run for real: those that end, and all that can go wrong."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from opsconsole.checklists.auto import commands
from opsconsole.checklists.model import Verdict
from opsconsole.checklists.settings import ChecklistSettings
from opsconsole.checklists.template import EvidenceItem
from opsconsole.core.blobs import Blobs
from opsconsole.core.units import Duration, Size
from tests.checklists.auto.looking import command, gone, proposed, proposer, script, until, walk_of

ROOT: Final = Path(__file__).parents[3]


@pytest.mark.parametrize(("more", "verdict", "value", "text"), [
    ({}, Verdict.OK, None, "newest: 6.5 hours"),
    ({"pattern": r"newest: ([\d.]+)"}, Verdict.OK, 6.5, "6.5"),
    ({"pattern": r"newest: ([\d.]+)", "unit": "h"}, Verdict.OK, 6.5, "6.5 h"),
    ({"pattern": r"newest: ([\d.]+)", "unit": "h", "expect": ("< 24h", "> 1")}, Verdict.OK, 6.5, "6.5 h"),
    ({"pattern": r"newest: ([\d.]+)", "unit": "h", "expect": ("< 2h",)}, Verdict.FAILED, 6.5,
     "6.5 h, should be < 2 h"),
    ({"pattern": r"newest: ([\d.]+)", "expect": ("== 7",)}, Verdict.FAILED, 6.5, "6.5, should be == 7"),
    ({"pattern": r"hours\n(\w+)"}, Verdict.OK, "good", '"good"'),
    ({"pattern": r"hours\n(\w+)", "expect": ('== "bad"',)}, Verdict.FAILED, "good", 'should be "bad"'),
    ({"pattern": "good"}, Verdict.OK, None, "newest: 6.5 hours"),
    ({"pattern": "bad"}, Verdict.FAILED, None, "`bad` is not in the output: newest: 6.5 hours"),
    ({"pattern": "good", "expect": ("< 3",)}, Verdict.OPEN, None, "there is no figure to compare with `< 3`"),
    ({"expect": ("status == 0",)}, Verdict.OK, None, "newest: 6.5 hours"),
    ({"codes": (1, 2)}, Verdict.FAILED, None, "exit code 0: newest: 6.5 hours"),
])
async def test_what_an_output_means(more: dict[str, Any], verdict: Verdict, value: object, text: str) -> None:
    found = await proposed(command("printf", "newest: 6.5 hours\ngood\n", **more))
    assert (found.verdict, found.value) == (verdict, value)
    assert text in found.text
    assert (found.evidence[0].code, found.evidence[0].text) == (0, "newest: 6.5 hours\ngood")
    assert found.evidence[0].title == "printf 'newest: 6.5 hours\ngood\n'"


@pytest.mark.parametrize(("codes", "verdict", "text"), [
    ((0,), Verdict.FAILED, "exit code 3: oops"), ((0, 3), Verdict.OK, "oops")])
async def test_the_exit_code_counts(tmp_path: Path, codes: tuple[int, ...], verdict: Verdict, text: str) -> None:
    found = await proposed(command(script(tmp_path, "it", "echo oops >&2; exit 3"), codes=codes))
    assert (found.verdict, found.text, found.evidence[0].code) == (verdict, text, 3)


async def test_no_shell_reads_the_arguments() -> None:
    found = await proposed(command("echo", "$HOME", "`id`", "; exit 7", "*"))
    assert found.text == "$HOME `id` ; exit 7 *"


async def test_its_environment_is_clean_and_it_gets_no_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPSCONSOLE_SECRET", "hush")
    found = await proposed(command(script(tmp_path, "it", "env; read line || echo nothing to read; pwd")))
    assert "hush" not in found.evidence[0].text
    assert {"LC_ALL=C", "nothing to read", "/"} <= set(found.evidence[0].text.split("\n"))


async def test_what_hangs_is_ended(tmp_path: Path) -> None:
    found = await proposed(command(script(tmp_path, "it", "echo begun; sleep 1000"), timeout=1))
    assert (found.verdict, found.text) == (Verdict.OPEN, "did not end within 1 s")
    assert (found.evidence[0].problem, found.evidence[0].text) == ("did not end within 1 s", "begun")
    assert found.evidence[0].code is None


async def test_what_ignores_the_request_to_end_is_killed_with_its_children(tmp_path: Path) -> None:
    text = f"trap '' TERM; sleep 1000 & echo $$ $! > {tmp_path}/pids; while :; do sleep 0.1; done"
    found = await proposed(command(script(tmp_path, "it", text), timeout=1))
    assert found.verdict is Verdict.OPEN
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert len(pids) == 2
    await until(lambda: all(map(gone, pids)))


async def test_children_that_are_left_behind_are_ended_and_delay_nothing(tmp_path: Path) -> None:
    text = f"sleep 1000 & echo $! > {tmp_path}/pid; echo done"
    found = await proposed(command(script(tmp_path, "it", text), timeout=500))
    assert (found.verdict, found.text) == (Verdict.OK, "done")
    await until(lambda: gone(int((tmp_path / "pid").read_text())))


async def test_a_child_that_left_the_group_and_writes_on_delays_nothing(tmp_path: Path) -> None:
    text = f"setsid sh -c 'echo $$ > {tmp_path}/pid; exec yes' & while ! test -s {tmp_path}/pid; do sleep 0.01; done"
    found = await proposed(command(script(tmp_path, "it", text), timeout=500))
    assert found.verdict is Verdict.OK
    # Nobody reads any more what it writes.
    await until(lambda: gone(int((tmp_path / "pid").read_text())))


async def test_death_by_a_signal(tmp_path: Path) -> None:
    found = await proposed(command(script(tmp_path, "it", "echo last words; kill -SEGV $$")))
    assert (found.verdict, found.text) == (Verdict.FAILED, "ended by SIGSEGV: last words")
    assert found.evidence[0].code == -11


@pytest.mark.parametrize(("words", "why"), [
    (("opsconsole-no-such-program",), "it does not exist"), (("/no/such/program",), "it does not exist"),
    (("/etc/passwd",), "it cannot be executed"), (("/etc",), "it cannot be executed")])
async def test_what_cannot_be_started(words: tuple[str, ...], why: str) -> None:
    found = await proposed(command(*words))
    assert (found.verdict, found.text) == (Verdict.OPEN, f"could not be started: {why}")


async def test_what_may_not_be_read_or_has_a_nul(tmp_path: Path) -> None:
    private = script(tmp_path, "it", "true", mode=0o600)
    assert (await proposed(command(private))).text == "could not be started: it cannot be executed"
    found = await proposed(command("echo", "a\0b"))
    assert found.verdict is Verdict.OPEN
    assert found.text.startswith("it could not be started: ")


async def test_a_program_that_ends_as_a_shell_does_is_not_taken_for_missing(tmp_path: Path) -> None:
    found = await proposed(command(script(tmp_path, "it", "echo no such backup; exit 127")))
    assert (found.verdict, found.text) == (Verdict.FAILED, "exit code 127: no such backup")


async def test_bytes_that_are_no_text_and_escapes_are_kept_as_they_are(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    raw = b"\x1b]0;owned\x07\x1b[2J\xff\xfe\x00end"
    found = await proposed(command("printf", "\\033]0;owned\\007\\033[2J\\377\\376\\000end"), blobs=blobs)
    (saw,) = found.evidence
    assert saw.text == "\x1b]0;owned\x07\x1b[2J\\xff\\xfe\x00end"
    assert "owned" in found.text
    assert "\x1b" not in found.text
    with blobs.open(saw.sha256) as file:
        assert file.read() == raw
    assert (saw.size, saw.cut, saw.whole) == (len(raw), False, hashlib.sha256(raw).hexdigest())


async def test_of_a_long_output_both_ends_are_kept(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    found = await proposed(command("seq", "1", "200000", pattern=r"(\d+)\n\Z"), blobs=blobs,
                           settings=ChecklistSettings(evidence=Size(4_096)))
    (saw,) = found.evidence
    whole = "".join(f"{number}\n" for number in range(1, 200_001)).encode()
    assert (found.value, saw.size, saw.cut) == (200_000, len(whole), True)
    assert saw.whole == hashlib.sha256(whole).hexdigest()
    with blobs.open(saw.sha256) as file:
        kept = file.read()
    assert kept.startswith(b"1\n2\n3\n")
    assert kept.endswith(b"\n200000\n")
    assert len(kept) < 4_200


async def test_evidence_that_is_asked_for_is_the_output(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    item = EvidenceItem(id="it", title="The list", command=("printf", "one\ntwo\n"))
    found = await proposed(item, blobs=blobs)
    assert (found.verdict, found.text, found.value) == (Verdict.OK, "one", None)
    assert blobs.has(found.evidence[0].sha256)
    failed = await proposed(EvidenceItem(id="it", title="The list", command=("false",), timeout=Duration(5)))
    assert (failed.verdict, failed.text) == (Verdict.FAILED, "exit code 1")


async def test_who_writes_on_and_on_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "MOST_WRITTEN", 10 << 20)
    found = await proposed(command("yes", timeout=500))
    assert (found.verdict, found.text) == (Verdict.OPEN, "was ended because it wrote more than 10 MiB")
    assert found.evidence[0].cut
    assert found.evidence[0].text.startswith("y\ny\n")


FLOODED = """
import asyncio, json, resource, sys
from tests.checklists.auto.looking import command, proposed

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

async def main():
    await proposed(command("true"))
    before = peak()
    found = await proposed(command("head", "-c", "1000000000", "/dev/zero", timeout=500))
    print(json.dumps([found.verdict, found.evidence[0].size, found.evidence[0].whole, peak() - before]))

asyncio.run(main())
"""


def test_a_flood_of_a_gigabyte_takes_no_memory() -> None:
    done = subprocess.run([sys.executable, "-c", FLOODED], cwd=ROOT, check=True, capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})
    verdict, size, whole, grown = json.loads(done.stdout)
    digest = hashlib.sha256()
    for _ in range(1000):
        digest.update(bytes(1_000_000))
    assert (verdict, size, whole) == ("ok", 1_000_000_000, digest.hexdigest())
    assert grown < 16 * 1024


async def test_a_pattern_that_takes_too_long_is_given_up() -> None:
    found = await proposed(command("seq", "1", "100000", pattern=r"(?:\b\d.{0,40})*(x)\b"))
    assert found.verdict in (Verdict.OPEN, Verdict.FAILED)


async def test_what_hangs_delays_no_other_item(tmp_path: Path) -> None:
    hanging = script(tmp_path, "it", "exec sleep 1000")
    items = [command(hanging, item=f"hang-{number}", timeout=600) for number in range(3)]
    walk = walk_of(*items, command("echo", "at once", item="quick"), command("echo", "too", item="also"))
    found = []
    proposals = proposer().proposals(walk)
    async for proposal in proposals:
        found.append((proposal.item, proposal.text))
        if len(found) == 2:
            break
    await proposals.aclose()
    assert sorted(found) == [("also", "too"), ("quick", "at once")]


async def test_no_more_than_some_run_at_once(tmp_path: Path) -> None:
    (tmp_path / "running").mkdir()
    text = f"cd {tmp_path}/running; : > $$; sleep 0.1; ls | wc -l; rm $$"
    program = script(tmp_path, "it", text)
    found = await proposer().propose(walk_of(*(command(program, item=f"it-{number}") for number in range(12))))
    assert max(int(one.text) for one in found) <= 4
    assert [one.item for one in found] == [f"it-{number}" for number in range(12)]


async def test_whoever_is_cancelled_ends_its_commands(tmp_path: Path) -> None:
    program = script(tmp_path, "it", f"echo $$ > {tmp_path}/pid.new; mv {tmp_path}/pid.new {tmp_path}/pid; sleep 1000")
    task = asyncio.create_task(proposer().propose(walk_of(command(program, timeout=600))))
    await until((tmp_path / "pid").exists)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: gone(int((tmp_path / "pid").read_text())))
