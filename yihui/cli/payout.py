"""yihui payout: batches of payments by bank, their payments, and how the bank's files look."""

from yihui.frame.commands import build_group
from yihui.frame.noun import load_noun

app = build_group(load_noun("yihui.money.payouts.pages:NOUN"))
for _name, _module in (("payments", "payments"), ("layout", "bank")):
    app.add_typer(build_group(load_noun(f"yihui.money.payouts.{_module}:NOUN")), name=_name)
