"""Compare the hash chains with heads that were published before.

Whoever can write to the database can change rows and compute all hashes anew; then the chains agree with
the rows. A head that is kept elsewhere still names the old hash, and proves all that it covers.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, select

from benefits.sealing.sealing import ChainHead
from benefits.tables.transactions import seals
from benefits.verification.bundles import disagreement
from core.faults import Fault
from core.text_marks import N_

_MISSING = N_("the chain of {key}, lane {lane}, has no seal {number}, but its head was published")
_OTHER = N_("seal {number} of {key}, lane {lane}, is not the one that was published: history was rewritten")
_OTHER_TIME = N_(
    "seal {number} of {key}, lane {lane}, says that it was made at {found}, published was {published}"
)


def head_disagreements(connection: Connection, published: Sequence[ChainHead]) -> Iterator[Fault]:
    """Yield every published head that is not the seal of its number in the database."""
    for head in published:
        query = select(seals.c.hash, seals.c.sealed_at).where(
            seals.c.book == head.book, seals.c.lane == head.lane, seals.c.number == head.number
        )
        row = connection.execute(query).one_or_none()
        if row is None:
            yield disagreement(_MISSING, key=head.book, lane=head.lane, number=head.number)
        elif row.hash != head.hash:
            yield disagreement(_OTHER, key=head.book, lane=head.lane, number=head.number)
        elif row.sealed_at != head.sealed_at:
            found, then = row.sealed_at.isoformat(), head.sealed_at.isoformat()
            yield disagreement(
                _OTHER_TIME, number=head.number, key=head.book, lane=head.lane, found=found, published=then
            )
