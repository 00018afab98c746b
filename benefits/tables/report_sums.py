"""The table of sums of postings, from which reports on a large ledger are made."""

from sqlalchemy import BigInteger, Column, Date, String, Table, Text

from store import metadata

benefit_sums = Table(
    "benefit_sums",
    metadata,
    Column(
        "place", Text, primary_key=True
    ),  # codes of six digits, nearest first, with "/"; "*": of all members
    Column("account", Text, primary_key=True),
    Column("rule_id", Text, primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("occurred_on", Date, primary_key=True),
    Column("granted_on", Date, primary_key=True),  # of budgets; of all other accounts the day of the move
    Column("in_fen", BigInteger, nullable=False),
    Column("out_fen", BigInteger, nullable=False),
    Column("heads", BigInteger, nullable=False),  # postings that were summed
    comment="sums of postings by account, day and the county of the member on the day of the grant; made anew each day",
)
