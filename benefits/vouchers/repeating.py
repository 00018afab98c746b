"""Record the uses of one ledger again in another one, from the rows of the first, without voucher codes."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select

from benefits.ledger.positions import lock_grant_positions, read_grant_terms
from benefits.ledger.posting import post_move
from benefits.model.accounts import FEN
from benefits.model.faults import MOVE_FAULTS, MoveRefused
from benefits.model.moves import Move
from benefits.tables.vouchers import redemptions
from benefits.vouchers.issuing import build_issue_move
from benefits.vouchers.redemption import build_redeem_key
from core.civil_time import civil_date
from store import enqueue_for_sealing

RecordedUse = dict[str, Any]


def read_recorded_uses(connection: Connection, ids: Iterable[str]) -> list[RecordedUse]:
    """Return recorded redemptions in the given order. *Raises*: KeyError for an unknown id."""
    wanted = list(ids)
    found = connection.execute(select(redemptions).where(redemptions.c.id.in_(wanted))).mappings()
    by_id: dict[str, RowMapping] = {row["id"]: row for row in found}
    return [dict(by_id[id_]) for id_ in wanted]


def repeat_recorded_use(connection: Connection, use: RecordedUse, now: datetime) -> None:
    """Post a recorded use again, under its own id. *Raises*: MoveRefused if the grant doesn't allow it."""
    terms = read_grant_terms(connection, [use["grant_id"]]).get(use["grant_id"])
    if terms is None:
        raise MoveRefused(MOVE_FAULTS.build("unknown", grant=use["grant_id"]))
    standing = lock_grant_positions(connection, {terms.id: terms})[terms.id]
    on = civil_date(use["used_at"])
    if not any(position.issued for position in standing.values()):  # a card needs no code
        post_move(connection, build_issue_move(terms.id, on), now)
    move = Move(
        "redeem",
        terms.id,
        use["amount"],
        "issued",
        "redeemed",
        build_redeem_key(use["merchant_id"], use["request_key"]),
        on,
        unit=use["unit"],
        worth_fen=use["worth_fen"] if use["unit"] != FEN else 0,
        act_id=use["batch_id"],
    )
    post_move(connection, move, now)
    connection.execute(insert(redemptions).values(use))
    enqueue_for_sealing(connection, {"redemptions": [use["id"]]}, now)
