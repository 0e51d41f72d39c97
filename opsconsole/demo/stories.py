"""What the tickets of the invented server are about: what was asked, what was asked back, what helped."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

Kind = Literal["technical", "billing", "bug", "feature", "documentation"]


class Story(NamedTuple):
    """One ticket, before anybody has been given it and before it has a time."""

    kind: Kind
    title: str
    text: str
    """How whoever asked put it; Markdown."""
    question: str
    """What was asked back; empty: nothing."""
    answer: str
    """What they said to that."""
    solution: str
    tags: tuple[str, ...] = ()
    knowledge: str = ""
    """The document that helped; empty: none did."""


class Asker(NamedTuple):
    """Somebody outside."""

    name: str
    mail: str


ASKERS: Final = tuple(Asker(name, f"{name.split()[0].lower()}@{domain}.example") for name, domain in (
    ("Kim Larsen", "nordlicht"), ("Lee Park", "harbour"), ("Noor Haddad", "cedar"), ("Ola Nowak", "amber"),
    ("Priya Shah", "monsoon"), ("Quentin Roy", "lumiere"), ("Rosa Meyer", "bergbau"), ("Sam Okoro", "savanna"),
    ("Tess de Vries", "polder"), ("Uma Iyer", "banyan"), ("Vera Lind", "fjord"), ("Will Hart", "orchard"),
    ("Yan Chen", "jade"), ("Zoe Costa", "azulejo")))

STORIES: Final = (
    Story("technical", "Password mail never arrives", "I asked for a new password three times since this morning and"
          " nothing comes, not even in spam.", "Which address did you enter, and at what time was the last attempt?",
          "The one I write from, at about 9:40.", "Your mail server put ours on hold for new senders. It has arrived by"
          " now; such mail is sent again every ten minutes.", ("mail", "login"), "Mail that does not arrive"),
    Story("billing", "Invoice 20418 is charged twice", "Our bank shows the amount of invoice **20418** on the 3rd and"
          " again on the 5th.", "", "", "The second amount was a reservation that the card company has released. A"
          " confirmation is attached to the invoice.", ("invoice",)),
    Story("bug", "Export loses the last row", "The CSV export of the monthly list has 499 rows where the page shows"
          " 500.\n\n1. open *Reports*\n2. choose last month\n3. export", "Does it happen with other months too?",
          "With October as well, September is complete.", "The last page was cut where its length was exactly 500. It"
          " is mended and has a test.", ("export", "regression")),
    Story("feature", "Dates in the local form", "Please show dates as 31.12. and not as 12/31, at least for accounts in"
          " Europe.", "", "", "Dates follow the language of the account from now on.", ("interface",)),
    Story("technical", "Upload stops at 99 %", "Pictures above 8 MB go up to 99 % and stay there.",
          "Which browser is it, and how large is the picture?", "Firefox, 11 MB.", "The limit of the proxy was lower"
          " than that of the application. Both allow 25 MB now.", ("upload",), "Limits of uploads"),
    Story("technical", "Two new colleagues need access", "Ines Roth and Paul Berg begin on Monday and need the same"
          " rights as I have.", "", "", "Both have accounts; the invitations are out and hold for a week.", ("access",),
          "New accounts"),
    Story("billing", "VAT number is missing on the invoice", "Since we moved, the VAT number is not printed any more.",
          "Could you send the number once more?", "DE 811 907 980", "The number was on the old address. It is on the"
          " new one now, and the last two invoices were made anew.", ("invoice",)),
    Story("bug", "Search finds nothing with an umlaut", "Looking for *Müller* gives no result, *Mueller* does.", "", "",
          "Names are compared without accents now, in both directions.", ("search",)),
    Story("technical", "Page is very slow since noon", "Everything takes five seconds and more since about twelve.",
          "Is it every page, or the reports only?", "The overview and the reports, the rest is fine.", "One report"
          " read the whole history for each line. It is switched off until it is mended, and the pages are as quick as"
          " before.",
          ("slow",)),
    Story("feature", "Remember the columns that I chose", "Each time I open the list I have to hide the same four"
          " columns again.", "", "", "Columns, their order and their width are kept for each person.", ("interface",)),
    Story("documentation", "Which ports must our firewall allow?", "Our security team asks for a list of addresses and"
          " ports.", "", "", "The list is in the documentation now, with the date of its last change.", ("network",),
          "Addresses and ports"),
    Story("technical", "Signed out every few minutes", "Since the update I am signed out after five minutes, even while"
          " I type.", "Do you use several tabs at once?", "Yes, always two or three.", "A tab in the background ended"
          " the session of the others. Sign in once more, then it holds for the day.", ("login", "regression")),
    Story("bug", "Total ignores the discount", "The list shows a total that is too high by the discount, the detail is"
          " right.", "Could you name one order where it is so?", "Order 7731.", "The list added the gross amounts. It"
          " adds what is paid now; nothing wrong was charged.", ("report",)),
    Story("technical", "Certificate warning on the old address", "Whoever uses the address from before the move gets a"
          " warning.", "", "", "The old address was still to be added to the certificate. It is, and it leads to the"
          " new one.", ("certificate",)),
    Story("billing", "Please send invoices to accounting", "Invoices should go to accounting@harbour.example, with me"
          " in copy.", "", "", "Done, from the next invoice on.", ("invoice",), "Addresses of invoices"),
    Story("technical", "Import rejects our file", "Row 212 is *not valid*, it says, but not why.",
          "Could you send us rows 210 to 214?", "Attached to this mail. Row 212 has a comma in the name.", "Cells"
          " with a comma have to be quoted, which your program can do. The message names the cell from now on.",
          ("import",),
          "Files that can be imported"),
    Story("bug", "Menu covers the button on a telephone", "On a narrow screen the menu lies over *Save*.", "", "",
          "The menu closes when something else is touched, and *Save* has moved below.", ("mobile",)),
    Story("feature", "A link to exactly this view", "I would like to send colleagues a link that opens the list with my"
          " filter.", "", "", "The address in the browser holds the filter now and can be sent.", ("interface",)),
    Story("technical", "Backup report says that files were skipped", "The report of last night lists three files that"
          " were skipped.", "", "", "These were open while they were copied. They are in the copy of the next night,"
          " and the report names a reason from now on.", ("backup",)),
    Story("documentation", "How long are deleted records kept?", "We need it for our register of processing.", "", "",
          "Thirty days, then they are gone from the copies as well after sixty. The page on data says it now.", (),
          "How long data is kept"),
    Story("technical", "Mail with an attachment comes back", "Mail to your address with a picture comes back with"
          " *552 message too large*.", "", "", "Attachments may have 25 MB in all now; larger ones go by the upload.",
          ("mail",), "Limits of uploads"),
    Story("bug", "Report of October shows two days of November", "The report of October ends on the 2nd of November.",
          "Which time zone does your account have?", "New York.", "The end of the month was that of the server. Reports"
          " follow the zone of the account now.", ("report",)),
    Story("technical", "Somebody else's name on my page", "For a moment I saw the name of another customer at the top."
          " After a reload it was mine.", "When was that, as exactly as you can say it?", "Today at 14:22.", "A copy of"
          " the page was kept for all. Nothing but the name was in it; the copy is not kept any more.",
          ("security", "cache")),
    Story("feature", "Bulk change of the owner", "When somebody leaves, we change the owner of two hundred records one"
          " by one.", "", "", "Marked records can be given to somebody at once, and it can be taken back.", ()),
    Story("technical", "Webhook is called twice", "Our endpoint gets each event twice since yesterday.",
          "Does your endpoint answer within five seconds?", "It can take eight.", "What is not answered within five"
          " seconds is sent again. Answer first and work afterwards; the identifier of the event tells them apart.",
          ("api",), "Webhooks"),
    Story("billing", "Change of the plan in the middle of the month", "What do we pay if we change on the 15th?", "",
          "",
          "Half of each. The next invoice shows both parts.", ()),
    Story("bug", "Notification in the wrong language", "I get notifications in German though my account is English.",
          "",
          "", "The language of the sender was used in place of yours. It is yours now.", ("mail",)),
    Story("technical", "Cannot sign in with the new telephone", "The codes of the app on my new telephone are refused.",
          "Is the time of the telephone set by itself?", "It was three minutes ahead.", "Codes depend on the time. It"
          " works with the time set by itself; three minutes are too much.", ("login",), "Codes that are refused"),
)
