"""Insert new events into the inbox: a whole batch in one statement with one parameter for its rows."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from pydantic_core import to_json
from sqlalchemy import Connection, bindparam, text

from store.tables import Instant

EventKey = tuple[str, str]  # source and id

_INSERT = """
INSERT INTO inbox (source, id, digest, recorded_at)
SELECT {}, {}, {}, :now FROM {} WHERE true
ON CONFLICT DO NOTHING RETURNING source, id
"""
_ROWS = MappingProxyType(
    {
        "sqlite": (*(f"json_extract(value, '$[{place}]')" for place in range(3)), "json_each(:rows)"),
        "postgresql": (
            *(f"value ->> {place}" for place in range(3)),
            "json_array_elements(CAST(:rows AS json))",
        ),
    }
)


def insert_unseen_events(
    connection: Connection, digests: Mapping[EventKey, str], now: datetime
) -> set[EventKey]:
    """Insert the events that are not yet in the inbox; return their keys.

    Another writer of the same event waits here until this transaction ends. Rows are in the order of keys,
    so that two writers can't deadlock.
    """
    rows = [(*key, digest) for key, digest in sorted(digests.items())]
    insert = text(_INSERT.format(*_ROWS[connection.dialect.name])).bindparams(bindparam("now", type_=Instant))
    found = connection.execute(insert, {"rows": to_json(rows).decode(), "now": now})
    return {(source, id) for source, id in found}
