"""Mark rows that let somebody in with a key that is in no database: a row that was written past the program has none."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC
from typing import Any

from sqlalchemy import Connection, Row, select

from core.faults import Fault
from members import PersonalData
from members.joining.repository import list_proven, read_person
from members.joining.request import JoinRequest
from members.joining.tables import join_requests
from members.vault import VaultKeys
from members.vault.keys import VaultRefused
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


def mark_join(marker: SecretMarker, request: JoinRequest, person: PersonalData) -> str:
    """Return the mark of a request whose person proved who she is: it holds for this person and organisation alone."""
    return marker.mark(secret_row(join_requests, request.id), _join_content(request, person))


def is_contradicted(marker: SecretMarker, request: JoinRequest, person: PersonalData) -> bool:
    """Return whether a request has a mark of this key that is another request's or person's."""
    return marker.contradicts(
        request.mark, secret_row(join_requests, request.id), _join_content(request, person)
    )


def _join_content(request: JoinRequest, person: PersonalData) -> str:
    """Return what a request lets in and what its event says of the person."""
    begun_at = request.begun_at.astimezone(UTC).isoformat()
    how = [request.via, request.employer, request.signed_up_by]
    return json.dumps([request.member_id, request.organisation, begun_at, how, dict(person.items())])


def check_joins(connection: Connection, marker: SecretMarker, keys: VaultKeys) -> Iterator[Fault]:
    """Yield a fault for each request that counts as proven and was written, or changed, past the program.

    A mark of a key that was replaced, or of a person whose data can't be read here, is none: it lets nobody in.
    """
    for request in list_proven(connection):
        person: PersonalData | None = None
        with suppress(VaultRefused):
            person = read_person(connection, keys, request.id)
        is_other = person is not None and is_contradicted(marker, request, person)
        if request.mark is None or is_other:
            yield FOLD_FAULTS.build("mark", table=join_requests.name, which=request.id[:8])
