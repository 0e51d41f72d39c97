"""Wall-clock time and the instants that it means, through changes of daylight saving."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.clock import HOUR, instant
from opsconsole.core.walltime import at_wall, midnight, wall_of

BERLIN = ZoneInfo("Europe/Berlin")
ZONE = st.sampled_from([ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC",
                                                    "Asia/Kathmandu", "Pacific/Apia", "America/St_Johns")])


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


WALL = st.datetimes(wall("2010-01-01"), wall("2030-01-01"))
INSTANT = st.integers(instant(datetime(2010, 1, 1, tzinfo=UTC)), instant(datetime(2030, 1, 1, tzinfo=UTC)))


def test_a_skipped_time_is_the_change_and_a_repeated_one_its_first() -> None:
    assert at_wall(wall("2026-03-29 02:30"), BERLIN) == instant(datetime(2026, 3, 29, 1, 0, tzinfo=UTC))
    assert at_wall(wall("2026-10-25 02:30"), BERLIN) == instant(datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
    # A whole day that its island skipped.
    apia = ZoneInfo("Pacific/Apia")
    assert at_wall(wall("2011-12-30 12:00"), apia) == at_wall(wall("2011-12-31"), apia)


@given(ZONE, WALL, WALL)
def test_a_later_wall_time_is_never_an_earlier_instant(zone: ZoneInfo, one: datetime, two: datetime) -> None:
    early, late = sorted((one, two))
    assert at_wall(early, zone) <= at_wall(late, zone)


@given(ZONE, INSTANT)
def test_there_and_back(zone: ZoneInfo, moment: int) -> None:
    back = at_wall(wall_of(moment, zone), zone)
    # Only in an hour that comes twice it is the first one that is meant.
    assert back == moment or (0 < moment - back <= 2 * HOUR and wall_of(back, zone) == wall_of(moment, zone))


def test_midnight_is_the_first_time_of_a_day() -> None:
    assert midnight(wall("2026-03-29 12:00").date()) == wall("2026-03-29")
