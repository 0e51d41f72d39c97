"""The use cases of checklists against real records: what is stored, audited and told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.checklists import store
from opsconsole.checklists.cases.types import File, Reply
from opsconsole.checklists.errors import NoRun, NotNow, Overtaken, Unfinished
from opsconsole.checklists.model import EventKind, Given, Proposal, RunState, Verdict
from opsconsole.checklists.verifying import verify_runs
from opsconsole.core.clock import DAY, HOUR, MINUTE
from opsconsole.core.errors import PermissionDenied, StorageFull, UsageError
from tests.checklists.checkdesk import EMERGENCY, MORNING, NINE, checkdesk
from tests.tickets.desk import ANA, BEN, EVA, SUE

if TYPE_CHECKING:
    from pathlib import Path


async def test_runs_open_once_and_are_missed_once(tmp_path: Path) -> None:
    async with checkdesk(tmp_path) as desk:
        assert await desk.service.open_due() == 1
        assert await desk.service.open_due() == 0
        run = await desk.service.find("morning")
        assert (run.occurrence, desk.service.state(run)) == ("2026-11-19", RunState.OPEN)
        assert await desk.service.next_change() == NINE
        desk.clock.go(9 * HOUR)
        assert await desk.service.open_due() == 2
        run = await desk.service.run(run.id)
        assert (run.outcome, run.ended) == ("missed", NINE + 8 * HOUR)
        assert [one.kind for one in (await desk.service.walk(run.id)).events] == [EventKind.OPENED, EventKind.MISSED]
        with pytest.raises(NotNow, match="missed"):
            await desk.answer(ANA, run, "home")
        explained = await desk.service.explain(ANA, run.id, "the line was down")
        assert explained.reason == "the line was down"
        known = await desk.service.runs()
        for ahead in (-2 * HOUR, 2 * HOUR, -9 * HOUR, 9 * HOUR):
            desk.clock.go(ahead)
            assert await desk.service.open_due() == 0
        assert await desk.service.runs() == known
        await desk.check()


async def test_what_a_wrong_clock_missed_is_open_again_once_it_is_right(tmp_path: Path) -> None:
    async with checkdesk(tmp_path) as desk:
        await desk.service.open_due()
        run = await desk.service.find("morning")
        until = desk.clock.now() + 4 * HOUR
        await desk.service.defer(ANA, [run.id], until, "an outage")
        desk.clock.go(30 * DAY)
        await desk.service.open_due()
        assert (await desk.service.run(run.id)).outcome == "missed"
        assert len(await desk.service.runs("morning")) > 5
        desk.clock.go(-30 * DAY)
        assert await desk.service.open_due() > 0
        assert await desk.service.open_due() == 0
        again = await desk.service.run(run.id)
        assert (again.outcome, again.ended, again.deferred) == ("", None, until)
        assert desk.service.state(again) is RunState.DEFERRED
        kinds = [one.kind for one in (await desk.service.walk(run.id)).events]
        assert kinds == [EventKind.OPENED, EventKind.DEFERRED, EventKind.MISSED, EventKind.OPENED]
        others = [one for one in await desk.service.runs("morning") if one.id != run.id]
        assert {desk.service.state(one) for one in others} == {RunState.UPCOMING}
        desk.clock.go(-30_000)
        assert await desk.service.open_due() == 0
        await desk.service.resume(ANA, run.id)
        await desk.answer(ANA, run, "home")
        await desk.check()


async def test_a_walk_from_the_first_item_to_the_seal(tmp_path: Path) -> None:
    async with checkdesk(tmp_path) as desk:
        await desk.service.open_due()
        run = await desk.service.begin(ANA, (await desk.service.find("morning")).id)
        assert run.begun == desk.clock.now()
        done = await desk.answer(ANA, run, "home")
        assert (done.answer.id, done.run.answered, done.run.performers) == (1, 1, ("ana",))
        with pytest.raises(Unfinished) as unfinished:
            await desk.service.sign(ANA, run.id)
        assert unfinished.value.items == ("users",)
        low = await desk.answer(BEN, run, "users", None, value=3.0)
        assert (low.answer.verdict, low.answer.limit, low.run.failed) == (Verdict.FAILED, "at least 10 users", 1)
        with pytest.raises(Overtaken) as overtaken:
            await desk.answer(ANA, run, "users", None, value=12.0, base=0)
        assert overtaken.value.answer == low.answer
        await desk.answer(ANA, run, "users", None, value=12.0, base=low.answer.id)
        desk.clock.go(MINUTE)
        signed = await desk.service.sign(ANA, run.id)
        assert desk.service.state(signed) is RunState.DONE
        assert len(signed.seal) == 64
        report = await verify_runs(desk.db)
        assert report.ok, report
        with pytest.raises(NotNow, match="signed"):
            await desk.answer(ANA, run, "home")
        draft = await desk.service.draft(run.id)
        assert draft.signed_by == ("ana",)
        assert await desk.audited() == ["checklist.begin", *["checklist.answer"] * 3, "checklist.sign"]
        figures = await desk.service.statistics(NINE - DAY, NINE + DAY)
        assert (figures.checklists[0].done, figures.checklists[0].on_time) == (1, 1)
        assert {one.name: one.answers for one in figures.people} == {"ana": 2, "ben": 1}
        await desk.check()


async def test_what_is_taken_back_twice_goes_back_twice(tmp_path: Path) -> None:
    async with checkdesk(tmp_path) as desk:
        run = await desk.service.start(ANA, "morning")
        await desk.answer(ANA, run, "users", None, value=20.0)
        await desk.answer(ANA, run, "users", None, value=30.0)
        back = await desk.service.take_back(BEN, run.id, "users")
        assert (back.value, back.undoes, back.actor) == (20.0, 2, "ben")
        assert (await desk.service.take_back(ANA, run.id, "users")).verdict is Verdict.OPEN
        with pytest.raises(NotNow):
            await desk.service.take_back(ANA, run.id, "users")
        assert len((await desk.service.walk(run.id)).step("users").earlier) == 4  # type: ignore[union-attr]
        await desk.check()


async def test_a_failure_opens_a_ticket_and_the_next_one_joins_it(tmp_path: Path) -> None:
    async with checkdesk(tmp_path) as desk:
        run = await desk.service.start(ANA, "morning")
        failed = await desk.answer(ANA, run, "home", Verdict.FAILED, note="503")
        assert failed.ticket is not None
        assert (failed.answer.ticket, failed.joined) == (failed.ticket.number, False)
        assert "503" in failed.ticket.description
        assert failed.run.total == 4
        again = await desk.answer(ANA, run, "home", Verdict.FAILED, note="still")
        assert (again.ticket, again.answer.ticket) == (None, failed.ticket.number)
        desk.clock.go(DAY)
        tomorrow = await desk.service.start(ANA, "morning", "2026-11-20")
        joined = await desk.answer(BEN, tomorrow, "home", Verdict.FAILED)
        assert joined.joined
        assert joined.ticket is not None
        assert (joined.ticket.number, joined.ticket.recurred) == (failed.ticket.number, 1)
        walk = await desk.service.walk(run.id)
        assert walk.states == {failed.ticket.number: failed.ticket.state}
        await desk.check()


async def test_a_ladder_ends_when_the_item_is_well_again(tmp_path: Path) -> None:
    async with checkdesk(tmp_path) as desk:
        run = await desk.service.start(ANA, "evening")
        failed = await desk.answer(ANA, run, "doors", Verdict.FAILED)
        assert failed.escalated == "oncall"
        assert failed.followed is not None
        assert (failed.followed.slug, failed.followed.begun) == ("emergency", None)
        await desk.answer(ANA, run, "doors")
        kinds = await desk.column("SELECT kind FROM outbox_notice ORDER BY seq")
        assert kinds == ["firing", "resolved"]
        await desk.check()


async def test_two_persons_sign_and_the_second_one_did_not_answer(tmp_path: Path) -> None:
    async with checkdesk(tmp_path) as desk:
        run = await desk.service.start(ANA, "evening")
        await desk.answer(ANA, run, "doors")
        await desk.answer(BEN, run, "backup", Verdict.SKIPPED, note="no tape")
        signed = await desk.service.sign(ANA, run.id)
        assert desk.service.state(signed) is RunState.WAITING
        for actor in (ANA, BEN):
            with pytest.raises(NotNow):
                await desk.service.sign(actor, run.id)
        with pytest.raises(NotNow, match="signed by ana"):
            await desk.answer(BEN, run, "doors")
        back = await desk.service.send_back(SUE, run.id, "look again")
        assert back.signatures == ()
        await desk.service.sign(ANA, run.id)
        done = await desk.service.sign(SUE, run.id)
        assert [one.actor for one in done.signatures] == ["ana", "sue"]
        assert (await verify_runs(desk.db)).ok
        await desk.check()


async def test_what_the_machine_proposes_is_confirmed_disputed_or_decided(tmp_path: Path) -> None:
    async with checkdesk(tmp_path) as desk:
        run = await desk.service.start(ANA, "evening")
        assert await desk.service.wanting() == [run.id]
        now = desk.clock.now()
        made = await desk.service.propose(run.id, [
            Proposal(run.id, "backup", now, Verdict.OK, 6.0, "6 h", limit="< 24h"),
            Proposal(run.id, "own", now, Verdict.OK, 1.0)])
        assert [(one.item, one.given, one.actor) for one in made] == [("own", Given.AUTO, "")]
        confirmed = await desk.answer(ANA, run, "backup")
        assert (confirmed.answer.value, confirmed.answer.limit, confirmed.answer.proposed) == (6.0, "< 24h", True)
        disputed = await desk.answer(ANA, run, "backup", Verdict.FAILED)
        assert (disputed.answer.verdict, disputed.answer.proposed) == (Verdict.FAILED, False)
        await desk.service.take_back(ANA, run.id, "own")
        later = Proposal(run.id, "own", now + 1, Verdict.OK, 2.0)
        assert await desk.service.propose(run.id, [later]) == []
        desk.clock.go(1000)
        await desk.service.want(run.id)
        assert await desk.service.propose(run.id, [Proposal(run.id, "own", now + 2, Verdict.OK, 2.0)]) != []
        await desk.check()


async def test_evidence_is_kept_and_answers_what_asks_for_it(tmp_path: Path) -> None:
    async with checkdesk(tmp_path) as desk:
        run = await desk.service.start(ANA, "evening")
        with pytest.raises(UsageError, match="evidence"):
            await desk.answer(ANA, run, "proof")
        kept = await desk.service.add_evidence(ANA, run.id, "proof", [File("../door.png", b"png")])
        assert kept.answer.verdict is Verdict.OK
        assert [(one.title, one.size) for one in kept.answer.evidence] == [("door.png", 3)]


async def test_an_answer_and_the_files_it_rests_on_are_one_step(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with checkdesk(tmp_path) as desk:
        run = await desk.service.start(ANA, "morning")
        said, files = Reply(verdict=Verdict.FAILED, note="red"), [File("lamp.png", b"png")]
        done = await desk.service.answer_with(ANA, run.id, "home", said, files)
        assert (done.answer.verdict, done.answer.note) == (Verdict.FAILED, "red")
        assert [one.title for one in done.answer.evidence if one.kind == "file"] == ["lamp.png"]
        before = await desk.service.walk(run.id)

        async def full(*_: object) -> None:
            raise StorageFull("There is no space left.", "Free some.")

        monkeypatch.setattr(store, "add_answer", _second_fails(store.add_answer, full))
        with pytest.raises(StorageFull):
            await desk.service.answer_with(ANA, run.id, "home", said, files)
        monkeypatch.undo()
        assert await desk.service.walk(run.id) == before
        await desk.check()


def _second_fails(first: Any, second: Any) -> Any:
    """A function that works once."""
    calls = iter((first, second))

    async def call(*arguments: Any) -> Any:
        return await next(calls)(*arguments)

    return call


async def test_what_the_morning_left_open_is_handed_over(tmp_path: Path) -> None:
    async with checkdesk(tmp_path) as desk:
        morning = await desk.service.start(ANA, "morning")
        await desk.answer(ANA, morning, "home")
        await desk.answer(ANA, morning, "users", Verdict.SKIPPED, note="no figures today")
        await desk.service.sign(ANA, morning.id)
        evening = await desk.service.start(BEN, "evening")
        left = (await desk.service.walk(evening.id)).left
        assert [(one.item, one.verdict, one.note) for one in left] == [
            ("users", Verdict.SKIPPED, "no figures today")]
        event = await desk.service.acknowledge(BEN, evening.id, "seen")
        assert event.data == {"left": [[morning.id, "users"]]}


async def test_what_is_put_off_is_missed_later(tmp_path: Path) -> None:
    async with checkdesk(tmp_path) as desk:
        await desk.service.open_due()
        run = await desk.service.find("morning")
        until = NINE + 4 * HOUR
        (put_off,) = await desk.service.defer(ANA, [run.id], until, "fire")
        assert desk.service.state(put_off) is RunState.DEFERRED
        with pytest.raises(NotNow, match="put off"):
            await desk.answer(ANA, run, "home")
        emergency = await desk.service.start(ANA, "emergency")
        with pytest.raises(NotNow):
            await desk.service.defer(ANA, [emergency.id], until, "no")
        desk.clock.at = NINE + 9 * HOUR
        await desk.service.open_due()
        assert (await desk.service.run(run.id)).outcome == ""
        desk.clock.at = until + 8 * HOUR
        await desk.service.open_due()
        assert (await desk.service.run(run.id)).ended == until + 8 * HOUR


async def test_a_new_version_keeps_the_answers_that_mean_the_same(tmp_path: Path) -> None:
    async with checkdesk(tmp_path) as desk:
        run = await desk.service.start(ANA, "morning")
        await desk.answer(ANA, run, "home")
        await desk.answer(ANA, run, "users", None, value=12.0)
        with pytest.raises(NotNow):
            await desk.service.adopt(ANA, run.id)
        desk.template("morning", MORNING.replace("min: 10", "min: 15"))
        assert (await desk.service.walk(run.id)).newer
        assert [one.item for one in await desk.service.changes(run.id)] == ["users"]
        adopted = await desk.service.adopt(BEN, run.id)
        assert (adopted.answered, adopted.performers) == (1, ("ana",))
        assert not (await desk.service.walk(run.id)).newer
        await desk.check()


async def test_the_board_has_what_is_due_and_what_comes(tmp_path: Path) -> None:
    async with checkdesk(tmp_path) as desk:
        await desk.service.open_due()
        board = await desk.service.board()
        assert [(row.slug, row.state) for row in board.today] == [
            ("morning", RunState.OPEN), ("evening", RunState.UPCOMING)]
        assert [one.slug for one in board.demand] == ["emergency"]
        assert board.week[0].due == NINE + DAY
        desk.clock.go(HOUR)
        assert (await desk.service.counts())[:2] == (1, 1)


async def test_figures_of_the_runs_before(tmp_path: Path) -> None:
    async with checkdesk(tmp_path) as desk:
        for day in range(7):
            run = await desk.service.start(ANA, "morning", f"2026-11-{19 + day}")
            await desk.answer(ANA, run, "users", None, value=99.0)
            await desk.answer(ANA, run, "users", None, value=20.0 + day)
            desk.clock.go(DAY)
        found = await desk.service.figures(run)
        assert [one.value for one in found["users"]] == [25, 24, 23, 22, 21]
        assert [one.value for one in await desk.service.history("morning", "users", limit=2)] == [26, 25]


@pytest.mark.parametrize(("use", "who"), [
    (lambda s, n: s.answer(EVA, n, "home", None), EVA), (lambda s, n: s.begin(EVA, n), EVA),
    (lambda s, n: s.start(EVA, "emergency"), EVA), (lambda s, n: s.take_back(EVA, n, "home"), EVA),
    (lambda s, n: s.add_evidence(EVA, n, "home", [File("a", b"")]), EVA),
    (lambda s, n: s.raise_ticket(EVA, n, "home"), EVA), (lambda s, n: s.escalate(EVA, n, "home", "x"), EVA),
    (lambda s, n: s.follow(EVA, n, "home", "emergency"), EVA), (lambda s, n: s.sign(EVA, n), EVA),
    (lambda s, n: s.send_back(EVA, n, "why"), EVA), (lambda s, n: s.explain(EVA, n, "why"), EVA),
    (lambda s, n: s.defer(EVA, [n], NINE + DAY, "why"), EVA), (lambda s, n: s.resume(EVA, n), EVA),
    (lambda s, n: s.acknowledge(EVA, n), EVA), (lambda s, n: s.adopt(EVA, n), EVA),
    (lambda s, n: s.waive(ANA, n, "why"), ANA), (lambda s, n: s.waive_item(ANA, n, "home", "why"), ANA),
    (lambda s, n: s.look_at_marks(ANA, n), ANA)])
async def test_who_may_not_is_refused_and_leaves_no_trace(tmp_path: Path, use, who) -> None:  # type: ignore[no-untyped-def]
    async with checkdesk(tmp_path) as desk:
        await desk.service.open_due()
        run = await desk.service.find("morning")
        audited, before = await desk.audited(), await desk.versions()
        with pytest.raises(PermissionDenied, match=who.name):
            await use(desk.service, run.id)
        assert (await desk.audited(), await desk.versions()) == (audited, before)
        assert await desk.service.run(run.id) == run
        assert not (tmp_path / "evidence").exists()


async def test_supervisors_waive_and_look(tmp_path: Path) -> None:
    async with checkdesk(tmp_path) as desk:
        run = await desk.service.start(ANA, "morning")
        event = await desk.service.waive_item(SUE, run.id, "users", "no figures")
        assert event.data == {"item": "users"}
        await desk.answer(ANA, run, "home")
        await desk.service.sign(ANA, run.id)
        other = await desk.service.start(ANA, "emergency")
        assert desk.service.state(await desk.service.waive(SUE, other.id, "an exercise")) is RunState.WAIVED
        with pytest.raises(NoRun):
            await desk.service.run(999)
        await desk.check()


async def test_templates_of_others_start_by_name(tmp_path: Path) -> None:
    async with checkdesk(tmp_path, templates={"emergency": EMERGENCY}) as desk:
        first = await desk.service.start(ANA, "emergency")
        assert (first.occurrence, first.due) == ("#1", None)
        assert (await desk.service.start(BEN, "emergency")).id == first.id
        await desk.answer(ANA, first, "calm")
        await desk.service.sign(ANA, first.id)
        assert (await desk.service.start(BEN, "emergency")).occurrence == "#2"
        with pytest.raises(NoRun, match="did you mean `emergency`"):
            await desk.service.start(ANA, "emergancy")


async def test_two_desks_at_once_make_nothing_twice(tmp_path: Path) -> None:
    async with checkdesk(tmp_path) as one, checkdesk(tmp_path) as two:
        await asyncio.gather(*(desk.service.open_due() for desk in (one, two) for _ in range(3)))
        assert len(await one.service.runs()) == 1
        run = await one.service.start(ANA, "morning")
        base = 0
        results = await asyncio.gather(
            one.answer(ANA, run, "users", None, value=11.0, base=base),
            two.answer(BEN, run, "users", None, value=12.0, base=base), return_exceptions=True)
        assert sorted(type(result).__name__ for result in results) == ["Answered", "Overtaken"]
        assert len(await store.answers(one.db, run.id)) == 1
