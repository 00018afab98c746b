"""yihui appeals: members' appeals against decisions, and their answers."""

from yihui.frame.commands import build_group
from yihui.frame.noun import load_noun

app = build_group(load_noun("yihui.cases.appeals.pages:NOUN"))
