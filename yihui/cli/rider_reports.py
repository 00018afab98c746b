"""yihui rider-reports: riders' reports on stations, and the union's answers."""

from yihui.frame.commands import build_group
from yihui.frame.noun import load_noun

app = build_group(load_noun("yihui.cases.rider_reports.pages:NOUN"))
