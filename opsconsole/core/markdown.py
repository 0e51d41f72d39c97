"""Markdown as lines of spans: what people write, and nothing that could act. Pure, linear in the text.

A line of the text stays a line, as in mail and logs: paragraphs are not set anew. Headings, lists, quotes, code,
emphasis and links are read; a link is shown as its text and where it leads, so that nothing hides behind a word.
Everything else is text. Compared with markdown-it-py, whose import alone takes 120 ms and which joins the lines of a
paragraph, so that a log pasted without a fence becomes one block.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core.glyphs import UNICODE
from opsconsole.core.lines import BLANK, Line, Span, Style
from opsconsole.core.text import harmless, width, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsconsole.core.glyphs import Glyphs

MOST_LINES: Final = 2_000
"""Lines of a text that are shown."""
LONGEST: Final = 4_000
"""Characters of one line that are shown."""
MOST_PLAIN: Final = 2_000
"""Characters of a text that are looked at for its plain words, and lines."""
PLAIN_LINES: Final = 40
DEEPEST: Final = 6
"""Quotes or lists within each other that are shown as such."""
NARROWEST: Final = 8
"""Cells that are left for words, however deep they stand."""
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})([^`]*)")
_HEADING: Final = re.compile(r" {0,3}#{1,6} +(.*?)(?: +#+)? *")
_RULE: Final = re.compile(r" {0,3}([-*_])(?: *\1){2,} *")
_ITEM: Final = re.compile(r"( {0,12})([-*+]|[0-9]{1,4}[.)]) +(.*)")
_TASK: Final = re.compile(r"\[([ xX])\] (.*)")
_QUOTE: Final = re.compile(r" {0,3}> ?(.*)")
_SPECIAL: Final = re.compile(r"[\\`*_\[!<]")
_ESCAPED: Final = frozenset("\\`*_{}[]()#+-.!<>~|")
_TARGET: Final = re.compile(r"\(\s*<?([^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*)>?(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)")
_AUTOLINK: Final = re.compile(r"<((?:https?|mailto|ftp|ssh):[^\s<>]{1,2000}|[^\s<>@]{1,200}@[^\s<>@]{1,200})>")
_WORDS: Final = re.compile(r" +|[^ ]+")


class _Block(NamedTuple):
    """One line of the text, read: what stands before its words on the first and on further rows."""

    spans: tuple[Span, ...]
    first: tuple[Span, ...] = ()
    rest: tuple[Span, ...] = ()
    whole: bool = False
    """Whether every blank counts, as in code."""


def markdown_lines(text: str, cells: int, glyphs: Glyphs = UNICODE, most: int = MOST_LINES) -> list[Line]:
    """A text as lines of at most `cells` cells.

    Args:
        text: foreign, raw.
        cells: how wide; at least `NARROWEST` are used.
        glyphs: signs.
        most: how many lines to make; where there would be more, the last one says that the text goes on.
    """
    cells = max(cells, NARROWEST)
    lines: list[Line] = []
    for block in _blocks(text.replace("\r\n", "\n").strip("\n"), glyphs, most, cells):
        if len(lines) > most:
            return [*lines[:max(0, most - 1)], Line((Span(f"{glyphs.ellipsis} it goes on", Style.FAINT),))]
        if not block.spans and not block.first:
            # Blank lines part; more than one part no more.
            lines += [BLANK] if lines and lines[-1] is not BLANK else []
            continue
        lines += _laid(block, cells)
    while lines and lines[-1] is BLANK:
        lines.pop()
    return lines


def plain_words(text: str, glyphs: Glyphs = UNICODE) -> str:
    """The beginning of a text as plain words, harmless, without the marks of Markdown; blank lines are left out."""
    begin = text[:MOST_PLAIN].replace("\r\n", "\n").strip("\n") + (glyphs.ellipsis if len(text) > MOST_PLAIN else "")
    said = ("".join(span.text for span in block.spans) for block in _blocks(begin, glyphs, PLAIN_LINES, 1)
            if not block.whole or block.first)
    return "\n".join(words for one in said if (words := one.strip()))


def _blocks(text: str, glyphs: Glyphs, most: int, cells: int) -> Iterator[_Block]:
    """The lines of a text; a fence goes on to its end, or to that of the text."""
    fence = ""
    for line in _lines(text, most, glyphs):
        found = _FENCE.fullmatch(line)
        if fence:
            if found is not None and found[1].startswith(fence) and not found[2].strip():
                fence = ""
                continue
            yield _code(line)
        elif found is not None:
            fence = found[1]
        elif not line.strip():
            yield _Block(())
        elif line.startswith("    ") and _ITEM.fullmatch(line) is None:
            yield _code(line[4:])
        elif _RULE.fullmatch(line):
            yield _Block((Span(glyphs.bar_empty * min(cells, 24), Style.FAINT),), whole=True)
        else:
            yield _line(line, glyphs)


def _lines(text: str, most: int, glyphs: Glyphs) -> Iterator[str]:
    """The lines of a text, harmless; blank ones may be many, so more are read than are shown."""
    for number, line in enumerate(text.split("\n", 4 * most + 4)):
        if number > 4 * most:
            yield f"{glyphs.ellipsis} it goes on"
            return
        cut = line[:LONGEST + 1].removesuffix("\r").expandtabs(8)
        shown = harmless(cut[:LONGEST], ascii_only=glyphs.ok.isascii())
        yield shown + glyphs.ellipsis if len(cut) > LONGEST else shown


def _code(line: str) -> _Block:
    indent = (Span("  "),)
    return _Block((Span(line or " "),), indent, indent, whole=True)


def _line(line: str, glyphs: Glyphs, depth: int = 0) -> _Block:
    """A line that is no code."""
    if depth < DEEPEST and (quote := _QUOTE.fullmatch(line)) is not None:
        inner = _line(quote[1], glyphs, depth + 1)
        edge = Span(f"{glyphs.stem} ", Style.FAINT)
        spans = tuple(span._replace(style=Style.MUTED) if span.style is Style.TEXT else span for span in inner.spans)
        return _Block(spans, (edge, *inner.first), (edge, *inner.rest))
    if (heading := _HEADING.fullmatch(line)) is not None:
        return _Block(tuple(span._replace(strong=True) for span in inline(heading[1])))
    if (item := _ITEM.fullmatch(line)) is not None:
        return _item(item, glyphs)
    words = line.lstrip(" ")
    indent = (Span(" " * (len(line) - len(words))),) if len(words) < len(line) else ()
    return _Block(inline(words), indent, indent)


def _item(item: re.Match[str], glyphs: Glyphs) -> _Block:
    """One point of a list."""
    sign = item[2] if item[2][-1] in ".)" else "-" if glyphs.ok.isascii() else "•"
    text = item[3]
    indent = " " * min(len(item[1]), 2 * DEEPEST)
    if (task := _TASK.fullmatch(text)) is not None:
        sign, text = (f"[{'x' if task[1] != ' ' else ' '}]", task[2])
    return _Block(inline(text), (Span(indent), Span(f"{sign} ", Style.MUTED)),
                  (Span(indent + " " * (width(sign) + 1)),))


# Within a line

def inline(text: str, *, strong: bool = False, depth: int = 0) -> tuple[Span, ...]:
    """A harmless line with its emphasis, code and links as spans."""
    spans: list[Span] = []
    held: list[str] = []
    dead: set[str] = set()
    """Marks that nothing closes any more: they are not looked for again, so that time stays linear."""
    at = 0

    def flush() -> None:
        if held:
            spans.append(Span("".join(held), strong=strong))
            held.clear()

    while (special := _SPECIAL.search(text, at)) is not None:
        start = special.start()
        held.append(text[at:start])
        found = _mark(text, start, dead, strong=strong, depth=depth)
        if found is None:
            held.append(text[start])
            at = start + 1
            continue
        made, at = found
        if len(made) == 1 and made[0].style is Style.TEXT and made[0].strong == strong:
            held.append(made[0].text)
        else:
            flush()
            spans += made
    held.append(text[at:])
    flush()
    return tuple(span for span in spans if span.text)


_Found = tuple[tuple[Span, ...], int] | None


def _mark(text: str, at: int, dead: set[str], *, strong: bool, depth: int) -> _Found:
    """What a mark makes of the text behind it, and where it ends; None: it is a character like any other."""
    char = text[at]
    if char == "\\":
        if at + 1 < len(text) and text[at + 1] in _ESCAPED:
            return (Span(text[at + 1], strong=strong),), at + 2
        return None
    if char == "`":
        return _code_span(text, at, dead, strong=strong)
    if char in "*_":
        return _emphasis(text, at, dead, depth)
    if char == "<":
        link = _AUTOLINK.match(text, at)
        return None if link is None else ((Span(link[1], strong=strong),), link.end())
    return _link(text, at, dead, strong=strong, depth=depth)


def _code_span(text: str, at: int, dead: set[str], *, strong: bool) -> _Found:
    end = at
    while end < len(text) and text[end] == "`":
        end += 1
    ticks = text[at:end]
    stop = -1 if ticks in dead else _run_of(text, ticks, end)
    if stop < 0:
        dead.add(ticks)
        return (Span(ticks, strong=strong),), end
    inner = text[end:stop]
    if inner.startswith(" ") and inner.endswith(" ") and inner.strip():
        inner = inner[1:-1]
    return (Span("`", Style.FAINT), Span(inner, strong=strong), Span("`", Style.FAINT)), stop + len(ticks)


def _run_of(text: str, ticks: str, at: int) -> int:
    """Where exactly so many ticks stand, from a place on; -1: nowhere."""
    while (found := text.find(ticks, at)) >= 0:
        end = found + len(ticks)
        if end == len(text) or text[end] != "`":
            return found
        while end < len(text) and text[end] == "`":
            end += 1
        at = end
    return -1


def _emphasis(text: str, at: int, dead: set[str], depth: int) -> _Found:
    char = text[at]
    mark = char * 2 if text.startswith(char * 2, at) else char
    begin = at + len(mark)
    opens = begin < len(text) and text[begin] not in " *_" and not (
        char == "_" and at > 0 and text[at - 1].isalnum())
    if not opens or depth >= 2 or mark in dead:
        return (Span(mark),), begin
    stop = _closing(text, mark, begin)
    if stop < 0:
        dead.add(mark)
        return (Span(mark),), begin
    return inline(text[begin:stop], strong=True, depth=depth + 1), stop + len(mark)


def _closing(text: str, mark: str, at: int) -> int:
    """Where emphasis ends: at its mark behind a word; -1: nowhere."""
    while (found := text.find(mark, at)) >= 0:
        after = found + len(mark)
        whole = not (len(mark) == 1 and (text.startswith(mark, after) or text[found - 1] == mark))
        if (text[found - 1] != " " and whole and found >= at
                and not (mark[0] == "_" and after < len(text) and text[after].isalnum())):
            return found
        at = after
    return -1


def _link(text: str, at: int, dead: set[str], *, strong: bool, depth: int) -> _Found:
    picture = text[at] == "!"
    begin = at + picture
    if not text.startswith("[", begin) or "](" in dead:
        return None
    middle = text.find("](", begin + 1)
    if middle < 0:
        dead.add("](")
        return None
    words = text[begin + 1:middle]
    target = _TARGET.match(text, middle + 1)
    if target is None or "[" in words:
        return None
    url = target[1]
    said = inline(words, strong=strong, depth=depth + 1) if depth < 2 else (Span(words, strong=strong),)
    if picture:
        said = (Span("picture: ", Style.MUTED), *said) if words else (Span("picture", Style.MUTED),)
    if words == url or not url:
        return said, target.end()
    return (*said, Span(f" ({url})", Style.MUTED)), target.end()


# Rows

def _laid(block: _Block, cells: int) -> Iterator[Line]:
    first, rest = block.first, block.rest
    before = sum(width(span.text) for span in first)
    if cells - before < NARROWEST:
        first = rest = ()
        before = 0
    room = cells - before
    rows = _hard(block.spans[0], room) if block.whole else wrapped(block.spans, room)
    for number, row in enumerate(rows):
        yield Line((*(rest if number else first), *row))


def _hard(span: Span, cells: int) -> list[tuple[Span, ...]]:
    """Code: broken wherever the row ends, every blank kept."""
    rows: list[tuple[Span, ...]] = []
    row, taken = "", 0
    for char in span.text:
        needs = width(char)
        if taken + needs > cells:
            rows.append((span._replace(text=row),))
            row, taken = "", 0
        row += char
        taken += needs
    return [*rows, (span._replace(text=row),)]


def wrapped(spans: tuple[Span, ...], cells: int) -> list[tuple[Span, ...]]:
    """Spans as rows of at most `cells` cells, broken at blanks, within a word only where it is too long."""
    rows: list[tuple[Span, ...]] = []
    row: list[Span] = []
    taken = 0
    for span in spans:
        for word in _WORDS.findall(span.text):
            needs = width(word)
            if taken + needs > cells:
                if word[0] == " ":
                    # The blanks at a break are the break.
                    word, needs = "", 0  # noqa: PLW2901 - what is left of it
                if taken:
                    rows.append(_trimmed(row))
                    row, taken = [], 0
                *full, word = wrap(word, cells) if needs > cells else [word]  # noqa: PLW2901 - the last piece goes on
                rows += [(span._replace(text=piece),) for piece in full]
                needs = width(word)
            if not word or (word[0] == " " and not taken and rows):
                continue
            row.append(span._replace(text=word))
            taken += needs
    if row or not rows:
        rows.append(_trimmed(row))
    return rows


def _trimmed(row: list[Span]) -> tuple[Span, ...]:
    """A row without blanks at its end, neighbours of one style joined."""
    joined: list[Span] = []
    for span in row:
        if joined and joined[-1][1:] == span[1:]:
            joined[-1] = span._replace(text=joined[-1].text + span.text)
        else:
            joined.append(span)
    if joined:
        joined[-1] = joined[-1]._replace(text=joined[-1].text.rstrip(" "))
    return tuple(span for span in joined if span.text)
