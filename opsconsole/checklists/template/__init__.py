"""What a template file can say: its types, and what is wrong with one."""

from opsconsole.checklists.template.base import Group, OnFail
from opsconsole.checklists.template.items import (
    AutoItem,
    ChoiceItem,
    EvidenceItem,
    InstructionItem,
    Item,
    ItemBase,
    NumberItem,
    TableItem,
    TextItem,
    TickItem,
    YesNoItem,
)
from opsconsole.checklists.template.template import Section, SignOff, Template, Who, decoded, encoded
from opsconsole.checklists.template.when import When

__all__ = ["AutoItem", "ChoiceItem", "EvidenceItem", "Group", "InstructionItem", "Item", "ItemBase", "NumberItem",
           "OnFail", "Section", "SignOff", "TableItem", "Template", "TextItem", "TickItem", "When", "Who", "YesNoItem",
           "decoded", "encoded"]
