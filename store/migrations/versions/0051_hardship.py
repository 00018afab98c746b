"""Case files of households in hardship: histories, members, encrypted names, and receipts of visits."""

import sqlalchemy as sa
from alembic import op

from store.guards import create_guards
from store.tables import Instant, SequenceNumber

revision = "0051"
down_revision = "0049"


def upgrade() -> None:
    _create_files()
    _create_persons()
    create_guards(op.get_bind())


def _create_files() -> None:
    op.create_table(
        "hardship_files",
        sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("organisation", sa.String(15), nullable=False),
        sa.Column("household", sa.String(64), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("member_id", sa.String(64), nullable=False),
        sa.Column("review_due_on", sa.Date),
        sa.Column("opened_at", Instant, nullable=False),
        sa.Column("closed_at", Instant),
        sa.UniqueConstraint("household", name="uq_hardship_files_household"),
        comment="case files of households in hardship as their histories leave them",
    )
    for columns in (["organisation", "state"], ["state", "review_due_on"], ["member_id"]):
        op.create_index(f"ix_hardship_files_{'_'.join(columns)}", "hardship_files", columns)
    op.create_table(
        "hardship_file_events",
        sa.Column("file_number", sa.BigInteger, sa.ForeignKey("hardship_files.number"), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        comment="append-only: every change of a case file",
    )


def _create_persons() -> None:
    op.create_table(
        "hardship_file_members",
        sa.Column("file_number", sa.BigInteger, sa.ForeignKey("hardship_files.number"), primary_key=True),
        sa.Column("member_id", sa.String(64), primary_key=True),
        sa.Column("is_current", sa.Boolean, nullable=False),
        comment="which members of the union are, or were, in the household of which case file",
    )
    op.create_index("ix_hardship_file_members_member_id", "hardship_file_members", ["member_id"])
    op.create_table(
        "hardship_names",
        sa.Column("file_number", sa.BigInteger, sa.ForeignKey("hardship_files.number"), primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        comment="names of the persons of a household, encrypted",
    )
    op.create_index("ix_hardship_names_key_id", "hardship_names", ["key_id"])
    op.create_table(
        "hardship_receipts",
        sa.Column("digest", sa.String(71), primary_key=True),
        sa.Column("file_number", sa.BigInteger, sa.ForeignKey("hardship_files.number"), nullable=False),
        sa.Column("visit", sa.Integer, nullable=False),
        comment="digests of receipts of visits, so that each proves one visit only",
    )
    op.create_index("ix_hardship_receipts_file_number", "hardship_receipts", ["file_number"])
