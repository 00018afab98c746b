"""Whether a grant still stands."""

from sqlalchemy import ColumnElement, exists, or_

from benefits.tables.draws import lapses
from benefits.tables.rulebook import reversals


def is_taken_back(grant_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a grant was taken back, or lapsed unclaimed: either way it gave back all that it had taken."""
    return or_(
        exists().where(reversals.c.grant_id == grant_id), exists().where(lapses.c.grant_id == grant_id)
    )
