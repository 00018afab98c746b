"""Fold again from the audit log which organisations review who joins: without a review nobody decides who comes back."""

from collections.abc import Iterator

from sqlalchemy import Connection, true

from members.joining.tables import join_review_settings
from store import Fold, Portion
from yihui.access.key_folds import read_entries
from yihui.access.roles import Right
from yihui.access.tables import audit_entries

REVIEW_ACT = f"{Right.CHANGE_ORGANISATIONS.value}.review_joins"
_OBJECT = "organisation"
_COLUMNS = ("organisation", "reviews", "days", "officer", "at")


def _list_portions(connection: Connection) -> Iterator[Portion]:
    said = [
        (one.object_id, one.after["reviews"], one.after.get("days"), one.actor, one.at)
        for one in read_entries(connection, _OBJECT)
        if one.act == REVIEW_ACT
    ]
    said.sort(key=lambda row: row[0])
    yield Portion(true(), said)


REVIEW_FOLD = Fold(
    join_review_settings, audit_entries.name, _COLUMNS, 1, _list_portions, ("organisation", "sequence")
)
