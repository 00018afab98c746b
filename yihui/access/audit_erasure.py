"""What the audit log and histories hold about a member, and what her erasure leaves of it (decision 0037)."""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, String, and_, cast, or_, select, update

from benefits.tables.appeals import clawbacks
from benefits.tables.decisions import grants
from core.faults import Fault
from members.hardship.tables import hardship_file_events, hardship_file_members
from members.hotline.tables import hotline_case_events, hotline_cases
from members.joining.tables import join_requests
from members.mutual_aid.tables import (
    mutual_aid_claim_events,
    mutual_aid_claims,
    mutual_aid_enrolment_changes,
    mutual_aid_enrolments,
    mutual_aid_policy_events,
)
from store import ERASED_PREFIX, in_json_array, json_array, text_digest
from yihui.access.audit import AUDIT_FAULTS, MEMBER_OBJECT, UNMASK_CALLER
from yihui.access.roles import Right
from yihui.access.tables import audit_entries

CASE_OBJECT = "hotline_case"
POLICY_OBJECT = "mutual_aid_policy"  # of its entries only those about the member's own enrolment are hers
JOIN_OBJECT = "join_request"

# Other objects that are about one member, or about one household, with the columns of their number and the member.
_OBJECTS_OF_MEMBERS: tuple[tuple[str, ColumnElement[Any], ColumnElement[str]], ...] = (
    (CASE_OBJECT, hotline_cases.c.number, hotline_cases.c.member_id),
    ("hardship_file", hardship_file_members.c.file_number, hardship_file_members.c.member_id),
    ("mutual_aid_claim", mutual_aid_claims.c.number, mutual_aid_claims.c.member_id),
    (POLICY_OBJECT, mutual_aid_enrolments.c.policy_number, mutual_aid_enrolments.c.member_id),
    ("grant", grants.c.id, grants.c.member_id),
    ("debt", clawbacks.c.id, clawbacks.c.member_id),
    (JOIN_OBJECT, join_requests.c.id, join_requests.c.member_id),  # deleted with the person, and never else
)

# Histories whose texts go with an erasure: the kind of object that they belong to, the column of its id, the number
# that a fault names, and the texts.
_HISTORIES: tuple[tuple[str, Column[Any], Column[Any], Column[str]], ...] = (
    *(
        (kind, number, number, number.table.c.data)
        for kind, number in (
            (CASE_OBJECT, hotline_case_events.c.case_number),
            ("hardship_file", hardship_file_events.c.file_number),
            ("mutual_aid_claim", mutual_aid_claim_events.c.claim_number),
            (POLICY_OBJECT, mutual_aid_policy_events.c.policy_number),
        )
    ),
    (
        MEMBER_OBJECT,
        mutual_aid_enrolment_changes.c.member_id,
        mutual_aid_enrolment_changes.c.policy_number,
        mutual_aid_enrolment_changes.c.reason,
    ),
)


def read_entries_about(connection: Connection, member_id: str) -> list[dict[str, object]]:
    """Return the entries about a member, the oldest first: who read or changed what, when and why.

    Who read in clear who called, of a case about her, is one of them.
    """
    c = audit_entries.c
    cases = select(cast(hotline_cases.c.number, String)).where(hotline_cases.c.member_id == member_id)
    about = or_(
        and_(c.object_kind == MEMBER_OBJECT, c.object_id == member_id),
        and_(c.object_kind == CASE_OBJECT, c.act == UNMASK_CALLER, c.object_id.in_(cases)),
    )
    query = select(c.sequence, c.at, c.actor, c.role, c.organisation, c.act, c.reason, c.changes)
    query = query.where(about).order_by(c.sequence)
    return [dict(row) for row in connection.execute(query).mappings()]


def erase_audit_texts(
    connection: Connection, member_id: str, own: Mapping[str, set[str]] | None = None
) -> int:
    """Erase reasons and changes of the entries about a member and what is hers; return how many entries.

    Who did what and when stays, as does the entry of the erasure itself. ``own`` is what was hers before her rows
    were erased (:func:`list_objects_of_members`): some of it is deleted with her.
    """
    c, own = audit_entries.c, own or list_objects_of_members(connection, [member_id])
    about = or_(*(and_(c.object_kind == kind, in_json_array(c.object_id, kind)) for kind in own))
    columns = (c.sequence, c.object_kind, c.object_id, c.reason, c.changes)
    query = select(*columns).where(about, c.act != Right.ERASE_MEMBERS.value)
    rows = connection.execute(query, {kind: json_array(ids) for kind, ids in own.items()}).all()
    changed = _list_policy_changes(connection, member_id)
    erased = 0
    for row in rows:
        if row.changes.startswith(ERASED_PREFIX):
            continue
        version = json.loads(row.changes)["after"].get("version")
        if row.object_kind == POLICY_OBJECT and (row.object_id, version) not in changed:
            continue  # about others whom the policy covers
        texts = {"reason": _erase_text(row.reason), "changes": _erase_text(row.changes)}
        connection.execute(update(audit_entries).where(c.sequence == row.sequence).values(texts))
        erased += 1
    return erased


def list_objects_of_members(connection: Connection, members: Collection[str]) -> dict[str, set[str]]:
    """Return by kind the ids of the objects whose entries a person's erasure reaches: the members, and what is theirs."""
    found = {MEMBER_OBJECT: set(members)}
    for kind, number, member_id in _OBJECTS_OF_MEMBERS:
        query = select(cast(number, String)).where(in_json_array(member_id, "members"))
        found[kind] = set(connection.execute(query, {"members": json_array(members)}).scalars())
    return found


def _list_policy_changes(connection: Connection, member_id: str) -> set[tuple[str, int]]:
    """Return the policies and their versions that an act about a member's enrolment made."""
    c = mutual_aid_policy_events.c
    covering = select(mutual_aid_enrolments.c.policy_number).where(
        mutual_aid_enrolments.c.member_id == member_id
    )
    rows = connection.execute(
        select(c.policy_number, c.version, c.data).where(c.policy_number.in_(covering))
    ).all()
    return {
        (str(row.policy_number), row.version)
        for row in rows
        if json.loads(row.data).get("member") == member_id
    }


def _erase_text(text: str) -> str:
    return f'{ERASED_PREFIX}{text_digest(text)}"}}'


def check_erased_entries(connection: Connection) -> Iterator[Fault]:
    """Yield entries and histories that lost their texts, although no act erased the person they are about."""
    from events import list_erased_members

    c = audit_entries.c
    erased = or_(*(text.startswith(ERASED_PREFIX, autoescape=True) for text in (c.reason, c.changes)))
    rows = connection.execute(
        select(c.sequence, c.object_kind, c.object_id).where(erased).order_by(c.sequence)
    ).all()
    own = list_objects_of_members(connection, list_erased_members(connection))
    own[JOIN_OBJECT] |= _list_deleted_requests(
        connection, {row.object_id for row in rows if row.object_kind == JOIN_OBJECT}
    )
    for row in rows:
        if row.object_id not in own.get(row.object_kind, ()):
            yield AUDIT_FAULTS.build("no_erasure", entry=row.sequence)
    for kind, owner, number, texts in _HISTORIES:
        marked = texts.startswith(ERASED_PREFIX, autoescape=True)
        query = select(owner.label("owner"), number.label("number"), texts.label("texts")).where(marked)
        wrong = {found.number for found in connection.execute(query) if not _is_of_erased(kind, found, own)}
        for one in sorted(wrong):
            yield AUDIT_FAULTS.build("no_history_erasure", table=number.table.name, entry=one)


def _is_of_erased(kind: str, found: Row[Any], own: Mapping[str, set[str]]) -> bool:
    """Return whether erased texts are about a person who was erased; a policy's event names its member."""
    if kind == POLICY_OBJECT:
        return json.loads(found.texts).get("member") in own[MEMBER_OBJECT]
    return str(found.owner) in own[kind]


def _list_deleted_requests(connection: Connection, ids: Collection[str]) -> set[str]:
    """Return the ids of requests to join that are there no more: only their persons' erasure deletes them."""
    query = select(join_requests.c.id).where(in_json_array(join_requests.c.id, "ids"))
    return set(ids).difference(connection.execute(query, {"ids": json_array(ids)}).scalars())
