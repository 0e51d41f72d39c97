"""HTML as lines: what a reader sees is there, what they do not see is not, and hostile markup takes no time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.tickets.mail.html import MOST_HTML, to_text

SHAPES = {
    "paragraphs": ("<p>Hello<br>world &amp; <b>all</b></p><p>Second</p>", "Hello\nworld & all\n\nSecond"),
    "outlook": (("<html><head><style>p.MsoNormal{x:y}</style><title>t</title></head><body><div class=WordSection1>"
                "<p class=MsoNormal>Hi,<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p>text</p></div>"),
                "Hi,\n\ntext"),
    "gmail": ("<div dir=\"ltr\">Hi,<div><br></div><div>it fails.</div></div>", "Hi,\n\nit fails."),
    "lists": ("<ul><li>one</li><li>two<ul><li>deep</li></ul></li></ul><ol start=3><li>c</li><li>d</li></ol>",
              "- one\n- two\n  - deep\n3. c\n4. d"),
    "a table": ("<table><tr><td>Order</td><td>42</td></tr><tr><th>Sum</th><td>9 EUR</td></tr></table>",
                "Order  42\nSum  9 EUR"),
    "quotes": ("answer<blockquote type=cite>quoted<br>lines<blockquote>deeper</blockquote></blockquote>end",
               "answer\n\n> quoted\n> lines\n>\n> > deeper\n\nend"),
    "links": (('<a href="https://example.com/x?a=1&amp;b=2">order</a> <a href="mailto:a@example.com">a@example.com</a>'
              ' <a href="https://example.com/">example.com</a> <a href="javascript:alert(1)">click</a>'
              '<a href="https://example.com/pic"><img src=x></a>'),
              "order (https://example.com/x?a=1&b=2) a@example.com example.com clickhttps://example.com/pic"),
    "preformatted": ("<pre>line 1\n   indented\n\nend</pre>after", "line 1\n   indented\n\nend\n\nafter"),
    "pictures and rules": ("<img src=cid:1 alt='screenshot 1'><hr>x", f"[screenshot 1]\n{'-' * 40}\nx"),
    "spaces": ("<span>a</span><span> b</span>\n\n  <span>c</span>&nbsp;d", "a b c d"),
    "a style without end": ("<style>body{color:red} <p>the text</p>", "body{color:red}\n\nthe text"),
    "a comment without end": ("<!--[if mso]>x<![endif]--><p>seen</p><!-- <p>kept</p>", "seen\n\nkept"),
    "no tags": ("a < b, <john@example.com> & 3 > 2 <", "a < b, <john@example.com> & 3 > 2 <"),
    "quotes in tags": ('<p title="a > b" class=\'c\'>x</p><p title="never closed>y</p>', "x\n\ny"),
    "a script": ("<script>if (a < b) { steal() }</script>seen<SCRIPT/>also", "seenalso"),
    "entities": ("&lt;b&gt; &#8364; &#x1F600; &unknown; &copy", "<b> € 😀 &unknown; ©"),
    "nothing": ("<div><br></div>", ""),
    "empty": ("", ""),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes(name: str) -> None:
    html, text = SHAPES[name]
    assert to_text(html) == text


@given(st.text(alphabet="<>/!-=\"'& abpredivtl;#1", max_size=300))
def test_anything_is_read(html: str) -> None:
    to_text(html)


@given(st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), min_size=1, max_size=30),
       st.lists(st.sampled_from(["p", "div", "b", "td", "li", "span", "blockquote", "h1"]), min_size=1, max_size=5))
def test_no_word_is_lost(words: list[str], tags: list[str]) -> None:
    html = "".join(f"<{tag}>{word} </{tag}>" for word, tag in zip(words, tags * len(words), strict=False))
    marks = {">", "-"}
    assert [word for word in to_text(html).split() if word not in marks] == words


@pytest.mark.parametrize("piece", ["<", "<a ", "<!--", '<a "', "<style>", "<li>", "<blockquote>", "&", "<p>", '<a ">',
                                   "<![CDATA[", "<ul><li>x", "</", "<pre>\n"])
def test_hostile_markup_is_read_in_one_go(piece: str) -> None:
    to_text(piece * (200_000 // len(piece)))


def test_only_so_much_is_looked_at() -> None:
    assert len(to_text("x" * (MOST_HTML + 10))) == MOST_HTML
