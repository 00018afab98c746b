"""The vault of persons: encrypted rows, the ids of their keys, and the list of unmaskings, which only grows."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant, SequenceNumber

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.create_table(
        "vault_persons",
        sa.Column("member_id", sa.String(64), primary_key=True),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("phone", sa.Text),
        sa.Column("id_number", sa.Text),
        sa.Column("name_digest", sa.String(64)),
        sa.Column("phone_digest", sa.String(64)),
        sa.Column("recorded_at", Instant, nullable=False),
        comment="names, phone numbers and ID numbers, encrypted; a row of one person can't be read as another's",
    )
    for columns in (["name_digest"], ["phone_digest"], ["key_id", "member_id"]):
        op.create_index(f"ix_vault_persons_{'_'.join(columns)}", "vault_persons", columns)
    op.create_table(
        "vault_keys",
        sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("started_at", Instant, nullable=False),
        sa.Column("retired_at", Instant),
        sa.UniqueConstraint("key_id", name="uq_vault_keys_key_id"),
        comment="which keys have encrypted rows of the vault; never the keys themselves",
    )
    op.create_table(
        "vault_unmaskings",
        sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("member_id", sa.String(64), nullable=False),
        sa.Column("field", sa.String(16), nullable=False),
        sa.Column("officer", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        comment="append-only, by triggers: who saw which field of which person in clear, when and why; never the value",
    )
    op.create_index("ix_vault_unmaskings_member_id_sequence", "vault_unmaskings", ["member_id", "sequence"])
    _refuse_changes_of_unmaskings()


def _refuse_changes_of_unmaskings() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME; END $$"
        )
        op.execute(
            "CREATE TRIGGER vault_unmaskings_append_only BEFORE UPDATE OR DELETE ON vault_unmaskings "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        return
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER vault_unmaskings_no_{act.lower()} BEFORE {act} ON vault_unmaskings "
            "BEGIN SELECT RAISE(ABORT, 'rows of vault_unmaskings are only ever added'); END"
        )
