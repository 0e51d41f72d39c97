"""Foreign text in files that other programs read: cells of spreadsheets, lines and blocks of Markdown. Pure."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def protected(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: one that begins like one gets an apostrophe before it.

    See https://owasp.org/www-community/attacks/CSV_Injection; the import takes it away again.
    """
    return f"'{cell}" if re.match(r"'*[=+\-@\t\r]", cell) else cell


def csv_line(cells: Iterable[str]) -> str:
    """Cells as a line of CSV (RFC 4180), each protected."""
    made = io.StringIO()
    csv.writer(made, lineterminator="\r\n").writerow([protected(cell) for cell in cells])
    return made.getvalue()


def markdown_line(text: str) -> str:
    """Foreign text on one line of Markdown, in which no sign has a meaning."""
    flat = " ".join(text.split())
    return re.sub(r"([\\`*_{}\[\]<>#|!~])", r"\\\1", flat)


def markdown_block(text: str) -> str:
    """Foreign text as a block of Markdown that is shown as it is."""
    longest = max((len(run) for run in re.findall(r"~+", text)), default=0)
    fence = "~" * max(3, longest + 1)
    return f"{fence}\n{text.rstrip()}\n{fence}"
