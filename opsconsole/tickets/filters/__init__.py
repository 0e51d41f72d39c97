"""The filter language: `is:open priority:<=high assignee:me "exact words" -state:waiting sort:due`. Pure.

`parse_filter` makes a `Filter` of a text, `str` a text of a filter, `complete` offers how a text can go on.
`tickets.filtersql` makes SQL of it.
"""

from opsconsole.core.filtering import Completion, FilterError
from opsconsole.tickets.filters.completing import Vocabulary, complete
from opsconsole.tickets.filters.model import Filter, Moment, Named, Numbered, Ranked, Sort, Term, Timed, Words
from opsconsole.tickets.filters.reading import filter_mistake, parse_filter

__all__ = ["Completion", "Filter", "FilterError", "Moment", "Named", "Numbered", "Ranked", "Sort", "Term", "Timed",
           "Vocabulary", "Words", "complete", "filter_mistake", "parse_filter"]
