"""Fills a report in: asks each source for its figure, and says why where none knows it."""
