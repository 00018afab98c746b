"""The hotline: cases, callers, articles, and the index by which articles are searched."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant, SequenceNumber

revision = "0043"
down_revision = "0042"

_APPEND_ONLY = (
    "hotline_case_events",
    "hotline_deletions",
    "hotline_article_versions",
    "hotline_article_reviews",
)


def upgrade() -> None:
    _create_cases()
    _create_callers()
    _create_articles()
    for table in _APPEND_ONLY:
        _refuse_changes(table)
    _create_search_index()


def _create_cases() -> None:
    op.create_table(
        "hotline_cases",
        sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("request_digest", sa.String(64)),
        sa.Column("call_digest", sa.String(64)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("organisation", sa.String(15), nullable=False),
        sa.Column("category", sa.String(16), nullable=False),
        sa.Column("member_id", sa.String(64)),
        sa.Column("opened_at", Instant, nullable=False),
        sa.Column("closed_at", Instant),
        sa.UniqueConstraint("request_digest", name="uq_hotline_cases_request_digest"),
        comment="cases of the hotline as their histories leave them",
    )
    op.create_index("ix_hotline_cases_state_opened_at", "hotline_cases", ["state", "opened_at"])
    op.create_index("ix_hotline_cases_member_id", "hotline_cases", ["member_id"])
    op.create_index("ix_hotline_cases_closed_at", "hotline_cases", ["closed_at"])
    op.create_table(
        "hotline_case_events",
        sa.Column("case_number", sa.BigInteger, sa.ForeignKey("hotline_cases.number"), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        comment="append-only, by triggers: every change of a case",
    )
    op.create_table(
        "hotline_case_units",
        sa.Column("case_number", sa.BigInteger, sa.ForeignKey("hotline_cases.number"), primary_key=True),
        sa.Column("organisation", sa.String(15), primary_key=True),
        comment="the organisations that a case concerns: whose hotline took it in, and every unit it went to",
    )
    op.create_index("ix_hotline_case_units_organisation", "hotline_case_units", ["organisation"])


def _create_callers() -> None:
    op.create_table(
        "hotline_callers",
        sa.Column("case_number", sa.BigInteger, sa.ForeignKey("hotline_cases.number"), primary_key=True),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("phone", sa.Text),
        sa.Column("transcript", sa.Text),
        sa.Column("recorded_at", Instant, nullable=False),
        comment="who called and what was said, encrypted; deleted when its time is over",
    )
    op.create_index("ix_hotline_callers_key_id", "hotline_callers", ["key_id"])
    op.create_table(
        "hotline_deletions",
        sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("at", Instant, nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("closed_before", Instant),
        sa.Column("cases", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        comment="append-only, by triggers: how many callers' data were deleted when, and the digest of them",
    )


def _create_articles() -> None:
    op.create_table(
        "hotline_articles",
        sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("reviewed_at", Instant, nullable=False),
        comment="articles of the knowledge base; what they say is in their versions",
    )
    op.create_index("ix_hotline_articles_reviewed_at", "hotline_articles", ["reviewed_at"])
    op.create_table(
        "hotline_article_versions",
        sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("article_number", sa.BigInteger, sa.ForeignKey("hotline_articles.number"), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("clause", sa.Text, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_until", sa.Date),
        sa.Column("written_by", sa.String(64), nullable=False),
        sa.Column("written_at", Instant, nullable=False),
        sa.Column("terms", sa.Text, nullable=False),
        sa.UniqueConstraint(
            "article_number", "version", name="uq_hotline_article_versions_article_number_version"
        ),
        comment="append-only, by triggers: every version of an article",
    )
    op.create_table(
        "hotline_article_reviews",
        sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("article_number", sa.BigInteger, sa.ForeignKey("hotline_articles.number"), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("at", Instant, nullable=False),
        comment="append-only, by triggers: who found which version of an article to be right, and when",
    )
    op.create_index(
        "ix_hotline_article_reviews_article_number", "hotline_article_reviews", ["article_number"]
    )


def _refuse_changes(table: str) -> None:
    """Let rows be added and never changed; revision 0026 made PostgreSQL's function."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        return
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are only ever added'); END"
        )


def _create_search_index() -> None:
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
