"""What an officer of the first district must never read: members of the other one, with names, grants and appeals."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from sqlalchemy import select

from benefits import PaymentOrder, PayoutBatch, PayoutCriteria, create_payout_batch
from benefits.tables.decisions import decisions, grants
from benefits.tables.payout import payout_orders
from members.persons import PersonalData
from tests.members.organisations.acting import NOW
from tests.yihui.http.two_districts import FOREIGN, MOVED, TwoDistricts
from tests.yihui.nouns import do_own
from tools.servers.deciding import Wish, give
from yihui.cases.appeals.own import LODGE
from yihui.services.access.acting import acting_officer

NAMES = {FOREIGN: "欧阳海珠", MOVED: "慕容青岛"}
PHONES = {FOREIGN: "13855550001", MOVED: "13855550002"}
# Ids first; then what the vault holds of the same members.
MARKERS = (*NAMES, *NAMES.values(), *PHONES.values())


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The union, and the ids of what belongs to a member of the other district."""

    union: TwoDistricts
    grant: str
    decision: str
    appeal: str
    batch: str
    payment: str
    # Of what belongs to the district, by its pages' address
    numbers: dict[str, str] = field(default_factory=dict)


def plant_neighbours(union: TwoDistricts) -> Neighbours:
    """Give a member of the other district a name, a grant, an appeal and a payment."""
    wiring = union.wiring
    assert wiring.vault is not None
    persons = {member: PersonalData(name=NAMES[member], phone=PHONES[member]) for member in NAMES}
    with wiring.vault_database.write() as connection:
        wiring.vault.store_persons(connection, persons, NOW)
    give(wiring.database, Wish(member=FOREIGN), Wish(member=FOREIGN, due=False))
    with wiring.database.write() as connection:
        acting = acting_officer(wiring, "wang", "国庆慰问")
        batch = create_payout_batch(
            connection, acting, PayoutCriteria(), [FOREIGN], "t" * 64, _written
        ).batch.id
        grant = connection.execute(select(grants.c.id).where(grants.c.member_id == FOREIGN)).scalar_one()
        payment = connection.execute(
            select(payout_orders.c.reference).where(payout_orders.c.batch_id == batch)
        ).scalar_one()
        refused = select(decisions.c.id).where(decisions.c.member_id == FOREIGN, decisions.c.id != grant)
        decision = connection.execute(refused.order_by(decisions.c.id)).scalars().first()
    assert decision is not None
    appeal = do_own(wiring, FOREIGN, LODGE, str(decision), text="请再看一次")
    return Neighbours(union, str(grant), str(decision), appeal, batch, str(payment))


def _written(batch: PayoutBatch, orders: Sequence[PaymentOrder]) -> str:
    return sha256(batch.id.encode()).hexdigest()
