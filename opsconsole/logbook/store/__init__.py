"""The log in the records: SQL, and nothing but SQL."""

from opsconsole.logbook.store.finding import found
from opsconsole.logbook.store.reading import (
    actions,
    amendments,
    attachments,
    between,
    due,
    get,
    get_many,
    last_of,
    of_run,
    rows,
    working,
)
from opsconsole.logbook.store.rows import Reader, words_of
from opsconsole.logbook.store.writing import (
    add,
    add_amendment,
    add_attachments,
    next_attachment,
    next_number,
    put,
    put_found,
    put_shown,
)

__all__ = ["Reader", "actions", "add", "add_amendment", "add_attachments", "amendments", "attachments", "between",
           "due", "found", "get", "get_many", "last_of", "next_attachment", "next_number", "of_run", "put",
           "put_found", "put_shown", "rows", "words_of", "working"]
