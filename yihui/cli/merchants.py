"""yihui merchants: merchants, their keys, and their invoices compared with what was redeemed."""

from yihui.frame.commands import add_commands, build_group
from yihui.frame.noun import load_noun

app = build_group(load_noun("yihui.money.merchants.pages:NOUN"))
add_commands(app, load_noun("yihui.money.merchants.invoices:INVOICES"))
