"""HTML of mail as plain text: what a reader would see, in lines. Pure, and linear in the length of what it is given.

It is written here and not taken from a library: those that draw tables well stand on lxml, which takes 12 MB and
40 ms, and `html.parser` drops everything behind a `<style>` or `<script>` that is never closed, which mail has.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Final

MOST_HTML: Final = 1_000_000
"""Characters that are looked at; who calls keeps the rest as a file."""
_TAG: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:_-]{0,30})(?=[\s/>])")
_ATTRIBUTE: Final = re.compile(r"""(?i:\b(href|alt|type|start)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))""")
_SPACE: Final = re.compile(r"[ \t\r\n\f\v]+")
_LINKED: Final = re.compile(r"(?i:https?://|mailto:|ftp://|tel:)")
_SKIPPED: Final = frozenset({"style", "script", "head", "title", "template", "object", "svg"})
_BLOCKS: Final = frozenset({
    "address", "article", "aside", "body", "caption", "center", "dd", "details", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "header", "html", "legend", "li", "main", "nav", "ol", "section",
    "summary", "table", "tbody", "tfoot", "thead", "tr", "ul"})
_APART: Final = frozenset({"blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "p", "pre"})
"""Blocks with an empty line before and after."""
_CELLS: Final = frozenset({"td", "th"})


def to_text(html: str) -> str:
    """The text of some HTML; blocks become lines, lists get marks, quotes `> `, links their address."""
    return _Reader(html[:MOST_HTML]).read()


class _Reader:
    """Goes through the text once; what looks like no tag is text."""

    def __init__(self, html: str) -> None:
        self._html = html
        self._lines: list[str] = []
        self._line: list[str] = []
        self._gap = 0
        """Empty lines that come before the next text."""
        self._lists: list[int | None] = []
        """Of each list that is open, the next number; None where it has marks."""
        self._quotes = 0
        self._depth = 0
        """Of the quote that the last line is in."""
        self._kept = 0
        """How many `pre` are open."""
        self._link: tuple[str, int] | None = None
        self._mark = ""

    def read(self) -> str:
        """All of it as lines."""
        html, at, start, ends = self._html, 0, 0, _Ends(self._html)
        while (start := html.find("<", start)) >= 0:
            end = self._end(start, ends)
            if not end:
                start += 1
                continue
            self._text(html[at:start])
            at = start = self._markup(start, end, ends)
        self._text(html[at:])
        self._break()
        return "\n".join(self._lines).strip("\n")

    def _end(self, start: int, ends: _Ends) -> int:
        """The place behind the tag or the comment that begins here; 0: it is neither."""
        html = self._html
        if html.startswith("<!--", start):
            # A comment that never ends hides nothing.
            return (ends.of("-->", start + 2) + 3) if ends.of("-->", start + 2) >= 0 else start + 4
        if html[start + 1:start + 2] not in ("!", "?", "/") and _TAG.match(html, start) is None:
            return 0
        return ends.tag(start) + 1

    def _markup(self, start: int, end: int, ends: _Ends) -> int:
        """Takes a tag or a comment; the place where it goes on."""
        tag = _TAG.match(self._html, start, end)
        if tag is None:
            return end
        name = tag[2].lower()
        if tag[1]:
            self._close(name)
        elif name in _SKIPPED and not self._html.startswith("/", end - 2):
            return self._skip(name, end, ends)
        else:
            self._open(name, self._html[tag.end():end - 1])
        return end

    def _skip(self, name: str, at: int, ends: _Ends) -> int:
        """Behind what nobody sees; where it never ends, only its tag is left out."""
        end = ends.closing(name, at)
        behind = ends.of(">", end) if end >= 0 else -1
        return behind + 1 if behind >= 0 else at

    def _open(self, name: str, rest: str) -> None:
        attributes = {key.lower(): unescape(value.strip("\"'")) for key, value in _ATTRIBUTE.findall(rest[:20_000])}
        if name in _APART or name in _BLOCKS:
            self._break(gap=int(name in _APART))
        if name in ("ul", "ol"):
            start = attributes.get("start", "1")
            self._lists.append((int(start) if start.isdecimal() and len(start) < 6 else 1) if name == "ol" else None)
        elif name == "li":
            self._item()
        elif name == "blockquote":
            self._quotes += 1
        elif name == "pre":
            self._kept += 1
        elif name in _CELLS and "".join(self._line).strip():
            self._line.append("  ")
        elif name == "br":
            # The second in a row makes an empty line.
            self._break(gap=int(not "".join(self._line).strip()))
        elif name == "hr":
            self._break()
            self._text("-" * 40)
            self._break()
        elif name == "img" and attributes.get("alt", "").strip():
            self._text(f"[{attributes['alt'].strip()}]")
        elif name == "a" and _LINKED.match(attributes.get("href", "")):
            self._link = (attributes["href"], len(self._line))

    def _close(self, name: str) -> None:
        if name == "a":
            self._end_link()
        if name in _APART or name in _BLOCKS:
            self._break(gap=int(name in _APART))
        if name in ("ul", "ol") and self._lists:
            self._lists.pop()
        elif name == "blockquote":
            self._quotes = max(self._quotes - 1, 0)
        elif name == "pre":
            self._kept = max(self._kept - 1, 0)

    def _item(self) -> None:
        depth = min(len(self._lists), 8)
        number = self._lists[-1] if self._lists else None
        self._mark = "  " * max(depth - 1, 0) + ("- " if number is None else f"{number}. ")
        if number is not None:
            self._lists[-1] = number + 1

    def _end_link(self) -> None:
        if self._link is None:
            return
        (address, begun), self._link = self._link, None
        shown = "".join(self._line[begun:]).strip()
        plain = address.removeprefix("mailto:").removeprefix("tel:")
        if shown.rstrip("/") not in (address.rstrip("/"), plain, plain.partition("://")[2].rstrip("/")):
            self._line.append(f" ({plain})" if shown else plain)

    def _text(self, text: str) -> None:
        text = unescape(text) if "&" in text else text
        if self._kept:
            first, *more = text.replace("\r\n", "\n").split("\n")
            self._line.append(first)
            for line in more:
                self._break(kept=True)
                self._line.append(line)
            return
        text = _SPACE.sub(" ", text)
        if text.startswith(" ") and (not self._line or self._line[-1].endswith(" ")):
            text = text[1:]
        if text:
            self._line.append(text)

    def _break(self, gap: int = 0, *, kept: bool = False) -> None:
        """Ends the line, if there is one; at least `gap` empty lines come before the next."""
        line = "".join(self._line)
        line = line.rstrip() if self._kept else line.replace("\xa0", " ").strip()
        if self._link is not None:
            self._link = (self._link[0], 0)
        self._line = []
        depth = min(self._quotes, 8)
        if line or kept:
            if self._lines and self._gap:
                self._lines.append(("> " * min(depth, self._depth)).rstrip())
            self._gap, self._depth = 0, depth
            self._lines.append(f"{'> ' * depth}{self._mark}{line}".rstrip())
            self._mark = ""
        self._gap = max(self._gap, gap)


class _Ends:
    """Where things end: each search that found nothing, or something further on, is not made again."""

    def __init__(self, html: str) -> None:
        self._html = html
        self._found: dict[str, int] = {}

    def of(self, what: str, at: int) -> int:
        """The first place of `what` from there on; -1: there is none."""
        known = self._found.get(what)
        if known is None or -1 < known < at:
            known = self._found[what] = self._html.find(what, at)
        return known

    def closing(self, name: str, at: int) -> int:
        """The first place of the closing tag from there on; -1: there is none."""
        known = self._found.get(name)
        if known is None or -1 < known < at:
            found = re.compile(f"(?i:</{name})").search(self._html, at)
            known = self._found[name] = found.start() if found is not None else -1
        return known

    def tag(self, start: int) -> int:
        """Where a tag ends: the first `>` that is in no quotes; the first of all where quotes are never closed."""
        first = end = self.of(">", start)
        for _ in range(8):
            if end < 0:
                break
            inside = self._html[start:end] if end - start < 100_000 else ""
            if inside.count('"') % 2 == 0 and ('"' in inside or inside.count("'") % 2 == 0):
                return end
            end = self._html.find(">", end + 1, start + 100_000)
        return first
