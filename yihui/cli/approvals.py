"""yihui approvals: what one officer proposed and a second one confirms or refuses."""

from yihui.frame.commands import build_group
from yihui.frame.noun import load_noun

app = build_group(load_noun("yihui.money.approvals:STOPS"))
app.add_typer(build_group(load_noun("yihui.money.approvals:REVERSALS")), name="reversals")
