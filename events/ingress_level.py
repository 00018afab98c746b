"""How much waits in the ingress table, without counting it."""

from sqlalchemy import Connection, func, literal, select

from store import ingress


def level(connection: Connection, limit: int) -> int:
    """How many events wait: never too few, exact from ``limit`` on (and no more than that is counted).

    Numbers are given upwards and rows go from the lowest up: the distance is as good as a count until it says
    that it is full. Then the gaps that rolled-back transactions left could matter.
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
