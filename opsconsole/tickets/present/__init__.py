"""Tickets as lines of spans: rows, clocks, the timeline, pages; pure, the same for screen, command line and reports."""
