"""What everybody may ask of a site that is offered to everybody, and under which names."""

import pytest
from fastapi.testclient import TestClient
from starlette.types import Receive, Scope, Send

from core.faults import FaultError
from yihui.bootstrap import Wiring
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions

NAME = "yizhan.example.cn"
PUBLIC = ServingOptions.parse(NAME, "")


@pytest.fixture(scope="module")
def public(filled: Wiring) -> TestClient:
    return TestClient(create_app(filled, PUBLIC), base_url=f"http://{NAME}")


@pytest.mark.parametrize(
    "host", ["evil.example", f"{NAME}.evil.example", "", f"x{NAME}", "192.0.2.7", "[::2]:80"]
)
def test_a_foreign_name_is_refused_as_a_problem(public: TestClient, host: str) -> None:
    answer = public.get("/", headers={"host": host, "accept-language": "en"})
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == "foreign host or origin"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("host", [NAME, f"{NAME}:8443", NAME.upper(), "127.0.0.1:8000", "[::1]", "[::1]:80"])
def test_the_public_name_and_this_machine_may_be_asked_at_any_port(public: TestClient, host: str) -> None:
    assert public.get("/healthz", headers={"host": host}).status_code == 200


def test_a_page_of_another_site_is_refused_and_one_of_ours_is_not(public: TestClient) -> None:
    assert public.get("/healthz", headers={"origin": f"http://{NAME}"}).status_code == 200
    for foreign in ("http://evil.example", f"https://{NAME}", "null", f"http://{NAME}:81"):
        assert public.get("/healthz", headers={"origin": foreign}).status_code == 403


def test_all_that_is_wrong_with_the_options_is_told_at_once() -> None:
    with pytest.raises(FaultError) as refused:
        ServingOptions.parse("https://a.example,b.example:80", "proxy", "", "0.0.0.0")
    assert [fault.value for fault in refused.value.faults] == ["b.example:80", "https://a.example", "proxy"]
    with pytest.raises(FaultError) as open_to_all:
        ServingOptions.parse("", "", "", "0.0.0.0")
    assert [fault.field for fault in open_to_all.value.faults] == ["--host"]


# --- who asks, behind a proxy


async def _says_who(scope: Scope, receive: Receive, send: Send) -> None:
    body = f"{scope['client'][0]} {scope['scheme']}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def who(behind: str, peer: str, *headers: tuple[str, str]) -> str:
    app = ServingOptions.parse(NAME, behind).with_proxy_headers(_says_who)
    return str(TestClient(app, client=(peer, 1234)).get("/", headers=list(headers)).text)


PROXY, RIDER, OTHER = "192.0.2.1", "203.0.113.7", "198.51.100.66"
FORWARDED, BY_HTTPS = "X-Forwarded-For", ("X-Forwarded-Proto", "https")
CLAIMS = [
    *((name, OTHER) for name in (FORWARDED, "X-Real-IP", "CF-Connecting-IP", "True-Client-IP")),
    *((FORWARDED, text) for text in (PROXY, "127.0.0.1", "::1", "", "a" * 300)),
    ("Forwarded", f"for={OTHER}"),
    BY_HTTPS,
]


@pytest.mark.parametrize("behind", ["", PROXY])
def test_what_a_phone_claims_itself_counts_for_nothing(behind: str) -> None:
    """Otherwise one phone could be many: ask without end, and agree with itself that a door is locked."""
    for claim in CLAIMS:
        assert who(behind, RIDER, claim) == f"{RIDER} http", claim


def test_behind_a_proxy_only_what_it_saw_itself_counts() -> None:
    assert who(PROXY, PROXY, (FORWARDED, f"{OTHER}, {RIDER}"), BY_HTTPS) == f"{RIDER} https"
    assert who(PROXY, PROXY, (FORWARDED, OTHER), (FORWARDED, RIDER)) == f"{RIDER} http"
    assert who("", PROXY, (FORWARDED, f"{OTHER}, {RIDER}"), BY_HTTPS) == f"{PROXY} http"


def test_behind_a_proxy_by_https_our_own_page_may_ask(filled: Wiring) -> None:
    serving = ServingOptions.parse(NAME, PROXY)
    app = serving.with_proxy_headers(create_app(filled, serving))
    client = TestClient(app, base_url=f"http://{NAME}", client=(PROXY, 1234))
    sent = {"x-forwarded-for": RIDER, "x-forwarded-proto": "https", "origin": f"https://{NAME}"}
    answer = client.get("/healthz", headers=sent)
    assert answer.status_code == 200
    assert "strict-transport-security" in answer.headers
