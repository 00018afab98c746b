"""What the audit log holds of keys, passwords and the programs that have keys: two digests after each change.

The digest of the columns that anybody may read compares without a key. That of the secrets is keyed by the login
key, so that nobody who reads the log can try passwords or keys on it (decision 0064).
"""

import hmac
from base64 import b32encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import Column, Connection, Table, select

from core.faults import Fault
from store.folds import FOLD_FAULTS
from yihui.access.tables import audit_entries, officer_accounts, recovery_codes, sender_keys, senders

DIGESTS = "digests"  # in what an entry says of after an act
_LENGTH = 20  # bytes: 32 letters and digits, without a 1, so that none looks like a phone number


@dataclass(frozen=True, slots=True)
class _Keyed:
    """A table of keys: its key, the columns that anybody may read, and its secrets."""

    key: Column[Any]
    open: tuple[str, ...]
    secret: tuple[str, ...] = ()

    @property
    def table(self) -> Table:
        return self.key.table  # type: ignore[return-value]  # a column of a table, not of a query


_KEYED: Mapping[str, _Keyed] = {
    "senders": _Keyed(
        senders.c.name,
        (
            *("name", "sources", "types", "uses", "organisation"),
            *("created_by", "created_at", "revoked_by", "revoked_at"),
        ),
    ),
    "sender_keys": _Keyed(
        sender_keys.c.id,
        ("id", "sender", "issued_by", "issued_at", "expires_at", "revoked_by", "revoked_at"),
        ("digest",),
    ),
    "officer_accounts": _Keyed(
        officer_accounts.c.id,
        ("id", "officer_id", "issuer", "created_at", "totp_confirmed_at"),
        ("external_subject", "password_hash", "totp_secret"),
    ),
}


def digest_keys(connection: Connection, key: bytes, table: str, *ids: object) -> dict[str, list[str]]:
    """Return what an entry holds of some rows after an act: by table and id the digests of both kinds of columns."""
    keyed = _KEYED[table]
    query = select(keyed.table).where(keyed.key.in_(ids)).order_by(keyed.key)
    return {
        f"{table}:{row[keyed.key.name]}": [
            _digest_open(keyed, row),
            _digest_secret(connection, keyed, row, key),
        ]
        for row in connection.execute(query).mappings().all()
    }


def _digest_open(keyed: _Keyed, row: Mapping[str, Any]) -> str:
    return _letters(sha256(_render(row[name] for name in keyed.open)).digest())


def _digest_secret(connection: Connection, keyed: _Keyed, row: Mapping[str, Any], key: bytes) -> str:
    values = [row[name] for name in keyed.secret]
    if keyed.table is officer_accounts:  # a recovery code stands for the phone
        c = recovery_codes.c
        codes = select(c.digest).where(c.account_id == row["id"]).order_by(c.digest)
        values += connection.execute(codes).scalars()
    return _letters(hmac.new(key, _render(values), sha256).digest())


def _render(values: Any) -> bytes:
    return to_json([_plain(value) for value in values])


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return (
        value.isoformat() if isinstance(value, date) else value.hex() if isinstance(value, bytes) else value
    )


def _letters(digest: bytes) -> str:
    return b32encode(digest[:_LENGTH]).decode().lower()


def check_keys(connection: Connection, key: bytes | None) -> Iterator[Fault]:
    """Yield each row of keys and passwords that is otherwise than the last entry about it says.

    Without the login key (None) secrets are compared with nothing: that their rows are there and what is open of
    them is all that shows.
    """
    last = _read_last_digests(connection)
    for name, keyed in _KEYED.items():
        for row in connection.execute(select(keyed.table).order_by(keyed.key)).mappings().all():
            id_ = row[keyed.key.name]
            said = last.pop(f"{name}:{id_}", None)
            if said is None:
                yield _fault("unsaid", name, id_)
            elif said[0] != _digest_open(keyed, row):
                yield _fault("changed", name, id_, ", ".join(keyed.open))
            elif key is not None and said[1] != _digest_secret(connection, keyed, row, key):
                yield _fault("changed", name, id_, ", ".join(keyed.secret))
    for named in sorted(last):
        yield _fault("missing", *named.split(":", 1))


def _fault(code: str, table: str, row: object, columns: str = "") -> Fault:
    return FOLD_FAULTS.build(code, table=table, row=row, source=audit_entries.name, columns=columns)


def _read_last_digests(connection: Connection) -> dict[str, list[str]]:
    """Return the digests of each row by the last entry; the seals prove the order in a batch and of batches."""
    c, found = audit_entries.c, dict[str, list[str]]()
    query = select(c.changes).where(c.changes.contains(f'"{DIGESTS}"')).order_by(c.batch, c.sequence)
    for text in connection.execute(query).scalars():
        try:
            found.update(
                {str(id_): [*map(str, said)] for id_, said in from_json(text)["after"][DIGESTS].items()}
            )
        except (ValueError, LookupError, TypeError, AttributeError):  # the entry's seal reports it
            continue
    return found
