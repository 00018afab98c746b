"""Every form of the officers' pages × every role: who may send it about what belongs to the other district.

An officer of one district ("inside" it, so outside of the other) is refused, one whose role ended too, and one
above both districts is not. Second persons are not asked about here: the forms lack something or are sent once.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date

import httpx
import pytest

from geo.registry.planning import planning_demand_files
from geo.registry.tables import keeper_keys
from members.tables import attachments
from tests.members.organisations.acting import NOW
from tests.tiers import budget
from tests.yihui.http.desk.officers import officer_without, open_desk, roles_with
from tests.yihui.http.desk.test_hotline import ARTICLE
from tests.yihui.http.desk.test_mutual_aid import POLICY
from tests.yihui.http.desk.test_pages_of_neighbours import address, plant_rooms
from tests.yihui.http.neighbours import Neighbours
from tests.yihui.http.two_districts import (
    FOREIGN,
    MOVED,
    NEW,
    NOBODY,
    OTHER_UNION,
    THERE,
    officer,
)
from tools.servers.desk import DEMO, ORIGIN, Officers, text_of
from yihui.access.actor import Actor, ActorKind
from yihui.access.form_keys import create_form_key
from yihui.access.roles import NEW_ACCOUNT_RIGHTS, Role
from yihui.http.desk.rights import officer_page_rights
from yihui.operations.uploads import store_upload
from yihui.services.rules.desk import submit_version
from yihui.services.rules.documents import RuleFile
from yihui.services.rules.lookup import draft_rule

POINTS = "经度,纬度,订单量\n120.38,36.06,40\n"
STATIONS = "id,name,kind,lon,lat,district\nsea,海边,mother_room,120.38,36.06,370202\n"
FORMS = {path: right for (method, path), right in officer_page_rights().items() if method == "POST" and right}
# What has no place, or is the sender's own: any subtree suffices. Whose rule a text is, is asked when it is read.
OF_NO_PLACE = {
    "/desk/applications/publishing",
    "/desk/audit/export",
    "/desk/choices/members",
    "/desk/hotline/articles/add",
    "/desk/hotline/articles/{thing}/change",
    "/desk/hotline/articles/{thing}/review",
    "/desk/rules/form",
    "/desk/rules/form/check",
    "/desk/rules/form/simulate",
    "/desk/rules/new",
    "/desk/rules/new/check",
    "/desk/rules/simulations",
    "/desk/rules/simulations/new",
    "/desk/stations/import",
    "/desk/money/payouts/prepare",  # of the officer's own benefits
}
# What they are about is not there, so that both get the same answer; tests of their own ask about a real one.
NOT_PLANTED = {
    "/desk/money/debts/{thing}/settle",
    "/desk/money/debts/{thing}/waive",
    "/desk/money/payments/{thing}/end",
    "/desk/money/payments/{thing}/mend",
    "/desk/organisations/proposals/{thing}/accept",
}
WITH_FILES = (
    "/photo", "/receipt", "/attach", "/lists", "/demand/upload", "/new/{kind}", "/audit/verify", "/members/batch", "/correct",
    "/return", "/stations/import", "/payouts/prepare",
    "/payouts/{thing}/answer", "/again", "/compare",
)  # fmt: skip
WITHOUT_FILES = (
    "/desk/audit/export",
    "/applications/{thing}/return",
    "/claims/{thing}/correct",
    "/enrolments/{thing}/correct",
)
FIELDS: Mapping[str, str] = {
    **POLICY,
    "organisation": OTHER_UNION, "area": THERE, "code": f"{THERE}009", "member": FOREIGN, "members": FOREIGN,
    "member-1": FOREIGN, "station": "there", "stations": "there", "rule": "birthday-cake", "budget": "birthday-cake",
    "yuan": "1", "signed": "yes", "reason": "例行办理", "checked": "yes", "name": "新名称", "kind": "renamed", "on": "2026-10-01",
    "due": "2027-01-31", "since": "2026-10-01", "verdict": "rejected", "paper": "a4", "base": "https://yh.example",
    "category": "station", "summary": "例行办理", "unit": THERE, "answer": "已经办好", "outcome": "satisfied",
    "level": "深度困难", "causes": "illness", "income": "0", "line": "1",
}  # fmt: skip
LAYOUT = {
    "columns.0.value": "account", "columns.1.value": "amount", "columns.2.value": "reference",
    "reference": "附言", "amount": "金额", "status": "状态", "paid": "成功", "failed": "失败", "summary": "none", "version": "1",
}  # fmt: skip
OWN_FIELDS: Mapping[str, Mapping[str, str]] = {
    "/desk/rider-reports/{thing}/answer": {"answer": "on_it"},
    **dict.fromkeys(("/desk/money/bank/write", "/desk/money/bank/{thing}/change"), LAYOUT),
    "/desk/money/payouts/{thing}/send-back": {"rows": "x", "note": "x"},
    "/desk/money/payouts/{thing}/leave-out": {"rows": "x"},
    "/desk/money/payments/{thing}/mend": {"account": "6222020200112230001", "name": "张三"},
    "/desk/organisations/{thing}/count": {"number": "31"},
    "/desk/organisations/{thing}/elect": {},
    "/desk/organisations/{thing}/merge": {"into": OTHER_UNION},
    "/desk/organisations/{thing}/dissolve": {},
    "/desk/organisations/{thing}/move": {"parent": OTHER_UNION},
    "/desk/organisations/{thing}/split": {"parts.0.code": f"{THERE}001-00031", "parts.0.name": "新站工会"},
    "/desk/organisations/found": {"kind": ""},
    "/desk/organisations/import": {"list": f"组织代码,组织名称\n{THERE},市南区总工会\n"},
    "/desk/polls/create": {
        "title": "去哪里", "scope": THERE, "anonymous": "no", "opens": "2026-10-04 08:00", "closes": "2026-10-09 08:00",
        "questions.0.text": "去哪里", "questions.0.kind": "text",
    },
    "/desk/inspections/plans/plan-district": {"district": "370202", "kind": ""},
    "/desk/planning/scenarios/create": {"name": "晚上", "area": THERE},
    "/desk/planning/scenarios/{thing}/change": {"name": "晚上", "until": "22:00"},
    "/desk/planning/scenarios/{thing}/delete": {"version": "9"},  # which nobody saw: others ask about it still
    "/desk/planning/scenarios/{thing}/stations": {"until": "22:00"},
}  # fmt: skip


@pytest.fixture(scope="module")
def site(neighbours: Neighbours) -> Iterator[Officers]:
    with open_desk(neighbours.union.wiring) as opened:
        neighbours.numbers.update(plant_rooms(opened, neighbours.union))
        neighbours.numbers.update({"/desk/stream/webhooks/": "1"})
        neighbours.numbers.update(plant_own(opened, neighbours))
        yield opened


def plant_own(site: Officers, known: Neighbours) -> dict[str, str]:
    """Plant what forms are about and pages are not; return the number or id of each by the form's address."""
    wiring = known.union.wiring
    article = site.send("/desk/hotline/articles/add", "/desk/hotline/articles/add", DEMO, **ARTICLE)
    demand = {
        "id": "d" * 32, "name": "订单", "owner": "li.min", "area": THERE, "file_name": "orders.csv", "options": "{}",
        "summary": '{"notes": [], "texts": {}}', "content": POINTS.encode(), "size_bytes": 1, "stored_at": NOW,
    }  # fmt: skip
    with wiring.database.write() as connection:
        subject = known.numbers["/desk/hardship/files/"]
        photo = {"number": 3, "kind": "hardship_photo", "subject": subject, "pages": "[]"}
        stored = {"title": "院子", "officer": "wang", "stored_at": NOW, "digest": "c" * 64}
        sent = {"sent_digest": "d" * 64, "media_type": "image/png", "size_bytes": 1}
        connection.execute(planning_demand_files.insert().values(demand))
        connection.execute(attachments.insert().values(**photo, **stored, **sent))
        key = {"id": "abcdefgh", "station_id": "there", "digest": "e" * 64, "created_at": NOW}
        connection.execute(keeper_keys.insert().values(key))
    draft = draft_rule(wiring, "birthday-cake", date(2027, 1, 1), None, None)
    writer = Actor("wang.fang", "wang.fang", ActorKind.DEMO)
    file = RuleFile("rule.yaml", draft.text, draft.tables)
    version = submit_version(wiring, writer, file, takes_over=True).candidate.stated.hash
    return {
        "/desk/hotline/articles/": article.headers["location"].partition("?")[0].rpartition("/")[2],
        "/desk/planning/demand/{thing}/delete": "d" * 32,
        "/desk/rules/versions/{hash_}/{decision}": version,
        **plant_uploads(known),
    }


def plant_uploads(known: Neighbours) -> dict[str, str]:
    """Store for the officer a file about the other district that waits in each preview; return the ids by the form."""
    uploads: Mapping[str, tuple[str | bytes, dict[str, str]]] = {
        "/desk/members/batch/{id_}/confirm": (
            "姓名\n",
            {"organisation": OTHER_UNION, "hidden_rows": "refuse"},
        ),
        "/desk/planning/demand/{thing}/read": (POINTS, {"area": THERE}),
        "/desk/planning/demand/{thing}/store": (POINTS, {"area": THERE, "demand_datum": "wgs84"}),
        "/desk/stations/import/{id_}/confirm": (
            STATIONS,
            {"datum": "wgs84", "register": "海边", "hidden_rows": "take"},
        ),
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
    named = re.sub(
        r"\{(id_|id|file|hash_|thing)\}", lambda found: known.numbers.get(template, found[0]), template
    )
    parts = address(named, known).replace("/rules/pack/", "/rules/birthday-cake/")
    fields = {**FIELDS, "form_key": key, "grant": known.grant, "payment": known.payment}
    fields |= OWN_FIELDS.get(template, {})
    has_files = template.endswith(WITH_FILES) and not template.endswith(WITHOUT_FILES)
    files = (
        {"upload" if template.endswith("/upload") else "file": ("a.csv", b"a,b\n1,2\n")}
        if has_files
        else None
    )
    headers = {"x-actor": who, "origin": ORIGIN, "accept": "text/html", "accept-language": "en"}
    return site.client.post(parts, data=fields, files=files, headers=headers)


def refusal_of(answer: httpx.Response) -> str:
    """Return what a form that is shown again says against it."""
    return text_of(answer).partition("nothing was changed")[2][:60] or text_of(answer)


def find_faults_inside(site: Officers, known: Neighbours, template: str, role: Role) -> list[str]:
    """Return what is wrong with the answer to an officer of the first district who holds a form's right."""
    outside = send(site, known, template, f"{role}/inside")
    if template in OF_NO_PLACE:
        fits = outside.status_code not in (403, 500)
    elif fits := outside.status_code in (403, 404):
        pass
    elif outside.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
        # A list of what the officer may choose answers as if it weren't there, and otherwise to who may choose it.
        above = send(site, known, template, f"{role}/ancestor")
        fits = template in NOT_PLANTED or refusal_of(outside) != refusal_of(above)
    return [] if fits else [f"{template} {role} inside: {outside.status_code} {text_of(outside)[:300]}"]


def find_faults_above(site: Officers, known: Neighbours, template: str, role: Role) -> list[str]:
    """Return what is wrong with the answer to an officer above both districts who holds a form's right."""
    above = send(site, known, template, f"{role}/ancestor")
    is_there = template in NOT_PLANTED or above.status_code != httpx.codes.NOT_FOUND
    if is_there and above.status_code not in (403, 500):
        return []
    return [f"{template} {role} above: {above.status_code} {text_of(above)[:300]}"]


def test_a_form_is_refused_to_the_other_district_and_to_who_lacks_its_right(
    site: Officers, neighbours: Neighbours
) -> None:
    """One role with the right and one without it; each role is `make endure`'s."""
    found = []
    for template, right in sorted(FORMS.items()):
        without = officer_without(right)
        if send(site, neighbours, template, without).status_code != httpx.codes.FORBIDDEN:
            found.append(f"{template}: {without} lacks the right")
        found += find_faults_inside(site, neighbours, template, roles_with(right)[0])
    assert found == []


@pytest.mark.deeper
def test_an_account_that_does_not_count_yet_sends_no_form(site: Officers, neighbours: Neighbours) -> None:
    """Neither for a keeper's key nor for an answer; proposals ask for the right of their kind later."""
    otherwise, forms = {}, sorted(FORMS.items())
    for template, right in forms[:: len(forms) // budget(len(forms))]:
        answer = send(site, neighbours, template, f"{roles_with(right)[0]}/{NEW}")
        is_refused = answer.status_code == httpx.codes.FORBIDDEN and "may look but not act" in text_of(answer)
        if is_refused is (right in NEW_ACCOUNT_RIGHTS):
            otherwise[template] = (answer.status_code, text_of(answer)[:300])
    assert otherwise == {}


@pytest.mark.endure
@pytest.mark.parametrize("template", sorted(FORMS))
def test_a_form_is_for_those_who_hold_its_right_there(
    site: Officers, neighbours: Neighbours, template: str
) -> None:
    holding = roles_with(FORMS[template])
    assert send(site, neighbours, template, NOBODY).headers["location"].startswith("/desk/login")
    for role in [one for one in Role if one not in holding]:
        assert send(site, neighbours, template, f"{role}/ancestor").status_code == 403, role
    for role in holding:
        assert send(site, neighbours, template, f"{role}/ended").status_code == 403, role
        for find_faults in (find_faults_inside, find_faults_above):
            if "{id_}" in template or "/demand/{thing}" in template:  # what is confirmed is used up
                neighbours.numbers.update(plant_uploads(neighbours))
            assert find_faults(site, neighbours, template, role) == []


def test_a_form_on_a_member_is_refused_to_the_district_that_she_left(
    site: Officers, neighbours: Neighbours
) -> None:
    about_members = [
        one for one in sorted(FORMS) if one.startswith(("/desk/members/{member}", "/desk/members/{thing}"))
    ]
    for template in about_members:
        left = send(
            site,
            neighbours,
            template.replace("{member}", MOVED).replace("{thing}", MOVED),
            "case_worker/inside",
        )
        assert left.status_code in (403, 404), (template, text_of(left))
