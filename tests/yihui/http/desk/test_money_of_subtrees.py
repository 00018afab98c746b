"""A district's finance officer neither sees nor moves the money of others; a district's operator mends nobody's events."""

from collections.abc import Sequence
from hashlib import sha256

import pytest

from benefits import PaymentOrder, PayoutBatch, PayoutCriteria, create_payout_batch
from tests.benefits.deciding import Wish, give
from tests.yihui.http.desk.officers import Officers, text_of
from tests.yihui.http.two_districts import FOREIGN, TwoDistricts
from yihui.services.rules.life import acting_officer

PAYOUTS = "/desk/money/payouts"


def written(batch: PayoutBatch, orders: Sequence[PaymentOrder]) -> str:
    return sha256(batch.id.encode()).hexdigest()


@pytest.fixture(scope="module")
def batch(union: TwoDistricts) -> str:
    """A batch of a rule that is not the first district's."""
    give(union.wiring.database, Wish(member=FOREIGN))
    with union.wiring.database.write() as connection:
        acting = acting_officer(union.wiring, "wang", "国庆慰问")
        made = create_payout_batch(connection, acting, PayoutCriteria(), [FOREIGN], "t" * 64, written)
    return made.batch.id


def test_the_first_page_counts_what_the_officer_may_release(site: Officers, batch: str) -> None:
    above, below = (text_of(site.open("/desk", f"finance_releaser/{at}")) for at in ("ancestor", "inside"))
    assert "1 payout batches to release" in above and "none of these: payout batches to release" in below


def test_events_that_wait_may_concern_any_member_and_are_not_shown_to_a_district(site: Officers) -> None:
    assert site.open("/desk/stream", "administrator/inside").status_code == 403
    navigation = site.open("/desk", "administrator/inside").text.split("<main")[0]
    assert 'href="/desk/stream"' not in navigation
    assert site.open("/desk/stream", "administrator/ancestor").status_code == 200
