"""Who says to come from elsewhere is not believed, but by the proxies that the operator named.

Otherwise one phone could be many: ask without end, report without end, and agree with itself that a door is locked.
"""

from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient

from tests.yihui.http.conftest import HERE
from tests.yihui.http.still_clock import StillClock
from yihui.bootstrap import Wiring
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions

NAME, PROXY, RIDER = "yizhan.example.cn", "192.0.2.1", "203.0.113.7"
NEAREST = f"/api/v1/stations/nearest?lon={HERE[0]}&lat={HERE[1]}&datum=wgs84"
BURST = 5  # answers at once, at half an answer a second
Site = Callable[..., TestClient]


@pytest.fixture
def site(wiring: Wiring, still_clock: StillClock) -> Iterator[Site]:
    """A phone (or a proxy) at an address, before a site that believes one proxy or none."""
    made: dict[tuple[str, float | None], object] = {}

    def of(peer: str, *, behind: str = "", per_client: float | None = BURST / 10) -> TestClient:
        if (behind, per_client) not in made:
            serving = ServingOptions.parse(NAME, behind, str(per_client))
            made[behind, per_client] = serving.with_proxy_headers(create_app(wiring, serving))
        return TestClient(made[behind, per_client], base_url=f"http://{NAME}", client=(peer, 1))  # type: ignore[arg-type]

    yield of


def _claims(number: int) -> dict[str, str]:
    """As another network each time, in every header that proxies use."""
    address = f"198.51.100.{number}"
    return {
        "X-Forwarded-For": address,
        "X-Real-IP": address,
        "Forwarded": f"for={address}",
        "CF-Connecting-IP": address,
        "True-Client-IP": address,
    }


def _through(*claimed: str) -> dict[str, str]:
    """What a proxy passes on: what was claimed, and behind it whom it saw."""
    return {"X-Forwarded-For": ", ".join(claimed)}


def test_a_phone_that_claims_another_address_each_time_has_one_allowance(site: Site) -> None:
    for behind in ("", PROXY):  # with a proxy, too, for it doesn't come through it
        phone = site(RIDER, behind=behind)
        answers = [phone.get(NEAREST, headers=_claims(n)).status_code for n in range(BURST + 2)]
        assert answers == [200] * BURST + [429] * 2, behind


def test_behind_a_proxy_what_a_phone_claimed_before_it_counts_for_nothing(site: Site) -> None:
    proxy = site(PROXY, behind=PROXY)
    answers = [proxy.get(NEAREST, headers=_through(f"198.51.100.{n}", RIDER)) for n in range(BURST + 2)]
    assert [answer.status_code for answer in answers] == [200] * BURST + [429] * 2
    assert proxy.get(NEAREST, headers=_through(RIDER, "203.0.113.8")).status_code == 200, "somebody else"


def test_behind_a_proxy_a_second_header_counts_no_more_than_the_first(site: Site) -> None:
    proxy = site(PROXY, behind=PROXY)
    twice = [("X-Forwarded-For", "198.51.100.1"), ("X-Forwarded-For", RIDER)]
    codes = [
        proxy.get(NEAREST, headers=[("X-Forwarded-For", f"198.51.100.{n}"), twice[1]]).status_code
        for n in range(BURST + 1)
    ]
    assert codes == [200] * BURST + [429]


def test_a_claim_to_be_the_proxy_or_this_machine_opens_nothing(site: Site) -> None:
    phone = site(RIDER, behind=PROXY)
    for claimed in (PROXY, "127.0.0.1", "::1", "", "a" * 300):
        assert phone.get("/api/v1/events", headers=_through(claimed)).status_code == 404
    assert phone.get(NEAREST, headers=_through(PROXY)).status_code == 429, "each of these was counted as his"


def test_a_proxy_that_tells_the_port_as_well_names_one_phone_all_the_same(site: Site) -> None:
    proxy = site(PROXY, behind=PROXY)
    told = [f"{RIDER}:{port}" for port in range(5_000, 5_000 + BURST + 1)]
    assert [proxy.get(NEAREST, headers=_through(one)).status_code for one in told][-1] == 429
    told = [f"[2001:db8:1:2::{port}]:443" for port in range(1, BURST + 2)]
    assert [proxy.get(NEAREST, headers=_through(one)).status_code for one in told][-1] == 429
