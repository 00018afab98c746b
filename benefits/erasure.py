"""Erasing a person from the books: what was read of them goes, what was granted and moved stays proved.

The books know a person by a pseudonym only; their rows stay. The explanations of decisions hold facts
that were read, entries and places on waiting lists what would have been granted, and appeals a member's own
words: these go, and the digests that a seal covers stay. What a member still waits for is given up.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from pydantic_core import from_json, to_json
from sqlalchemy import Column, Connection, Row, bindparam, delete, select, update

from benefits.draws.withdrawal import give_up
from benefits.ledger.rows import due_of, due_text
from benefits.model.chunks import portions
from benefits.model.move_refusals import NotAllowed
from benefits.officer_acts import Officer
from benefits.reporting.appeals import erase_words
from benefits.tables.decisions import decisions, entries, grants, waiting_list
from benefits.tables.lines import ERASED, erased, explanation_digest
from benefits.tables.rulebook import held_events
from benefits.tables.vouchers import vouchers

_OVER = frozenset({"drawn", "served"})  # nothing is left to be given up


def erase_person(connection: Connection, member_id: str) -> int:
    """Erase what the books hold of a member beyond the pseudonym; gives the number of rows erased now."""
    explained = select(decisions.c.id, decisions.c.explanation).where(decisions.c.member_id == member_id)
    number = erase_words(connection, member_id=member_id)
    number += _replace(connection, decisions.c.explanation, _new(connection.execute(explained), erased))
    for table in (entries, waiting_list):
        kept = select(table.c.id, table.c.decision).where(table.c.member_id == member_id)
        number += _replace(connection, table.c.decision, _new(connection.execute(kept), _erased_due))
    held = delete(held_events).where(held_events.c.member_id == member_id)
    return number + _erase_codes(connection, member_id) + connection.execute(held).rowcount


def give_all_up(connection: Connection, member_id: str, officer: Officer) -> None:
    """Give up every entry that isn't drawn yet and every place on a waiting list."""
    for table in (entries, waiting_list):
        ids = connection.execute(select(table.c.id).where(table.c.member_id == member_id)).scalars()
        for id_ in sorted(ids):
            try:
                give_up(connection, id_, member_id, officer.at, officer.today)
            except NotAllowed as refusal:
                if refusal.code not in _OVER:
                    raise


def _new(found: Iterable[Row[str, str]], erase: Callable[[str], str]) -> list[dict[str, str]]:
    return [{"id_": id_, "text_": erase(text)} for id_, text in found if not text.startswith(ERASED)]


def _replace(connection: Connection, column: Column[str], rows: list[dict[str, str]]) -> int:
    table = column.table
    statement = update(table).where(table.c.id == bindparam("id_")).values({column: bindparam("text_")})
    for some in portions(rows):
        connection.execute(statement, some)
    return len(rows)


def _erased_due(text: str) -> str:
    """What is kept of a decision, without what would have been granted and why; still one to read."""
    bare = replace(due_of(text), outcome="refused", benefits=(), caps=(), demands=(), rivals=(), entry=None)
    return to_json({"erased": explanation_digest(text), **from_json(due_text(bare))}).decode()


def _erase_codes(connection: Connection, member_id: str) -> int:
    """Codes that were handed out can still be used; nobody can show them again."""
    own = select(grants.c.id).where(grants.c.member_id == member_id)
    known = (vouchers.c.grant_id.in_(own), vouchers.c.salt.is_not(None))
    return connection.execute(update(vouchers).where(*known).values(salt=None)).rowcount
