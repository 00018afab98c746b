"""The schema of the first release: the tables as the rooms declare them, until the release freezes it (decision 0016).

PostgreSQL stores its largest tables by month (``store.monthly_tables``). Keys of partitioned tables include the month,
so no other table can refer to them: verification finds rows that belong to no decision. SQLite has no partitions.
"""

import sqlalchemy as sa
from alembic import op

from store.guards import GUARDS, render_guards
from store.tables import metadata
from store.unguarded_tables import UNGUARDED_TABLES

revision = "0001"
down_revision = None
# Of each table that PostgreSQL stores by month the key.
_MONTHLY = {
    "inbox": ("source", "id"),
    "decisions": ("id",),
    "postings": ("sequence",),
    "journal": ("sequence",),
    "outbox": ("sequence",),
}
_MONTHLY_INDEXES = (
    "CREATE INDEX ix_decisions_member_id_rule_id ON decisions (member_id, rule_id)",
    "CREATE UNIQUE INDEX ix_postings_transaction_id_line ON postings (transaction_id, line, month)",
    "CREATE INDEX ix_journal_member_id ON journal (member_id)",
    "CREATE UNIQUE INDEX ix_journal_source_event_id ON journal (source, event_id, month)",
    "CREATE INDEX ix_outbox_not_offered ON outbox (sequence) WHERE offered_at IS NULL",
    "CREATE INDEX ix_outbox_not_published ON outbox (sequence) WHERE published_at IS NULL",
)
_OPEN_THIS_MONTH = """
DO $$
DECLARE this_month date := date_trunc('month', now() AT TIME ZONE 'Asia/Shanghai')::date;
BEGIN
EXECUTE 'CREATE TABLE {table}' || to_char(this_month, '_YYYY_MM') || ' PARTITION OF {table} FOR VALUES IN ('
|| quote_literal(this_month) || ')';
EXECUTE 'ALTER TABLE {table} ALTER COLUMN month SET DEFAULT ' || quote_literal(this_month);
END $$
"""
_STATED = {"sqlite": "json_extract(changes, '$.{name}')", "postgresql": "(changes::json ->> '{name}')"}


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    _require_all_tables()
    metadata.create_all(op.get_bind(), checkfirst=False)
    op.execute("INSERT INTO rulebook (number, epoch) VALUES (1, 0)")
    _index_dates()
    _index_articles()
    columns = {name: [*table.columns.keys()] for name, table in metadata.tables.items()}
    if dialect == "postgresql":
        _divide_by_month()
        columns |= {name: [*columns[name], "month"] for name in _MONTHLY}
    for statement in render_guards(dialect, columns):
        _execute(statement)


def _require_all_tables() -> None:
    if missing := {*GUARDS, *UNGUARDED_TABLES} - metadata.tables.keys():
        raise RuntimeError(
            f"nobody imported the modules that declare {sorted(missing)}: import yihui.schema first"
        )


def _index_dates() -> None:
    """Index the dates in the members' changes: expressions, so that nothing has to be stored twice."""
    stated = _STATED[op.get_bind().dialect.name]
    for fact, columns in (
        ("birthday", "{value}, member_id"),
        ("joined_on", "{value}, member_id"),
        ("hardship_level", "effective_at, member_id"),
    ):
        value = stated.format(name=fact)
        op.execute(
            f"CREATE INDEX ix_member_changes_{fact} ON member_changes ({columns.format(value=value)})"
            f" WHERE {value} IS NOT NULL"
        )
    calendar = stated.format(name="birthday_calendar")
    op.execute(
        f"CREATE INDEX ix_member_changes_lunar ON member_changes (member_id) WHERE {calendar} = 'lunar'"
    )


def _index_articles() -> None:
    """Index ``terms``: PostgreSQL as a tsvector, SQLite by FTS5. Each follows the rows by itself."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE INDEX ix_hotline_article_versions_search ON hotline_article_versions "
            "USING gin (array_to_tsvector(string_to_array(terms, ' '))) WITH (fastupdate = off)"
        )
        return
    op.execute(
        "CREATE VIRTUAL TABLE hotline_articles_fts USING fts5("
        "terms, content='hotline_article_versions', content_rowid='sequence', "
        "tokenize='unicode61')"
    )
    op.execute(
        "CREATE TRIGGER hotline_article_versions_search AFTER INSERT ON hotline_article_versions "
        "BEGIN INSERT INTO hotline_articles_fts (rowid, terms) VALUES (new.sequence, new.terms); END"
    )


def _execute(statement: str) -> None:
    """Execute a statement whose colons name no parameters; `--sql` writes it down."""
    op.execute(sa.text(statement.replace(":", "\\:")))


def _divide_by_month() -> None:
    for table in metadata.tables.values():
        for key in table.foreign_keys:
            if key.column.table.name in _MONTHLY:
                _execute(f"ALTER TABLE {table.name} DROP CONSTRAINT fk_{table.name}_{key.parent.name}")
    for table_name in _MONTHLY:
        _partition(table_name)
    for statement in _MONTHLY_INDEXES:
        _execute(statement)
    for table_name in _MONTHLY:
        _execute(_OPEN_THIS_MONTH.format(table=table_name))


def _partition(table: str) -> None:
    """Put a partitioned table in the place of the plain one, which is still empty."""
    plain, key = f"{table}_plain", _MONTHLY[table]
    _execute(f"ALTER TABLE {table} RENAME TO {plain}")
    _execute(
        f"CREATE TABLE {table} (LIKE {plain} INCLUDING DEFAULTS INCLUDING CONSTRAINTS, month date NOT NULL) "
        "PARTITION BY LIST (month)"
    )
    if key == ("sequence",):
        _execute(f"ALTER SEQUENCE {table}_sequence_seq OWNED BY {table}.sequence")
    _execute(f"DROP TABLE {plain}")
    _execute(f"ALTER TABLE {table} ADD CONSTRAINT pk_{table} PRIMARY KEY ({', '.join(key)}, month)")
