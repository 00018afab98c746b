"""What of an old month is still needed in the database: decisions with open benefits, and what belongs to them.

A benefit is open while something of it is promised or issued, while it can be claimed, drawn, moved up to or
clawed back, and while an appeal against its decision or a debt of it is not settled.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select, text

from benefits.tables.decisions import postings

_OPEN_GRANTS = text(
    """
    CREATE TEMP TABLE open_grants ON COMMIT DROP AS
    SELECT g.id, g.decision_id FROM grants AS g
    LEFT JOIN (SELECT grant_id, sum(promised + issued) AS left_over FROM grant_balances GROUP BY grant_id) AS b
        ON b.grant_id = g.id
    WHERE coalesce(b.left_over, 1) > 0
       OR EXISTS (SELECT 1 FROM due_slots AS s WHERE s.grant_id = g.id)
       OR g.takebacks IS NOT NULL AND EXISTS (
            SELECT 1 FROM json_array_elements(g.takebacks::json) AS term WHERE (term ->> 'until')::date >= :until)
       OR EXISTS (
            SELECT 1 FROM clawbacks AS c WHERE c.grant_id = g.id AND c.owed_fen >
                (SELECT coalesce(sum(a.amount_fen), 0) FROM debt_acts AS a WHERE a.debt_id = c.id))
       OR EXISTS (SELECT 1 FROM payout_orders AS o WHERE o.grant_id = g.id AND o.state = 'open')
    """
)
_OPEN_DECISIONS = text(
    """
    CREATE TEMP TABLE open_decisions ON COMMIT DROP AS
    SELECT decision_id AS id FROM open_grants
    UNION SELECT decision_id FROM claim_slots
    UNION SELECT w.id FROM waiting_list AS w
        WHERE NOT EXISTS (SELECT 1 FROM waiting_moves AS m WHERE m.waiting_id = w.id)
    UNION SELECT e.id FROM entries AS e
        WHERE NOT EXISTS (SELECT 1 FROM withdrawals AS x WHERE x.id = e.id)
          AND NOT EXISTS (
            SELECT 1 FROM draws AS d JOIN draw_results AS r ON r.draw_id = d.id
            WHERE d.rule_id = e.rule_id AND d.period = e.period AND d.places_for = e.places_for)
    UNION SELECT a.decision_id FROM appeals AS a
        WHERE NOT EXISTS (SELECT 1 FROM appeal_answers AS s WHERE s.appeal_id = a.id)
    """
)
_INDEXES = (
    "CREATE INDEX ON open_grants (id)",
    "CREATE INDEX ON open_decisions (id)",
    "ANALYZE open_grants",
    "ANALYZE open_decisions",
)
# Conditions on a row of a month, by table. An event that changed what is known of a member or an organisation may
# bear a day long past and come a second time, also after the person was erased: its key stays in the inbox.
OPEN_ROW = {
    "decisions": "EXISTS (SELECT 1 FROM open_decisions AS o WHERE o.id = p.id)",
    "postings": (
        "EXISTS (SELECT 1 FROM transactions AS t JOIN open_grants AS o ON o.id = coalesce(t.grant_id, t.id) "
        "WHERE t.id = p.transaction_id)"
    ),
    "journal": (
        "EXISTS (SELECT 1 FROM decisions AS d JOIN open_decisions AS o ON o.id = d.id "
        "WHERE d.member_id = p.member_id AND d.source = p.source AND d.event_id = p.event_id)"
    ),
    "inbox": (
        "(EXISTS (SELECT 1 FROM member_changes AS m WHERE m.source = p.source AND m.event_id = p.id) "
        "OR EXISTS (SELECT 1 FROM organisation_changes AS m WHERE m.source = p.source AND m.event_id = p.id) "
        "OR NOT EXISTS (SELECT 1 FROM {journal} AS j WHERE j.source = p.source AND j.event_id = p.id))"
    ),
}
# Of the inbox the condition itself says what stays: nothing but an erasure changes it.
_KEYS = {"decisions": "id", "postings": "sequence", "journal": "sequence"}
# A transaction that was under way during the snapshot may have taken its numbers before it.
_NUMBERS_BEFORE = 200_000
_REOPENED = """
    SELECT d.id FROM {decisions} AS d WHERE d.id <> ALL(:carried) AND d.id IN (
        SELECT g.decision_id FROM postings AS p JOIN transactions AS t ON t.id = p.transaction_id
            JOIN grants AS g ON g.id = t.grant_id JOIN grant_balances AS b ON b.grant_id = g.id
            WHERE p.sequence > :last AND b.promised + b.issued > 0
        UNION SELECT a.decision_id FROM appeals AS a
            WHERE NOT EXISTS (SELECT 1 FROM appeal_answers AS s WHERE s.appeal_id = a.id)
        UNION SELECT g.decision_id FROM clawbacks AS c JOIN grants AS g ON g.id = c.grant_id
            WHERE c.owed_fen > (SELECT coalesce(sum(x.amount_fen), 0) FROM debt_acts AS x WHERE x.debt_id = c.id))
"""


@dataclass(frozen=True, slots=True)
class OpenRows:
    """The keys of the rows of a month that stay in the database, by table; and the last posting at that time."""

    keys: Mapping[str, frozenset[Any]]
    last_posting: int


def mark_open_benefits(connection: Connection, until: date) -> None:
    """Create the temporary tables ``open_grants`` and ``open_decisions``, which end with the transaction.

    ``until`` is the first day of which events are still taken: terms of clawback that reach it are open.
    """
    connection.execute(_OPEN_GRANTS, {"until": until})
    connection.execute(_OPEN_DECISIONS)
    for statement in _INDEXES:
        connection.exec_driver_sql(statement)


def find_open_rows(connection: Connection, partitions: Mapping[str, str]) -> OpenRows:
    """Find the open rows in some partitions, given by table; :func:`mark_open_benefits` comes before."""
    keys = {}
    for table, key in _KEYS.items():
        query = f"SELECT {key} FROM {partitions[table]} AS p WHERE {OPEN_ROW[table]}"
        keys[table] = frozenset(connection.exec_driver_sql(query).scalars())
    last = connection.execute(select(func.max(postings.c.sequence))).scalar_one() or 0
    return OpenRows(keys, int(last))


def open_row(table: str, partitions: Mapping[str, str]) -> str:
    """Return the SQL condition under which a row ``p`` of a month stays in the database."""
    return OPEN_ROW[table].format(**partitions)


def has_reopened(connection: Connection, partitions: Mapping[str, str], stay: OpenRows) -> bool:
    """Return whether anything of these partitions that would not stay was opened again since ``stay`` was found."""
    query = text(_REOPENED.format(decisions=partitions["decisions"]) + " LIMIT 1")
    values = {"carried": sorted(stay.keys["decisions"]), "last": stay.last_posting - _NUMBERS_BEFORE}
    return connection.execute(query, values).first() is not None
