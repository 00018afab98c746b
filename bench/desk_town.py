"""A large installation for the benchmark of the officers' pages: the demo's, of which each row is repeated.

The demo's members, grants, postings and stations are copied inside the database under ids of their own: what a
page reads has the size and the spread of a province's data, without handling ten million events one by one. The
copies' seals and digests are not made, so the ledger of such an installation does not verify.
"""

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from operator import itemgetter
from pathlib import Path

from sqlalchemy import select

from bench.organisations import ENTERPRISES, list_codes
from members import OrganisationSpan, parent_code
from members.organisations.storage import write_spans
from members.organisations.tree import path_of_code
from members.tables import memberships, organisation_spans
from store import Database, open_database

_SINCE = date(1950, 1, 1)
_TOWNSHIP_DIGITS = 9  # of a township's code
MERCHANTS = 300
_WIDTH = re.compile(r"VARCHAR\((\d+)\)")


@dataclass(frozen=True, slots=True)
class Copying:
    """How a table's rows are copied: SQL expressions of columns, with ``k`` as the number of the copy.

    ``per`` names what sets the number of copies; what is no expression is copied as it is, and a lone
    integer key is numbered by the database.
    """

    per: str
    columns: Mapping[str, str] = field(default_factory=dict)


def _tail(column: str) -> str:
    """Return an id of hexadecimal digits whose last eight are the copy's number: ids of one day stay together."""
    return f"substr({column}, 1, length({column}) - 8) || printf('%08x', k)"


def _member(column: str = "member_id") -> str:
    return f"{column} || printf('-%05d', k % :members)"


def _named(column: str) -> str:
    return f"{column} || printf('-%05d', k)"


def _offset(column: str) -> str:
    return f"{column} + k * 100"


_MEMBER = {"member_id": _member()}
_BATCH = {"batch_id": "printf('PB%06d', k + 1)"}
_REFERENCE = {"reference": "printf('PB%06d', k + 1) || substr(reference, 9)"}
# Members and organisations first; the ledger has a number of copies of its own.
COPIES: Mapping[str, Copying] = {
    "stations": Copying("stations", {
        "id": _named("id"), "lon": "lon + (k % 7 - 3) * 0.011 + (k % 5) * 0.0007",
        "lat": "lat + (k % 5 - 2) * 0.009 + (k % 3) * 0.0011",
    }),
    "station_changes": Copying("stations", {"station_id": _named("station_id")}),
    "memberships": Copying("members", {
        **_MEMBER,
        "organisation": "CASE WHEN substr(organisation, 10, 1) = '-' THEN substr(organisation, 1, 10)"
        " || printf('%05d', 1 + (CAST(substr(organisation, 11) AS INTEGER) + k) % 155) ELSE organisation END",
    }),
    "member_changes": Copying("members", {**_MEMBER, "event_id": _named("event_id")}),
    "journal": Copying("members", {**_MEMBER, "event_id": _named("event_id")}),
    "inbox": Copying("members", {"id": _named("id")}),
    "outbox": Copying("members", {"id": _named("id")}),
    "decisions": Copying("ledger", {**_MEMBER, "id": _tail("id"), "event_id": _named("event_id")}),
    "grants": Copying("ledger", {**_MEMBER, "id": _tail("id"), "decision_id": _tail("decision_id")}),
    "transactions": Copying("ledger", {"id": _tail("id"), "grant_id": _tail("grant_id")}),
    "postings": Copying("ledger", {"transaction_id": _tail("transaction_id")}),
    "grant_balances": Copying("ledger", {"grant_id": _tail("grant_id")}),
    "limit_slots": Copying("ledger", {"limit_key": _named("limit_key"), "grant_id": _tail("grant_id")}),
    "due_slots": Copying("ledger", {"grant_id": _tail("grant_id")}),
    "claim_slots": Copying("ledger", {"decision_id": _tail("decision_id")}),
    "vouchers": Copying("ledger", {"digest": _tail("digest"), "grant_id": _tail("grant_id")}),
    "redemptions": Copying("ledger", {
        "id": _tail("id"), "request_key": _named("request_key"), "grant_id": _tail("grant_id"),
    }),
    "payout_batches": Copying("batches", {"id": "printf('PB%06d', k + 1)", "number": "number + k"}),
    "payout_orders": Copying("batches", {**_REFERENCE, **_BATCH, "grant_id": _tail("grant_id")}),
    "payout_answers": Copying("batches", {**_REFERENCE, "transaction_id": _tail("transaction_id")}),
    "clawbacks": Copying("pleas", {**_MEMBER, "id": _tail("id"), "grant_id": _tail("grant_id")}),
    "application_steps": Copying("members", {**_MEMBER, "event_id": _named("event_id")}),
    "application_acts": Copying("members", {**_MEMBER, "event_id": _named("event_id")}),
    "attachments": Copying("members", _MEMBER),
    "appeals": Copying("pleas", {**_MEMBER, "id": _tail("id"), "decision_id": _tail("decision_id")}),
    "appeal_texts": Copying("pleas", {"appeal_id": _tail("appeal_id")}),
    "hotline_cases": Copying("rooms", {**_MEMBER, "number": _offset("number")}),
    "hotline_case_events": Copying("rooms", {"case_number": _offset("case_number")}),
    "hotline_case_units": Copying("rooms", {"case_number": _offset("case_number")}),
    "hotline_case_outcomes": Copying("rooms", {"case_number": _offset("case_number")}),
    "hardship_files": Copying("rooms", {
        **_MEMBER, "number": _offset("number"), "household": _named("household"),
    }),
    "hardship_file_events": Copying("rooms", {"file_number": _offset("file_number")}),
    "hardship_file_members": Copying("rooms", {**_MEMBER, "file_number": _offset("file_number")}),
    "hardship_income_lines": Copying("rooms", {"document": _named("document")}),
    "mutual_aid_policies": Copying("rooms", {"number": _offset("number")}),
    "mutual_aid_policy_events": Copying("rooms", {"policy_number": _offset("policy_number")}),
    "mutual_aid_enrolments": Copying("rooms", {**_MEMBER, "policy_number": _offset("policy_number")}),
    "mutual_aid_claims": Copying("rooms", {
        **_MEMBER, "number": _offset("number"), "policy_number": _offset("policy_number"),
        "receipt": _tail("receipt"),
    }),
    "mutual_aid_claim_events": Copying("rooms", {"claim_number": _offset("claim_number")}),
    "inspection_plans": Copying("rooms", {"number": _offset("number")}),
    "inspection_outcomes": Copying("rooms", {"plan_number": _offset("plan_number")}),
    "inspection_tasks": Copying("rooms", {
        "opened_by": _offset("opened_by"), "closed_by": _offset("closed_by"),
    }),
    "planning_demand_files": Copying("rooms", {"id": _tail("id"), "name": _named("name")}),
    "planning_scenarios": Copying("rooms", {"number": _offset("number")}),
    "join_requests": Copying("rooms", {
        **_MEMBER, "id": _tail("id"), "begin_key": _named("begin_key"), "state": "'waiting'",
        "reviewer": "organisation", "review_until": "expires_at", "key_id": "NULL", "name": "NULL", "phone": "NULL",
        "id_number": "NULL",
    }),
    "jobs": Copying("rooms", {"id": _tail("id")}),
    "dead_letters": Copying("rooms", {"id": _tail("id"), "event_id": _named("event_id")}),
    "audit_entries": Copying("audit", {"object_id": _named("object_id")}),
    "merchants": Copying("merchants", {"id": _named("id")}),
    "merchant_keys": Copying("merchants", {
        "id": "substr(id, 1, 4) || printf('%04x', k)", "merchant_id": _named("merchant_id"), "digest": _tail("digest"),
    }),
    "draws": Copying("merchants", {
        "id": _tail("id"), "places": _named("places"), "commitment": _tail("commitment"),
    }),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TownSize:
    """How large the installation becomes, in rows."""

    members: int = 1_000_000
    postings: int = 10_000_000
    stations: int = 190_000
    rooms: int = 4_000  # copies of each case, file, request and job of the demo
    audit: int = 20_000  # copies of each entry


def build_demo(folder: Path) -> None:
    """Build the demo below a folder, in ``yihui-demo``."""
    command = [sys.executable, "-m", "yihui", "demo"]
    root = Path(__file__).resolve().parents[1]
    given = os.environ | {"PYTHONPATH": str(root)}
    subprocess.run(command, cwd=folder, env=given, stdout=subprocess.DEVNULL, check=True)


def enlarge(target: str, size: TownSize) -> dict[str, int]:
    """Copy the rows of a SQLite database until it has a size; return the number of rows by table."""
    database = open_database(target)
    try:
        _write_organisations(database)
    finally:
        database.close()
    with closing(sqlite3.connect(target)) as connection:
        copies = _count_copies(connection, size)
    rows = copy_rows(target, copies)
    check_widths(target)
    return rows


def check_widths(target: str) -> None:
    """*Raises*: ValueError for a copied value that is longer than its column: PostgreSQL would refuse it."""
    with closing(sqlite3.connect(target)) as connection:
        for table, copying in COPIES.items():
            described = connection.execute(f"PRAGMA table_info({table})").fetchall()
            widths = {row[1]: int(found[1]) for row in described if (found := _WIDTH.fullmatch(row[2]))}
            for name in copying.columns.keys() & widths.keys():
                longest = connection.execute(f"SELECT max(length({name})) FROM {table}").fetchone()[0] or 0
                if longest > widths[name]:
                    raise ValueError(
                        f"{table}.{name} has {longest} characters, the column {widths[name]}; shorten its copies"
                    )


def copy_rows(target: str, copies: Mapping[str, int]) -> dict[str, int]:
    """Copy the rows of every table so often as ``copies`` says; return how many rows there are by table."""
    with closing(sqlite3.connect(target, isolation_level=None)) as connection:
        for pragma in ("synchronous=OFF", "cache_size=-500000", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        for table, copying in COPIES.items():
            connection.execute("BEGIN IMMEDIATE")
            _copy_table(connection, table, copying, copies)
            connection.execute("COMMIT")
        connection.execute("ANALYZE")
        return {table: _count_rows(connection, table) for table in COPIES}


def _write_organisations(database: Database) -> None:
    """Write the benchmark's province, and as many unions below each township of the demo."""
    with database.read() as connection:
        known = set(connection.execute(select(organisation_spans.c.code)).scalars())
        places = set(connection.execute(select(memberships.c.organisation)).scalars())
    towns = {code[:_TOWNSHIP_DIGITS] for code in places if len(code) > _TOWNSHIP_DIGITS}
    below = (f"{town}-{number:05}" for town in sorted(towns) for number in range(1, ENTERPRISES + 1))
    codes = [code for code in dict.fromkeys([*list_codes(), *below]) if code not in known]
    spans = {
        code: [
            OrganisationSpan(
                code, _SINCE, None, f"工会{code}", "union", parent_code(code), path_of_code(code)
            )
        ]
        for code in codes
    }
    with database.write() as connection:
        write_spans(connection, spans)


def _count_rows(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def _count_copies(connection: sqlite3.Connection, size: TownSize) -> dict[str, int]:
    """Return how many times each row will be there, by what sets it."""
    ledger = -(-size.postings // _count_rows(connection, "postings"))
    return {
        "members": -(-size.members // _count_rows(connection, "memberships")),
        "ledger": ledger,
        "stations": -(-size.stations // _count_rows(connection, "stations")),
        "rooms": size.rooms,
        "batches": min(size.rooms // 4, ledger),
        "pleas": min(size.rooms, ledger),  # each names a decision or a grant
        "audit": size.audit,
        "merchants": MERCHANTS,
    }


def _copy_table(
    connection: sqlite3.Connection, table: str, copying: Copying, copies: Mapping[str, int]
) -> None:
    """Copy a table's rows, in the order of its key; its other indexes are built after it."""
    described = connection.execute(f"PRAGMA table_info({table})").fetchall()
    key = [row[1] for row in sorted(described, key=itemgetter(5)) if row[5]]
    is_numbered = len(key) == 1 and key[0] in ("sequence", "number") and key[0] not in copying.columns
    columns = [row[1] for row in described if not (is_numbered and row[1] == key[0])]
    quoted = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(copying.columns.get(name, f'"{name}"') for name in columns)
    order = ", ".join(f'"{name}"' for name in key)
    of_table = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql NOT LIKE '% UNIQUE %'"
    indexes = connection.execute(of_table, (table,)).fetchall()
    for name, _ in indexes:
        connection.execute(f'DROP INDEX "{name}"')
    connection.execute(f"CREATE TEMP TABLE seed AS SELECT * FROM {table} ORDER BY {order}")
    connection.execute("CREATE TEMP TABLE numbers (k INTEGER PRIMARY KEY)")
    series = "WITH RECURSIVE copy(k) AS (VALUES (1) UNION ALL SELECT k + 1 FROM copy WHERE k < ?)"
    if copies[copying.per] > 1:
        asked = f"INSERT INTO numbers {series} SELECT k FROM copy"
        connection.execute(asked, (copies[copying.per] - 1,))
    values = values.replace(":members", str(copies["members"]))
    connection.execute(
        f"INSERT OR IGNORE INTO {table} ({quoted}) SELECT {values} FROM seed CROSS JOIN numbers ORDER BY seed.rowid"
    )
    connection.execute("DROP TABLE seed")
    connection.execute("DROP TABLE numbers")
    for _, sql in indexes:
        connection.execute(sql)
