"""What can be done on every screen, and in every list: the shell's part of the registry of actions.

Data only, without any user interface. A screen lists the actions of `LIST` that it carries out in its `ACTIONS`;
those of `CONSOLE` work everywhere. Where two actions of one screen want the same key, the screen's own has it
before `LIST`, and `LIST` before `CONSOLE`.
"""

from __future__ import annotations

from opsconsole.core.actions import Action

HELP = Action("console.help", ("question_mark", "f1"), "help", "Show what every key does here.")
QUIT = Action("console.quit", ("q", "ctrl+c"), "quit", "Leave the console.")
BACK = Action("console.back", ("escape",), "back", "Close what was opened last, or go back to where you were.")
PALETTE = Action("console.palette", ("colon", "ctrl+p"), "commands", "Find a command, a theme or a screen by name.")
TIMELINE = Action("console.timeline", ("T",), "timeline", "Show what happened on this server in one order, at the"
                  " moment of what the cursor stands on: what changed before it broke.", footer=False)
REFRESH = Action("console.refresh", ("ctrl+r",), "refresh", "Read everything on this screen again now.", footer=False)
RELOAD = Action("console.reload", (), "reload", "Read the configuration again.", footer=False)
THEME = Action("console.theme", ("ctrl+t",), "theme", "Choose the colours of the console.", footer=False)
SUSPEND = Action("console.suspend", ("ctrl+z",), "suspend", "Go back to the command line until `fg`.", footer=False)

CONSOLE: tuple[Action, ...] = (BACK, PALETTE, TIMELINE, REFRESH, RELOAD, THEME, SUSPEND, QUIT, HELP)
"""What works on every screen, in the order of the help page."""

DOWN = Action("list.down", ("j", "down"), "down", "Move to the next line.", footer=False)
UP = Action("list.up", ("k", "up"), "up", "Move to the line before.", footer=False)
LEFT = Action("list.left", ("h", "left"), "left", "Move to what stands left of here.", footer=False)
RIGHT = Action("list.right", ("l", "right"), "right", "Move to what stands right of here.", footer=False)
TOP = Action("list.top", ("g", "home"), "top", "Move to the first line.", footer=False)
BOTTOM = Action("list.bottom", ("G", "end"), "bottom", "Move to the last line.", footer=False)
PAGE_DOWN = Action("list.page-down", ("ctrl+d", "pagedown"), "page down", "Move one page down.", footer=False)
PAGE_UP = Action("list.page-up", ("ctrl+u", "pageup"), "page up", "Move one page up.", footer=False)
OPEN = Action("list.open", ("enter",), "open", "Open what the cursor stands on.")

MOVES: tuple[Action, ...] = (DOWN, UP, TOP, BOTTOM, PAGE_DOWN, PAGE_UP)
"""The moves that every list knows."""
LIST: tuple[Action, ...] = (OPEN, *MOVES, LEFT, RIGHT)

MARK = Action("list.mark", ("space",), "mark", "Mark the line, or take its mark away; what is done is done to all"
              " marked ones.")
UNDO = Action("list.undo", ("u",), "undo", "Take back what you did last.")
FILTER = Action("list.filter", ("slash",), "filter", "Show only what a filter finds.")
PREVIOUS_VIEW = Action("list.previous-view", ("left_square_bracket",), "view before", "Show the view before this one.",
                       footer=False)
NEXT_VIEW = Action("list.next-view", ("right_square_bracket",), "next view", "Show the view after this one.",
                   footer=False)
WORK: tuple[Action, ...] = (MARK, UNDO, FILTER, PREVIOUS_VIEW, NEXT_VIEW)
"""What lists of work have besides."""

AROUND = Action("timeline.around", ("T",), "around this", "Put the line under the cursor in the middle: what happened"
                " before it, how long before.")
BEFORE = Action("timeline.before", ("b",), "what changed", "Show only what changed: packages, units, sign-ins,"
                " maintenance, the log; once more shows everything.")
NAMED = Action("timeline.open", ("enter",), "open", "Open the alert, ticket, checklist or entry under the cursor; show"
               " each package of a command, or all of them in one line again.")
HERE = Action("timeline.here", ("m",), "the moment", "Go back to the moment at which the timeline was opened.",
              footer=False)
GO_TO = Action("timeline.at", ("at",), "go to a time", "Go to a time: 14:05, 2027-01-04 14:05, or 2h for how long ago.",
               footer=False)
TIMELINE_PAGE: tuple[Action, ...] = (NAMED, BEFORE, AROUND, HERE, GO_TO)
"""What happened on this server, in one order."""

SAVE = Action("form.save", ("ctrl+s",), "save", "Save what was entered.")
EDITOR = Action("form.editor", ("ctrl+e",), "editor", "Write the text of this field in your own editor.")
SHOW_TEXT = Action("form.preview", ("ctrl+o",), "preview", "Show what was typed as others will see it.")
FORM: tuple[Action, ...] = (SAVE, EDITOR, SHOW_TEXT)


def screen_action(digit: str, name: str, title: str) -> Action:
    """The action that switches to a screen: `console.screen-health` on `1`."""
    return Action(f"console.screen-{name}", (digit,), title, f"Go to the screen {title}.", footer=False)


SCREENS: tuple[Action, ...] = (screen_action("1", "health", "Health"), screen_action("2", "tickets", "Tickets"),
                               screen_action("3", "checklists", "Checklists"), screen_action("4", "log", "Log"))
"""The screens of this version, in the order of the top line."""

ACTIONS: tuple[Action, ...] = (*CONSOLE, *SCREENS, *LIST, *WORK, *TIMELINE_PAGE, *FORM)
"""All of the shell's actions: what the configuration may remap and the documentation lists."""
