"""Fold again from the audit log who may answer which poll, and until when: rules grant for an answer."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, select, true

from members.polls.definition import Poll
from members.polls.tables import polls
from store import Fold, Portion
from yihui.access.key_folds import read_entries
from yihui.access.roles import Right
from yihui.access.tables import audit_entries

CREATE_POLL = f"{Right.CHANGE_ORGANISATIONS.value}.create_poll"
CLOSE_POLL = f"{Right.CHANGE_ORGANISATIONS.value}.close_poll"
_OF_CONTENT = {
    "title": "title",
    "scope": "scope",
    "anonymous": "anonymous",
    "opens_at": "opens",
    "closes_at": "closes",
}
_COLUMNS = ("id", "created_by", "created_at", "content", *_OF_CONTENT, "closed_at", "closed_by")


def digest_poll(content: str) -> str:
    """Return the digest of a poll's text, which the entry of its creation holds."""
    return sha256(content.encode()).hexdigest()


def _list_portions(connection: Connection) -> Iterator[Portion]:
    there: dict[str, Mapping[str, Any]] = {
        row["id"]: {**row} for row in connection.execute(select(polls)).mappings()
    }
    said: dict[str, dict[str, Any]] = {}
    for one in read_entries(connection, "poll"):
        if one.act == CREATE_POLL:
            row = there.get(one.object_id, {})
            made = {"id": one.object_id, "created_by": one.actor, "created_at": one.at}
            said[one.object_id] = {**row, **made, **_read_content(row, one.after.get("content"))}
        elif one.act == CLOSE_POLL and one.object_id in said:
            _close(said[one.object_id], one.actor, one.at)
    for row in said.values():
        if "closed" not in row:  # it is open, or was counted at its end
            is_counted = row.get("closed_at") == row.get("closes_at")
            row |= {"closed_by": None} | ({} if is_counted else {"closed_at": None})
    yield Portion(true(), [tuple(row.get(name) for name in _COLUMNS) for _, row in sorted(said.items())])


def _read_content(row: Mapping[str, Any], digest: object) -> dict[str, Any]:
    """Return the columns that follow from a poll's text; the digest alone where the text is another one."""
    if not row or digest_poll(row["content"]) != digest:
        return {"content": f"sha256:{digest}"}
    poll = Poll.model_validate_json(row["content"], strict=False)
    return {name: getattr(poll, field) for name, field in _OF_CONTENT.items()}


def _close(row: dict[str, Any], actor: str, at: Any) -> None:
    """Let the first closing count, unless the poll had been counted at its end."""
    if "closed" in row or "closes_at" not in row:  # the poll itself is gone
        return
    is_counted = row.get("closed_by") is None and at >= row["closes_at"] == row.get("closed_at")
    closed = {} if is_counted else {"closed_at": min(at, row["closes_at"]), "closed_by": actor}
    row |= {"closed": True, **closed}


POLL_FOLD = Fold(polls, audit_entries.name, _COLUMNS, 1, _list_portions)
