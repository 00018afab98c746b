"""yihui applications: open applications, and what officers do with them."""

from yihui.frame.commands import build_group
from yihui.frame.noun import load_noun

app = build_group(load_noun("yihui.cases.applications.pages:NOUN"))
