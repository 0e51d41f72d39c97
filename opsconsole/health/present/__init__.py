"""Puts health into words: model to lines of spans, without any user interface."""
