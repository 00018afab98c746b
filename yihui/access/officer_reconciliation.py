"""Compare officers, roles and accounts with the audit log, which is sealed: a row that somebody wrote has no entry."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, select

from core.faults import Fault, FaultTable
from core.text_marks import N_
from store import ERASED_PREFIX
from yihui.access.accounts import LOCAL_ISSUER, hash_identity
from yihui.access.key_folds import secret_row
from yihui.access.secret_marks import SecretMarker
from yihui.access.tables import audit_entries, officer_accounts, officers, role_assignments

_COMPARE = N_("compare with a backup from before, and find out who writes to the database")
RECONCILIATION_FAULTS = FaultTable(
    "officer_rows",
    {
        "no_entry": (N_("{table}: nothing in the audit log says that {which} is so: {what}"), _COMPARE),
        "secret": (
            N_("{table}: the {name} of {which} is not the one whose change the audit log marks"),
            N_("let an administrator issue a new set-up code, and find out who writes to the database"),
        ),
        "ended": (
            N_("{table}: {which} ended otherwise than its officer"),
            _COMPARE,
        ),
        "no_row": (N_("{table}: the audit log says that {which} is there; the row is gone"), _COMPARE),
    },
)
_OPENINGS = frozenset({"accounts.add", "accounts.renew_setup", "officers.link"})
_ACTS = _OPENINGS | {
    "officers.add",
    "officers.appoint",
    "officers.withdraw",
    "officers.end",
    "officers.confirm",
}
_SECRETS = {
    "accounts.set_up": "password_hash",
    "accounts.change_password": "password_hash",
    "accounts.renew_hash": "password_hash",
    "accounts.register_phone": "totp_secret",
}
_ROLE = ("role", "organisation", "since", "until", "deputy_of")


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry about an officer: by whom, when, and what it says of the row."""

    act: str
    actor: str
    at: datetime
    officer: str
    before: Mapping[str, object]
    after: Mapping[str, object]

    @property
    def accounts(self) -> list[object]:
        """Which accounts a confirmation names; a founding appointment names none."""
        named = self.after.get("accounts")
        return named if isinstance(named, list) else []

    def is_by(self, actor: str | None, at: datetime | None) -> bool:
        return (self.actor, self.at) == (actor, at)


def check_officer_rows(connection: Connection, marker: SecretMarker | None = None) -> Iterator[Fault]:
    """Yield every officer, role and account that is otherwise than the entries about it say.

    Without a marker nobody can say whether a password or a phone's secret is another one.
    """
    entries = [*_read_entries(connection)]
    known = {row.id: row for row in connection.execute(select(officers).order_by(officers.c.id))}
    yield from _check_officers(known, entries)
    yield from _check_roles(connection, entries)
    yield from _check_accounts(connection, known, entries)
    yield from _check_secrets(connection, known, entries, marker)


def _read_entries(connection: Connection) -> Iterator[_Entry]:
    c = audit_entries.c
    for row in connection.execute(
        select(audit_entries).where(c.act.in_(sorted({*_ACTS, *_SECRETS}))).order_by(c.sequence)
    ):
        is_erased = row.changes.startswith(ERASED_PREFIX)
        changes = {} if is_erased else json.loads(row.changes)
        before, after = changes.get("before", {}), changes.get("after", {})
        of_account = row.object_kind == "account"
        officer = str(after.get("officer", "")) if of_account else row.object_id
        after = {**after, "account": int(row.object_id)} if of_account else after
        yield _Entry(row.act, row.actor, row.at, officer, before, after)


def _check_officers(
    known: Mapping[str, Row[tuple[object, ...]]], entries: Iterable[_Entry]
) -> Iterator[Fault]:
    added = {one.officer: one for one in entries if one.act == "officers.add"}
    ended = {one.officer: one for one in entries if one.act == "officers.end"}
    for name, row in known.items():
        entry = added.get(name)
        told = {"post": row.post, "subject": row.subject}
        is_said = entry is not None and all(entry.after.get(key) == value for key, value in told.items())
        if entry is None or not is_said or not entry.is_by(row.created_by, row.created_at):
            yield _no_entry("officers", name, f"{row.created_by} {row.created_at:%Y-%m-%d %H:%M}")
        end = ended.get(name)
        if not _agrees(end, row.ended_by, row.ended_at):
            yield _no_entry("officers", name, f"ended {row.ended_by}")
    for name in sorted(added.keys() - known.keys()):
        yield RECONCILIATION_FAULTS.build("no_row", table="officers", which=name)


def _check_roles(connection: Connection, entries: Iterable[_Entry]) -> Iterator[Fault]:
    given = {one.after.get("appointment"): one for one in entries if one.act == "officers.appoint"}
    taken = {one.before.get("appointment"): one for one in entries if one.act == "officers.withdraw"}
    rows = {
        row.id: row for row in connection.execute(select(role_assignments).order_by(role_assignments.c.id))
    }
    for number, row in rows.items():
        told = {name: str(value) for name in _ROLE if (value := getattr(row, name)) is not None}
        entry = given.get(number)
        said = (
            {} if entry is None else {name: str(entry.after[name]) for name in _ROLE if name in entry.after}
        )
        is_said = entry is not None and (entry.officer, said) == (row.officer_id, told)
        if entry is None or not is_said or not entry.is_by(row.assigned_by, row.assigned_at):
            yield _no_entry(
                "role_assignments", f"{number} {row.officer_id}", f"{row.role} {row.organisation}"
            )
        if not _agrees(taken.get(number), row.withdrawn_by, row.withdrawn_at):
            yield _no_entry("role_assignments", f"{number} {row.officer_id}", f"withdrawn {row.withdrawn_by}")
    for number in sorted(str(one) for one in given.keys() - rows.keys()):
        yield RECONCILIATION_FAULTS.build("no_row", table="role_assignments", which=number)


def _check_accounts(
    connection: Connection, known: Mapping[str, Row[tuple[object, ...]]], entries: Iterable[_Entry]
) -> Iterator[Fault]:
    """Compare who opened and who confirmed each account; an officer's own opening leaves the earlier one."""
    persons = {name.casefold(): row.subject for name, row in known.items()}
    last: dict[object, _Entry] = {}
    confirmed: dict[str, list[_Entry]] = {}
    for one in entries:
        is_own = persons.get(one.actor.casefold(), "") == persons.get(one.officer.casefold())
        if one.act in _OPENINGS and (not is_own or one.after.get("account") not in last):
            last[one.after.get("account")] = one
        if one.act == "officers.confirm" or one.after.get("founding"):
            confirmed.setdefault(one.officer, []).append(one)
    rows = {
        row.id: row for row in connection.execute(select(officer_accounts).order_by(officer_accounts.c.id))
    }
    for number, row in rows.items():
        entry, name = last.get(number), f"{number} {row.officer_id}"
        local = hash_identity(LOCAL_ISSUER, row.officer_id.lower())
        identity = hash_identity(row.issuer, row.external_subject)
        if (
            entry is None
            or (entry.officer, entry.after.get("identity", local)) != (row.officer_id, identity)
            or not entry.is_by(row.opened_by, row.opened_at)
        ):
            yield _no_entry("officer_accounts", name, f"opened {row.opened_by}")
        is_confirmed = row.confirmed_by is not None or row.confirmed_at is not None
        if is_confirmed and not any(
            one.is_by(row.confirmed_by, row.confirmed_at)
            and one.at >= row.opened_at
            and (one.act == "officers.appoint" or number in one.accounts)
            for one in confirmed.get(row.officer_id, ())
        ):
            yield _no_entry("officer_accounts", name, f"confirmed {row.confirmed_by}")
    for account in sorted(str(one) for one in last.keys() - rows.keys()):
        yield RECONCILIATION_FAULTS.build("no_row", table="officer_accounts", which=account)


def _check_secrets(
    connection: Connection,
    known: Mapping[str, Row[tuple[object, ...]]],
    entries: Iterable[_Entry],
    marker: SecretMarker | None,
) -> Iterator[Fault]:
    """Compare the secrets of accounts with the marks of their last changes, and their ends with their officers'."""
    marks: dict[object, dict[str, object]] = {}
    for one in entries:
        account = one.after.get("account")
        if one.act in _OPENINGS:
            marks[account] = {}
        elif one.act in _SECRETS:
            marks.setdefault(account, {})[_SECRETS[one.act]] = one.after.get("mark")
    for row in connection.execute(select(officer_accounts).order_by(officer_accounts.c.id)):
        name, officer = f"{row.id} {row.officer_id}", known.get(row.officer_id)
        if officer is not None and row.ended_at != officer.ended_at:
            yield RECONCILIATION_FAULTS.build("ended", table="officer_accounts", which=name)
        owner = secret_row(officer_accounts, row.id)
        for column in sorted(set(_SECRETS.values())):
            stored, mark = getattr(row, column), marks.get(row.id, {}).get(column)
            is_other = stored is not None and marker is not None and marker.contradicts(mark, owner, stored)
            if is_other or (stored is None) != (mark is None):
                yield RECONCILIATION_FAULTS.build("secret", table="officer_accounts", which=name, name=column)


def _agrees(entry: _Entry | None, actor: str | None, at: datetime | None) -> bool:
    """Return whether an end stands in both places or in none."""
    return at is None and actor is None if entry is None else entry.is_by(actor, at)


def _no_entry(table: str, row: str, what: str) -> Fault:
    return RECONCILIATION_FAULTS.build("no_entry", table=table, which=row, what=what)
