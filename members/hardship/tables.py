"""Tables of case files: their histories, the members of each household, and the persons' names."""

from sqlalchemy import BigInteger, Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text

from members.histories import build_event_table
from store import BatchedTable, Instant, SequenceNumber, metadata

hardship_files = Table(
    "hardship_files",
    metadata,
    Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    Column("version", Integer, nullable=False),  # of the last event: who saw another one is refused
    Column("state", String(16), nullable=False),
    Column("organisation", String(15), nullable=False),
    Column("household", String(64), nullable=False, unique=True),
    Column("level", String(16), nullable=False),
    Column("member_id", String(64), nullable=False),  # the worker whose file it is
    Column("review_due_on", Date),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Index("ix_hardship_files_organisation_state", "organisation", "state"),
    Index("ix_hardship_files_state_review_due_on", "state", "review_due_on"),
    Index("ix_hardship_files_member_id", "member_id"),
    comment="case files of households in hardship as their histories leave them",
)

hardship_file_events = build_event_table(
    "hardship_file_events", "file_number", "hardship_files", "append-only: every change of a case file"
)

hardship_file_members = Table(
    "hardship_file_members",
    metadata,
    Column("file_number", BigInteger, ForeignKey("hardship_files.number"), primary_key=True),
    Column("member_id", String(64), primary_key=True),
    Column("is_current", Boolean, nullable=False),  # of an open file, and still in the household
    Index("ix_hardship_file_members_member_id", "member_id"),
    comment="which members of the union are, or were, in the household of which case file",
)

hardship_income_lines = Table(
    "hardship_income_lines",
    metadata,
    Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    Column("organisation", String(15), nullable=False),
    Column("since", Date, nullable=False),
    Column("line_fen", BigInteger, nullable=False),
    Column("document", Text, nullable=False),  # which decided it
    Column("officer", String(64), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("batch", BigInteger, nullable=False),  # see row_batches
    Index("ix_hardship_income_lines_organisation_since", "organisation", "since"),
    comment="append-only: the monthly income per head that case files are held against, by organisation and day",
)

INCOME_LINE_BATCHES = BatchedTable(
    hardship_income_lines,
    ("organisation", "since", "line_fen", "document", "officer", "recorded_at"),
    ("number",),
    singly=True,
)

hardship_names = Table(
    "hardship_names",
    metadata,
    Column("file_number", BigInteger, ForeignKey("hardship_files.number"), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),  # of the person in the household's list
    Column("key_id", String(16), nullable=False),  # of the vault's key
    Column("name", Text, nullable=False),  # nonce and ciphertext in Base64
    Column("recorded_at", Instant, nullable=False),
    Index("ix_hardship_names_key_id", "key_id"),
    comment="names of the persons of a household, encrypted",
)

hardship_receipts = Table(
    "hardship_receipts",
    metadata,
    Column("digest", String(71), primary_key=True),
    Column("file_number", BigInteger, ForeignKey("hardship_files.number"), nullable=False),
    Column("visit", Integer, nullable=False),
    Index("ix_hardship_receipts_file_number", "file_number"),
    comment="digests of receipts of visits, so that each proves one visit only",
)
