"""Mark rows that let somebody in with a key that is in no database: a row that was written past the program has none."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, select

from core.faults import Fault
from store.folds import FOLD_FAULTS
from yihui.access.key_folds import secret_row
from yihui.access.secret_marks import SecretMarker
from yihui.access.tables import member_app_links


def mark_link(marker: SecretMarker, app: str, subject_digest: str, member: str) -> str:
    """Return the mark of a link from an app's user to a member."""
    return marker.mark(secret_row(member_app_links, f"{app} {subject_digest}"), member)


def is_marked_link(marker: SecretMarker, link: Row[Any]) -> bool:
    """Return whether the program made this link, for this member."""
    return bool(link.mark == mark_link(marker, link.app, link.subject_digest, link.member_id))


def check_app_links(connection: Connection, marker: SecretMarker) -> Iterator[Fault]:
    """Yield a fault for each link that was written past the program; one of a key that was replaced opens nothing."""
    c = member_app_links.c
    for row in connection.execute(select(member_app_links).order_by(c.app, c.subject_digest)):
        which = f"{row.app} {row.subject_digest}"
        if not is_marked_link(marker, row):
            yield FOLD_FAULTS.build("mark", table=member_app_links.name, which=which[:49])
