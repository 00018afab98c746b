"""Acts, payments, codes and appeals are sealed from here on; what was written before waits to be sealed.

A budget that was set before gets an act that says so: every amount has one.
"""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

from store.tables import Instant

revision = "0016"
down_revision = "0015"

_AT_ONCE = 500
_NEWLY_SEALED = {  # table → its keys; another name in seals where a part is sealed later
    "rule_acts": ("rule_acts", ("sequence",), ""),
    "vouchers": ("vouchers", ("digest",), ""),
    "redemption_batches": ("redemption_batches", ("id",), ""),
    "clawbacks": ("clawbacks", ("id",), ""),
    "debt_acts": ("debt_acts", ("debt_id", "number"), ""),
    "appeals": ("appeals", ("id",), ""),
    "appeal_answers": ("appeal_answers", ("appeal_id",), ""),
    "payout_batches": ("payout_batches", ("id",), ""),
    "payout_decisions": ("payout_batches", ("id",), " WHERE state <> 'prepared'"),
    "payout_returns": ("payout_returns", ("id",), ""),
    "payout_answers": ("payout_answers", ("reference", "number"), ""),
}


def upgrade() -> None:
    now = datetime.now(UTC)
    _record_acts(now)
    for name, (table, keys, which) in _NEWLY_SEALED.items():
        _note_down(name, f"SELECT {', '.join(keys)} FROM {table}{which} ORDER BY {', '.join(keys)}", now)


def _record_acts(now: datetime) -> None:
    query = "SELECT key, ceiling FROM counters WHERE key LIKE 'budget/%' AND ceiling IS NOT NULL ORDER BY key"
    names = ("rule_id", "act", "who", "day", "reason", "detail")
    acts = sa.table(
        "rule_acts",
        *(sa.column(name, sa.Date() if name == "day" else None) for name in names),
        sa.column("at", Instant),
    )
    for key, ceiling in op.get_bind().execute(sa.text(query)).all():
        row = {
            "rule_id": key,
            "act": "budget_set",
            "who": "migration",
            "at": now,
            "day": now.astimezone(ZoneInfo("Asia/Shanghai")).date(),
            "reason": "set before acts on budgets were recorded",
            "detail": json.dumps({"before_fen": None, "ceiling_fen": ceiling}),
        }
        op.execute(acts.insert().values(row))


def _note_down(name: str, query: str, now: datetime) -> None:
    unsealed = sa.table("unsealed", sa.column("lane"), sa.column("rows"), sa.column("recorded_at", Instant))
    ids = [":".join(str(part) for part in row) for row in op.get_bind().execute(sa.text(query))]
    for first in range(0, len(ids), _AT_ONCE):
        rows = json.dumps({name: ids[first : first + _AT_ONCE]})
        op.execute(unsealed.insert().values(lane=0, rows=rows, recorded_at=now))
