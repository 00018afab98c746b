"""Compare the cached positions of grants with the sums of their postings."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, select

from benefits.ledger.positions import read_grant_terms
from benefits.model.accounts import STAGES
from benefits.model.chunks import CHUNK_SIZE
from benefits.tables.bundles import Record, read_grant_transactions
from benefits.tables.transactions import grant_balances, transactions
from benefits.verification.bundles import compute_stage_amounts, disagreement
from core.faults import Fault
from core.text_marks import N_

_DIFFERS = N_("grant {id} stands at {kept} {unit} {stage}, its postings say {posted}")


def position_disagreements(connection: Connection) -> Iterator[Fault]:
    """Yield every cached position that differs, and every moved grant that has none."""
    last: tuple[str, str] = ("", "")
    table = grant_balances.c
    query = select(grant_balances).order_by(table.grant_id, table.unit).limit(CHUNK_SIZE)
    while (
        rows := connection.execute(
            query.where((table.grant_id > last[0]) | ((table.grant_id == last[0]) & (table.unit > last[1])))
        )
        .mappings()
        .all()
    ):
        yield from _some([dict(row) for row in rows], connection)
        last = rows[-1]["grant_id"], rows[-1]["unit"]
    yield from _without(connection)


def _some(rows: Sequence[Record], connection: Connection) -> Iterator[Fault]:
    ids = sorted({row["grant_id"] for row in rows})
    terms = read_grant_terms(connection, ids)
    by_grant: dict[str, list[Record]] = {id_: [] for id_ in ids}
    for transaction in read_grant_transactions(connection, ids):
        by_grant.setdefault(transaction["grant_id"], []).append(transaction)
    for row in rows:
        id_ = row["grant_id"]
        standing = compute_stage_amounts(terms[id_].rule_id, by_grant[id_]) if id_ in terms else {}
        for stage in STAGES:
            posted = standing.get((stage, row["unit"]), 0)
            if row[stage] != posted:
                yield disagreement(
                    _DIFFERS, id=id_, kept=row[stage], unit=row["unit"], stage=stage, posted=posted
                )


def _without(connection: Connection) -> Iterator[Fault]:
    query = (
        select(transactions.c.grant_id)
        .distinct()
        .outerjoin(grant_balances, grant_balances.c.grant_id == transactions.c.grant_id)
        .where(transactions.c.kind != "promise", transactions.c.grant_id.is_not(None))
        .where(grant_balances.c.grant_id.is_(None))
    )
    for id_ in connection.execute(query).scalars():
        yield disagreement(N_("grant {id} has moved, but nothing says where it stands"), id=id_)
