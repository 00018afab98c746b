"""Estimate the number of events in the ingress table without counting them all."""

from sqlalchemy import Connection, func, literal, select

from store import ingress


def ingress_backlog(connection: Connection, limit: int) -> int:
    """Return the number of waiting events, counting at most ``limit``; below it, a close upper bound.

    Sequences ascend and rows are removed from the lowest up, so the distance between the lowest and the
    highest sequence is a good estimate. Only if the estimate reaches ``limit`` could gaps from
    rolled-back transactions matter; then the function counts up to ``limit`` rows.
    """
    lowest = select(func.min(ingress.c.sequence)).scalar_subquery()
    highest = select(func.max(ingress.c.sequence)).scalar_subquery()
    distance = connection.execute(select(highest - lowest)).scalar_one()
    if distance is None:
        return 0
    if distance + 1 < limit:
        return int(distance) + 1
    some = select(literal(1)).select_from(ingress).limit(limit).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())
