"""Secrets are taken out of whatever a service says, in each form in which it may say them."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.clock import SystemClock
from opsconsole.core.units import Secret
from opsconsole.health.checks.kinds.course import HIDDEN, Course, Failed
from opsconsole.health.checks.runner import Scope
from tests.health.checks.kinds.asking import secret

SECRETS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="•"), min_size=4, max_size=30)


def course() -> Course:
    """A run whose time does not matter."""
    class Still(Course):
        def _time(self) -> float:
            return 0.0

    return Still(Scope("test", SystemClock(), {}, Path("/nonexistent"), 0.0))


@given(SECRETS, st.text(max_size=20))
def test_no_form_of_a_secret_stays(value: str, around: str) -> None:
    run = course()
    run.hide(value)
    for said in (value, quote(value, safe=""), quote_plus(value), json.dumps(value)[1:-1],
                 b64encode(value.encode()).decode()):
        shown = run.clean(f"{around}\n{said}\n{around}")
        assert value not in shown.replace(around, "") or value in f"\n{HIDDEN}\n"
        assert said not in shown.replace(around, "") or said in f"\n{HIDDEN}\n"
        assert run.foreign(said.encode("utf-8"), 3) in (HIDDEN, f"{HIDDEN}…")
        assert said.encode() not in run.clean_bytes(said.encode())


@given(SECRETS, st.integers(0, 60))
def test_a_cut_leaves_no_part_of_one(value: str, length: int) -> None:
    run = course()
    run.hide("\x00" + value)
    shown = run.foreign(("a" * 30 + "\x00" + value) * 3, length)
    assert "\x00" not in shown


def test_a_secret_of_bytes_that_are_no_text() -> None:
    run = course()
    value = b"caf\xe9-secret".decode("utf-8", "surrogateescape")
    assert run.reveal(secret(value), "bearer") == value
    assert b"secret" not in run.clean_bytes(b"said caf\xe9-secret")
    assert "secret" not in run.foreign(b"said caf\xe9-secret")


def test_one_that_is_missing() -> None:
    with pytest.raises(Failed, match="the secret `bearer` is missing: the environment variable ABSENT is not set"):
        course().reveal(Secret.parse("${ABSENT}", {}), "bearer")
