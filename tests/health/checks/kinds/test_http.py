"""The kind `http` against real servers that behave in every way."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.config import ConfigMistakes, decode
from opsconsole.core.levels import Level
from opsconsole.core.units import Duration
from opsconsole.health.checks.kinds import address as web_address
from opsconsole.health.checks.settings.net import HttpCheck
from tests.health.checks.kinds.asking import ask, cancelled, secret
from tests.health.checks.kinds.reaching import left
from tests.servers.authority import DAY, Authority
from tests.servers.silent import closing, full, saying, silent
from tests.servers.web import Asked, forever, redirect, reply, slowly, web

if TYPE_CHECKING:
    from pathlib import Path

from tests.health.checks.kinds.web_asking import SOON, judged, problem


async def test_an_answer_with_the_time_of_each_part(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    page = reply(200, b'{"status": "ok"}')
    with web(lambda _asked: slowly(0.1, page[:-5], page[-5:]), authority.server(ends=12 * DAY)) as site:
        async with left(site.port):
            measured = await ask(HttpCheck(url=site.url("/health", "localhost"), ca=str(authority.ca)))
    values = {name: value for name, value in measured.values.items() if isinstance(value, float)}
    assert measured.text == "200"
    assert values["status"] == 200
    assert values["size"] == 16
    assert values["first_byte"] >= 0.1
    parts = sum(values[name] for name in ("dns", "connect", "tls", "first_byte"))
    assert parts + 0.09 <= values["latency"] < parts + 5
    assert 11.9 * 86_400 < values["certificate"] <= 12 * 86_400
    assert measured.body == b'{"status": "ok"}'
    check = HttpCheck(url=site.url(), critical_unless=('body.status == "ok"',))
    outcome = judged(check, measured)
    assert (outcome.level, outcome.failed) == (Level.WARNING, ("certificate > 21d",))
    wrong = judged(HttpCheck(url=site.url(), critical_unless=('body.status == "well"',)), measured)
    assert (wrong.level, wrong.failed[0]) == (Level.CRITICAL, 'body.status == "well"')
    assert wrong.text.startswith('body.status "ok", should be "well"')


async def test_without_tls_and_names_nothing_is_known_of_them() -> None:
    with web(reply(503, b"maintenance")) as site:
        check = HttpCheck(url=site.url())
        measured = await ask(check)
    assert not {"dns", "tls", "certificate"} & set(measured.values)
    outcome = judged(check, measured)
    assert (outcome.level, outcome.failed) == (Level.CRITICAL, ("status < 400",))
    assert "maintenance" in outcome.output


async def test_the_request_is_as_configured() -> None:
    with web(reply()) as site:
        await ask(HttpCheck(url=site.url("/a b?q=ä&x=%20").replace(" ", "%20"), method="POST", body='{"a": "ä"}',
                            headers={"Content-Type": "application/json", "User-Agent": "me", "Host": "shop.example"}))
        await ask(HttpCheck(url=site.url(), method="HEAD"))
    first, second = site.asked
    assert (first.method, first.target) == ("POST", "/a%20b?q=%C3%A4&x=%20")
    assert first.body == '{"a": "ä"}'.encode()
    assert first.headers["content-type"] == "application/json"
    assert first.headers["user-agent"] == "me"
    assert first.headers["host"] == "shop.example"
    assert second.method == "HEAD"
    assert second.headers["host"] == f"127.0.0.1:{site.port}"
    assert second.headers["accept-encoding"] == "identity"


async def test_headers_that_conditions_ask_for() -> None:
    with web(reply(200, b"", {"X-Version": "7", "Set-Cookie": "session=abc", "X-Other": "1"})) as site:
        check = HttpCheck(url=site.url(), critical_unless=('header.x-version == "7"', 'header.x-absent != "1"'))
        measured = await ask(check)
    assert judged(check, measured).level is Level.OK
    assert {name for name in measured.values if name.startswith("header")} == {"header.x-version", "header.x-absent"}
    assert "x-other: 1" in measured.output
    assert "abc" not in repr(measured)


class TestRedirects:
    async def test_they_are_followed(self) -> None:
        with web({"/": redirect("/a"), "/a": redirect("b?token=x", 301), "/b?token=x": reply(200, b"here")}) as site:
            measured = await ask(HttpCheck(url=site.url()))
        assert (measured.values["status"], measured.values["redirects"], measured.body) == (200, 2, b"here")
        assert measured.values["url"] == site.url("/b?…")

    async def test_a_circle_is_said(self) -> None:
        with web({"/": redirect("/a"), "/a": redirect("/")}) as site:
            assert await problem(site.url()) == "redirects in a circle"
        with web(lambda asked: redirect(asked.target + "x")) as site:
            assert await problem(site.url(), follow=3) == "more than 3 redirects"
            assert len(site.asked) == 4

    async def test_none_is_followed_where_none_may(self) -> None:
        with web(redirect("/elsewhere")) as site:
            check = HttpCheck(url=site.url(), follow=0, critical_unless=("status == 302",))
            outcome = judged(check, await ask(check))
        assert outcome.level is Level.OK

    @pytest.mark.parametrize("to", ["ftp://x.example/", "javascript:alert(1)", "http://", "http://[", "file:///etc/passwd",
                                    "http://x:99999/", "x" * 9000])
    async def test_only_to_web_addresses(self, to: str) -> None:
        with web(redirect(to)) as site:
            assert await problem(site.url()) in ("redirects to what is no web address", "redirects in a circle")

    async def test_what_is_sent_afterwards(self) -> None:
        answers = {"/303": redirect("/end", 303), "/307": redirect("/end", 307), "/302": redirect("/end"),
                   "/end": reply()}
        with web(answers) as site:
            for target in ("/303", "/307", "/302"):
                await ask(HttpCheck(url=site.url(target), method="POST", body="x", headers={"Content-Type": "a/b"}))
            await ask(HttpCheck(url=site.url("/302"), method="HEAD"))
        ends = [(one.method, one.body, "content-type" in one.headers) for one in site.asked if one.target == "/end"]
        assert ends == [("GET", b"", False), ("POST", b"x", True), ("GET", b"", False), ("HEAD", b"", False)]


class TestSecrets:
    async def test_they_arrive_and_are_shown_nowhere(self) -> None:
        def echo(asked: Asked) -> bytes:
            said = f"{asked.target} {asked.headers} {asked.body.decode()}"
            return reply(500, said.encode(), {"X-Echo": asked.headers["x-key"] + asked.headers["authorization"]})

        with web(echo) as site:
            check = HttpCheck(
                url=site.url("/?a=1"), method="POST", secret_headers={"X-Key": secret("k3y/with=signs")},
                secret_query={"api key": secret("qu&ry s/cret")}, secret_body=secret('{"pass": "b\\"dy"}'), user="ana",
                password=secret("pässword"), critical_unless=('header.x-echo == "x"', 'body contains "y"'))
            measured = await ask(check)
        (asked,) = site.asked
        assert asked.headers["x-key"] == "k3y/with=signs"
        assert asked.headers["authorization"] == "Basic " + b64encode("ana:pässword".encode()).decode()
        assert asked.target == "/?a=1&api%20key=qu%26ry%20s%2Fcret"
        assert asked.body == b'{"pass": "b\\"dy"}'
        outcome = judged(check, measured)
        for shown in (repr(measured), repr(outcome), repr(check)):
            for hidden in ("k3y", "qu&ry", "qu%26ry", "b\\\"dy", "pässword", asked.headers["authorization"][6:]):
                assert hidden not in shown
        assert "•••" in outcome.output

    async def test_they_go_to_no_other_host(self) -> None:
        with web(reply()) as other, web(redirect(other.url("/", "localhost"))) as site:
            await ask(HttpCheck(url=site.url(), secret_headers={"X-Key": secret("s3cret")}, bearer=secret("t0ken"),
                                secret_query={"q": secret("qu3ry")}, headers={"X-Plain": "1"}))
        assert site.asked[0].headers["authorization"] == "Bearer t0ken"
        assert not {"authorization", "x-key"} & set(other.asked[0].headers)
        assert other.asked[0].headers["x-plain"] == "1"
        assert "qu3ry" not in other.asked[0].target

    async def test_a_secret_body_stops_at_a_redirect_elsewhere(self) -> None:
        with web(reply()) as other, web(redirect(other.url(), 307)) as site:
            said = await problem(site.url(), method="POST", secret_body=secret("b0dy"))
            assert said == "redirects to another host, which must not get the secret body"
            assert not other.asked

    async def test_one_that_cannot_be_sent_is_not_told(self) -> None:
        with web(reply()) as site:
            said = await problem(site.url(), secret_headers={"X-Key": secret("two\nlines")})
        assert "cannot be sent" in said
        assert "two" not in said

    async def test_one_that_is_missing(self) -> None:
        from opsconsole.core.units import Secret

        said = await problem("http://127.0.0.1:9/", bearer=Secret.parse("${ABSENT}", {}))
        assert "`bearer` is missing" in said
        assert "ABSENT" in said

    def test_an_address_is_no_place_for_them(self) -> None:
        with pytest.raises(ConfigMistakes) as caught:
            decode("url: 'https://ana:hush@x.example/'\nheaders: {Authorization: hush}", HttpCheck, source="x", env={})
        assert "hush" not in str(caught.value)
        assert "`user` and `password`" in str(caught.value)
        assert "secret_headers" in str(caught.value)


class TestCertificates:
    async def test_expired(self, tmp_path: Path) -> None:
        authority = Authority(tmp_path)
        with web(reply(), authority.server(ends=-3 * DAY - timedelta(hours=1))) as site:
            check = HttpCheck(url=site.url(), ca=str(authority.ca))
            async with left(site.port):
                measured = await ask(check)
        assert measured.problem == "certificate expired 3 d 1 h ago"
        certificate = measured.values["certificate"]
        assert isinstance(certificate, float)
        assert -3.1 * 86_400 < certificate < -3 * 86_400
        assert not site.asked

    async def test_not_yet_valid(self, tmp_path: Path) -> None:
        authority = Authority(tmp_path)
        with web(reply(), authority.server(begins=2 * DAY + timedelta(minutes=1))) as site:
            assert await problem(site.url(), ca=str(authority.ca)) == "certificate becomes valid in 2 d"

    async def test_for_another_host(self, tmp_path: Path) -> None:
        authority = Authority(tmp_path)
        with web(reply(), authority.server("a.example", "*.b.example", "192.0.2.1", "c.example")) as site:
            said = await problem(site.url(), ca=str(authority.ca))
        assert said.startswith("wrong host name: the certificate is for ")
        assert "a.example" in said
        assert said.endswith("and 1 more")

    async def test_for_another_host_and_expired(self, tmp_path: Path) -> None:
        authority = Authority(tmp_path)
        with web(reply(), authority.server("a.example", ends=-DAY)) as site:
            said = await problem(site.url(), ca=str(authority.ca))
        assert said == "certificate expired 1 d ago, wrong host name: the certificate is for a.example"

    async def test_self_signed_and_unknown(self, tmp_path: Path) -> None:
        authority = Authority(tmp_path)
        with web(reply(), authority.self_signed()) as site:
            assert await problem(site.url("/", "localhost")) == "self-signed certificate"
        with web(reply(), authority.server()) as site:
            assert (await problem(site.url())).startswith("certificate of an unknown authority")
            assert (await ask(HttpCheck(url=site.url(), verify=False))).text == "200"

    async def test_a_chain_without_its_middle(self, tmp_path: Path) -> None:
        authority = Authority(tmp_path)
        with web(reply(), authority.server(below=True)) as site:
            assert (await ask(HttpCheck(url=site.url(), ca=str(authority.ca)))).text == "200"
        with web(reply(), authority.server(below=True, whole=False)) as site:
            assert (await problem(site.url(), ca=str(authority.ca))).endswith("or its chain is incomplete")

    async def test_a_file_of_authorities_that_is_none(self, tmp_path: Path) -> None:
        (tmp_path / "empty.pem").write_text("")
        for name, why in (("absent.pem", "No such file"), ("empty.pem", "it holds no certificate")):
            with web(reply(), Authority(tmp_path).server()) as site:
                assert why in await problem(site.url(), ca=str(tmp_path / name))

    async def test_a_file_of_authorities_that_changes(self, tmp_path: Path) -> None:
        first = Authority(tmp_path)
        with web(reply(), first.server()) as site:
            check = HttpCheck(url=site.url(), ca=str(first.ca))
            assert (await ask(check)).text == "200"
            Authority(tmp_path)
            assert (await ask(check)).problem.startswith("certificate of an unknown authority")


class TestNoAnswer:
    async def test_refused(self) -> None:
        with closing() as port:
            pass
        assert await problem(f"http://127.0.0.1:{port}/") == "refused"

    async def test_no_such_name(self) -> None:
        assert await problem("http://no-such-name.invalid/", timeout=Duration(30)) in (
            "name not found", "no answer from the name server (looking up the name)")

    async def test_silence_and_where(self, tmp_path: Path) -> None:
        with silent() as port:
            said = await problem(f"http://127.0.0.1:{port}/", timeout=SOON)
            assert said == "no answer within 500 ms (waiting for the first byte)"
            said = await problem(f"https://127.0.0.1:{port}/", timeout=SOON)
            assert said == "no answer within 500 ms (in the TLS handshake)"
        with full() as port:
            assert await problem(f"http://127.0.0.1:{port}/", timeout=SOON) == "no answer within 500 ms (connecting)"
        with web(lambda _asked: slowly(0.0, b"HTTP/1.1 200 OK\r\n", *([b""] * 10_000))) as site:
            said = await problem(site.url(), timeout=SOON)
            assert said.endswith(("(in the middle of the answer)", "closed in the middle of the answer"))

    async def test_closed_at_once(self) -> None:
        with closing() as port:
            assert await problem(f"http://127.0.0.1:{port}/") == "closed without an answer (waiting for the first byte)"
            assert await problem(f"https://127.0.0.1:{port}/") == "closed without an answer (in the TLS handshake)"

    @pytest.mark.parametrize("words", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"220 mail\r\n",
                                       b"\x00" * 50, b"\xff" * 50, b"x"])
    async def test_no_tls(self, words: bytes) -> None:
        with saying(words, hold=False) as port:
            said = await problem(f"https://127.0.0.1:{port}/")
        assert said in ("speaks no TLS", "closed without an answer (in the TLS handshake)")

    async def test_it_can_be_cancelled_anywhere(self, tmp_path: Path) -> None:
        authority = Authority(tmp_path)
        with silent() as port, full() as never, web(lambda _asked: forever(b"", b"", 0.01), authority.server()) as site:
            async with left(port, never, site.port):
                for url in (f"http://127.0.0.1:{port}/", f"https://127.0.0.1:{port}/", f"http://127.0.0.1:{never}/"):
                    begun = asyncio.Event()
                    begun.set()
                    await cancelled(HttpCheck(url=url), begun)
                await cancelled(HttpCheck(url=site.url(), ca=str(authority.ca)), lambda: bool(site.asked))


def test_addresses_are_shown_without_what_they_may_hide() -> None:
    found = web_address.read("https://ana:hush@SHOP.example:8443/a?token=hush#hush")
    assert str(found) == "https://shop.example:8443/a?…"
    assert found.target == "/a?token=hush"


@given(st.text(max_size=60), st.binary(max_size=60))
def test_no_address_breaks_more_than_a_rule(text: str, location: bytes) -> None:
    start = web_address.read("http://a.example/b/c?d")
    for read in (partial(web_address.read, "http://" + text), partial(web_address.after, start, location)):
        try:
            found = read()
        except ValueError:
            continue
        assert found.target.isascii()
        assert found.host.isascii()
        assert 0 <= found.port <= 65_535
