"""Uses of vouchers that a merchant handed in after their code was reported lost: an officer looks at each."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.text_marks import N_
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE
from yihui.frame.cells import Link
from yihui.frame.content import TableColumn
from yihui.frame.listing import Listing, Looking, NoFilter, RowSlice
from yihui.frame.noun import Noun
from yihui.money.tabs import MONEY_TABS
from yihui.money.vouchers.amounts import amount_cell

if TYPE_CHECKING:
    from benefits import LostCodeUse

PATH = "money/lost-codes"


@dataclass(frozen=True, slots=True)
class LostUse:
    """A use of a lost code, and the benefit of which it was."""

    use: "LostCodeUse"
    merchant: str
    grant: str
    title: str


def find_lost_uses(look: Looking[NoFilter]) -> RowSlice[LostUse]:
    """Find the offline uses of codes that were lost, the latest first. The time of use is the merchant's word."""
    from sqlalchemy import select

    from benefits import list_lost_code_uses, load_merchants
    from benefits.tables.decisions import grants
    from benefits.tables.vouchers import redemptions

    found = look.cut(list_lost_code_uses(look.connection))
    merchants = {one.id: one.name for one in load_merchants(look.connection)}
    used = redemptions.c.id.in_([one.line.redemption_id for one in found.rows])
    query = select(redemptions.c.id, grants.c.id, grants.c.title).where(used)
    query = query.join(grants, grants.c.id == redemptions.c.grant_id)
    known = {row[0]: (row[1], row[2]) for row in look.connection.execute(query)}
    return found.map(lambda one: LostUse(one, merchants[one.merchant_id], *known[one.line.redemption_id]))


_column = TableColumn[LostUse]
_COLUMNS = (
    _column("title", N_("Benefit"), lambda one: Link(f"/desk/money/vouchers/{one.grant}", one.title)),
    _column("grant", N_("Grant"), lambda one: one.grant, is_on_page=False),
    _column("merchant", N_("Merchant"), lambda one: one.merchant),
    _column("amount", N_("Used"), lambda one: amount_cell(one.use.line.amount, one.use.line.unit)),
    _column("used_at", N_("Said to be used at"), lambda one: one.use.used_at),
    _column("received_at", N_("Handed in at"), lambda one: one.use.received_at),
    _column("lost_on", N_("Reported lost on"), lambda one: one.use.line.lost_on),
)
NOUN = Noun(
    PATH,
    N_("Lost vouchers that were used"),
    None,
    Listing(
        N_("List the uses that a merchant handed in after the code was reported lost"),
        NoFilter,
        find_lost_uses,
        _COLUMNS,
        N_("No code was used offline that was reported lost before the use came."),
    ),
    None,
    Right.READ_MONEY,
    tabs=MONEY_TABS,
    place=PROVINCE_CODE,
)
