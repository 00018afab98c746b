"""yihui inspections: inspections of stations, what is to be mended, and which share was inspected."""

from yihui.frame.commands import add_commands, build_group
from yihui.frame.noun import load_noun

app = build_group(load_noun("yihui.cases.inspections.pages:PLANS"))
add_commands(app, load_noun("yihui.cases.inspections.pages:REPAIRS"))
add_commands(app, load_noun("yihui.cases.inspections.pages:SHARES"))
