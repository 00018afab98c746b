"""Organisations' pages with their versions, publications and logos."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant, SequenceNumber

revision = "0033"
down_revision = "0031"


def upgrade() -> None:
    op.create_table(
        "organisation_page_versions",
        sa.Column("code", sa.String(15), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("logo", sa.String(64)),
        sa.Column("edited_by", sa.String(64), nullable=False),
        sa.Column("edited_at", Instant, nullable=False),
        comment="append-only: each version of an organisation's page",
    )
    op.create_table(
        "organisation_page_publications",
        sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("code", sa.String(15), nullable=False),
        sa.Column("version", sa.Integer),
        sa.Column("published_by", sa.String(64), nullable=False),
        sa.Column("published_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(
            ["code", "version"], ["organisation_page_versions.code", "organisation_page_versions.version"]
        ),
        comment="append-only: which version of a page was published when, by which officer",
    )
    op.create_index(
        "ix_organisation_page_publications_code_sequence",
        "organisation_page_publications",
        ["code", "sequence"],
    )
    op.create_table(
        "organisation_logos",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        comment="logos of organisations' pages",
    )
