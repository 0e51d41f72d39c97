"""The plan of faults is made of its seed alone, and asks for nothing that cannot be taken back."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.soak.plan import APART, BEGIN, CALM, END, Kind, plan

SEEDS = st.integers(0, 10_000)


@settings(max_examples=20)
@given(seed=SEEDS, seconds=st.sampled_from([20.0, 300.0, 1800.0]), count=st.integers(0, 60))
def test_the_same_seed_makes_the_same_plan_and_others_make_others(seed: int, seconds: float, count: int) -> None:
    faults = plan(seed, seconds, count)
    assert faults == plan(seed, seconds, count)
    assert len(faults) == count
    assert all(one.at <= two.at for one, two in pairwise(faults))
    assert all(BEGIN * seconds <= one.at <= END * seconds and one.lasts <= 0.1 * seconds for one in faults)
    assert all(one.at <= CALM * seconds for one in faults if one.kind is Kind.KILL_AGENT)
    if count > 5:
        assert faults != plan(seed + 1, seconds, count)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_lasts_is_never_there_twice_and_the_usual_plan_has_every_kind(seed: int) -> None:
    faults = plan(seed, 1800, 200)
    assert set(Counter(one.kind for one in faults)) == set(Kind)
    for kinds in (*((kind,) for kind in Kind), *APART):
        lasting = [one for one in faults if one.kind in kinds and one.lasts]
        assert all(one.until < two.at for one, two in pairwise(lasting))
