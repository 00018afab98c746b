"""Erase a person from the books: personal facts go, while grants and moves stay proved.

The books know a person by a pseudonym only, and their rows stay. The explanations of decisions hold facts
that were read, entries and places on waiting lists hold what would have been granted, and appeals hold a
member's own words: these are erased, and the digests that a seal covers stay. Entries and places that
still wait are withdrawn.
"""

from dataclasses import replace

from pydantic_core import from_json, to_json
from sqlalchemy import Column, Connection, bindparam, delete, select, update

from benefits.draws.participation import withdraw_participation
from benefits.ledger.explanation_forms import read_explanations
from benefits.ledger.rows import format_stored_decision, parse_stored_decision
from benefits.model.chunks import chunks
from benefits.model.faults import MoveRefused
from benefits.officers import Officer
from benefits.reporting.appeals import erase_appeal_texts
from benefits.tables.decisions import decisions, entries, grants, waiting_list
from benefits.tables.lines import erase_explanation, explanation_digest
from benefits.tables.rulebook import held_events
from benefits.tables.vouchers import vouchers
from store import ERASED_PREFIX

_OVER = frozenset({"drawn", "served"})  # nothing is left to withdraw


def erase_person(connection: Connection, member_id: str) -> int:
    """Erase what the books hold of a member beyond the pseudonym; return the number of rows erased now."""
    explained = select(decisions.c.id, decisions.c.explanation).where(decisions.c.member_id == member_id)
    texts = {id_: text for id_, text in connection.execute(explained) if not text.startswith(ERASED_PREFIX)}
    whole = read_explanations(connection, texts)
    erased = [
        {"id_": id_, "text_": erase_explanation(text, whole[id_]["title"])} for id_, text in texts.items()
    ]
    number = erase_appeal_texts(connection, member_id=member_id)
    number += _replace(connection, decisions.c.explanation, erased)
    for table in (entries, waiting_list):
        kept = select(table.c.id, table.c.decision).where(table.c.member_id == member_id)
        rows = [
            {"id_": id_, "text_": _erased_decision(text)}
            for id_, text in connection.execute(kept)
            if not text.startswith(ERASED_PREFIX)
        ]
        number += _replace(connection, table.c.decision, rows)
    held = delete(held_events).where(held_events.c.member_id == member_id)
    return number + _erase_codes(connection, member_id) + connection.execute(held).rowcount


def withdraw_all_participations(connection: Connection, member_id: str, officer: Officer) -> None:
    """Withdraw every entry that isn't drawn yet and every place on a waiting list."""
    for table in (entries, waiting_list):
        ids = connection.execute(select(table.c.id).where(table.c.member_id == member_id)).scalars()
        for id_ in sorted(ids):
            try:
                withdraw_participation(connection, id_, member_id, officer.at, officer.today)
            except MoveRefused as refusal:
                if refusal.short_code not in _OVER:
                    raise


def _replace(connection: Connection, column: Column[str], rows: list[dict[str, str]]) -> int:
    table = column.table
    statement = update(table).where(table.c.id == bindparam("id_")).values({column: bindparam("text_")})
    for some in chunks(rows):
        connection.execute(statement, some)
    return len(rows)


def _erased_decision(text: str) -> str:
    """Return the JSON of a decision without its benefits and reasons; it can still be parsed."""
    bare = replace(
        parse_stored_decision(text),
        outcome="refused",
        benefits=(),
        caps=(),
        demands=(),
        rivals=(),
        entry=None,
    )
    return to_json({"erased": explanation_digest(text), **from_json(format_stored_decision(bare))}).decode()


def _erase_codes(connection: Connection, member_id: str) -> int:
    """Delete the salts of issued codes: the codes can still be used but no longer be shown."""
    own = select(grants.c.id).where(grants.c.member_id == member_id)
    known = (vouchers.c.grant_id.in_(own), vouchers.c.salt.is_not(None))
    return connection.execute(update(vouchers).where(*known).values(salt=None)).rowcount
