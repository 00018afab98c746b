"""yihui merchants: merchants and their keys, what each redeemed, and invoices compared with it."""

from yihui.frame.commands import add_commands, build_group
from yihui.frame.noun import load_noun

app = build_group(load_noun("yihui.money.merchants.pages:NOUN"))
add_commands(app, load_noun("yihui.money.merchants.invoices:INVOICES"))
