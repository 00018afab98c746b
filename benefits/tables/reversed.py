"""The SQL condition for grants that were taken back."""

from sqlalchemy import ColumnElement, exists, or_

from benefits.tables.draws import lapses
from benefits.tables.rulebook import reversals


def is_taken_back(grant_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Return an SQL expression: whether a grant was taken back or lapsed, and so gave back all that it took."""
    return or_(
        exists().where(reversals.c.grant_id == grant_id), exists().where(lapses.c.grant_id == grant_id)
    )
