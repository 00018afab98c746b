"""Give back the places of an organisation's quota that a member held unused when she went elsewhere.

The grant goes on: it is hers, with its limits, its budget and its vouchers. Only the place in the quota of the
organisation that she left is free again, for another member of that organisation.
"""

import hashlib
from collections.abc import Collection, Iterator
from datetime import date, datetime

from sqlalchemy import Connection, insert, select

from benefits.ledger.explanation_forms import CounterUses, read_returned_keys, read_uses
from benefits.ledger.positions import is_decision_used, lock_grant_positions, read_grant_terms
from benefits.lifecycle.reversal import give_back_uses, lock_counters
from benefits.model.chunks import chunks
from benefits.tables.decisions import decisions, grants, waiting_list
from benefits.tables.draws import returned_places
from benefits.tables.rulebook import is_taken_back
from benefits.tables.transactions import grant_balances
from rules import OrganisationTransfer
from rules.engine.usage import QUOTA_PREFIX, quota_group
from store import enqueue_for_sealing


def find_held_places(
    connection: Connection, member: str, transfer: OrganisationTransfer
) -> dict[str, list[str]]:
    """Return the places that a transfer gives back: the quotas' counters, by grant."""
    gone = select(grant_balances.c.grant_id).join(grants, grants.c.id == grant_balances.c.grant_id)
    left = grant_balances.c.promised + grant_balances.c.issued > 0
    moved = gone.where(grants.c.decision_id == decisions.c.id)
    query = (
        select(decisions.c.id, decisions.c.explanation)
        .where(
            decisions.c.member_id == member,
            decisions.c.outcome == "granted",
            ~is_taken_back(decisions.c.id),
            ~is_decision_used(decisions.c.id),
            ~moved.exists() | moved.where(left).exists(),
        )
        .order_by(decisions.c.id)
    )
    uses = {row.id: read_uses(row.id, row.explanation) for row in connection.execute(query)}
    held = {id_: list(_leaving(keys, transfer)) for id_, keys in uses.items()}
    returned = read_returned_keys(connection, [id_ for id_, keys in held.items() if keys])
    left_over = {id_: [k for k in keys if k not in returned.get(id_, ())] for id_, keys in held.items()}
    return {id_: keys for id_, keys in left_over.items() if keys}


def _leaving(uses: CounterUses, transfer: OrganisationTransfer) -> Iterator[str]:
    for key, amount in sorted(uses.items()):
        if amount and key.startswith(QUOTA_PREFIX) and transfer.leaves(quota_group(key)):
            yield key


def find_members_with_places(connection: Connection, members: Collection[str]) -> frozenset[str]:
    """Return those of the members to whom anything was granted out of a quota, or who wait for a place."""
    found: set[str] = set()
    for some in chunks(sorted(members)):
        waits = select(waiting_list.c.member_id).where(waiting_list.c.member_id.in_(some))
        found.update(connection.execute(waits.distinct()).scalars())
        query = select(decisions.c.member_id).where(
            decisions.c.member_id.in_(some),
            decisions.c.outcome == "granted",
            decisions.c.explanation.contains(f'"{QUOTA_PREFIX}', autoescape=True),
        )
        found.update(connection.execute(query.distinct()).scalars())
    return frozenset(found)


def lock_held_places(connection: Connection, member: str, transfer: OrganisationTransfer) -> None:
    """Lock the grants whose places a transfer may give back, so that none is used meanwhile.

    Call this before counters are locked: in the lock order, counters come after all grants.
    """
    if held := find_held_places(connection, member, transfer):
        parts = select(grants.c.id).where(grants.c.decision_id.in_(sorted(held)))
        ids = list(connection.execute(parts).scalars())
        lock_grant_positions(connection, read_grant_terms(connection, ids))


def return_places(
    connection: Connection,
    member: str,
    transfer: OrganisationTransfer,
    cause: tuple[str, str, date],
    now: datetime,
) -> int:
    """Give back the places that the member holds unused; return how many.

    ``cause`` are source, id and civil day of the transfer's event.
    """
    held = find_held_places(connection, member, transfer)
    if not held:
        return 0
    source, event_id, day = cause
    rows: list[dict[str, object]] = [
        {
            "id": hashlib.sha256(f"place\0{grant}\0{key}".encode()).hexdigest()[:40],
            "grant_id": grant,
            "key": key,
            "source": source,
            "event_id": event_id,
            "returned_on": day,
        }
        for grant, keys in held.items()
        for key in keys
    ]
    uses = [{key: 1} for keys in held.values() for key in keys]
    lock_counters(connection, uses)
    give_back_uses(connection, uses)
    connection.execute(insert(returned_places), rows)
    enqueue_for_sealing(connection, {"returned_places": [str(row["id"]) for row in rows]}, now)
    return len(rows)
