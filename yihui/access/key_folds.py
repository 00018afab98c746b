"""Fold senders, their keys, keepers' keys and the ends of signing keys again from the audit log, which is sealed."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Table, select, true

from core.civil_time import end_of_day
from geo.registry.tables import keeper_keys
from members.tables import signing_keys
from store import Fold, Portion
from yihui.access.secret_marks import SecretMarker
from yihui.access.tables import audit_entries, sender_keys, senders

SENDER_OBJECT, KEEPER_KEY_OBJECT, SIGNING_KEY_OBJECT = "sender", "keeper_key", "signing_key"
_OTHER = "another"  # no digest of a key
_BOUNDS = ("sources", "types", "uses")  # of a sender, each stored as a JSON array
_Rows = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Entry:
    act: str
    actor: str
    at: datetime
    object_id: str
    organisation: str | None
    reason: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def build_key_folds(marker: SecretMarker | None) -> tuple[Fold, ...]:
    """Return the folds of keys; without a marker nobody can say whether a key's digest is another one."""
    sender = ("name", *_BOUNDS, "organisation", "created_by", "created_at", "revoked_by", "revoked_at")
    key = ("id", "sender", "digest", "issued_by", "issued_at", "expires_at", "revoked_by", "revoked_at")
    return (
        _build_fold(senders, sender, _fold_senders, None),
        _build_fold(sender_keys, key, _fold_sender_keys, marker),
        _build_fold(keeper_keys, ("id", "station_id", "digest", "revoked_at"), _fold_keeper_keys, marker),
        _build_fold(signing_keys, ("id", "retired_by", "retired_at"), _fold_retirements, None),
    )


def _build_fold(
    table: Table,
    columns: tuple[str, ...],
    fold: Callable[[Connection], _Rows],
    marker: SecretMarker | None,
) -> Fold:
    def list_portions(connection: Connection) -> Iterator[Portion]:
        rows_there = connection.execute(select(table)).mappings()
        stored: dict[str, Mapping[str, Any]] = {str(row[columns[0]]): dict(row) for row in rows_there}
        rows = fold(connection)
        for name, row in rows.items():
            there = stored.get(name, {})
            if "digest" in columns:
                row["digest"] = _expect_digest(table, name, row.get("mark"), there.get("digest", ""), marker)
        yield Portion(true(), [tuple(row.get(column) for column in columns) for row in rows.values()])

    return Fold(table, audit_entries.name, columns, 1, list_portions)


def _expect_digest(table: Table, name: str, mark: object, digest: str, marker: SecretMarker | None) -> str:
    is_other = marker is not None and marker.contradicts(mark, secret_row(table, name), digest)
    return _OTHER if is_other else digest


def secret_row(table: Table, key: object) -> str:
    """Return the name of a row in the mark of its secret."""
    return f"{table.name} {key}"


def read_entries(connection: Connection, object_kind: str) -> Iterator[_Entry]:
    """Yield the entries about one kind of object, in order."""
    c = audit_entries.c
    query = select(audit_entries).where(c.object_kind == object_kind).order_by(c.sequence)
    for row in connection.execute(query):
        changes = json.loads(row.changes)
        before, after = changes.get("before", {}), changes.get("after", {})
        yield _Entry(row.act, row.actor, row.at, row.object_id, row.organisation, row.reason, before, after)


def _fold_senders(connection: Connection) -> _Rows:
    rows: _Rows = {}
    for one in read_entries(connection, SENDER_OBJECT):
        if one.act == "keys.issue":
            bounds = {name: json.dumps(one.after.get(name, []), ensure_ascii=False) for name in _BOUNDS}
            made = {"organisation": one.organisation, "created_by": one.actor, "created_at": one.at}
            rows[one.object_id] = {"name": one.object_id, **bounds, **made}
        elif one.act == "keys.revoke" and one.before.get("whole_sender"):
            row = rows.get(one.object_id, {})
            if "revoked_at" not in row:
                row |= {"revoked_by": one.actor, "revoked_at": one.at}
    return rows


def _fold_sender_keys(connection: Connection) -> _Rows:
    rows: _Rows = {}
    for one in read_entries(connection, SENDER_OBJECT):
        for id_, end in one.after.get("keys", {}).items():
            rows.get(id_, {})["expires_at"] = datetime.fromisoformat(end)
        if one.act in ("keys.issue", "keys.rotate"):
            id_ = one.after["key"]
            until = end_of_day(date.fromisoformat(one.after["until"]))
            made = {"issued_by": one.actor, "issued_at": one.at, "expires_at": until}
            rows[id_] = {"id": id_, "sender": one.object_id, "mark": one.after.get("mark"), **made}
        elif one.act == "keys.revoke":
            for id_ in one.before.get("keys", []):
                rows.get(id_, {}).update(revoked_by=one.actor, revoked_at=one.at)
    return rows


def _fold_retirements(connection: Connection) -> _Rows:
    """Return which of the signing keys, whose rows are sealed, were retired and by whom."""
    rows: _Rows = {id_: {"id": id_} for id_ in connection.execute(select(signing_keys.c.id)).scalars()}
    for one in read_entries(connection, SIGNING_KEY_OBJECT):
        if one.after.get("retired"):
            end = datetime.fromisoformat(one.after["from"])
            rows.get(one.object_id, {}).update(retired_by=one.actor, retired_at=end)
    return rows


def _fold_keeper_keys(connection: Connection) -> _Rows:
    rows: _Rows = {}
    for one in read_entries(connection, KEEPER_KEY_OBJECT):
        marks = one.after.get("marks", {})
        for station, id_ in one.after.get("keys", {}).items():
            rows[id_] = {"id": id_, "station_id": station, "mark": marks.get(id_)}
        if revoked := one.after.get("revoked"):
            rows.get(revoked, {})["revoked_at"] = datetime.fromisoformat(one.after["from"])
    return rows
