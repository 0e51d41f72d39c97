"""The filter language: what is read, what is refused and where, what is written back, what is offered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.clock import DAY, HOUR
from opsconsole.core.errors import ExitCode
from opsconsole.tickets.filters import (
    Filter,
    FilterError,
    Moment,
    Named,
    Numbered,
    Ranked,
    Sort,
    Timed,
    Vocabulary,
    Words,
    complete,
    filter_mistake,
    parse_filter,
)
from opsconsole.tickets.filters.keys import KEYS
from opsconsole.tickets.filters.reading import LONGEST
from opsconsole.tickets.settings.desk import VIEWS
from tests.hostile import CORPUS

WHOLE = ('is:open priority:<=high assignee:me late category:billing tag:vpn updated:<2d "exact words" -state:waiting'
         " sort:due")


def test_the_whole_language() -> None:
    assert parse_filter(WHOLE) == Filter((
        Named("is", ("open",)), Ranked("priority", (("<=", 1),)), Named("assignee", ("me",)), Named("is", ("late",)),
        Named("category", ("billing",)), Named("tag", ("vpn",)), Timed("updated", (Moment(sign="<", ms=2 * DAY),)),
        Words("exact words", phrase=True), Named("state", ("waiting",), negated=True)), (Sort("due"),))
    assert str(parse_filter(WHOLE)) == WHOLE.replace(" late ", " is:late ")


@pytest.mark.parametrize(("text", "term"), [
    ("IS:Open", Named("is", ("open",))),
    ("-late", Named("is", ("late",), negated=True)),
    ("state:triage,assigned", Named("state", ("triage", "assigned"))),
    ('state:"in progress",new,', Named("state", ("in progress", "new"))),
    ('state:"in prog', Named("state", ("in prog",))),
    ('tag:"a ""b""",c', Named("tag", ('a "b"', "c"))),
    ("priority:p0,low", Ranked("priority", (("=", 0), ("=", 3)))),
    ("priority:>=P2", Ranked("priority", ((">=", 2),))),
    ("priority:≤high", Ranked("priority", (("<=", 1),))),
    ("satisfaction:<=3,none", Ranked("satisfaction", (("<=", 3), ("=", 0)))),
    ("#42", Numbered(((42, 42),))),
    ("-#42", Numbered(((42, 42),), negated=True)),
    ("number:40..50,#7,60..,..3", Numbered(((40, 50), (7, 7), (60, None), (None, 3)))),
    ("created:>1h30m", Timed("created", (Moment(sign=">", ms=HOUR * 3 // 2),))),
    ("created:2026-11-01", Timed("created", (Moment(begin="2026-11-01", end="2026-11-01"),))),
    ("created:2026-11-01..2026-11-30", Timed("created", (Moment(begin="2026-11-01", end="2026-11-30"),))),
    ("resolved:none,week", Timed("resolved", (Moment("none"), Moment("week")))),
    ("due:<2h,late,..2026-11-30", Timed("due", (
        Moment(sign="<", ms=2 * HOUR), Moment("late"), Moment(end="2026-11-30")))),
    ("alert:check:redis", Named("alert", ("check:redis",))),
    ("link:#42", Named("link", ("#42",))),
    ('"exact words"', Words("exact words", phrase=True)),
    ('-"exact"', Words("exact", phrase=True, negated=True)),
    ('"exact wor', Words("exact wor", phrase=True, prefix=True)),
    ('"exact words ', Words("exact words ", phrase=True)),
    ('"is:open"', Words("is:open", phrase=True)),
    ("redis", Words("redis", prefix=True)),
    ("redis ", Words("redis")),
])
def test_one_term(text: str, term: Words | Named | Ranked | Numbered | Timed) -> None:
    assert parse_filter(text) == Filter((term,))


@pytest.mark.parametrize("text", [
    "db-01", "-h", "--force", "C:\\x", "C:/x", "c:", "http://x", "12:30", "::1", "fe80::1", "std::vector", "redis:6379",
    "localhost:8080", "db:5432", "Error:", "it's", "*", "🔥", "-", ":", "#", "#1a", 'say"it"', "50%", "a,b", "NEAR(a",
    "latency", "late,", "[@click=x]", "\x1b[31m", "\udce4", "\x00", "(", "^a", "a*b", "+x", "{a}", "-C:\\x"])
def test_what_stands_in_tickets_is_a_word(text: str) -> None:
    assert parse_filter(text) == Filter((Words(text, prefix=True),))
    assert parse_filter(f"{text} is:open") == Filter((Words(text), Named("is", ("open",))))


@pytest.mark.parametrize("text", ["", "  ", '"', '""', '" "', '-"', '""   '])
def test_nothing_is_no_mistake(text: str) -> None:
    assert parse_filter(text) == Filter()
    assert not parse_filter(text)


@pytest.mark.parametrize(("text", "position", "words"), [
    ("red prority:high", 4, "no key `prority`; did you mean `priority`?"),
    ("foo:bar", 0, "no key `foo`; put it in quotes"),
    ("-foo:bar", 0, "no key `foo`"),
    ("numbr:40", 0, "did you mean `number`?"),
    ("is:opn", 3, "`is:` knows no `opn`; did you mean `open`?"),
    ("is:open,xyzzy", 8, "it takes open, done, waiting, initial"),
    ("is:", 0, "needs a value right after it, such as `is:open`"),
    ("state: new", 0, "needs a value right after it"),
    ('tag:""', 0, "needs a value"),
    ("priority:hgh", 9, "did you mean `high`?"),
    ("priority:5", 9, "urgent, high, medium, low or p0 to p3"),
    ("satisfaction:6", 13, "takes 1 to 5"),
    ("satisfaction:<none", 13, "takes 1 to 5"),
    ("number:x", 7, "a number, or a range such as 40..50"),
    ("number:..", 7, "a number, or a range"),
    ("number:9..3", 7, "write 3..9"),
    ("created:2d", 8, "`<2d`, `>2d`, a date such as 2026-11-01"),
    ("created:none", 8, "takes today"),
    ("created:<2x", 8, "takes a duration"),
    ("created:<2026-01-01", 8, "a range such as ..2026-11-01"),
    ("created:2026-02-30", 8, "no day 2026-02-30"),
    ("created:1066-10-14", 8, "no day 1066-10-14"),
    ("created:2026-12-01..2026-11-01", 8, "write 2026-11-01..2026-12-01"),
    ("sort:duo", 5, "did you mean `due`?"),
    ("-sort:due", 0, "rite `sort:-due`"),
    ("has:everything", 4, "it takes attachment, root-cause"),
    ("source:fax", 7, "it takes console, command, mail"),
    ("tag:a*b*c*d*e*f*g", 4, "at most 5 `*`"),
    ("tag:" + ",".join("x" * 41), 84, "at most 40 values"),
    ("a " * 41, 80, "at most 40 parts"),
    ("a" * (LONGEST + 1), LONGEST, "at most 2000 characters"),
])
def test_a_mistake_has_its_place(text: str, position: int, words: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(text)
    assert caught.value.position == position
    assert words in caught.value.sentence
    assert caught.value.sentence[-1] in ".?"
    assert caught.value.exit_code is ExitCode.USAGE
    assert filter_mistake(text).endswith(f"(at character {position + 1})")


def test_the_views_are_right() -> None:
    assert [filter_mistake(view.filter) for view in VIEWS.values()] == [""] * len(VIEWS)
    assert [filter_mistake(key.example) for key in KEYS.values()] == [""] * len(KEYS)


parts = st.one_of(
    st.sampled_from(list(KEYS)).flatmap(
        lambda key: st.sampled_from((KEYS[key].example, f"-{KEYS[key].example}", f"{key}:"))),
    st.sampled_from(list(KEYS)).flatmap(lambda key: st.sampled_from(KEYS[key].words or ("x", '"a b"', "a*")).map(
        lambda word: f"{key}:{word}")),
    st.sampled_from(('"', '-"', ",", "late", "#7", "C:\\x", "a", "..", " ", "-", "tag:", '""', "sort:-due")),
    st.text(max_size=6))


@given(st.lists(parts, max_size=6).flatmap(lambda some: st.sampled_from(("".join(some), " ".join(some)))))
def test_what_is_written_is_read_as_the_same(text: str) -> None:
    if filter_mistake(text):
        with pytest.raises(FilterError) as caught:
            parse_filter(text)
        assert 0 <= caught.value.position <= len(text)
        return
    first = parse_filter(text)
    assert parse_filter(str(first)) == first
    assert str(parse_filter(str(first))) == str(first)


@given(st.text(max_size=200) | st.sampled_from(CORPUS))
def test_nothing_typed_crashes(text: str) -> None:
    filter_mistake(text)
    complete(text, len(text) // 2, NAMES)


NAMES = Vocabulary(states=("new", "in progress", "waiting"), people=("ana", "ben"), teams=("support",),
                   categories=("bug", "feature, wish"), tags=("vpn", "wifi"), releases=("2.0",))


def offered(text: str, cursor: int | None = None) -> list[str]:
    return [one.text for one in complete(text, len(text) if cursor is None else cursor, NAMES)]


def test_keys_are_offered_first() -> None:
    assert offered("") == [f"{key}:" for key in KEYS]
    assert offered("is:open ") == [f"is:open {key}:" for key in KEYS]
    assert offered("ta") == ["tag:"]
    assert offered("red s") == ["red state:", "red source:", "red satisfaction:", "red sort:"]
    assert offered("-st") == ["-state:"]
    assert offered("-so") == ["-source:"], "an order is not negated"
    assert offered("la") == ["late "]
    assert offered("xyz") == []
    assert offered("foo:b") == []
    assert offered('"ta') == []


def test_then_their_values() -> None:
    assert offered("state:") == ["state:new ", 'state:"in progress" ', "state:waiting "]
    assert offered("state:in") == ['state:"in progress" ', "state:waiting "], "what only holds it comes after"
    assert offered('state:"in') == ['state:"in progress" ', "state:waiting "]
    assert offered("state:new,w") == ["state:new,waiting ", "state:new,new "]
    assert offered("assignee:") == ["assignee:me ", "assignee:none ", "assignee:ana ", "assignee:ben "]
    assert offered("-assignee:B") == ["-assignee:ben "]
    assert offered("tag:v") == ["tag:vpn "]
    assert offered("tag:vpn") == [], "nothing is missing"
    assert offered('category:fe') == ['category:"feature, wish" ']
    assert offered('category:"feature, w') == ['category:"feature, wish" ']
    assert "priority:<=high " in offered("priority:")
    assert "updated:<2d " in offered("updated:<")
    assert offered("due:l") == ["due:late "]
    assert offered("is:un") == ["is:unassigned ", "is:unanswered "]
    assert offered("number:") == []
    assert "sort:-due " in offered("sort:-")


def test_what_follows_the_cursor_stays() -> None:
    [made] = complete("tag:v is:open", 5, NAMES)
    assert (made.label, made.text, made.cursor) == ("vpn", "tag:vpn is:open", 7)
    [made] = complete("ta is:open", 2, NAMES)
    assert (made.label, made.text, made.cursor) == ("tag:", "tag: is:open", 4)
    [made] = complete("tag:vx,wifi", 5, NAMES)
    assert (made.text, made.cursor) == ("tag:vpn,wifi", 7)
    assert complete("tag:v", 99, NAMES) == complete("tag:v", 5, NAMES)


@given(st.lists(parts, max_size=3).map(" ".join), st.integers(-1, 60))
def test_what_is_offered_can_be_read(text: str, cursor: int) -> None:
    wrong = filter_mistake(text)
    for one in complete(text, cursor, NAMES):
        assert 0 <= one.cursor <= len(one.text)
        assert one.text[:one.cursor].rstrip().endswith((one.label, '"'))
        if not wrong and not one.label.endswith(":"):
            assert not filter_mistake(one.text[:one.cursor]), one.text
