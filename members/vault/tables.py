"""Tables of the vault; they lie in the main database or in one of their own."""

from sqlalchemy import Column, Index, String, Table, Text

from store import Instant, SequenceNumber, metadata

vault_persons = Table(
    "vault_persons",
    metadata,
    Column("member_id", String(64), primary_key=True),
    Column("key_id", String(16), nullable=False),
    Column("name", Text),  # each of these three: nonce and ciphertext in Base64
    Column("phone", Text),
    Column("id_number", Text),
    Column("name_digest", String(64)),  # keyed hashes, by which a person is found
    Column("phone_digest", String(64)),
    Column("id_tail_digest", String(64)),  # of the last six characters of the ID number
    Column("recorded_at", Instant, nullable=False),
    Index("ix_vault_persons_name_digest", "name_digest"),
    Index("ix_vault_persons_phone_digest", "phone_digest"),
    Index("ix_vault_persons_id_tail_digest", "id_tail_digest"),
    Index("ix_vault_persons_key_id_member_id", "key_id", "member_id"),
    comment="names, phone numbers and ID numbers, encrypted; a row of one person can't be read as another's",
)

vault_keys = Table(
    "vault_keys",
    metadata,
    Column("number", SequenceNumber, primary_key=True, autoincrement=True),  # the highest one is current
    Column("key_id", String(16), nullable=False, unique=True),
    Column("started_at", Instant, nullable=False),
    Column("retired_at", Instant),
    comment="which keys have encrypted rows of the vault; never the keys themselves",
)

vault_unmaskings = Table(
    "vault_unmaskings",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    Column("member_id", String(64), nullable=False),
    Column("field", String(16), nullable=False),
    Column("officer", String(32), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_vault_unmaskings_member_id_sequence", "member_id", "sequence"),
    comment="append-only, by triggers: who saw which field of which person in clear, when and why; never the value",
)
