"""Tickets in the records: SQL, and nothing but SQL."""

from opsconsole.tickets.store.reading import (
    ALL,
    event_rows,
    events,
    for_clocks,
    get,
    get_many,
    last_events,
    messages_of,
    next_number,
    open_among,
    resolve,
    with_alert,
)
from opsconsole.tickets.store.writing import Change, clock_of, promised_of, rebuild, record, record_all, row_of

__all__ = ["ALL", "Change", "clock_of", "event_rows", "events", "for_clocks", "get", "get_many", "last_events",
           "messages_of", "next_number", "open_among", "promised_of", "rebuild", "record", "record_all", "resolve",
           "row_of", "with_alert"]
