"""Store the rule versions that made decisions, so that the basis of any past decision can be shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from pydantic_core import from_json
from sqlalchemy import Connection, select

from benefits.tables.appeals import rule_contents
from benefits.tables.rulebook import rule_versions
from store import append_missing_rows

if TYPE_CHECKING:
    from rules import Rule


@dataclass(frozen=True, slots=True)
class BasisReference:
    """The basis of a figure: a document with its clause, a report, or an example made for this project."""

    kind: str
    document: str | None = None
    clause: str | None = None
    source: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class VersionApproval:
    """The officers who submitted and approved a version."""

    submitted_by: str
    approved_by: str
    approved_at: datetime


@dataclass(frozen=True, slots=True)
class StoredRule:
    """A rule version as it was when it decided. ``approval`` is None if the version came in a file."""

    hash: str
    rule_id: str
    title: str
    owner: str
    on: str
    since: date
    until: date | None
    basis: tuple[BasisReference, ...]
    approval: VersionApproval | None = None


def store_rules(connection: Connection, hashes: Iterable[str], rules: Iterable[Rule], now: datetime) -> None:
    """Store the rule versions that decide now, unless they are stored already.

    Call it before any counter is locked. Rows are inserted in the order of hashes, so that two writers
    can't deadlock.
    """
    from benefits.lifecycle.clawback import record_clawback_types

    wanted = set(hashes)
    if not wanted:
        return
    known = select(rule_contents.c.hash).where(rule_contents.c.hash.in_(sorted(wanted)))
    missing = wanted - set(connection.execute(known).scalars())
    rows = []
    takebacks: set[str] = set()
    for rule in {rule.hash: rule for rule in rules if rule.hash in missing}.values():
        content, tables = rule.hashed_content
        kept = {"hash": rule.hash, "rule_id": rule.id, "content": content, "tables": tables}
        rows.append({**kept, "recorded_at": now})
        takebacks.update(clawback.on for clawback in rule.definition.clawback)
    if rows:
        rows.sort(key=lambda row: str(row["hash"]))
        append_missing_rows(connection, rule_contents, rows)
    record_clawback_types(connection, takebacks)


def list_decided_rules(connection: Connection) -> Mapping[str, str]:
    """Return the ids of all rule versions that ever decided, by hash."""
    query = select(rule_contents.c.hash, rule_contents.c.rule_id)
    return {row.hash: row.rule_id for row in connection.execute(query)}


def load_stored_rules(connection: Connection, hashes: Iterable[str]) -> Mapping[str, StoredRule]:
    """Return the stored rule versions with these hashes; missing ones are left out."""
    wanted = sorted(set(hashes))
    if not wanted:
        return {}
    approvals = _approvals(connection, wanted)
    rows = connection.execute(select(rule_contents).where(rule_contents.c.hash.in_(wanted)))
    return {row.hash: _kept(row.hash, row.content, approvals.get(row.hash)) for row in rows}


def _kept(hash_: str, text: str, approval: VersionApproval | None) -> StoredRule:
    content = from_json(text)
    span = content["in_force"]
    return StoredRule(
        hash=hash_,
        rule_id=content["id"],
        title=content["title"],
        owner=content["owner"],
        on=content["on"],
        since=date.fromisoformat(span["from"]),
        until=date.fromisoformat(span["until"]) if span.get("until") else None,
        basis=tuple(BasisReference(**basis) for basis in content["basis"]),
        approval=approval,
    )


def _approvals(connection: Connection, hashes: list[str]) -> dict[str, VersionApproval]:
    query = select(rule_versions).where(rule_versions.c.hash.in_(hashes), rule_versions.c.state == "approved")
    return {
        row.hash: VersionApproval(row.submitted_by, row.decided_by, row.decided_at)
        for row in connection.execute(query)
    }
