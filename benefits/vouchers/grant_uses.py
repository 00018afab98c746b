"""The uses of one grant as its member sees them: when, where, how much, and what was refunded."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from benefits.tables.vouchers import merchants, redemptions, refunds


@dataclass(frozen=True, slots=True)
class GrantUse:
    """One use of a grant. *Units*: ``amount`` and ``refunded`` count ``unit``; ``reusable`` is the part of
    ``refunded`` that the member can use again.
    """

    used_at: datetime
    merchant: str
    station: str | None
    amount: int
    unit: str
    refunded: int = 0
    reusable: int = 0


def list_grant_uses(connection: Connection, grant_id: str) -> list[GrantUse]:
    """Return the uses of a grant, the newest first."""
    use, back = redemptions.c, refunds.c
    given_back = (
        select(
            back.redemption_id,
            func.sum(back.amount).label("refunded"),
            func.sum(back.amount * back.reusable).label("reusable"),
        )
        .where(back.redemption_id.in_(select(use.id).where(use.grant_id == grant_id)))
        .group_by(back.redemption_id)
        .subquery()
    )
    query = (
        select(
            use.used_at,
            merchants.c.name,
            use.station,
            use.amount,
            use.unit,
            func.coalesce(given_back.c.refunded, 0),
            func.coalesce(given_back.c.reusable, 0),
        )
        .join(merchants, merchants.c.id == use.merchant_id)
        .outerjoin(given_back, given_back.c.redemption_id == use.id)
        .where(use.grant_id == grant_id)
        .order_by(use.used_at.desc(), use.id)
    )
    return [
        GrantUse(row[0], row[1], row[2], row[3], row[4], int(row[5]), int(row[6]))
        for row in connection.execute(query)
    ]
