"""Everything in one order: no event is lost or doubled between pages, and one that fails stops nobody."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.errors import StorageError
from opsconsole.core.timeline import PACKAGE, TOGETHER, Command, Happening, Page, folded, gather, summed
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


HOST = st.lists(st.tuples(st.integers(0, 20 * TOGETHER), st.sampled_from([PACKAGE, PACKAGE, "unit"])), max_size=40).map(
    lambda made: [Happening(at, "change", f"{deed}: {place}", about=str(place), deed=deed)
                  for place, (at, deed) in enumerate(sorted(made, reverse=True))])


@given(HOST, st.data())
def test_the_packages_of_a_command_are_one_row_where_it_began(told: list[Happening], data: st.DataObject) -> None:
    each = set(data.draw(st.lists(st.sampled_from(told), max_size=2))) if told else set()
    rows = folded(told, each)
    assert [one.at for one in rows] == sorted((one.at for one in rows), reverse=True)
    parts = [part for row in rows for part in (row.parts if isinstance(row, Command) else (row,))]
    assert sorted(parts, key=told.index) == told, "nothing is lost or doubled"
    for row in rows:
        if isinstance(row, Command):
            assert (row.at, len(row.parts) > 1) == (row.parts[0].at, True)
            assert row.what.startswith(f"{len(row.parts)} packages: ")
            assert not each.intersection(row.parts)
            moments = [part.at for part in row.parts]
            assert all(0 <= late - early <= TOGETHER for early, late in pairwise(moments))
    spans = [(row.at, (row.parts[-1] if isinstance(row, Command) else row).at) for row in rows if row.deed == PACKAGE]
    assert each or all(begun - ended > TOGETHER for (begun, _), (_, ended) in pairwise(spans)), "all of it is there"


def test_a_command_in_few_words() -> None:
    def upgraded(count: int) -> list[Happening]:
        return [Happening(5, "change", "", about=f"lib{place} upgraded", deed=PACKAGE) for place in range(count)]

    assert summed(upgraded(3)) == "lib0 upgraded, lib1 upgraded, lib2 upgraded"
    assert summed(upgraded(14)) == "lib0 upgraded and 13 more packages"
    assert folded(upgraded(60)[::-1])[0].what.endswith("lib49 upgraded, 10 more")
