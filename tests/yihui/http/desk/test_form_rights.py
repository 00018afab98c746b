"""Every form of the officers' pages × every role: who may send it about what belongs to the other district.

An officer of one district ("inside" it, so outside of the other) is refused, one whose role ended too, and one
above both districts is not. Second persons are not asked about here: the forms lack something or are sent once.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from geo.registry.tables import keeper_keys
from members.attachment_tables import attachments
from members.joining.tables import join_requests
from tests.members.organisations.acting import NOW
from tests.yihui.files.test_pictures import picture
from tests.yihui.http.desk.officers import DEMO, ORIGIN, Officers, text_of
from tests.yihui.http.desk.test_hotline import ARTICLE
from tests.yihui.http.desk.test_mutual_aid import POLICY
from tests.yihui.http.desk.test_pages_of_neighbours import address, plant_rooms
from tests.yihui.http.desk.test_planning_demand import store as store_demand
from tests.yihui.http.neighbours import Neighbours
from tests.yihui.http.two_districts import (
    FOREIGN,
    MOVED,
    NOBODY,
    OTHER_UNION,
    THERE,
    officer,
    read_actor,
)
from yihui.access.actor import Actor, ActorKind
from yihui.access.roles import RIGHTS, Role
from yihui.http.app import create_app
from yihui.http.desk.rights import OFFICER_PAGE_RIGHTS
from yihui.services.desk.form_submissions import create_form_key
from yihui.services.operation.uploads import store_upload
from yihui.services.rules.desk import submit_version
from yihui.services.rules.documents import RuleFile
from yihui.services.rules.lookup import draft_rule

POINTS = "经度,纬度,订单量\n120.38,36.06,40\n"
STATIONS = "id,name,kind,lon,lat,district\nsea,海边,mother_room,120.38,36.06,370202\n"
FORMS = {path: right for (method, path), right in OFFICER_PAGE_RIGHTS.items() if method == "POST" and right}
# What has no place, or is the sender's own: any subtree suffices. Whose rule a text is, is asked when it is read.
OF_NO_PLACE = {
    "/desk/applications/publishing",
    "/desk/audit/export",
    "/desk/hotline/articles/new",
    "/desk/hotline/articles/{number}/edit",
    "/desk/hotline/articles/{number}/review",
    "/desk/rules/form",
    "/desk/rules/form/check",
    "/desk/rules/form/simulate",
    "/desk/rules/new",
    "/desk/rules/new/check",
    "/desk/rules/new/table",
    "/desk/rules/new/table/simulate",
    "/desk/rules/new/table/submit",
    "/desk/rules/new/table/text",
    "/desk/rules/simulations",
    "/desk/rules/simulations/new",
    "/desk/stations/import",
}
# What they are about is not there, so that both get the same answer; tests of their own ask about a real one.
NOT_PLANTED = {
    "/desk/approvals/{number}/confirm",
    "/desk/approvals/{number}/refuse",
    "/desk/money/failed",
    "/desk/money/failed/end",
}
WITH_FILES = (
    "/photos", "/receipt", "/attachments", "/lists", "/new/{kind}", "/audit/verify", "/members/batch", "/correct",
    "/return", "/reconciliation", "/planning/demand", "/stations/import", "/money/failed", "/money/payouts",
    "/export", "/release",
)  # fmt: skip
WITHOUT_FILES = ("/desk/audit/export", "/enrolments/{member}/correct")
FIELDS: Mapping[str, str] = {
    **POLICY,
    "organisation": OTHER_UNION, "area": THERE, "code": f"{THERE}009", "member": FOREIGN, "members": FOREIGN,
    "member-1": FOREIGN, "station": "there", "stations": "there", "rule": "birthday-cake", "budget": "birthday-cake",
    "yuan": "1", "signed": "yes", "reason": "例行办理", "checked": "yes", "name": "新名称", "kind": "renamed", "on": "2026-10-01",
    "due": "2027-01-31", "since": "2026-10-01", "verdict": "rejected", "paper": "a4", "base": "https://yh.example",
}  # fmt: skip


@pytest.fixture(scope="module")
def site(neighbours: Neighbours) -> Iterator[Officers]:
    app = create_app(neighbours.union.wiring, actor_finder=read_actor)
    with TestClient(app, base_url="http://127.0.0.1", follow_redirects=False) as client:
        officers = Officers(client)
        neighbours.numbers.update(plant_rooms(officers, neighbours.union))
        neighbours.numbers.update({"/desk/approvals/": "1", "/desk/stream/webhooks/": "1"})
        neighbours.numbers.update(plant_own(officers, neighbours))
        yield officers


def plant_own(site: Officers, known: Neighbours) -> dict[str, str]:
    """Plant what forms are about and pages are not; return the number or id of each by the form's address."""
    wiring, above = known.union.wiring, "planner/ancestor"
    scenario = site.send("/desk/planning", "/desk/planning", above, name="补点", area=THERE)
    article = site.send("/desk/hotline/articles/new", "/desk/hotline/articles/new", DEMO, **ARTICLE)
    demand = store_demand(site, "订单", above, content=POINTS, area=THERE).rpartition("/")[2]
    join = known.union.there.join
    with wiring.database.write() as connection:
        photo = {
            "number": 3,
            "kind": "hardship_photo",
            "subject": known.numbers["/desk/hardship/"],
            "pages": "[]",
        }
        stored = {"title": "院子", "officer": "wang", "stored_at": NOW, "digest": "c" * 64}
        sent = {"sent_digest": "d" * 64, "media_type": "image/png", "size_bytes": 1}
        connection.execute(attachments.insert().values(**photo, **stored, **sent))
        waiting = {"state": "waiting", "reviewer": OTHER_UNION, "review_until": NOW, "member_id": MOVED}
        connection.execute(update(join_requests).where(join_requests.c.id == join).values(waiting))
        key = {"id": "abcdefgh", "station_id": "there", "digest": "e" * 64, "created_at": NOW}
        connection.execute(keeper_keys.insert().values(key))
    draft = draft_rule(wiring, "birthday-cake", date(2027, 1, 1), None, None)
    writer = Actor("wang.fang", "wang.fang", ActorKind.DEMO)
    file = RuleFile("rule.yaml", draft.text, draft.tables)
    version = submit_version(wiring, writer, file, takes_over=True).candidate.stated.hash
    return {
        "/desk/planning/": scenario.headers["location"].partition("?")[0].rpartition("/")[2],
        "/desk/hotline/articles/": article.headers["location"].partition("?")[0].rpartition("/")[2],
        "/desk/planning/demand/{id_}/delete": demand,
        "/desk/hardship/{number}/files/{file}/deletion": "3",
        "/desk/joins/{id}/approve": join,
        "/desk/joins/{id}/refuse": join,
        "/desk/rules/versions/{hash_}/comments": version,
        "/desk/rules/versions/{hash_}/{decision}": version,
        **plant_uploads(known),
    }


def plant_uploads(known: Neighbours) -> dict[str, str]:
    """Store for the officer a file about the other district that waits in each preview; return the ids by the form."""
    policy = known.numbers["/desk/mutual-aid/policies/"]
    typed = {"member": FOREIGN, "fact": "birthday", "value": "1990-02-03", "since": "2026-10-01"}
    uploads: Mapping[str, tuple[str | bytes, dict[str, str]]] = {
        "/desk/members/batch/{id_}/confirm": ("姓名\n", {"organisation": OTHER_UNION}),
        "/desk/members/{member}/correct/{id_}/confirm": (
            picture(),
            {**typed, "reason": "登记有误", "title": "户口簿"},
        ),
        "/desk/mutual-aid/policies/{number}/lists/{id_}/confirm": (
            f"会员\n{FOREIGN}\n",
            {"policy": policy, "on": "2026-05-01"},
        ),
        "/desk/planning/demand/preview/{id_}/options": (POINTS, {"area": THERE}),
        "/desk/planning/demand/preview/{id_}/confirm": (
            POINTS,
            {"area": THERE, "demand-datum": "wgs84"},
        ),
        "/desk/stations/import/{id_}/confirm": (STATIONS, {"datum": "wgs84", "register": "海边"}),
    }
    owner = officer(Role.AUDITOR, "inside")  # all are one person
    return {
        form: store_upload(
            known.union.wiring,
            owner,
            "a.csv",
            content.encode() if isinstance(content, str) else content,
            options,
        )
        for form, (content, options) in uploads.items()
    }


def send(site: Officers, known: Neighbours, template: str, who: str) -> httpx.Response:
    """Send a form about what belongs to the other district, with a key of its own."""
    key = create_form_key(known.union.wiring, officer(Role.AUDITOR, "inside"))  # all are one person
    named = re.sub(r"\{(id_|id|file|hash_)\}", lambda found: known.numbers.get(template, found[0]), template)
    parts = address(named, known).replace("/rules/pack/", "/rules/birthday-cake/")
    fields = {**FIELDS, "form_key": key, "grant": known.grant, "payment": known.payment}
    has_files = template.endswith(WITH_FILES) and not template.endswith(WITHOUT_FILES)
    files = {"file": ("a.csv", b"a,b\n1,2\n")} if has_files else None
    headers = {"x-actor": who, "origin": ORIGIN, "accept": "text/html", "accept-language": "en"}
    return site.client.post(parts, data=fields, files=files, headers=headers)


def refusal_of(answer: httpx.Response) -> str:
    """Return what a form that is shown again says against it."""
    return text_of(answer).partition("nothing was changed")[2][:60] or text_of(answer)


@pytest.mark.parametrize("template", sorted(FORMS))
def test_a_form_is_for_those_who_hold_its_right_there(
    site: Officers, neighbours: Neighbours, template: str
) -> None:
    holding = sorted(role for role, rights in RIGHTS.items() if FORMS[template] in rights)
    assert send(site, neighbours, template, NOBODY).headers["location"].startswith("/desk/login")
    for role in [one for one in Role if one not in holding]:
        refused = send(site, neighbours, template, f"{role}/ancestor")
        assert refused.status_code == 403, role
    for role in holding:
        assert send(site, neighbours, template, f"{role}/ended").status_code == 403, role
        outside = send(site, neighbours, template, f"{role}/inside")
        above = send(site, neighbours, template, f"{role}/ancestor")
        assert above.status_code not in (403, 500), (role, text_of(above))
        assert template in NOT_PLANTED or above.status_code != 404, (
            role,
            "what the form is about must be planted",
        )
        if template in OF_NO_PLACE:
            assert outside.status_code not in (403, 500), (role, text_of(outside))
        elif outside.status_code not in (
            403,
            404,
        ):  # lists of what the officer may choose: as if it weren't there
            assert outside.status_code == 422, (role, text_of(outside))
            assert template in NOT_PLANTED or refusal_of(outside) != refusal_of(above), (role, text_of(above))


@pytest.mark.parametrize(
    "template", [one for one in sorted(FORMS) if one.startswith("/desk/members/{member}")]
)
def test_a_form_on_a_member_is_refused_to_the_district_that_she_left(
    site: Officers, neighbours: Neighbours, template: str
) -> None:
    left = send(site, neighbours, template.replace("{member}", MOVED), "case_worker/inside")
    assert left.status_code in (403, 404), text_of(left)


def test_every_exception_is_a_form_of_the_pages() -> None:
    assert set(FORMS) >= OF_NO_PLACE | NOT_PLANTED
    roles = len(Role)
    print(f"{len(FORMS)} forms × {roles} roles × (outside, above, ended)")  # noqa: T201
