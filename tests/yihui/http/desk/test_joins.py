"""A request to join at the desk and as JSON: the list, who asks, and the way from the approval to the new member."""

from members.joining.consents import append_consent
from tests.yihui.http.desk.officers import CASE_WORKER, acts_of
from tests.yihui.http.two_districts import UNION, TwoDistricts
from tests.yihui.services.joining_people import CITY, TEXT, person, prove
from tools.servers.desk import Officers, text_of
from yihui.cases.joining.joining import confirm_joining

LIST = "/desk/joins"


def ask(union: TwoDistricts, serial: int) -> str:
    """Let a person ask to join, whose city has said what she agrees to; return the request."""
    with union.wiring.database.write() as connection:
        append_consent(connection, CITY, TEXT, "li", union.wiring.now())
    return confirm_joining(union.wiring, prove(union.wiring, person(serial), UNION).request.id).request.id


def test_an_officer_goes_from_the_list_to_the_new_member(site: Officers, union: TwoDistricts) -> None:
    id = ask(union, 1)
    page = f"{LIST}/{id}"
    listed = site.open(LIST, CASE_WORKER)
    assert f'href="{page}"' in listed.text and "张*" in listed.text and id not in text_of(listed)
    shown = site.open(page, CASE_WORKER)
    assert "no document came along" in text_of(shown) and "i have checked the documents" not in text_of(shown)
    assert person(1).phone not in shown.text and id not in text_of(shown)
    clear = site.send(page, f"{page}/unmask", CASE_WORKER, reason="核对身份证")
    assert clear.status_code == 200 and person(1).phone in clear.text and "张三" in clear.text
    assert clear.headers["cache-control"] == "no-store"
    untouched = site.send(page, f"{page}/approve", CASE_WORKER, version="1", checked="")
    assert untouched.status_code == 422 and "is not ticked" in text_of(untouched)
    key = site.form_key(page, CASE_WORKER)
    for _ in range(2):
        sent = site.send(page, f"{page}/approve", CASE_WORKER, key=key, version="1")
        assert sent.headers["location"] == f"{page}?done=approve"
    done = site.open(f"{page}?done=approve", CASE_WORKER)
    member = str(confirm_joining(union.wiring, id).request.member_id)
    assert f'href="/desk/members/{member}"' in done.text and "the request was approved" in text_of(done)
    assert id not in text_of(done), "the bar of the person names her, and not the request"
    assert [act for _, act in acts_of(union.wiring, id)] == ["members.unmask", "members.change.approve"]


def test_a_program_refuses_a_request_once(site: Officers, union: TwoDistricts) -> None:
    id = ask(union, 2)
    api, headers = "/api/v1/joins", {"x-actor": CASE_WORKER, "accept-language": "en"}
    rows = site.client.get(api, headers=headers).json()["rows"]
    assert [(one["request"], one["phone"]) for one in rows] == [(id, "138****0002")]
    for _ in range(2):
        sent = site.client.post(
            f"{api}/{id}/refuse?version=1",
            json={"reason": "不在本单位工作"},
            headers={**headers, "Idempotency-Key": "refuse-key-1"},
        )
        assert (sent.status_code, sent.json()["state"], sent.json()["acts"]) == (200, "refused", [])
    assert site.client.get(api, headers=headers).json()["total"] == 0
