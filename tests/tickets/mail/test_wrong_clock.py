"""A clock that was ahead and is set right keeps no mail back, and none is given up because it jumped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.core.clock import DAY, HOUR, MINUTE, SECOND
from opsconsole.tickets.mail import store
from opsconsole.tickets.settings import Smtp
from tests.servers.mail import smtp_sink
from tests.tickets.desk import ANA
from tests.tickets.mail.bench import later, office, states

if TYPE_CHECKING:
    from pathlib import Path


async def test_what_was_written_while_the_clock_was_ahead_leaves_once_it_is_right(tmp_path: Path) -> None:
    with smtp_sink() as sink:
        async with office(tmp_path, smtp=Smtp(host="127.0.0.1", port=sink.port)) as one:
            await one.desk.ticket()
            one.clock.go(DAY)
            await one.service.reply(ANA, 1, "Hello")
            one.clock.go(-DAY)
            await one.send()
            assert (len(sink.mails), await states(one)) == (1, ["sent"])


async def test_what_was_tried_while_the_clock_was_ahead_is_tried_again_once_it_is_right(tmp_path: Path) -> None:
    with smtp_sink() as sink:
        async with office(tmp_path, smtp=Smtp(host="127.0.0.1", port=sink.port)) as one:
            await one.desk.ticket()
            await one.service.reply(ANA, 1, "Hello")
            sink.refuse.append("451 try later")
            one.clock.go(60 * DAY)
            await one.send()
            assert await states(one) == ["waiting"], "one attempt is not given up, whatever the clock shows"
            one.clock.go(-60 * DAY)
            await later(one, MINUTE)
            assert (len(sink.mails), await states(one)) == (1, ["sent"])


async def test_what_was_taken_while_the_clock_was_ahead_is_taken_up_again(tmp_path: Path) -> None:
    with smtp_sink() as sink:
        async with office(tmp_path, smtp=Smtp(host="127.0.0.1", port=sink.port)) as one:
            await one.desk.ticket()
            await one.service.reply(ANA, 1, "Hello")
            one.clock.go(DAY)
            async with one.db.write() as tx:
                assert await store.claim(tx, one.clock.now()) is not None
            one.clock.go(-DAY + 11 * SECOND)
            await one.send()
            assert await states(one) == ["waiting"]
            await later(one, HOUR)
            assert (len(sink.mails), await states(one)) == (1, ["sent"])


async def test_a_small_step_back_leaves_the_time_to_take_a_reply_back(tmp_path: Path) -> None:
    with smtp_sink() as sink:
        async with office(tmp_path, smtp=Smtp(host="127.0.0.1", port=sink.port)) as one:
            await one.desk.ticket()
            await one.service.reply(ANA, 1, "Wrong!")
            one.clock.go(-2 * SECOND)
            await one.send()
            await one.service.undo(ANA)
            await later(one, HOUR)
            assert (sink.mails, await states(one)) == ([], ["cancelled"])
