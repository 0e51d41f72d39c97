"""What somebody finds who comes back, out of real records of two days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core.clock import HOUR
from opsconsole.core.errors import StorageUnusable
from opsconsole.core.levels import Level
from opsconsole.health.changes.model import Change, ChangeKind
from opsconsole.health.changes.store import ChangeStore
from opsconsole.logbook.model import EntryType
from opsconsole.reports.briefing.drafting import draft
from opsconsole.reports.briefing.gathering import gather, standing
from opsconsole.reports.briefing.model import Part
from tests.health.samples import NOW, ZONE
from tests.reports.briefing.house import LEFT, happened, house, parts
from tests.tickets.desk import ANA, BEN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from opsconsole.core.timeline import Happening


async def test_two_days_away(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        await happened(at)
        found = await at.told()
        assert parts(found) == {
            Part.WRONG: ["redis: refused", "certificate: expires in 12 d"],
            Part.YOURS: ["to do: Order a disk", "to do: Call the vendor",
                         "#2 was given to you: Invoices are sent twice", "#1 message: Printer in room 3 jams"],
            Part.OVER: ["queue: resolved"],
            Part.TICKETS: ["#4 opened: VPN is slow since the update"],
            Part.CHECKLISTS: ["Morning check: missed", "Evening check: missed"],
            Part.LOG: ["nginx 1.27 rolled out: signed"],
            Part.MAINTENANCE: ["maintenance of web2 begun"],
            Part.CHANGES: ["sign-in: root from 192.0.2.8", "unit: nginx.service restarted",
                           "package: nginx upgraded 1.26.2 to 1.27.0"]}
        items = {one.what: one for section in found.sections for one in section.items}
        assert (items["queue: resolved"].count, items["queue: resolved"].level) == (3, Level.OK)
        assert [one.day for one in items.values() if one.day] == ["2026-11-19", "2026-11-20"]
        assert items["redis: refused"].level is Level.CRITICAL
        assert [one.what for one in items.values() if one.known] == ["certificate: expires in 12 d"]
        assert items["#2 was given to you: Invoices are sent twice"].who == ("ben",)
        assert {one.what: one.target for one in items.values()}.items() >= {
            "redis: refused": "alert:5", "#1 message: Printer in room 3 jams": "ticket:1",
            "Morning check: missed": "run:4", "nginx 1.27 rolled out: signed": "entry:2",
            "unit: nginx.service restarted": ""}.items()
        assert found.problems == ()
        assert found.news == len(items) - 1


async def test_nothing_happened_where_only_what_was_wrong_before_still_is(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        assert (await at.told()).empty
        await at.alert("certificate", LEFT - HOUR)
        found = await at.told()
        assert (found.empty, found.news) == (True, 0)
        assert parts(found) == {Part.WRONG: ["certificate: refused"]}
        await at.features.log.new(ANA, EntryType.CHANGE, "what she did herself")
        assert (await at.told(since=NOW - HOUR)).empty


async def test_that_root_has_signed_in_is_news_to_others_and_from_elsewhere(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        await ChangeStore(at.metrics).add([Change(NOW - HOUR, ChangeKind.SIGN_IN, "root from 192.0.2.7"),
                                           Change(NOW - HOUR, ChangeKind.SIGN_IN, "root here")])
        for who, origin, told in (("root", "192.0.2.7", ["sign-in: root here"]),
                                  ("root", "local", ["sign-in: root from 192.0.2.7"]),
                                  ("ana", "192.0.2.7", ["sign-in: root here", "sign-in: root from 192.0.2.7"])):
            found = await gather(at.features, who, LEFT, NOW, origin)
            assert sorted(parts(found)[Part.CHANGES]) == sorted(told)


async def test_packages_of_one_command_are_one_line(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        many = [Change(NOW - HOUR + number, ChangeKind.PACKAGE, f"lib{number} upgraded 1 to 2") for number in range(9)]
        await ChangeStore(at.metrics).add(many)
        assert parts(await at.told())[Part.CHANGES] == ["package: lib0 upgraded 1 to 2 and 8 more"]


async def test_hand_overs_wait_for_others_until_one_takes_them(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        number = await at.handed()
        assert [one.id for one in (await at.told()).waiting] == [number]
        own = await at.told("ben")
        assert (own.waiting, [one.id for one in own.handovers], own.empty) == ((), [number], True)
        at.clock.at = NOW - HOUR // 2
        await at.features.briefing.take(ANA, number)
        assert (await at.told()).empty
        assert parts(await at.told("ben")) == {Part.YOURS: ["your hand-over 1 was taken"]}
        assert (await at.told("ben", NOW - HOUR // 4)).empty


async def test_a_part_that_cannot_be_read_is_told_and_the_others_are_there(tmp_path: Path) -> None:
    class Broken:
        kind = target = "ticket"
        topic = "tickets"

        async def happenings(self, since: int, until: int, limit: int, text: str = "") -> Sequence[Happening]:
            raise StorageUnusable("The records are damaged: page 17 cannot be read.", "Restore the newest backup.")

        async def when(self, number: int) -> int | None:
            return None

    async with house(tmp_path) as at:
        await happened(at)
        broken = at._replace(features=at.features._replace(timeline=(Broken(), *at.features.timeline[:-1])))
        found = await broken.told()
        assert found.problems == ("The records are damaged: page 17 cannot be read. Restore the newest backup.",)
        assert Part.TICKETS not in parts(found)
        assert Part.CHANGES in parts(found)


async def test_what_stands_open_is_filled_into_a_hand_over(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        assert draft(await standing(at.features, "ana", NOW), NOW, ZONE) == ""
        await happened(at)
        await at.features.checklists.start(BEN, "emergency")
        assert draft(await standing(at.features, "ana", NOW), NOW, ZONE) == """\
## Wrong now
- redis: refused, since 13:21
- certificate: expires in 12 d, since Wed 15:31

## My tickets
- #1 Printer in room 3 jams (new, due Tue 21:31)
- #2 Invoices are sent twice (new, due Tue 21:31)

## Checklists in progress
- Emergency, 0 of 1

## To be done
- Was due before, ana, 2026-11-17
- Order a disk, ana, 2026-11-19
- Is of somebody else, ben, 2026-11-19
- Call the vendor, ana, 2026-11-20"""
        ben = draft(await standing(at.features, BEN.name, NOW), NOW, ZONE)
        assert "#3 Old wish" in ben
        assert "#1 " not in ben
