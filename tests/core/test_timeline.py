"""Everything in one order: no event is lost or doubled between pages, and one that fails stops nobody."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.errors import StorageError
from opsconsole.core.timeline import Happening, Page, gather
from tests.core.happened import Listed


class Broken(Listed):
    """A source that cannot be read."""

    async def happenings(self, since: int, until: int, limit: int, text: str = "") -> list[Happening]:
        raise StorageError("The history cannot be read.", "Look at the disk.")


MOMENTS = st.lists(st.integers(0, 12), max_size=60)


async def _pages(sources: list[Listed], limit: int, text: str = "", until: int = 100) -> list[Page]:
    pages = [await gather(sources, 0, until, limit, text)]
    while pages[-1].older is not None:
        pages.append(await gather(sources, 0, pages[-1].older, limit, text))
    return pages


@given(st.lists(MOMENTS, min_size=1, max_size=4), st.integers(1, 9), st.sampled_from(["", "even", "no such"]))
def test_pages_lose_and_double_nothing(lists: list[list[int]], limit: int, text: str) -> None:
    sources = [Listed(f"kind{place}", moments) for place, moments in enumerate(lists)]
    pages = asyncio.run(_pages(sources, limit, text))
    seen = [one for page in pages for one in page.happenings]
    whole = asyncio.run(gather(sources, 0, 100, 10_000, text))
    assert whole.older is None
    assert seen == list(whole.happenings)
    assert len(set(seen)) == len(seen)
    assert [one.at for one in seen] == sorted((one.at for one in seen), reverse=True)
    expected = sum((len(moments) + 1) // 2 if text == "even" else len(moments) for moments in lists)
    assert len(seen) == (0 if text == "no such" else expected)


@given(MOMENTS, st.integers(0, 14), st.integers(0, 14))
def test_since_is_included_and_until_is_not(moments: list[int], since: int, until: int) -> None:
    page = asyncio.run(gather([Listed("ticket", moments)], since, until, 1_000))
    assert sorted(one.at for one in page.happenings) == sorted(at for at in moments if since <= at < until)


@given(st.integers(1, 5), st.integers(1, 3_000))
def test_a_moment_in_which_very_much_happened_is_one_page(limit: int, count: int) -> None:
    pages = asyncio.run(_pages([Listed("ticket", [5] * count + [3])], limit))
    assert sum(len(page.happenings) for page in pages) == count + 1


async def test_a_source_that_fails_is_told_and_the_others_go_on() -> None:
    page = await gather([Broken("change", []), Listed("ticket", [1, 2])], 0, 10, 5)
    assert [one.at for one in page.happenings] == [2, 1]
    assert page.problems == ("The history cannot be read. Look at the disk.",)


async def test_only_wanted_kinds_are_asked() -> None:
    page = await gather([Broken("change", []), Listed("ticket", [1, 2])], 0, 10, 5, kinds=("ticket",))
    assert len(page.happenings) == 2
    assert page.problems == ()


async def test_words_may_be_in_any_order_and_case() -> None:
    source = Listed("ticket", list(range(2_000)))
    page = await gather([source], 0, 5_000, 3, "EVEN tick")
    assert [one.at for one in page.happenings] == [1999, 1997, 1995]
