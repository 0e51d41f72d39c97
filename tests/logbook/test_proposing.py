"""What happened becomes lines for an entry: which, into which field, and that they are found again in a form."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from opsconsole.core.clock import DAY, HOUR, MINUTE
from opsconsole.core.errors import StorageError
from opsconsole.core.readfile import Unreadable
from opsconsole.core.timeline import Happening
from opsconsole.logbook.model import LISTS, EntryType, Point, Proposal
from opsconsole.logbook.proposing import (
    MOST,
    dropped,
    moved,
    proposals,
    said,
    stands,
    taken,
    with_commands,
    with_points,
)
from opsconsole.logbook.sealing import seal
from opsconsole.logbook.shellhistory import typed
from opsconsole.logbook.wording import point_of, point_text
from tests.hostile import CORPUS
from tests.logbook.entries import FULL, MONDAY
from tests.logbook.logdesk import logdesk
from tests.tickets.desk import ANA, START

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def told(minute: int, kind: str, about: str, deed: str, target: str = "", who: str = "", detail: str = "") -> Happening:
    return Happening(MONDAY + minute * MINUTE, kind, f"{about}: {deed}", who, None, target, detail, about, deed)


def lines(happenings: Sequence[Happening]) -> list[tuple[str, str]]:
    return [(one.field, point_text(one.point)) for one in proposals(happenings[::-1], "ana")]


CASES: Final[dict[str, tuple[list[Happening], list[tuple[str, str]]]]] = {
    "a round that was signed off, by two": (
        [told(1, "checklist", "Weekly round", "signed", "run:5", "ana"), told(2, "checklist", "Weekly round",
                                                                              "countersigned", "run:5", "ben")],
        [("tasks", "Weekly round signed off run:5")]),
    "not one that was sent back, or begun": (
        [told(1, "checklist", "Weekly round", "signed", "run:5"), told(2, "checklist", "Weekly round", "returned",
                                                                       "run:5"),
         told(3, "checklist", "Evening", "started", "run:6")], []),
    "own tickets: solved, found, moved on; not those of others": (
        [told(1, "ticket", "Disk full", "opened", "ticket:17", "ana"), told(2, "ticket", "Disk full", "done",
                                                                            "ticket:17", "ana"),
         told(3, "ticket", "Slow report", "opened", "ticket:18", "ana"),
         told(4, "ticket", "New mouse", "answered", "ticket:19", "ana"), told(5, "ticket", "Printer", "done",
                                                                              "ticket:20", "ben"),
         told(6, "ticket", "Mail", "done", "ticket:21", "ana"), told(7, "ticket", "Mail", "is open", "ticket:21",
                                                                     "ana")],
        [("resolved", "Disk full #17"), ("found", "Slow report #18"), ("tasks", "New mouse: answered #19"),
         ("tasks", "Mail: is open #21")]),
    "an alert: how long, how often, or still": (
        [told(1, "alert", "web", "fired", "alert:1", "", "refused"), told(2, "alert", "web", "acknowledged", "alert:1",
                                                                          "ben"),
         told(16, "alert", "web", "resolved", "alert:1", "", "ok"),
         told(20, "alert", "db", "fired", "alert:2", "", "slow"), told(21, "alert", "db", "resolved", "alert:2"),
         told(22, "alert", "db", "fired", "alert:3", "", "slow"), told(30, "alert", "/var", "worse", "alert:4", "",
                                                                       "96 %"),
         told(40, "alert", "mail", "resolved", "alert:5"), told(50, "alert", "x", "muted", "alert:6")],
        [("resolved", "web: refused, for 15 min alert:1"), ("found", "db: slow, 2 times alert:3"),
         ("found", "/var: 96 % alert:4"), ("resolved", "mail is over alert:5")]),
    "packages of one command, units, a start of the machine; no sign-ins": (
        [told(1, "change", "nginx upgraded 1.22 to 1.24", "package"), told(2, "change", "curl upgraded 8 to 9",
                                                                           "package"),
         *(told(60, "change", f"lib{n} upgraded", "package") for n in range(4)),
         told(61, "change", "nginx.service restarted", "unit"), told(62, "change", "nginx.service restarted", "unit"),
         told(63, "change", "db.service failed to start", "unit"), told(70, "change", "started", "reboot"),
         told(80, "change", "root here", "sign-in")],
        [("tasks", "nginx upgraded 1.22 to 1.24, curl upgraded 8 to 9"),
         ("tasks", "lib0 upgraded and 3 more packages"), ("tasks", "nginx.service restarted, 2 times"),
         ("found", "db.service failed to start"), ("tasks", "Machine started")]),
    "a name that looks like a source is none": (
        [told(1, "alert", "see #12", "resolved", "alert:7"), told(2, "change", "x.service run:9", "unit")],
        [("resolved", "see #12 is over alert:7"), ("tasks", "x.service run:9.")]),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_proposed(case: str) -> None:
    happenings, expected = CASES[case]
    assert lines(happenings) == expected


def test_of_very_many_the_newest() -> None:
    many = [told(n, "checklist", f"Round {n}", "signed", f"run:{n + 1}") for n in range(MOST + 5)]
    assert [one.key for one in proposals(many[::-1], "ana")] == [f"run:{n + 1}" for n in range(5, MOST + 5)]


TEXTS: Final = st.one_of(st.text(max_size=30), st.sampled_from(CORPUS), st.sampled_from(["a #12", "b run:3", "- c"]))
WORDS: Final = st.sampled_from(["signed", "done", "opened", "fired", "resolved", "package", "unit", "reboot", "is new"])


@given(st.lists(st.tuples(st.sampled_from(["checklist", "ticket", "alert", "change"]), TEXTS, WORDS,
                          st.integers(1, 5)), max_size=12),
       st.fixed_dictionaries({name: st.text(alphabet="ab #1\n", max_size=12) for name in (*LISTS, "notes")}),
       st.sampled_from((*LISTS, "notes")))
def test_what_is_taken_stands_there_and_can_be_taken_out_again(made: list[Any], before: dict[str, str],
                                                               field: str) -> None:
    prefix = {"checklist": "run", "ticket": "ticket", "alert": "alert", "change": "change"}
    names = {(kind, number): about for kind, about, _, number in made}
    happenings = [told(n, kind, f"{names[kind, number]}{number}", deed, f"{prefix[kind]}:{number}", "ana")
                  for n, (kind, _, deed, number) in enumerate(made)]
    found = proposals(happenings[::-1], "ana")
    assert len({one.key for one in found}) == len(found)
    for one in [*found, Proposal("command:1", "notes", "df -h\n  ls")]:
        if stands(said(before), one):
            continue
        for meant in (one, moved(one, field)):
            after = {**before, meant.field: taken(before, meant)}
            assert stands(said(after), meant)
            if not meant.is_command:
                line = after[meant.field].split("\n")[-1]
                line = line.removeprefix("- ") if meant.field == "notes" else line
                assert point_of(line) == meant.point, "nothing is lost on its way through the form"
            out = dropped(after, meant)
            assert out is not None
            assert out[0] == meant.field
            assert out[1].strip("\n") == before[meant.field].strip("\n")
            assert dropped({**after, out[0]: out[1]}, meant) is None


def test_commands_stand_apart_from_words_and_together() -> None:
    first, second = Proposal("command:1", "notes", "df -h"), Proposal("command:2", "notes", "for x in a\ndo")
    notes = with_commands("Looked around.", [first, second, first])
    assert notes == "Looked around.\n\n    df -h\n    for x in a\n    do"


def test_lists_of_an_entry_say_each_source_once() -> None:
    run, ticket = (Proposal("run:5", "tasks", "Round signed off", link="run:5"),
                   Proposal("ticket:17", "resolved", "Disk full", ticket=17))
    now = {"tasks": (Point("Looked around"),), "found": (Point("disk", 17),)}
    assert with_points(now, [run, run, ticket]) == {"tasks": (Point("Looked around"), Point("Round signed off", 0,
                                                                                            "run:5"))}


def test_points_without_a_source_are_sealed_as_before_there_were_any() -> None:
    assert seal(FULL, []) == "094f17fa45680945f19356332cb65fc7db3ede6ce916102996d9c47eec2ceee2"
    linked = replace(FULL, tasks=(replace(FULL.tasks[0], link="run:5"),))
    assert seal(linked, []) != seal(replace(FULL, tasks=(FULL.tasks[0],)), [])


# -- since when -------------------------------------------------------------------------------------------------------


class Told:
    """A source that knows some happenings."""

    kind, target, topic = "checklist", "run", "checklists"

    def __init__(self, *happenings: Happening) -> None:
        self.all = sorted(happenings, key=lambda one: -one.at)

    async def when(self, number: int) -> int | None:
        return None

    async def happenings(self, since: int, until: int, limit: int, text: str = "") -> list[Happening]:
        return [one for one in self.all if since <= one.at < until][:limit]


class Broken(Told):
    """One that cannot be read."""

    kind = "alert"

    async def happenings(self, since: int, until: int, limit: int, text: str = "") -> list[Happening]:
        raise StorageError("The history cannot be read.", "")


async def test_since_the_last_entry_of_the_type_ended(tmp_path: Path) -> None:
    rounds = Told(*(Happening(START - hours * HOUR, "checklist", "", "ana", None, f"run:{hours}", "", f"R{hours}",
                              "signed") for hours in (0, 1, 2, 30, 300, 9_000)))
    async with logdesk(tmp_path) as desk:
        async def keys(kind: EntryType = EntryType.DAILY, number: int = 0, **more: Any) -> list[str]:
            found = await desk.service.proposals(ANA, kind, [rounds, Broken()], number=number, **more)
            assert found.problems == ("The history cannot be read.",)
            return [one.key for one in found.proposals]

        assert await keys() == ["run:2", "run:1", "run:0"], "the first of its type looks back a day"
        assert await keys(EntryType.ANNUAL) == ["run:300", "run:30", "run:2", "run:1", "run:0"]
        assert await keys(since=START - 31 * HOUR) == ["run:30", "run:2", "run:1", "run:0"]
        last = await desk.new(kind=EntryType.DAILY, begun=START - 3 * HOUR, ended=START - 90 * MINUTE)
        assert await keys() == ["run:1", "run:0"]
        assert (await desk.service.proposals(ANA, EntryType.DAILY, [])).last == last.id
        assert await keys(EntryType.DAILY, last.id) == ["run:2"], "one that is there: until it ended"
        gone = await desk.new(kind=EntryType.DAILY, begun=START - HOUR, ended=START - HOUR)
        await desk.service.drop(ANA, gone.id, "twice")
        assert await keys() == ["run:1", "run:0"], "one that was dropped does not count"
        await desk.new(kind=EntryType.DAILY, begun=START - 90 * MINUTE, ended=START - HOUR)
        assert await keys() == ["run:0"], "what ended it is its own"
        going = await desk.new(kind=EntryType.DAILY, begun=START - HOUR)
        assert await keys() == ["run:1", "run:0"], "one that goes on counts from its begin"
        await desk.save(ANA, going, tasks=(Point("Round", 0, "run:1"),))
        assert await keys() == ["run:0"], "without what it says already"


async def test_so_much_happened_that_not_all_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opsconsole.logbook.cases.proposing.PAGE", 10)
    monkeypatch.setattr("opsconsole.logbook.cases.proposing.MOST", 25)
    rounds = Told(*(Happening(START - n * MINUTE, "checklist", "", "ana", None, f"run:{n + 1}", "", "R", "signed")
                    for n in range(60)))
    async with logdesk(tmp_path) as desk:
        found = await desk.service.proposals(ANA, EntryType.DAILY, [rounds])
        assert (found.more, len(found.proposals)) == (True, 30)
        assert not (await desk.service.proposals(ANA, EntryType.DAILY, [rounds], since=START - 9 * MINUTE)).more
        assert found.since == START - DAY


# -- the shell --------------------------------------------------------------------------------------------------------


SHELLS: Final = {
    "bash": (".bash_history", "#1799049600\ndf -h\n#1799049700\nls \xe4\n#1799049800\ndf -h\n", ["ls \xe4", "df -h"]),
    "bash-plain": (".bash_history", "df -h\n\n  ls\n", ["df -h", "ls"]),
    "zsh": (".zsh_history", ": 1799049600:0;for x in a; do\\\necho $x\\\ndone\n: 1799049700:2;ls\nplain\n",
            ["for x in a; do\necho $x\ndone", "ls", "plain"]),
    "fish": (".local/share/fish/fish_history",
             "- cmd: echo a\\\\b\\nls\n  when: 1799049600\n  paths:\n    - a\n- cmd: ls\n", ["echo a\\b\nls", "ls"]),
}


@pytest.mark.parametrize("shell", SHELLS)
def test_commands_of_each_shell(tmp_path: Path, shell: str) -> None:
    name, content, expected = SHELLS[shell]
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    found = typed({"SHELL": f"/bin/{shell.partition('-')[0]}"}, tmp_path)
    assert [one.text for one in found] == expected
    assert len({one.key for one in found}) == len(found)
    assert all(one.field == "notes" and one.is_command for one in found)
    named = typed({"HISTFILE": str(path), "SHELL": "/bin/tcsh"}, tmp_path, 1_799_049_700_000)
    assert [one.text for one in named] == [one.text for one in found if one.at is None or one.at >= 1_799_049_700_000]


def test_only_ones_own_file_of_a_sane_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unreadable, match="does not exist"):
        typed({}, tmp_path)
    (tmp_path / ".bash_history").mkdir()
    with pytest.raises(Unreadable, match=r"is not a file|cannot be read"):
        typed({}, tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Unreadable, match="is not a file"):
        typed({"HISTFILE": "~/pipe"}, tmp_path)
    (tmp_path / "theirs").write_text("secret\n")
    uid = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: uid + 1)
    with pytest.raises(Unreadable, match="belongs to somebody else"):
        typed({"HISTFILE": "~/theirs"}, tmp_path)


def test_the_end_of_a_large_file(tmp_path: Path) -> None:
    (tmp_path / ".bash_history").write_text("".join(f"echo {n:06} {'x' * 50}\n" for n in range(20_000)) + "y" * 2_000)
    found = typed({}, tmp_path)
    assert [one.text[:11] for one in found] == [f"echo {n:06}" for n in range(19_950, 20_000)]
