"""The places of quotas that grants gave back while they went on."""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, select

from benefits.model.chunks import chunks
from benefits.tables.draws import returned_places

CounterUses = Mapping[str, int]


def read_returned_keys(connection: Connection, grant_ids: Collection[str]) -> dict[str, frozenset[str]]:
    """Return the quotas' counters to which these grants gave back their places, by grant."""
    found: dict[str, frozenset[str]] = {}
    for some in chunks(sorted(set(grant_ids))):
        query = select(returned_places.c.grant_id, returned_places.c.key).where(
            returned_places.c.grant_id.in_(some)
        )
        for grant_id, key in connection.execute(query):
            found[grant_id] = found.get(grant_id, frozenset()) | {key}
    return found


def without_returned(connection: Connection, uses: Mapping[str, CounterUses]) -> dict[str, dict[str, int]]:
    """Return what grants use of counters, by grant, without the places that they gave back before."""
    returned = read_returned_keys(connection, uses)
    return {
        id_: {key: amount for key, amount in used.items() if key not in returned.get(id_, ())}
        for id_, used in uses.items()
    }
