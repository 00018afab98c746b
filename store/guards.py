"""Guards: triggers that refuse to change or delete what the ledger, the journal and the audit log hold.

They stop a mistake, a statement that somebody slipped in, and on PostgreSQL whoever has the application's role
(``store.database_roles``). The owner of the database can drop them; that history was rewritten is shown by
published heads alone (decision 0037). What may lawfully change is listed here with its condition, in SQL
that both databases understand: ``OLD`` is the row as it is, ``NEW`` as it would be. Tables without a guard
are listed in ``store.unguarded_tables`` with the reason (decision 0037).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, inspect

from store.row_batches import DIGEST_LENGTH, ERASED_PREFIX

GUARD_PREFIX = "guard_"  # of the names of triggers and of PostgreSQL's functions
ALWAYS = "1 = 1"
# The names in a history's data whose values officers typed. An erasure empties these values and changes no others.
# A new name needs a revision that creates the guards again.
TYPED_TEXTS: Mapping[str, frozenset[str]] = {
    "hardship_file_events": frozenset({"plan", "text", "purpose", "reason"}),
    "hotline_case_events": frozenset({"summary", "reason", "answer", "sentences"}),
    "mutual_aid_claim_events": frozenset({"reason"}),
    "mutual_aid_policy_events": frozenset({"reason"}),
}


@dataclass(frozen=True, slots=True)
class ErasedHistory:
    """The condition under which JSON is erased: some texts are empty, all else is as it was."""

    texts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Guard:
    """What may change in a table: columns with the condition of their change, and when a row may be deleted.

    ``delete`` None: never. ``locked`` names a column for the privilege that locking a row takes.
    """

    update: Mapping[str, "str | ErasedHistory"] = field(default_factory=dict)
    delete: str | None = None
    locked: str | None = None


def _erasing(*columns: str) -> Guard:
    """Return the guard of a table in which a person's erasure replaces texts, each once."""
    return Guard(
        {column: f"{_is_erased('NEW', column)} AND NOT {_is_erased('OLD', column)}" for column in columns}
    )


def _erasing_whole(*columns: str) -> Guard:
    """Return the guard of a table in which nothing but the digest stays of an erased text."""
    conditions = {}
    for column in columns:
        mark = (
            f"'{ERASED_PREFIX}' || substr(NEW.{column}, {len(ERASED_PREFIX) + 1}, {DIGEST_LENGTH}) || '\"}}'"
        )
        once = f"NOT {_is_erased('OLD', column)}"
        conditions[column] = f"NEW.{column} = {mark} AND length(NEW.{column}) = {_MARK_LENGTH} AND {once}"
    return Guard(conditions)


def _is_erased(row: str, column: str) -> str:
    return f"substr({row}.{column}, 1, {len(ERASED_PREFIX)}) = '{ERASED_PREFIX}'"


def _recorded(table: str) -> Guard:
    """Return the guard of a table whose rows go with a person, once ``erased_rows`` holds their digests."""
    of_row = f"e.id = '{table}:' || OLD.sequence AND e.batch = OLD.batch"
    return Guard(delete=f"EXISTS (SELECT 1 FROM erased_rows AS e WHERE {of_row})")


_MARK_LENGTH = len(ERASED_PREFIX) + DIGEST_LENGTH + len('"}')
_NEVER = Guard()
_NOT_DECIDED = "OLD.state = 'prepared'"
_CONFIRMED_OR_REFUSED = "OLD.state = 'waiting' AND NEW.state IN ('confirmed', 'refused')"
_SUBMITTED_AGAIN = "OLD.state = 'rejected' AND NEW.state = 'submitted'"
_VERSION_MOVED = f"OLD.state = 'submitted' AND NEW.state IN ('approved', 'rejected') OR {_SUBMITTED_AGAIN}"
_BANK_ANSWERED = (
    "OLD.state = 'open' AND NEW.state IN ('paid', 'failed', 'cancelled') "
    "OR OLD.state = 'paid' AND NEW.state = 'failed'"  # the bank sent a paid one back
)
_CLOSED_ONCE = "OLD.closed_by IS NULL AND NEW.closed_by IS NOT NULL"
_WITHDRAWN_ONCE = "OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL"
_RETIRED_ONCE = "OLD.retired_at IS NULL AND NEW.retired_at IS NOT NULL"
_ENDED_ONCE = "OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL"
_OPEN_BATCH = "OLD.digest = ''"  # of the transaction that is under way
GUARDS: Mapping[str, Guard] = {
    "decisions": _erasing("explanation"),
    "entries": _erasing("decision"),
    "waiting_list": _erasing("decision"),
    "audit_entries": _erasing_whole("reason", "changes"),
    **{table: Guard({"data": ErasedHistory(texts)}) for table, texts in TYPED_TEXTS.items()},
    "mutual_aid_enrolment_changes": _erasing_whole("reason"),
    **dict.fromkeys(
        (
            "acts",
            "appeal_answers",
            "card_uses",
            "claims",
            "debt_acts",
            "draw_results",
            "draws",
            "erased_rows",
            "explanation_forms",
            "freed_slots",
            "grants",
            "hardship_income_lines",
            "hardship_receipts",
            "hotline_article_reviews",
            "hotline_article_versions",
            "hotline_deletions",
            "inspection_outcomes",
            "inspection_plans",
            "join_consents",
            "join_review_settings",
            "join_takers",
            "lapses",
            "merchant_key_terms",
            "merchants",
            "mutual_aid_enrolments",
            "organisation_changes",
            "organisation_page_publications",
            "organisation_page_versions",
            "payout_answers",
            "payout_layouts",
            "payout_returns",
            "point_spendings",
            "postings",
            "redemption_batches",
            "redemptions",
            "refunds",
            "returned_places",
            "reversals",
            "rule_acts",
            "rule_contents",
            "rule_cuts",
            "seals",
            "station_answers",
            "station_changes",
            "station_inspections",
            "transactions",
            "vault_unmaskings",
            "waiting_moves",
            "withdrawals",
        ),
        _NEVER,
    ),
    # The mark of a device's change replaces its last one; what people said stays.
    "station_sayings": Guard(delete="OLD.voice = 'device'"),
    "appeals": Guard(locked="id"),
    "clawbacks": Guard(locked="id"),
    "journal": _recorded("journal"),
    "member_changes": _recorded("member_changes"),
    "card_acts": _recorded("card_acts"),
    "signing_keys": Guard(dict.fromkeys(("retired_at", "retired_by"), _RETIRED_ONCE)),
    "inbox": Guard(
        delete="EXISTS (SELECT 1 FROM row_batches AS b WHERE b.number = OLD.batch AND b.digest = '')"
    ),
    "outbox": Guard({"published_at": ALWAYS, "offered_at": ALWAYS}, delete=ALWAYS),
    "row_batches": Guard({"row_count": _OPEN_BATCH, "digest": _OPEN_BATCH}, delete=_OPEN_BATCH),
    "unsealed": Guard(delete=ALWAYS),
    "vouchers": Guard({"salt": "NEW.salt IS NULL", "withdrawn_on": "OLD.withdrawn_on IS NULL"}),
    "merchant_keys": Guard({"revoked_at": "OLD.revoked_at IS NULL"}),
    "inspection_tasks": Guard({"closed_by": _CLOSED_ONCE}),
    "officers": Guard(dict.fromkeys(("ended_by", "ended_at"), _ENDED_ONCE)),
    "role_assignments": Guard(dict.fromkeys(("withdrawn_by", "withdrawn_at"), _WITHDRAWN_ONCE)),
    "pending_acts": Guard(
        dict.fromkeys(("state", "decided_by", "decided_at", "decision_reason"), _CONFIRMED_OR_REFUSED)
    ),
    "rule_versions": Guard(
        {
            **dict.fromkeys(
                ("text", "tables", "takes_over", "submitted_by", "submitted_at"), _SUBMITTED_AGAIN
            ),
            **dict.fromkeys(("state", "decided_by", "decided_at", "decided"), _VERSION_MOVED),
        }
    ),
    "payout_orders": Guard({"state": _BANK_ANSWERED}),
    "payout_batches": Guard(
        {
            "exported_at": ALWAYS,
            **dict.fromkeys(
                ("state", "decided_by", "decided_at", "decided_on", "decided_reason"), _NOT_DECIDED
            ),
        }
    ),
}


def render_guards(dialect: str, columns: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield the statements that create the guards of tables with these columns."""
    for table, guard in GUARDS.items():
        if table in columns:
            yield from _statements(dialect, table, guard, columns[table])


def create_guards(connection: Connection) -> None:
    """Create the guards of all tables that are there, anew where they were."""
    there = inspect(connection)
    columns = {
        table: [str(one["name"]) for one in there.get_columns(table)] for table in there.get_table_names()
    }
    drop_guards(connection)
    for statement in render_guards(connection.dialect.name, columns):
        connection.exec_driver_sql(statement)


def drop_guards(connection: Connection) -> None:
    """Drop the guards of all tables. The owner of the database may, on SQLite everybody who writes."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'guard^_%' ESCAPE '^'"
        for name in connection.exec_driver_sql(query).scalars().all():
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        return
    query = (
        "SELECT t.tgname, c.relname FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid "
        "WHERE NOT t.tgisinternal AND starts_with(t.tgname, 'guard_') AND t.tgparentid = 0 "  # else of a partition
        "AND c.relnamespace = 'public'::regnamespace"
    )
    for name, table in connection.exec_driver_sql(query).all():
        connection.exec_driver_sql(f'DROP TRIGGER "{name}" ON "{table}"')


def list_guards(connection: Connection) -> frozenset[str]:
    """Return the names of the guards that are there."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'guard^_%' ESCAPE '^'"
    else:
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND starts_with(tgname, 'guard_') AND tgenabled IN ('O', 'A')"
    return frozenset(connection.exec_driver_sql(query).scalars())


@dataclass(frozen=True, slots=True)
class _Trigger:
    """One trigger: before which act, on which columns, and the condition that allows it (None: nothing does)."""

    name: str
    act: str
    columns: tuple[str, ...]
    allowed: str | None

    @property
    def event(self) -> str:
        names = ", ".join(f'"{name}"' for name in self.columns)
        return f"{self.act} OF {names}" if names else self.act


# How each database reads the members of an object, compares two values, and knows an empty and an emptied one.
_JSON: Mapping[str, Mapping[str, str]] = {
    "sqlite": {
        "members": "json_each({row}.{column})",
        "same": "o.type = n.type AND o.value IS n.value",
        "empty": "n.type = 'null' OR n.value IN ('', '[]', '{}', 0)",
        "emptied": (
            "CASE WHEN n.type = 'text' THEN n.value = '' WHEN n.type = 'array' AND o.type = 'array' THEN "
            "json_array_length(n.value) = json_array_length(o.value) AND NOT EXISTS "
            "(SELECT 1 FROM json_each(n.value) AS t WHERE t.type <> 'text' OR t.value <> '') ELSE 0 END"
        ),
        "digest": f"n.type = 'text' AND length(n.value) = {DIGEST_LENGTH}",
    },
    "postgresql": {
        "members": "json_each({row}.{column}::json)",
        "same": "o.value::jsonb = n.value::jsonb",
        "empty": "n.value::text IN ('null', '\"\"', '[]', '{}', '0', 'false')",
        "emptied": (
            "CASE WHEN json_typeof(n.value) = 'string' THEN n.value::text = '\"\"' "
            "WHEN json_typeof(n.value) = 'array' AND json_typeof(o.value) = 'array' THEN "
            "json_array_length(n.value) = json_array_length(o.value) AND NOT EXISTS "
            "(SELECT 1 FROM json_array_elements(n.value) AS t WHERE t::text <> '\"\"') ELSE false END"
        ),
        "digest": f"json_typeof(n.value) = 'string' AND length(n.value::text) = {DIGEST_LENGTH + 2}",
    },
}


def _erased_history(dialect: str, column: str, texts: frozenset[str]) -> str:
    """Return the SQL of :class:`ErasedHistory`. A name that stands twice in the new JSON counts each time."""
    sql = _JSON[dialect]
    old, new = (sql["members"].format(row=row, column=column) for row in ("OLD", "NEW"))
    names = ", ".join(f"'{name}'" for name in sorted(texts))
    typed = f"({sql['emptied']}) OR ({sql['same']}) AND ({sql['empty']})"
    kept = f"CASE WHEN n.key IN ({names}) THEN {typed} ELSE {sql['same']} END"
    return (
        f"{_is_erased('NEW', column)} AND NOT {_is_erased('OLD', column)} "
        f"AND NOT EXISTS (SELECT 1 FROM {new} AS n WHERE CASE WHEN n.key = 'erased' THEN NOT ({sql['digest']}) "
        f"ELSE NOT EXISTS (SELECT 1 FROM {old} AS o WHERE o.key = n.key AND {kept}) END) "
        f"AND NOT EXISTS (SELECT 1 FROM {old} AS o WHERE NOT EXISTS "
        f"(SELECT 1 FROM {new} AS n WHERE n.key = o.key))"
    )


def _triggers(dialect: str, table: str, guard: Guard, columns: Sequence[str]) -> Iterator[_Trigger]:
    fixed = tuple(name for name in columns if name not in guard.update)
    yield _Trigger(f"{GUARD_PREFIX}{table}_update", "UPDATE", fixed, None)
    if dialect == "sqlite":
        # SQLite compares the names in a statement: no list of columns knows rowid, _rowid_ and oid.
        yield _Trigger(f"{GUARD_PREFIX}{table}_rowid", "UPDATE", (), "NEW.rowid IS OLD.rowid")
    for column, condition in guard.update.items():
        if isinstance(condition, ErasedHistory):
            condition = _erased_history(dialect, column, condition.texts)
        if condition != ALWAYS:
            yield _Trigger(f"{GUARD_PREFIX}{table}_{column}", "UPDATE", (column,), condition)
    if guard.delete != ALWAYS:
        yield _Trigger(f"{GUARD_PREFIX}{table}_delete", "DELETE", (), guard.delete)


def _statements(dialect: str, table: str, guard: Guard, columns: Sequence[str]) -> Iterator[str]:
    for trigger in _triggers(dialect, table, guard, columns):
        refusal = f"{table}: rows are only ever added, or changed as store/guards.py allows ({trigger.act})"
        if dialect == "sqlite":
            when = f"WHEN NOT ({trigger.allowed}) " if trigger.allowed else ""
            yield (
                f'CREATE TRIGGER "{trigger.name}" BEFORE {trigger.event} ON "{table}" '
                f"FOR EACH ROW {when}BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
            )
            continue
        row = "OLD" if trigger.act == "DELETE" else "NEW"
        allowed = f"IF {trigger.allowed} THEN RETURN {row}; END IF; " if trigger.allowed else ""
        yield (
            f'CREATE OR REPLACE FUNCTION "{trigger.name}"() RETURNS trigger LANGUAGE plpgsql AS '
            f"$$ BEGIN {allowed}RAISE EXCEPTION '{refusal}'; END $$"
        )
        yield (
            f'CREATE TRIGGER "{trigger.name}" BEFORE {trigger.event} ON "{table}" '
            f'FOR EACH ROW EXECUTE FUNCTION "{trigger.name}"()'
        )


def find_broken_guards(connection: Connection) -> frozenset[str]:
    """Return the names of the guards that are missing, disabled, elsewhere, or do something else than they should."""
    stored = _stored_texts(connection)
    return frozenset(name for name, text in _expected_texts(connection).items() if (name, text) not in stored)


def count_guards(connection: Connection) -> int:
    """Return how many guards a database has for the tables that are there."""
    return len(_expected_texts(connection))


def _expected_texts(connection: Connection) -> dict[str, str]:
    """Return what each guard should say, by its name: on PostgreSQL its function's body and its trigger, unquoted."""
    there, dialect = inspect(connection), connection.dialect.name
    tables = [table for table in GUARDS if there.has_table(table)]
    columns = {table: [str(one["name"]) for one in there.get_columns(table)] for table in tables}
    texts: dict[str, str] = {}
    for text in render_guards(dialect, columns):
        name = text.split('"', 2)[1]
        if dialect != "sqlite":
            text = text.split("$$")[1] if "$$" in text else texts[name] + text.replace('"', "")
        texts[name] = text
    return texts


def _stored_texts(connection: Connection) -> set[tuple[str, str]]:
    if connection.dialect.name == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = (
            "SELECT t.tgname, p.prosrc || replace(pg_get_triggerdef(t.oid, true), '\"', '') "
            "FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid "
            "WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND t.tgenabled IN ('O', 'A')"
        )
    return {(str(row[0]), str(row[1])) for row in connection.exec_driver_sql(query)}
