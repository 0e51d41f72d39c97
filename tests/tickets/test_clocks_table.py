"""Clocks against cases that were worked out by hand.

The promises (see `clockwork`): urgent 1 h, next 30 min, 4 h, round the clock; high 4 h, 16 h; medium 8 h, 40 h; low
24 h and the next release. `office` is open from 09:00 to 12:00 and from 13:00 to 18:00 on workdays, which is 8 h a day;
`bavaria`, `germany` and `newyork` from 09:00 to 17:00. 2 March 2026 is a Monday. Each case says how it is calculated.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.tickets.clockwork import BERLIN, NEW_YORK, length, moment, stand

if TYPE_CHECKING:
    from opsconsole.tickets.clocks import Clock

Case = tuple[str, str, str, str, str]
HOURS: list[Case] = [
    ("a morning over lunch: 3 h to 12, 1 h from 13", "office", "03-02 09:00 create high", "03-02 09:00",
     "response due 03-02 14:00; response left 4h"),
    ("two whole days: Mon 8, Tue 8", "office", "03-02 09:00 create high", "03-02 09:00",
     "resolution due 03-03 18:00"),
    ("half an hour before lunch: 0.5 to 12, 3.5 from 13", "office", "03-02 11:30 create high", "03-02 12:30",
     "response due 03-02 16:30; response used 30m"),
    ("during lunch: starts at 13", "office", "03-02 12:30 create high", "03-02 12:45",
     "response due 03-02 17:00; response used 0h"),
    ("to the last minute before lunch: 1 to 18, 3 to 12", "office", "03-02 17:00 create high", "03-02 20:00",
     "response due 03-03 12:00; response used 1h"),
    ("over a weekend: Fri 2, Mon 2", "office", "03-06 16:00 create high", "03-08 12:00",
     "response due 03-09 11:00; response used 2h"),
    ("over a weekend: Fri 2, Mon 8, Tue 3 + 3", "office", "03-06 16:00 create high", "03-06 16:00",
     "resolution due 03-10 16:00"),
    ("on Saturday: as Monday 09:00", "office", "03-07 10:00 create high", "03-07 10:00", "response due 03-09 14:00"),
    ("a minute before Monday", "office", "03-08 23:59 create high", "03-08 23:59", "response due 03-09 14:00"),
    ("before the doors open", "office", "03-02 06:00 create high", "03-02 06:00", "response due 03-02 14:00"),
    ("after they closed: as Tuesday 09:00", "office", "03-02 18:00 create high", "03-02 18:00",
     "response due 03-03 14:00"),
    ("a whole week: 5 x 8", "office", "03-02 09:00 create medium", "03-02 09:00", "resolution due 03-06 18:00"),
    ("a week from its middle: 7, 8, 8, 8, 8 and 1 on Wednesday", "office", "03-04 10:00 create medium", "03-04 10:00",
     "resolution due 03-11 10:00"),
    ("low: 24 h are three days; the solution with the release", "office", "03-02 09:00 create low", "03-02 09:00",
     "response due 03-04 18:00; resolution due -; resolution release; resolution target -"),
    ("urgent round the clock at the weekend", "office", "03-07 10:00 create urgent", "03-07 10:30",
     "response due 03-07 11:00; resolution due 03-07 14:00; response used 30m"),
    ("a category that no policy has", "nothing", "03-02 09:00 create high", "03-03 09:00",
     "response due -; response target -; response used 24h; resolution due -"),
    ("at night: 1 to 24, 3 from 0", "night", "03-02 23:00 create high", "03-02 23:00", "response due 03-03 03:00"),
    ("by day in hours of the night: starts at 22", "night", "03-02 10:00 create high", "03-02 10:00",
     "response due 03-03 02:00"),
    ("days of 8 h of the night: 1, then 6 + 1", "night", "03-02 23:00 create medium", "03-02 23:00",
     "response due 03-03 22:00Z"),
]
HOLIDAYS: list[Case] = [
    ("a date: Thu 2, May Day off, Mon 2", "office", "04-30 16:00 create high", "04-30 16:00",
     "response due 05-04 11:00"),
    ("dates of every year: Thu 2, Fri off, Mon 2", "office", "12-24 16:00 create high", "12-24 16:00",
     "response due 12-28 11:00"),
    ("in another year: Wed 2, Thu and Fri off, Mon 2", "office", "2025-12-24 16:00 create high", "2025-12-24 16:00",
     "response due 2025-12-29 11:00"),
    ("Easter: Thu 2, Fri and Mon off, Tue 2", "germany", "04-02 15:00 create high", "04-02 15:00",
     "response due 04-07 11:00"),
    ("Ascension: Wed 1, Thu off, Fri 3", "germany", "05-13 16:00 create high", "05-13 16:00",
     "response due 05-15 12:00"),
    ("Epiphany in Bavaria: Mon 1, Tue off, Wed 3", "bavaria", "01-05 16:00 create high", "01-05 16:00",
     "response due 01-07 12:00"),
    ("and not in all of Germany: Mon 1, Tue 3", "germany", "01-05 16:00 create high", "01-05 16:00",
     "response due 01-06 12:00"),
    ("a holiday on which people work all the same: Wed 2, Thu 2", "bavaria", "06-03 15:00 create high", "06-03 15:00",
     "response due 06-04 11:00"),
    ("New York keeps the 4th of July on Friday: Thu 2, Mon 2", "newyork", "07-02 15:00 create high", "07-02 15:00",
     "response due 07-06 11:00"),
    ("Thanksgiving: Wed 1, Fri 3", "newyork", "11-25 16:00 create high", "11-25 16:00", "response due 11-27 12:00"),
    ("New Year 2028 is a Saturday, kept on Friday: Thu 1, Mon 3", "newyork", "2027-12-30 16:00 create high",
     "2027-12-30 16:00", "response due 2028-01-03 12:00"),
]
SAVING: list[Case] = [
    ("Berlin, spring, round the clock: 23, 0, 1, 3 to 4", "office", "03-28 23:00 create urgent", "03-28 23:00",
     "resolution due 03-29 04:00"),
    ("Berlin, autumn, round the clock: 23, 0, 1, 2 to 2 again", "office", "10-24 23:00 create urgent", "10-24 23:00",
     "resolution due 10-25 01:00Z"),
    ("Berlin, spring, from 0: 2 h to 2, then 3 to 5", "early", "03-29 00:00 create high", "03-28 12:00",
     "response due 03-29 05:00"),
    ("Berlin, spring: a night of 5 h, 3 more on Monday", "early", "03-29 00:00 create medium", "03-29 00:00",
     "response due 03-30 03:00"),
    ("Berlin, autumn, from 0: 2 h to 2, 2 again, to 3", "early", "10-25 00:00 create high", "10-25 00:00",
     "response due 10-25 02:00Z"),
    ("Berlin, autumn: a night of 7 h, 1 more on Monday", "early", "10-25 00:00 create medium", "10-25 00:00",
     "response due 10-26 01:00"),
    ("an hour that spring skips: Sat 1, Sun none, Mon, Tue, Wed 1", "gap", "03-28 00:00 create high", "03-28 00:00",
     "response due 04-01 03:00"),
    ("an hour that autumn has twice: Sat 1, Sun 2, Mon 1", "gap", "10-24 00:00 create high", "10-24 00:00",
     "response due 10-26 03:00"),
    ("office hours in Berlin do not care, spring: Fri 1, Mon 3", "office", "03-27 17:00 create high", "03-27 17:00",
     "response due 03-30 12:00"),
    ("office hours in Berlin do not care, autumn: Fri 1, Mon 3", "office", "10-23 17:00 create high", "10-23 17:00",
     "response due 10-26 12:00; response due 10-26 11:00Z"),
    ("New York, spring, round the clock: 23, 0, 1, 3 to 4", "newyork", "03-07 23:00 create urgent", "03-07 23:00",
     "resolution due 03-08 04:00"),
    ("New York, autumn, round the clock: 23, 0, 1, 1 again to 2", "newyork", "10-31 23:00 create urgent", "10-31 23:00",
     "resolution due 11-01 07:00Z"),
    ("New York, spring, from 0: 2 h to 2, then 3 to 5", "nyearly", "03-08 00:00 create high", "03-08 00:00",
     "response due 03-08 05:00"),
    ("New York, autumn, from 0: 0, 1, 1 again, 2 to 3", "nyearly", "11-01 00:00 create high", "11-01 00:00",
     "response due 11-01 08:00Z"),
    ("office hours in New York do not care: Fri 1, Mon 3", "newyork", "03-06 16:00 create high", "03-06 16:00",
     "response due 03-09 12:00; response due 03-09 16:00Z"),
]
PAUSES: list[Case] = [
    ("an hour: 1 to 10, 1 from 11, 2 from 13", "office",
     "03-02 09:00 create high; 03-02 10:00 wait; 03-02 11:00 work", "03-02 11:30",
     "response due 03-02 15:00; response used 1h30m; response paused -"),
    ("while it lasts nothing is due", "office", "03-02 09:00 create high; 03-02 10:00 wait", "03-04 12:00",
     "response due -; response paused 03-02 10:00; response used 1h; response left 3h; response warn -"),
    ("over lunch: 2.5, 1.5 from 13:30", "office", "03-02 09:00 create high; 03-02 11:30 wait; 03-02 13:30 work",
     "03-02 14:00", "response due 03-02 15:00; response used 3h"),
    ("over night: 3 on Monday, 1 on Tuesday", "office", "03-02 14:00 create high; 03-02 17:00 wait; 03-03 10:00 work",
     "03-03 10:00", "response due 03-03 11:00"),
    ("in hours that do not count: nothing changes: 2 and 2", "office",
     "03-02 16:00 create high; 03-02 19:00 wait; 03-03 08:00 work", "03-03 08:00", "response due 03-03 11:00"),
    ("from the opening to the end of a day: 2, Wed 2", "office",
     "03-02 16:00 create high; 03-03 09:00 wait; 03-03 18:00 work", "03-03 18:00", "response due 03-04 11:00"),
    ("over a weekend: 1 and 3", "office", "03-06 16:00 create high; 03-06 17:00 wait; 03-08 12:00 work", "03-08 12:00",
     "response due 03-09 12:00"),
    ("of no length", "office", "03-02 09:00 create high; 03-02 10:00 wait; 03-02 10:00 work", "03-02 10:00",
     "response due 03-02 14:00"),
    ("two: 1, 0.5, then 2.5 from 14", "office",
     "03-02 09:00 create high; 03-02 10:00 wait; 03-02 11:00 work; 03-02 11:30 wait; 03-02 14:00 work", "03-02 14:00",
     "response due 03-02 16:30"),
    ("at the very end: the time is used up, so it is broken", "office", "03-02 13:00 create high; 03-02 17:00 wait",
     "03-03 09:00", "response due 03-02 17:00; response breached 03-02 17:00; response left 0h"),
    ("a minute before the end it is not", "office", "03-02 13:00 create high; 03-02 16:59 wait", "03-03 09:00",
     "response due -; response breached -; response left 1m"),
    ("a pause after the end changes nothing", "office", "03-02 09:00 create high; 03-02 15:00 wait", "03-05 09:00",
     "response due 03-02 14:00; response breached 03-02 14:00; response paused 03-02 15:00"),
    ("from the beginning: 2 from 10, 2 from 13", "office", "03-02 09:00 create high waiting; 03-02 10:00 work",
     "03-02 10:00", "response due 03-02 15:00; resolution due 03-04 10:00"),
    ("of the solution after the answer: 1 of 16 to 10, 7 from Tue 9, 8 on Wed", "office",
     "03-02 09:00 create high; 03-02 10:00 reply; 03-02 10:00 wait; 03-03 10:00 work", "03-03 10:00",
     "response met 03-02 10:00; response due 03-02 14:00; resolution due 03-04 18:00"),
    ("through the change to summer time: 1 to 24, 3 from 4", "office",
     "03-28 23:00 create urgent; 03-29 00:00 wait; 03-29 04:00 work", "03-29 04:00", "resolution due 03-29 07:00"),
]
REOPENED: list[Case] = [
    ("solved in time, then again from Wed 9: 8 and 8", "office",
     "03-02 09:00 create high; 03-02 12:00 done; 03-04 09:00 work", "03-04 09:00",
     "resolution met 03-02 12:00; resolution used 3h; resolution 2 due 03-05 18:00; response met 03-02 12:00"),
    ("on Saturday: Mon 8, Tue 8", "office", "03-02 09:00 create high; 03-06 12:00 done; 03-07 10:00 work",
     "03-07 10:00", "resolution 2 due 03-10 18:00"),
    ("solved late: that stays, and the second part begins anew", "office",
     "03-02 09:00 create high; 03-04 12:00 done; 03-05 09:00 work", "03-05 09:00",
     "resolution breached 03-03 18:00; resolution due 03-03 18:00; resolution 2 breached -; resolution 2 used 0h"),
    ("the second part late too", "office", "03-02 09:00 create high; 03-02 12:00 done; 03-04 09:00 work", "03-09 09:00",
     "resolution breached -; resolution 2 breached 03-05 18:00"),
    ("more urgent meanwhile: only the second part, from Wed 9, 4 h of the clock", "office",
     "03-02 09:00 create high; 03-02 12:00 done; 03-03 09:00 priority urgent; 03-04 09:00 work", "03-04 09:00",
     "resolution target 16h; resolution breached -; resolution 2 target 4h; resolution 2 due 03-04 13:00"),
    ("reopened to wait: paused from its beginning", "office",
     "03-02 09:00 create high; 03-02 12:00 done; 03-04 09:00 wait", "03-05 09:00",
     "resolution 2 paused 03-04 09:00; resolution 2 due -"),
    ("an answer to what is done waits for the reopening: 4 h from Thu 9", "office",
     "03-02 09:00 create high; 03-02 10:00 reply; 03-02 12:00 done; 03-04 09:00 ask; 03-05 09:00 work", "03-05 09:00",
     "next started 03-05 09:00; next due 03-05 14:00"),
    ("thanks after the end start nothing", "office",
     "03-02 09:00 create high; 03-02 10:00 reply; 03-02 12:00 done; 03-04 09:00 ask", "03-05 09:00", "no next"),
    ("an end taken back: the time between counts, 16 h from Mon 9", "office",
     "03-02 09:00 create high; 03-02 12:00 done; 03-02 14:00 undo 2", "03-02 14:00",
     "resolution due 03-03 18:00; resolution met -; resolution used 4h; response met -; no resolution 2"),
    ("taken back after the time was up: broken then, not before", "office",
     "03-02 09:00 create high; 03-02 12:00 done; 03-04 10:00 undo 2", "03-04 11:00",
     "resolution breached 03-04 10:00; resolution due 03-03 18:00; response breached 03-04 10:00"),
    ("a reopening taken back was none", "office",
     "03-02 09:00 create high; 03-02 12:00 done; 03-04 09:00 work; 03-04 09:01 undo 3", "03-09 09:00",
     "resolution met 03-02 12:00; no resolution 2"),
    ("and nobody waited for an answer because of it", "office", ("03-02 09:00 create high; 03-02 12:00 done;"
      " 03-03 09:00 ask; 03-04 09:00 work; 03-04 09:01 undo 4"), "03-09 09:00", "no next; no resolution 2"),
    ("reopened once more after that: 4 h from Thu 9", "office", ("03-02 09:00 create high; 03-02 12:00 done;"
      " 03-03 09:00 ask; 03-04 09:00 work; 03-04 09:01 undo 4; 03-05 09:00 work"), "03-05 09:00",
     "next due 03-05 14:00; resolution 2 started 03-05 09:00"),
]
PRIORITIES: list[Case] = [
    ("raised in time: 4 h from Mon 9", "office", "03-02 09:00 create medium; 03-02 11:00 priority high", "03-02 11:00",
     "response due 03-02 14:00; response breached -; response used 2h"),
    ("raised when the new time was over: broken at the change", "office",
     "03-02 09:00 create medium; 03-02 16:00 priority high", "03-02 17:00",
     "response due 03-02 14:00; response breached 03-02 16:00"),
    ("lowered in time: 8 h", "office", "03-02 09:00 create high; 03-02 13:30 priority medium", "03-02 13:30",
     "response due 03-02 18:00; response breached -"),
    ("lowered after the breach: it stays", "office", "03-02 09:00 create high; 03-02 15:00 priority medium",
     "03-02 15:00", "response due 03-02 18:00; response breached 03-02 14:00; response left 3h"),
    ("raised after the breach: the first date stays", "office",
     "03-02 09:00 create high; 03-02 15:00 priority urgent", "03-02 16:00",
     "response due 03-02 10:00; response breached 03-02 14:00"),
    ("raised and lowered again before anything was over", "office",
     "03-02 09:00 create medium; 03-02 10:00 priority high; 03-02 11:00 priority medium", "03-03 09:00",
     "response due 03-02 18:00; response breached 03-02 18:00"),
    ("raised for an hour in which it was over: that stays", "office",
     "03-02 09:00 create medium; 03-02 16:00 priority high; 03-02 17:00 priority medium", "03-02 17:00",
     "response due 03-02 18:00; response breached 03-02 16:00"),
    ("urgent from Saturday on: 1 h of the clock from Fri 16", "office",
     "03-06 16:00 create high; 03-07 10:00 priority urgent", "03-07 10:00",
     "response due 03-06 17:00; response breached 03-07 10:00; resolution due 03-06 20:00; response used 18h"),
    ("not urgent any more on Saturday: 4 h from Mon 9", "office",
     "03-07 10:00 create urgent; 03-07 10:30 priority high", "03-07 12:00",
     "response due 03-09 14:00; response breached -; response used 0h"),
    ("past pauses count: 1 to 10, 3 from 14", "office",
     "03-02 09:00 create medium; 03-02 10:00 wait; 03-02 14:00 work; 03-02 15:00 priority high", "03-02 15:00",
     "response due 03-02 17:00; response used 2h"),
    ("changed in a pause: 1 of 4 was used, 3 are left", "office",
     "03-02 09:00 create medium; 03-02 10:00 wait; 03-02 14:00 priority high", "03-03 09:00",
     "response due -; response left 3h; response target 4h"),
    ("changed in a pause to what is used up: 2 of 1, broken at the change", "office",
     "03-02 09:00 create medium; 03-02 11:00 wait; 03-02 14:00 priority urgent", "03-03 09:00",
     "response due 03-02 10:00; response breached 03-02 14:00; response left -1h"),
    ("an answer that was in time stays so", "office",
     "03-02 09:00 create high; 03-02 11:00 reply; 03-02 12:00 priority urgent", "03-03 12:00",
     "response met 03-02 11:00; response target 4h; response breached -; response due 03-02 14:00"),
    ("from the next release to a promise: 16 h from Mon 9", "office",
     "03-02 09:00 create low; 03-03 09:00 priority high", "03-03 09:00", "resolution due 03-03 18:00"),
    ("from a promise to the next release: what was broken stays", "office",
     "03-02 09:00 create high; 03-05 09:00 priority low", "03-05 09:00",
     "resolution target -; resolution due -; resolution breached 03-03 18:00"),
    ("another category, another calendar: 3 to 12, 1 from 12 without a lunch break", "office",
     "03-02 09:00 create high; 03-02 11:00 category germany", "03-02 11:00", "response due 03-02 13:00"),
]
NEXT: list[Case] = [
    ("4 h as the response: 1 to 12, 3 from 13", "office",
     "03-02 09:00 create high; 03-02 10:00 reply; 03-02 11:00 ask", "03-02 11:00", "next due 03-02 16:00"),
    ("a promise of its own: 30 min", "office", "03-07 09:00 create urgent; 03-07 09:10 reply; 03-07 10:00 ask",
     "03-07 10:00", "next due 03-07 10:30"),
    ("the oldest message counts: 1 to 12, 3 from 13", "office",
     "03-02 09:00 create high; 03-02 10:00 reply; 03-02 11:00 ask; 03-02 14:00 ask", "03-02 14:00",
     "next due 03-02 16:00; no next 2"),
    ("answered, and asked again: 4 h from 15", "office",
     "03-02 09:00 create high; 03-02 10:00 reply; 03-02 11:00 ask; 03-02 13:00 reply; 03-02 15:00 ask", "03-02 15:00",
     "next met 03-02 13:00; next used 1h; next 2 due 03-03 10:00"),
    ("answered late", "office",
     "03-02 09:00 create high; 03-02 10:00 reply; 03-02 11:00 ask; 03-03 10:00 reply", "03-03 10:00",
     "next breached 03-02 16:00; next met 03-03 10:00"),
    ("a note is no answer, and what the program writes is none", "office",
     "03-02 09:00 create high; 03-02 10:00 reply; 03-02 11:00 ask; 03-02 13:00 note; 03-02 14:00 system", "03-02 14:00",
     "next met -"),
    ("a robot asks nothing", "office", "03-02 09:00 create high; 03-02 10:00 reply; 03-02 11:00 robot", "03-02 12:00",
     "no next"),
    ("before the first answer it is the response that runs", "office", "03-02 09:00 create high; 03-02 11:00 ask",
     "03-02 12:00", "response due 03-02 14:00; no next"),
    ("the end answers", "office", "03-02 09:00 create high; 03-02 10:00 reply; 03-02 11:00 ask; 03-02 14:00 done",
     "03-02 15:00", "next met 03-02 14:00; next breached -"),
    ("asked while it waits: paused until it goes on, 4 h from Tue 9", "office",
     "03-02 09:00 create high; 03-02 10:00 reply; 03-02 10:00 wait; 03-02 11:00 ask; 03-03 09:00 work", "03-03 09:00",
     "next started 03-02 11:00; next used 0h; next due 03-03 14:00"),
    ("a reply taken back answered nothing", "office",
     "03-02 09:00 create high; 03-02 10:00 reply; 03-02 11:00 ask; 03-02 13:00 reply; 03-02 13:00 undo 4",
     "03-02 14:00", "next met -; next due 03-02 16:00"),
    ("a question taken back was none", "office",
     "03-02 09:00 create high; 03-02 10:00 reply; 03-02 11:00 ask; 03-02 11:01 undo 3", "03-02 14:00", "no next"),
]
RESPONSES: list[Case] = [
    ("a note is no answer to somebody with an address", "office", "03-02 09:00 create high; 03-02 10:00 note",
     "03-02 10:00", "response met -"),
    ("nor is an assignment, an acknowledgement, a move", "office",
     "03-02 09:00 create high; 03-02 10:00 assign ben; 03-02 10:00 ack; 03-02 10:00 work", "03-02 10:00",
     "response met -; response acknowledged 03-02 10:00"),
    ("without an address a note is", "office", "03-02 09:00 create high nomail; 03-02 10:00 note", "03-02 10:00",
     "response met 03-02 10:00"),
    ("and an assignment", "office", "03-02 09:00 create high nomail; 03-02 10:00 assign ben", "03-02 10:00",
     "response met 03-02 10:00"),
    ("but not one by a rule", "office", "03-02 09:00 create high nomail; 03-02 10:00 route ben", "03-02 10:00",
     "response met -"),
    ("and an acknowledgement", "office", "03-02 09:00 create high nomail; 03-02 10:00 ack", "03-02 10:00",
     "response met 03-02 10:00"),
    ("and the first move", "office", "03-02 09:00 create high nomail; 03-02 10:00 work", "03-02 10:00",
     "response met 03-02 10:00"),
    ("who creates and assigns at once has it in hand", "office", "03-02 09:00 create high nomail assigned staff",
     "03-02 10:00", "response met 03-02 09:00"),
    ("the address counts that there is at the time", "office",
     "03-02 09:00 create high nomail; 03-02 09:30 mail kim@example.com; 03-02 10:00 note", "03-02 10:00",
     "response met -"),
    ("an assignment taken back was no response: 4 h from Mon 9", "office",
     "03-02 09:00 create high nomail; 03-02 10:00 assign ben; 03-02 11:00 undo 2", "03-02 11:00",
     "response met -; response due 03-02 14:00; response used 2h"),
    ("taken back after a pause, which does not count: 2 to 11, 2 from 14", "office",
     ("03-02 09:00 create high nomail active; 03-02 10:00 assign ben; 03-02 11:00 wait; 03-02 14:00 work;"
      " 03-02 15:00 undo 2"), "03-02 15:00", "response met -; response due 03-02 16:00; response used 3h"),
    ("taken back when it is done: answered by the end", "office",
     "03-02 09:00 create high nomail; 03-02 10:00 assign ben; 03-02 11:00 done; 03-02 11:30 undo 2", "03-02 12:00",
     "response met 03-02 11:00"),
    ("an end taken back after a merge, which does not count: 1 to 10, 3 from Tue 9", "office",
     "03-02 09:00 create high; 03-02 10:00 done; 03-02 10:00 merge 5; 03-03 09:00 merge 0; 03-03 10:00 undo 2",
     "03-03 10:00", "response met -; response due 03-03 12:00; response used 2h"),
    ("at the last moment is in time", "office", "03-02 09:00 create high; 03-02 14:00 reply", "03-02 15:00",
     "response met 03-02 14:00; response breached -"),
    ("a minute later is not", "office", "03-02 09:00 create high; 03-02 14:01 reply", "03-02 15:00",
     "response met 03-02 14:01; response breached 03-02 14:00; response left -1m"),
    ("open at its due time it is broken", "office", "03-02 09:00 create high", "03-02 14:00",
     "response breached 03-02 14:00"),
    ("done on arrival", "office", "03-02 09:00 create high done", "03-09 09:00",
     "response met 03-02 09:00; resolution met 03-02 09:00; resolution breached -"),
    ("a reply taken back while time ran out: broken when it was taken back", "office",
     "03-02 09:00 create high; 03-02 13:59 reply; 03-02 14:01 undo 2", "03-02 15:00",
     "response met -; response due 03-02 14:00; response breached 03-02 14:01"),
]
JUDGED: list[Case] = [
    ("waived: no breach any more", "office", "03-02 09:00 create high; 03-02 15:00 waive response 1", "03-02 16:00",
     "response waived 03-02 15:00; response breached -; response warn -; resolution breached -"),
    ("waived before: never broken", "office", "03-02 09:00 create high; 03-02 10:00 waive response 1", "03-05 16:00",
     "response breached -; resolution breached 03-03 18:00"),
    ("a waiver of another segment", "office", "03-02 09:00 create high; 03-02 15:00 waive response 2", "03-02 16:00",
     "response waived -; response breached 03-02 14:00"),
    ("a waiver taken back", "office", "03-02 09:00 create high; 03-02 15:00 waive response 1; 03-02 16:00 undo 2",
     "03-02 16:00", "response waived -; response breached 03-02 14:00"),
    ("a breach that was written down when another promise held", "office",
     "03-02 09:00 create medium; 03-02 13:00 breach response 1", "03-02 14:00",
     "response breached 03-02 13:00; response due 03-02 18:00"),
    ("one that was written down late", "office", "03-02 09:00 create high; 03-02 16:00 breach response 1",
     "03-02 16:00", "response breached 03-02 14:00"),
    ("one of a clock that never was", "office", "03-02 09:00 create high; 03-02 10:00 breach next 4", "03-02 10:00",
     "response breached -; no next"),
    ("merged into another: nothing runs", "office", "03-02 09:00 create high; 03-02 10:00 merge 5", "03-09 10:00",
     "no response; no resolution"),
    ("merged after a breach: that is still there", "office", "03-02 09:00 create high; 03-02 15:00 merge 5",
     "03-09 10:00", "response breached 03-02 14:00; no resolution"),
    ("and not merged any more: 1 to 10, 3 from Tue 9", "office",
     "03-02 09:00 create high; 03-02 10:00 merge 5; 03-03 09:00 merge 0", "03-03 09:00",
     "response due 03-03 12:00; response used 1h"),
    ("asked while it was merged: 4 h from Tue 9", "office", ("03-02 09:00 create high; 03-02 10:00 reply;"
      " 03-02 10:00 merge 5; 03-02 11:00 ask; 03-03 09:00 merge 0"), "03-03 09:00", "next due 03-03 14:00"),
]
ALL = [*HOURS, *HOLIDAYS, *SAVING, *PAUSES, *REOPENED, *PRIORITIES, *NEXT, *RESPONSES, *JUDGED]


@pytest.mark.parametrize(("category", "told", "now", "wanted"), [case[1:] for case in ALL],
                         ids=[re.sub(r"[^\w ]+", "", f"{case[1]} {case[0]}") for case in ALL])
def test_clocks_are_as_worked_out_by_hand(category: str, told: str, now: str, wanted: str) -> None:
    zone = NEW_YORK if category in ("newyork", "nyearly") else BERLIN
    found = stand(told, now, category, zone)
    for line in wanted.split(";"):
        what = line.strip()
        if what.startswith("no "):
            assert what[3:] not in found, what
            continue
        said = re.fullmatch(r"(\w+(?: \d)?) ([a-z]+) ?(.*)", what)
        assert said, what
        assert said[1] in found, what
        assert value(found[said[1]], said[2]) == expected(said[2], said[3], zone), what


def value(clock: Clock, name: str) -> Any:
    """What a case speaks of."""
    return {"warn": clock.warn_at, "paused": clock.paused_since}.get(name, getattr(clock, name, None))


def expected(name: str, text: str, zone: Any) -> Any:
    if name == "release":
        return True
    if text == "-":
        return None
    return length(text) if name in ("used", "left", "target") else moment(text, zone)


def test_there_are_enough_cases() -> None:
    assert len(ALL) >= 60
    assert len({case[0] for case in ALL}) == len(ALL)
