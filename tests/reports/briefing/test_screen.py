"""Coming back: what is shown by itself and what is not, what each key does, and until when the person knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.core.clock import HOUR
from opsconsole.core.identity import Role
from opsconsole.core.text import storable
from opsconsole.reports.briefing.model import HandoverState
from opsconsole.reports.screen.briefing import BriefingScreen
from opsconsole.reports.screen.handover import HandoverForm, HandoverScreen
from opsconsole.reports.screen.visiting import Visit, begin_visit
from tests.console.shell_app import First
from tests.console.shown import Shown, settled
from tests.health.samples import NOW
from tests.hostile import CORPUS, assert_inert
from tests.reports.briefing.console import TIMELINE, Returned
from tests.reports.briefing.house import LEFT, House
from tests.tickets.desk import BEN
from tests.waiting import until

if TYPE_CHECKING:
    from pathlib import Path


async def knows(back: Returned, who: str = "ana") -> int | None:
    found: int | None = await back.do(lambda at: at.features.briefing.last_visit(who))
    return found


async def left(back: Returned, who: str = "ana", at: int = LEFT) -> None:
    await back.do(lambda house: house.features.briefing.visited(who, at))


async def handover(back: Returned, number: int = 1) -> Any:
    return await back.do(lambda at: at.features.briefing.handover(number))


async def opened(shown: Shown, *, by_itself: bool = True) -> Visit:
    """What the console does soon after its first paint."""
    visit = begin_visit(shown.app, TIMELINE, shown=by_itself)
    await settled(shown.pilot)
    return visit


async def a_minute_later(shown: Shown, visit: Visit) -> None:
    """What the console does each minute."""
    visit.hear(shown.app)
    await settled(shown.pilot)


async def test_shown_by_itself_dismissed_by_one_key_and_never_again(back: Returned) -> None:
    await left(back)
    async with back.shown(First, since=None) as shown:
        await opened(shown)
        assert shown.top == BriefingScreen
        assert "Wed 17:31" in shown.text
        assert "redis: refused" in shown.text
        assert await knows(back) == LEFT
        await shown.press("escape")
        assert shown.top == First
        assert await knows(back) == NOW
    async with back.shown(First, since=None) as shown:
        await opened(shown)
        assert shown.top == BriefingScreen, "the hand-over still waits for somebody"
        assert "2 from before" in shown.text
        assert " new " not in shown.text
        assert "YOURS" not in shown.text
        await shown.press("a", "escape")
    async with back.shown(First, since=None) as shown:
        await opened(shown)
        assert shown.top == First
        assert shown.said == []


async def test_whoever_left_without_dismissing_it_finds_it_again(back: Returned) -> None:
    await left(back)
    for _ in range(2):
        async with back.shown(First, since=None) as shown:
            visit = await opened(shown)
            assert "redis: refused" in shown.text
            await shown.press("j", "2", "1")
            await a_minute_later(shown, visit)
        assert await knows(back) == LEFT


async def test_nothing_is_shown_when_nothing_happened_and_a_first_visit_begins_now(tmp_path: Path) -> None:
    back = Returned(tmp_path)
    async with back.shown(First, since=None) as shown:
        await opened(shown)
        assert shown.top == First
        assert (shown.said, await knows(back)) == ([], NOW)


async def test_a_first_visit_finds_hand_overs_and_nothing_older(back: Returned) -> None:
    async with back.shown(First, since=None) as shown:
        await opened(shown)
        assert shown.top == BriefingScreen
        assert "do not restart" in shown.text
        assert "Printer" not in shown.text


@pytest.mark.parametrize("keys", [("j",), ("2",)], ids=["key", "other-screen"])
async def test_whoever_is_at_work_already_is_only_told(back: Returned, keys: tuple[str, ...]) -> None:
    await left(back)
    async with back.shown(First, since=None) as shown:
        await shown.press(*keys)
        await opened(shown)
        assert shown.top != BriefingScreen
        assert shown.said == ["Since your last visit: 1 hand-over, 1 wrong now, 13 other things. H shows it."]
        assert await knows(back) == LEFT
        await shown.press("H", "escape")
        assert await knows(back) == NOW


async def test_without_being_asked_where_the_configuration_says_so(back: Returned) -> None:
    await left(back)
    async with back.shown(First, since=None) as shown:
        await opened(shown, by_itself=False)
        assert shown.top == First
        assert shown.said == []
        await shown.press("H")
        assert "redis: refused" in shown.text


async def test_who_goes_on_working_knows_what_they_see(back: Returned) -> None:
    await left(back)
    async with back.shown(First, since=None) as shown:
        visit = await opened(shown)
        await shown.press("escape")
        clock: Any = shown.app.context.clock
        clock.at = NOW + HOUR
        await a_minute_later(shown, visit)
        assert await knows(back) == NOW + HOUR
        clock.at = NOW + 2 * HOUR
        await a_minute_later(shown, visit)
        assert await knows(back) == NOW + HOUR, "nobody has touched a key since"


async def test_who_comes_back_to_a_console_that_was_left_open_is_told(back: Returned) -> None:
    async with back.shown(First, since=None) as shown:
        visit = await opened(shown)
        await shown.press("a", "escape")
        clock: Any = shown.app.context.clock
        await a_minute_later(shown, visit)
        await back.do(lambda at: at.alert("mail", NOW + HOUR))
        clock.at = NOW + 15 * HOUR
        await a_minute_later(shown, visit)
        assert len(shown.said) == 1, "nobody is there"
        await shown.press("j")
        await a_minute_later(shown, visit)
        assert shown.said[1:] == ["Since your last visit: 1 wrong now, 1 other thing. H shows it."]
        assert await knows(back) == NOW
        await shown.press("H")
        assert "mail: refused" in shown.text
        await shown.press("escape")
        assert await knows(back) == NOW + 15 * HOUR


async def test_each_thing_is_opened_by_one_key(back: Returned) -> None:
    async with back.shown(First) as shown:
        await shown.press("H", "j", "enter", "j", "enter", "j", "j", "j", "enter")
        assert shown.said == ["opens alert:5", "opens alert:1", "opens ticket:2"]
        assert shown.screen.about() == ("ticket:2", LEFT + HOUR, "#2 was given to you: Invoices are sent twice")
        await shown.press("g", "enter")
        assert shown.top == HandoverScreen
        assert "Spare keys" in shown.text
        await shown.press("escape")
        assert shown.top == BriefingScreen


async def test_a_long_part_is_shown_whole_by_the_key_that_opens(back: Returned) -> None:
    async def more(at: House) -> None:
        for number in range(20):
            at.clock.at = NOW - HOUR
            await at.features.tickets.create(BEN, _new(f"Wish {number}"))

    await back.do(more)
    async with back.shown(First, size=(120, 60)) as shown:
        await shown.press("H")
        assert "… 13 more" in shown.text
        page = shown.screen.query_one("#page")
        page.stand_on("more:tickets")
        await shown.press("enter")
        assert "… 13 more" not in shown.text
        assert sum(one.target.startswith("ticket:") for line in page.lines for one in line.spots) == 23


def _new(title: str) -> Any:
    from opsconsole.tickets.cases.types import New

    return New(title=title, requester="Kim", requester_mail="kim@example.com", route=False)


async def test_taken_over_by_key_and_only_once(back: Returned) -> None:
    async with back.shown(First) as shown:
        await shown.press("H", "a")
        assert shown.said == ["Hand-over 1 is yours now."]
        assert "HAND-OVER" not in shown.text
        await shown.press("a")
        assert shown.said[-1] == "Put the cursor on a hand-over of somebody else first."
    found = await handover(back)
    assert (found.state, found.ended_by) == (HandoverState.TAKEN, "ana")


async def test_a_viewer_reads_but_does_not_take(back: Returned) -> None:
    async with back.shown(First, role=Role.VIEWER) as shown:
        await shown.press("H", "a", "n")
        assert [one.partition(";")[0] for one in shown.said] == [
            "Take over needs the role operator", "Hand over needs the role operator"]


async def test_own_ones_are_written_anew_or_withdrawn(back: Returned) -> None:
    async with back.shown(lambda: HandoverScreen(1), who=BEN) as shown:
        await shown.press("a")
        assert shown.said == ["It is your own: whoever comes next takes it."]
        await shown.press("e", "' Ask Sue.", "ctrl+s")
        assert "replaced" in shown.text
    new = await handover(back, 2)
    assert (new.replaces, new.text.endswith("Ask Sue."), new.text.startswith("The migration")) == (1, True, True)
    async with back.shown(lambda: HandoverScreen(2), who=BEN) as shown:
        await shown.press("D", "y")
        await until(shown.pilot, lambda: "withdrawn" in shown.text)
    assert (await handover(back, 2)).state is HandoverState.WITHDRAWN


async def test_written_with_what_stands_open_and_its_draft_is_kept(back: Returned) -> None:
    async with back.shown(First, size=(120, 40)) as shown:
        await shown.press("H", "n", "'Mind", "escape")
        assert "draft" in shown.said[-1]
        drafts = shown.app.context.drafts
        drafts.close()
    async with back.shown(First, size=(120, 40)) as shown:
        await shown.press("H", "n")
        assert "Mind" in shown.text
        await shown.press("' it", "ctrl+s")
        assert shown.top == BriefingScreen
        assert shown.said[-1] == "Hand-over 2 is written; whoever comes next takes it."
    text = (await handover(back, 2)).text
    assert text.startswith("Mind it\n\n## Wrong now\n- redis: refused, since 13:21")
    assert text.endswith("- Call the vendor, ana, 2026-11-20")


async def test_an_empty_one_is_refused_where_it_stands(tmp_path: Path) -> None:
    async with Returned(tmp_path).shown(HandoverForm) as shown:
        await shown.press("ctrl+s")
        assert "Say what the next one must know." in shown.text


async def test_whoever_has_the_console_open_is_told_of_a_new_one(back: Returned) -> None:
    async with back.shown(First, since=None) as shown:
        await opened(shown)
        await shown.press("escape")
        await back.do(lambda at: at.handed(at=NOW - 60_000, text="Now this"))
        for _ in range(2):
            shown.app.heard(frozenset({"handovers"}))
            await settled(shown.pilot)
        assert shown.said == ["ben has handed over. H shows it."]


async def test_news_are_shown_while_one_reads(back: Returned) -> None:
    async with back.shown(First, size=(120, 40)) as shown:
        await shown.press("H")
        assert "mail: refused" not in shown.text
        await back.do(lambda at: at.alert("mail", NOW - HOUR))
        shown.app.action_refresh()
        await until(shown.pilot, lambda: "mail: refused" in shown.text)


async def test_hostile_texts_are_shown_and_do_nothing(back: Returned) -> None:
    async def hostile(at: House) -> None:
        for number, text in enumerate(map(storable, CORPUS)):
            await at.alert(text, NOW - HOUR - number, text=text)
        await at.handed(at=NOW - HOUR, text="\n".join(map(storable, CORPUS)))

    await back.do(hostile)
    async with back.shown(First, size=(120, 200)) as shown:
        await shown.press("H")
        page = shown.screen.query_one("#page")
        page.stand_on("more:wrong")
        await shown.press("enter")
        assert len(page.lines) > len(CORPUS)
        whole = list(page.lines)
        page.stand_on("handover:2")
        await shown.press("enter")
        assert shown.top == HandoverScreen
        for line in (*whole, *shown.screen.query_one("#page").lines):
            assert line.cells <= 119
            assert_inert(line.text)
