"""Checklists in the records: SQL, and nothing but SQL."""

from opsconsole.checklists.store.answers import (
    add_answer,
    add_event,
    add_ticket,
    answers,
    events,
    proposal,
    proposals,
    proposed,
    put_proposals,
    tickets_about,
)
from opsconsole.checklists.store.rows import Reader
from opsconsole.checklists.store.runs import (
    MOST_NUMBER,
    add,
    completed,
    ended_since,
    finished,
    get,
    going,
    listed,
    newest,
    next_demand,
    of,
    pin,
    pinned,
    put,
    put_after,
    put_seal,
    put_upto,
    slugs,
    taken,
    unexplained,
    upto,
    want,
    wanted,
)

__all__ = ["MOST_NUMBER", "Reader", "add", "add_answer", "add_event", "add_ticket", "answers", "completed",
           "ended_since", "events", "finished", "get", "going", "listed", "newest", "next_demand", "of", "pin",
           "pinned", "proposal", "proposals", "proposed", "put", "put_after", "put_proposals", "put_seal", "put_upto",
           "slugs", "taken", "tickets_about", "unexplained", "upto", "want", "wanted"]
