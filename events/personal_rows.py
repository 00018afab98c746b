"""Read every row that the tables hold about one person, for the person's own export."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from pydantic_core import to_json
from sqlalchemy import Column, ColumnElement, Connection, Table, select

from benefits.ledger.explanation_forms import read_explanations
from events.erasure import find_mentioning_letters, find_waiting_events
from events.tables import dead_letters
from store import ingress, metadata

Row = dict[str, object]
_PORTION = 500
# Copies for quick limits and due days, and the vault, which is read through its key.
_NOT_READ = frozenset(
    {
        "limit_slots",
        "freed_slots",
        "due_slots",
        "claim_slots",
        "hardship_names",
        "hotline_callers",
        "vault_persons",
        "vault_unmaskings",
    }
)
_SECRET = frozenset({"salt", "digest", "theirs", "code_digest", "begin_key", "last_call", "payee"})
# Where the schema has no foreign key.
_LINKS = {
    "grant_id": "grants.id",
    "transaction_id": "transactions.id",
    "request_id": "join_requests.id",
}


def read_member_rows(connection: Connection, member_id: str) -> dict[str, list[Row]]:
    """Return the rows about a member by table: the member's own, and those that refer to them.

    Secrets behind voucher codes and cards are left out. Tables without such rows are not in the result.
    """
    found: dict[str, list[Row]] = {}
    owned: dict[str, set[object]] = {}  # table.column → values of the rows that were found
    while True:
        before = {name: len(rows) for name, rows in found.items()}
        for table in metadata.sorted_tables:
            if table.name not in _NOT_READ and (rows := _read_rows(connection, table, member_id, owned)):
                found[table.name] = rows
                for column in table.c:
                    owned[f"{table.name}.{column.name}"] = {row[column.name] for row in rows}
        if before == {name: len(rows) for name, rows in found.items()}:
            break
    found |= _read_texts(connection, member_id)
    _expand_explanations(connection, found.get("decisions", []))
    return {table: [_without_secrets(row) for row in rows] for table, rows in sorted(found.items())}


def _expand_explanations(connection: Connection, rows: Sequence[Row]) -> None:
    """Replace what decisions store of their explanations by the whole explanations, with their words."""
    texts = {str(row["id"]): str(row["explanation"]) for row in rows}
    explained = read_explanations(connection, texts)
    for row in rows:
        row["explanation"] = to_json(explained[str(row["id"])]).decode()


def _read_rows(
    connection: Connection, table: Table, member_id: str, owned: dict[str, set[object]]
) -> list[Row]:
    if "member_id" in table.c:
        return _select(connection, table, [table.c.member_id == member_id])
    conditions = [
        column.in_(portion)
        for column in table.c
        for target in _find_targets(column)
        for portion in _portions(owned.get(target, ()))
    ]
    return _select(connection, table, conditions)


def _find_targets(column: Column[object]) -> list[str]:
    named = [_LINKS[column.name]] if column.name in _LINKS else []
    return list(dict.fromkeys([*(key.target_fullname for key in column.foreign_keys), *named]))


def _portions(values: Iterable[object]) -> Iterator[list[object]]:
    waiting = iter(sorted((value for value in values if value is not None), key=str))
    while portion := list(islice(waiting, _PORTION)):
        yield portion


def _select(connection: Connection, table: Table, conditions: Sequence[ColumnElement[bool]]) -> list[Row]:
    """Return the rows that meet any condition, each once, in order of their keys."""
    rows: dict[tuple[object, ...], Row] = {}
    keys = list(table.primary_key.columns)
    for condition in conditions:
        for row in connection.execute(select(table).where(condition).order_by(*keys)):
            rows[tuple(row._mapping[key] for key in keys)] = dict(row._mapping)
    return list(rows.values())


def _read_texts(connection: Connection, member_id: str) -> dict[str, list[Row]]:
    """Return accepted events that wait, and dead letters that mention the member."""
    waiting, letters = (
        find_waiting_events(connection, member_id),
        find_mentioning_letters(connection, member_id),
    )
    conditions = (
        (ingress, [ingress.c.sequence.in_(waiting)]),
        (dead_letters, [dead_letters.c.id.in_(letters)]),
    )
    return {table.name: rows for table, where in conditions if (rows := _select(connection, table, where))}


def _without_secrets(row: Row) -> Row:
    return {str(name): value for name, value in row.items() if name not in _SECRET}
