"""The use cases of the log on real records: writing, signing, amending, next actions, files."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

import pytest
from msgspec.structs import replace

from opsconsole.core import audit
from opsconsole.core.clock import HOUR, MINUTE
from opsconsole.core.errors import PermissionDenied, StorageError, UsageError
from opsconsole.logbook.errors import Clash, NoEntry, NotNow
from opsconsole.logbook.model import (
    MOST_POINTS,
    TOPIC,
    Action,
    Entry,
    EntryState,
    EntryType,
    Point,
    Status,
    topic_of,
)
from opsconsole.logbook.service import LogService
from opsconsole.logbook.settings import LogbookSettings
from tests.hostile import CORPUS
from tests.logbook.logdesk import logdesk
from tests.tickets.desk import ANA, BEN, EVA, START, SUE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from tests.logbook.logdesk import LogDesk

    Case = Callable[[LogService, int], Awaitable[Any]]

DISK: Final = Action("Order a spare disk", "ben", "2026-12-01")
LOOK: Final = Action("Look at the array")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[LogDesk]:
    async with logdesk(tmp_path) as made:
        yield made
        await made.check()


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[LogDesk]:
    async with logdesk(tmp_path, LogbookSettings(two_persons=(EntryType.EMERGENCY,))) as made:
        yield made
        await made.check()


async def test_a_new_entry_begins_now_and_was_performed_by_whoever_opens_it(desk: LogDesk) -> None:
    made = await desk.new("  swapped\n disk 3 ", notes="x", tasks=[{"text": "swap", "ticket": 17}])
    assert made == Entry(1, EntryType.CHANGE, "swapped disk 3", START, performed_by=("ana",),
                         tasks=(Point("swap", 17),), notes="x", created=START, created_by="ana", updated=START,
                         version=1)
    assert await desk.service.entry(1) == made
    assert await desk.audited() == ["log.new"]
    assert (await desk.new(begun=START - HOUR, ended=START, performed_by=("zoe",))).performed_by == ("zoe",)


CASES: Final[list[tuple[str, list[Case], Case]]] = [
    ("new", [], lambda s, _: s.new(ANA, EntryType.DAILY, "x")),
    ("save", [], lambda s, n: s.save(ANA, n, {"notes": "y"}, {"notes": ""})),
    ("drop", [], lambda s, n: s.drop(ANA, n, "twice")),
    ("sign", [], lambda s, n: s.sign(ANA, n)),
    ("return", [lambda s, n: s.sign(ANA, n)], lambda s, n: s.send_back(BEN, n, "wrong disk")),
    ("amend", [lambda s, n: s.sign(ANA, n), lambda s, n: s.sign(BEN, n)],
     lambda s, n: s.amend(ANA, n, {"title": "swapped disk 4"}, "wrong disk")),
    ("attach", [], lambda s, n: s.attach(ANA, n, "a.txt", b"a")),
    ("action", [], lambda s, n: s.finish_action(ANA, n, 0)),
]


@pytest.mark.parametrize(("action", "before", "case"), CASES, ids=[one[0] for one in CASES])
async def test_each_case_is_audited_once_tells_everybody_and_is_not_for_viewers(
        two: LogDesk, action: str, before: list[Case], case: Case) -> None:
    number = (await two.new(kind=EntryType.EMERGENCY, actions=(DISK,))).id
    for one in before:
        await one(two.service, number)
    trail, versions = await two.audited(), await two.versions()
    viewer = replace(ANA, name="eva", role=EVA.role)
    asked: list[Any] = []

    class Asked:
        def __getattr__(self, name: str) -> Any:
            async def call(actor: Any, *args: Any) -> None:
                asked.append(name)
                await getattr(two.service, name)(viewer, *args)
            return call

    with pytest.raises(PermissionDenied, match="operator"):
        await case(Asked(), number)  # type: ignore[arg-type]
    assert (await two.audited(), await two.versions(), len(asked)) == (trail, versions, 1)
    await case(two.service, number)
    assert await two.audited() == [*trail, f"log.{action}"]
    touched = number + (action == "new")
    now = await two.versions()
    assert {name for name in now if now[name] != versions.get(name)} == {TOPIC, topic_of(touched), audit.TOPIC}
    last = (await audit.entries(two.db, limit=1))[0]
    assert last.subject == f"log:{touched}"
    assert (await audit.verify(two.db)).ok


async def test_what_two_people_write_into_different_fields_stays(desk: LogDesk) -> None:
    read = await desk.new()
    await desk.save(ANA, read, notes="from ana", title="swapped disk 4")
    both = await desk.save(BEN, read, tags=("disk",), status=Status.ISSUES)
    assert (both.notes, both.title, both.tags, both.status) == ("from ana", "swapped disk 4", ("disk",), "issues")
    assert both.version == 3


async def test_the_same_field_is_a_clash_and_nothing_of_it_is_stored(desk: LogDesk) -> None:
    read = await desk.new()
    await desk.save(ANA, read, notes="from ana")
    with pytest.raises(Clash) as caught:
        await desk.save(BEN, read, notes="from ben", title="other")
    assert caught.value.fields == {"notes": ("from ana", "from ben")}
    assert caught.value.entry == await desk.service.entry(1)
    assert caught.value.entry.title == "swapped disk 3"
    await desk.save(BEN, caught.value.entry, notes="from both")
    assert (await desk.save(SUE, read, notes="from both")).version == 3


async def test_lines_that_two_people_add_are_both_there(desk: LogDesk) -> None:
    read = await desk.new(tasks=(Point("a"), Point("b")))
    await desk.save(ANA, read, tasks=(Point("a"), Point("from ana"), Point("b")))
    both = await desk.save(BEN, read, tasks=(Point("b"), Point("from ben")))
    assert [one.text for one in both.tasks] == ["from ana", "b", "from ben"]
    with pytest.raises(Clash):
        await desk.save(SUE, read, tasks=(Point("A"), Point("b")))


async def test_nothing_new_is_no_change(desk: LogDesk) -> None:
    read = await desk.new()
    assert await desk.save(BEN, read, title=read.title, tasks=read.tasks) == read
    assert await desk.audited() == ["log.new"]


async def test_what_was_read_before_has_to_be_said(desk: LogDesk) -> None:
    await desk.new()
    with pytest.raises(UsageError, match="`title` said before is not known"):
        await desk.service.save(ANA, 1, {"title": "x"}, {})


@pytest.mark.parametrize(("fields", "sentence"), [
    ({"titel": "x"}, "no field `titel`; did you mean `title`?"), ({"title": " \n"}, "A title is missing"),
    ({"title": "x" * 201}, "at most 200"), ({"title": 5}, "no value of `title`"), ({"id": 5}, "no field `id`"),
    ({"seal": "x"}, "no field `seal`"), ({"type": "dayly"}, "no value of `type`"), ({"begun": -1}, "no time"),
    ({"begun": 2**60}, "no time"), ({"ended": 5}, "ends before it begins"), ({"begun": None}, "no value of `begun`"),
    ({"seconds": float("nan")}, "cannot be nan seconds"), ({"seconds": -1}, "cannot be -1.0 seconds"),
    ({"tasks": ["x"]}, "no value of `tasks`"), ({"tasks": [Point(f"{n}") for n in range(MOST_POINTS + 1)]}, "at most"),
    ({"tasks": [Point("x" * 2001)]}, "at most 2,000"), ({"tasks": [Point("x", -1)]}, "no number"),
    ({"notes": "x" * 300_000}, "at most 262,144"), ({"performed_by": ["x" * 81]}, "at most 80"),
    ({"tags": [f"{n}" for n in range(51)]}, "at most 50"), ({"actions": [Action("x", due="4.1.2027")]}, "no date"),
    ({"actions": [Action("x", due="2027-02-29")]}, "no date")])
async def test_what_an_entry_cannot_say(desk: LogDesk, fields: dict[str, Any], sentence: str) -> None:
    read = await desk.new()
    base = {name: getattr(read, name, None) for name in fields}
    with pytest.raises(UsageError) as caught:
        await desk.service.save(ANA, read.id, fields, base)
    assert sentence in str(caught.value)
    assert await desk.service.entry(read.id) == read


async def test_empty_lines_and_names_that_are_twice_are_left_out(desk: LogDesk) -> None:
    made = await desk.new(tasks=(Point(" a \tb "), Point(" ")), tags=("x", " x", ""), actions=(Action(""), LOOK))
    assert (made.tasks, made.tags, made.actions) == ((Point("a b"),), ("x",), (LOOK,))


async def test_signing_ends_and_freezes(desk: LogDesk) -> None:
    read = await desk.new()
    desk.clock.go(MINUTE)
    signed = await desk.service.sign(BEN, 1)
    assert (signed.state, signed.ended, len(signed.seal)) == (EntryState.SIGNED, START + MINUTE, 64)
    assert [(one.actor, one.at, one.origin) for one in signed.signatures] == [("ben", START + MINUTE, "192.0.2.8")]
    assert await desk.service.original(1) == await desk.service.entry(1) == signed
    for refused in (desk.save(ANA, read, notes="x"), desk.service.drop(ANA, 1, "x"), desk.service.sign(ANA, 1),
                    desk.service.attach(ANA, 1, "x", b"x"), desk.service.send_back(ANA, 1, "x")):
        with pytest.raises(NotNow):
            await refused
    assert await desk.service.entry(1) == signed


async def test_an_entry_that_nobody_performed_is_not_signed(desk: LogDesk) -> None:
    await desk.new(performed_by=())
    with pytest.raises(NotNow, match="who performed it"):
        await desk.service.sign(ANA, 1)


async def test_a_second_person_is_another_one(two: LogDesk) -> None:
    await two.new(kind=EntryType.EMERGENCY)
    waiting = await two.service.sign(ANA, 1)
    assert (waiting.state, waiting.persons, waiting.seal) == (EntryState.WAITING, 2, "")
    with pytest.raises(NotNow, match="your signature already"):
        await two.service.sign(ANA, 1)
    with pytest.raises(NotNow, match="Send it back first"):
        await two.save(BEN, waiting, notes="x")
    signed = await two.service.sign(BEN, 1)
    assert [one.actor for one in signed.signatures] == ["ana", "ben"]
    assert signed.state is EntryState.SIGNED


async def test_what_was_sent_back_is_written_and_signed_again(two: LogDesk) -> None:
    await two.new(kind=EntryType.EMERGENCY)
    with pytest.raises(NotNow, match="does not wait"):
        await two.service.send_back(BEN, 1, "x")
    await two.service.sign(ANA, 1)
    with pytest.raises(UsageError, match="reason is missing"):
        await two.service.send_back(BEN, 1, " ")
    back = await two.service.send_back(BEN, 1, "wrong disk")
    assert (back.state, back.signatures) == (EntryState.OPEN, ())
    await two.save(ANA, back, title="swapped disk 4")
    await two.service.sign(ANA, 1)
    assert (await two.service.sign(BEN, 1)).state is EntryState.SIGNED
    assert await two.audited() == ["log.new", "log.sign", "log.return", "log.save", "log.sign", "log.sign"]


async def test_another_type_may_want_another_number_of_persons(two: LogDesk) -> None:
    read = await two.new()
    assert read.persons == 1
    assert (await two.save(ANA, read, type=EntryType.EMERGENCY)).persons == 2


async def test_dropped_entries_are_seen_only_when_asked_for(desk: LogDesk) -> None:
    await desk.new(actions=(DISK,))
    await desk.service.drop(ANA, 1, "written twice")
    assert (await desk.service.entry(1)).state is EntryState.DROPPED
    assert (await desk.found(), await desk.found("is:dropped"), await desk.service.due_actions()) == ([], [1], [])
    assert await desk.service.between(0, START + HOUR) == []
    for refused in (desk.service.sign(ANA, 1), desk.service.drop(ANA, 1, "x"),
                    desk.service.finish_action(ANA, 1, 0)):
        with pytest.raises(NotNow, match="dropped"):
            await refused


async def test_amendments_merge_into_what_readers_see_and_both_versions_stay(desk: LogDesk) -> None:
    signed = await desk.signed(resolved=(Point("disk 3"),))
    first = await desk.service.amend(BEN, 1, {"resolved": (Point("disk 4"),), "title": signed.title}, "it was disk 4")
    assert (first.seq, first.actor, first.reason) == (1, "ben", "it was disk 4")
    assert first.changes == {"resolved": [{"text": "disk 4", "ticket": 0, "link": ""}]}
    second = await desk.service.amend(ANA, 1, {"status": Status.ISSUES, "type": EntryType.INCIDENT}, "it was bad")
    assert await desk.service.amendments(1) == [first, second]
    seen = await desk.service.entry(1)
    assert (seen.resolved, seen.status, seen.type) == ((Point("disk 4"),), Status.ISSUES, EntryType.INCIDENT)
    assert replace(await desk.service.original(1), version=signed.version, updated=signed.updated) == signed
    row = (await desk.service.rows(await desk.service.find("is:amended type:incident"), 0, 5))[0]
    assert (row.amended, row.status, row.type) == (2, Status.ISSUES, EntryType.INCIDENT)
    assert [one.status for one in await desk.service.between(0, START + HOUR)] == [Status.ISSUES]


async def test_an_amendment_says_why_and_changes_something(desk: LogDesk) -> None:
    with pytest.raises(NoEntry):
        await desk.service.amend(ANA, 1, {"title": "x"}, "y")
    read = await desk.new()
    with pytest.raises(NotNow, match="not signed"):
        await desk.service.amend(ANA, 1, {"title": "x"}, "y")
    await desk.service.sign(ANA, 1)
    for changes, reason, sentence in (({"title": "x"}, " ", "reason is missing"), ({}, "y", "changes nothing"),
                                      ({"title": read.title}, "y", "changes nothing"),
                                      ({"ended": read.begun - 1}, "y", "ends before"), ({"run": 5}, "y", "no field")):
        with pytest.raises(UsageError, match=sentence):
            await desk.service.amend(ANA, 1, changes, reason)
    assert await desk.service.amendments(1) == []


async def test_next_actions_come_up_when_they_are_due(desk: LogDesk) -> None:
    await desk.new(actions=(LOOK, DISK))
    await desk.new(actions=(replace(DISK, text="Call the vendor", due="2026-11-20"),))
    everything = [(2, 0, "Call the vendor"), (1, 1, "Order a spare disk"), (1, 0, "Look at the array")]
    assert [(*one[:2], one[2].text) for one in await desk.service.due_actions()] == everything
    assert [one[2].due for one in await desk.service.due_actions(date(2026, 11, 30))] == ["2026-11-20"]
    assert (await desk.service.rows(await desk.service.find(), 0, 1))[0].actions == 1


async def test_next_actions_are_done_before_and_after_signing(desk: LogDesk) -> None:
    await desk.new(actions=(LOOK, DISK))
    done = await desk.service.finish_action(BEN, 1, 0)
    assert done.actions == (replace(LOOK, done=START, done_by="ben"), DISK)
    signed = await desk.service.sign(ANA, 1)
    assert signed.actions == done.actions
    later = await desk.service.finish_action(BEN, 1, 1)
    assert later.actions[1] == replace(DISK, done=START, done_by="ben")
    assert (later.seal, await desk.service.due_actions()) == (signed.seal, [])
    assert (await desk.service.original(1)).actions == signed.actions
    assert (await desk.service.finish_action(BEN, 1, 0, done=False)).actions[0] == LOOK
    for place, sentence in ((1, "done already by ben"), (2, "has no next action 3"), (-1, "has no next action")):
        with pytest.raises(UsageError, match=sentence):
            await desk.service.finish_action(ANA, 1, place)


async def test_amending_next_actions_undoes_none(desk: LogDesk) -> None:
    signed = await desk.signed(actions=(LOOK, DISK))
    await desk.service.finish_action(BEN, 1, 0)
    await desk.service.amend(ANA, 1, {"actions": (*signed.actions, Action("And more"))}, "forgot one")
    seen = await desk.service.entry(1)
    assert [one.done for one in seen.actions] == [START, None, None]
    assert [one[1] for one in await desk.service.due_actions()] == [1, 2]


async def test_editing_next_actions_undoes_none_that_somebody_finished_meanwhile(desk: LogDesk) -> None:
    read = await desk.new(actions=(LOOK, DISK))
    await desk.service.finish_action(BEN, 1, 0)
    saved = await desk.save(ANA, read, actions=(*read.actions, Action("And more")))
    assert [(one.text, one.done) for one in saved.actions] == [
        (LOOK.text, START), (DISK.text, None), ("And more", None)]
    undone = await desk.save(ANA, saved, actions=(LOOK, *saved.actions[1:]))
    assert [one.done for one in undone.actions] == [None, None, None]


async def test_files_are_kept_with_an_entry(desk: LogDesk, tmp_path: Path) -> None:
    await desk.new()
    made = await desk.service.attach(ANA, 1, "../../etc/pass\x1b]0;x\x07wd", b"%PDF-1.4")
    (tmp_path / "b.txt").write_text("words")
    other = await desk.service.attach(BEN, 1, "b.txt", tmp_path / "b.txt")
    assert (made.name, made.type, made.size, made.by) == ("pass\x1b]0;x\x07wd", "application/pdf", 8, "ana")
    assert await desk.service.attachments(1) == [made, other]
    assert (await desk.service.rows(await desk.service.find("b.txt"), 0, 1))[0].attachments == 2
    assert await desk.value("SELECT count(*) FROM kept_file") == 2
    with pytest.raises(UsageError, match="cannot be read"):
        await desk.service.attach(ANA, 1, "c", tmp_path / "missing")
    with pytest.raises(NoEntry):
        await desk.service.attach(ANA, 7, "c", b"c")
    await desk.service.sign(ANA, 1)


async def test_files_need_a_place_and_have_a_limit(tmp_path: Path) -> None:
    async with logdesk(tmp_path, LogbookSettings(attachment=LogbookSettings().attachment.__class__(1000))) as desk:
        await desk.new()
        with pytest.raises(UsageError, match="larger"):
            await desk.service.attach(ANA, 1, "c", b"c" * 1001)
        with pytest.raises(StorageError, match="no place"):
            await LogService(desk.db, desk.clock).attach(ANA, 1, "c", b"c")


@pytest.mark.parametrize("number", [0, -1, 7, 2**70])
async def test_an_entry_that_is_not_there(desk: LogDesk, number: int) -> None:
    for asked in (desk.service.entry(number), desk.service.original(number), desk.service.sign(ANA, number),
                  desk.service.finish_action(ANA, number, 0)):
        with pytest.raises(NoEntry, match="There is no log entry"):
            await asked


async def test_hostile_text_comes_back_as_it_was_and_half_characters_as_their_numbers(desk: LogDesk) -> None:
    for given in CORPUS:
        text = given[:1900]
        made = await desk.new("t", notes=f"x{text}x", tasks=(Point(f"x{text}x"),), tags=(f"x{text[:60]}x",))
        assert made == await desk.service.entry(made.id)
        doubled = text[:900].replace('"', '""')
        await desk.found(f'"{doubled}"')
        await desk.service.sign(ANA, made.id)
        await desk.service.amend(BEN, made.id, {"notes": f"y{text}"}, f"z{text}")
    half = await desk.new("half \ud800", notes="\udfff")
    assert (half.title, half.notes) == ("half \\ud800", "\\udfff")
    assert await desk.service.entry(half.id) == half


async def test_what_another_feature_writes_is_cut_to_what_an_entry_holds(desk: LogDesk) -> None:
    long = Entry(0, EntryType.DAILY, "", START, START - 1, performed_by=("x" * 90,) * 60, run=41, window=3,
                 tasks=tuple(Point(f"{n}" + "x" * 3000) for n in range(300)), actions=(DISK,) * 300,
                 notes="x\n" * 200_000, state=EntryState.SIGNED, seal="x", persons=2)
    async with desk.db.write() as tx:
        made = await desk.service.draft_in(tx, ANA, long)
    assert await desk.service.entry(made.id) == made
    assert (made.title, made.state, made.seal, made.persons, made.run, made.window) == ("daily", "open", "", 1, 41, 3)
    assert (len(made.tasks), made.tasks[-1].text) == (MOST_POINTS, "… and 101 more")
    assert (made.created_by, made.ended) == ("ana", START)
    assert (await desk.service.of_run(41), await desk.service.of_run(0), await desk.found("run:41")) == ([1], [], [1])
    assert await desk.audited() == ["log.draft"]
