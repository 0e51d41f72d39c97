"""What the settings of checks over the network allow, and what they say about the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.core.config import ConfigMistakes, decode
from opsconsole.core.jsontext import to_json
from opsconsole.core.schema import json_schema, plain
from opsconsole.health.checks.settings import net
from opsconsole.health.checks.settings.net import HttpCheck
from opsconsole.health.conditions import parse

if TYPE_CHECKING:
    from opsconsole.health.checks.settings.base import Check

Checks = dict[str, net.HttpCheck | net.TcpCheck | net.DnsCheck | net.TlsCheck | net.SmtpCheck | net.ImapCheck
              | net.SshCheck]
KINDS = get_args(get_args(Checks)[1])


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    checks: Checks


def read(text: str) -> Check:
    """One check from the line of a file."""
    return decode(f"checks: {{one: {{{text}}}}}", File, source="x.yaml", env={"TOKEN": "hush"}).checks["one"]


def mistakes(text: str) -> str:
    with pytest.raises(ConfigMistakes) as caught:
        read(text)
    return str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_says_what_it_measures(kind: type[Check]) -> None:
    assert kind.MAIN in kind.VALUES
    for text in (*kind.CRITICAL, *kind.WARNING):
        parse(text, kind.VALUES)
    described = json_schema(kind)["properties"]
    assert all("description" in said for name, said in described.items() if name != "kind")


@pytest.mark.parametrize("text", [
    "kind: http, url: 'https://shop.example/health?full=1', headers: {Accept: text/html}, follow: 0",
    "kind: http, url: 'http://[::1]:8080', secret_headers: {Authorization: 'Bearer ${TOKEN}'}, method: POST, body: x",
    "kind: http, url: 'https://shop.example', user: ana, password: '${TOKEN}', verify: no",
    "kind: http, url: 'https://shop.example', ca: /etc/ca.pem, critical_unless: ['header.x-a contains \"b\"']",
    "kind: tcp, host: '::1', port: 6379, send: 'PING\\r\\n', expect: PONG",
    "kind: dns, name: shop.example, type: MX, server: '2001:db8::53', port: 5353",
    "kind: tls, host: shop.example, starttls: smtp, port: 25, server_name: mail.shop.example",
    "kind: smtp, host: mail.shop.example, tls: implicit", "kind: imap, host: mail.shop.example, port: 1143",
    "kind: ssh, host: shop.example",
])
def test_what_may_be_written(text: str) -> None:
    check = read(text)
    shown = plain(check)
    assert "hush" not in f"{check!r} {to_json(shown)}"
    for key, value in shown.items():
        if isinstance(value, str) and key in ("url", "host", "name"):
            assert value in text


@pytest.mark.parametrize(("text", "said"), [
    ("kind: http, url: shop.example", "begins with `http://`"),
    ("kind: http, url: 'ftp://shop.example'", "begins with `http://`"),
    ("kind: http, url: 'https://shop.example:99999'", "no address"),
    ("kind: http, url: 'https://[::1'", "no address"),
    ("kind: http, url: 'https://shop.example:0'", "no port 0"),
    ("kind: http, url: 'https://shop.example/a b'", "no spaces"),
    ("kind: http, url: 'https://ana:pw@shop.example/'", "`user` and `password`"),
    ("kind: http, url: 'https://a', user: ana", "needs a `password`"),
    ("kind: http, url: 'https://a', password: '${TOKEN}'", "needs a `user`"),
    ("kind: http, url: 'https://a', user: 'a:b', password: '${TOKEN}'", "colon"),
    ("kind: http, url: 'https://a', user: a, password: '${TOKEN}', bearer: '${TOKEN}'", "a `user` already"),
    ("kind: http, url: 'https://a', body: a, secret_body: '${TOKEN}'", "a `body` already"),
    ("kind: http, url: 'https://a', headers: {X-Api-Key: abc}", "`secret_headers`"),
    ("kind: http, url: 'https://a', headers: {Content-Length: 1}", "set by itself"),
    ("kind: http, url: 'https://a', headers: {X-A: a}, secret_headers: {x-a: '${TOKEN}'}", "given twice"),
    ("kind: http, url: 'https://a', headers: {'X A': a}", "must be text that fits"),
    ("kind: http, url: 'https://a', secret_headers: {X-A: hush}", "place of a secret"),
    ("kind: http, url: 'https://a', ca: ca.pem", "must be absolute"),
    ("kind: http, url: 'https://a', follow: 11", "at most 10"),
    ("kind: http, url: 'https://a', critical_unless: ['statsu == 200']", "status"),
    ("kind: tcp, host: '[::1]', port: 1", "must be text that fits"),
    ("kind: tcp, host: a, port: 1, send: 'a\\q'", "backslash"),
    ("kind: dns, name: a, server: ns.example", "must be an address"),
    ("kind: smtp, host: a, ca: /ca.pem", "`tls: starttls`"),
])
def test_what_may_not(text: str, said: str) -> None:
    found = mistakes(text)
    assert said in found
    assert "hush" not in found
    assert "ana:pw" not in found


@given(st.text(max_size=80))
def test_any_address_is_right_or_a_mistake(text: str) -> None:
    for url in (text, f"http://{text}", f"https://shop.example/{text}"):
        found = list(HttpCheck(url=url).mistakes())
        assert all(key == "url" and sentence for key, sentence in found)
