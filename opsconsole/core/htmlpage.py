"""One HTML file that needs nothing else: to be read on a screen, light or dark, and to be printed. Pure.

Nothing is fetched and nothing runs: a policy in the file forbids both.
"""

from __future__ import annotations

from html import escape
from typing import Final

from opsconsole.core.text import harmless

_STYLE: Final = """
:root { color-scheme: light dark; --text: #1b1f24; --muted: #59636e; --line: #d1d9e0; --back: #fff; --soft: #f6f8fa;
  --bad: #9a3412; --near: #8a5a00; --good: #1a7f37 }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --muted: #9198a1; --line: #3d444d; --back: #0d1117;
  --soft: #151b23; --bad: #f0883e; --near: #d9a514; --good: #3fb950 } }
@media print { :root { color-scheme: light; --text: #000; --muted: #444; --line: #999; --back: #fff; --soft: #fff;
  --bad: #000; --near: #000; --good: #000 } main { max-width: none !important; padding: 0 !important }
  article { break-inside: avoid-page } h2 { break-after: avoid } nav { display: none } @page { margin: 18mm 16mm } }
* { box-sizing: border-box }
body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif }
main { max-width: 54rem; margin: 0 auto; padding: 2.5rem 1.5rem }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1rem; color: var(--muted); margin: 2.5rem 0 .75rem }
h3 { font-size: 1.05rem; margin: 0; overflow-wrap: anywhere }
header p { color: var(--muted); margin: .25rem 0 0 }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; background: var(--soft);
  padding: .5rem .75rem; border-radius: 4px }
table { border-collapse: collapse; width: 100%; margin-top: 1.5rem } th, td { text-align: left;
  padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
th { color: var(--muted); font-weight: 400 }
td { overflow-wrap: anywhere } td.figure, th.figure { text-align: right; font-variant-numeric: tabular-nums }
a { color: inherit }
"""


def opening(title: str, about: str, style: str = "") -> str:
    """The beginning of a page, up to its heading and the line below it.

    Args:
        title: foreign text.
        about: foreign text; what stands below the title.
        style: CSS of this kind of page.
    """
    heading = shown(title)
    return ('<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{heading}</title>\n<style>{_STYLE}{style}</style>\n</head>\n<body>\n<main>\n<header>\n"
            f"<h1>{heading}</h1>\n<p>{shown(about)}</p>\n</header>\n")


CLOSING: Final = "</main>\n</body>\n</html>\n"


def shown(text: str) -> str:
    """Foreign text that neither is markup nor turns or hides what stands beside it."""
    return escape(harmless(text))


def lines(text: str) -> str:
    """The same with its lines."""
    return "<br>".join(map(shown, text.splitlines()))
