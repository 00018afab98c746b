"""Every form of the officers' pages × every role: who may send it about what belongs to the other district.

An officer of one district ("inside" it, so outside of the other) is refused, one whose role ended too, and one
above both districts is not. Second persons are not asked about here: the forms lack something or are sent once.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from tests.yihui.http.desk.officers import ORIGIN, Officers, plant_stations, text_of
from tests.yihui.http.desk.test_mutual_aid import POLICY
from tests.yihui.http.desk.test_pages_of_neighbours import address, plant_rooms
from tests.yihui.http.neighbours import Neighbours, plant_neighbours
from tests.yihui.http.two_districts import (
    FOREIGN,
    MOVED,
    NOBODY,
    OTHER_UNION,
    THERE,
    build_two_districts,
    officer,
    read_actor,
)
from yihui.access.roles import RIGHTS, Role
from yihui.http.app import create_app
from yihui.http.desk.rights import OFFICER_PAGE_RIGHTS
from yihui.services.desk.form_submissions import create_form_key

FORMS = {path: right for (method, path), right in OFFICER_PAGE_RIGHTS.items() if method == "POST" and right}
# What has no place, or is the sender's own: any subtree suffices. Whose rule a text is, is asked when it is read.
OF_NO_PLACE = {
    "/desk/applications/publishing",
    "/desk/audit/export",
    "/desk/hotline/articles/new",
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
    "/desk/rules/versions/{hash_}/comments",
    "/desk/rules/versions/{hash_}/{decision}",
    "/desk/stations/keys/{key}/revoke",
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
    "yuan": "1", "reason": "例行办理", "checked": "yes", "name": "新名称", "kind": "renamed", "on": "2026-10-01",
    "due": "2027-01-31", "since": "2026-10-01", "verdict": "rejected", "paper": "a4", "base": "https://yh.example",
}  # fmt: skip


@pytest.fixture(scope="module")
def neighbours(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[Neighbours]:
    union = build_two_districts(tmp_path_factory.mktemp("union"), migrated_file)
    plant_stations(union.wiring)
    yield plant_neighbours(union)
    union.wiring.close()


@pytest.fixture(scope="module")
def site(neighbours: Neighbours) -> Iterator[Officers]:
    app = create_app(neighbours.union.wiring, actor_finder=read_actor)
    with TestClient(app, base_url="http://127.0.0.1", follow_redirects=False) as client:
        officers = Officers(client)
        neighbours.numbers.update(plant_rooms(officers, neighbours.union))
        neighbours.numbers.update({"/desk/approvals/": "1", "/desk/stream/webhooks/": "1"})
        yield officers


def send(site: Officers, known: Neighbours, template: str, who: str) -> httpx.Response:
    """Send a form about what belongs to the other district, with a key of its own."""
    key = create_form_key(known.union.wiring, officer(Role.AUDITOR, "inside"))  # all are one person
    parts = address(template, known).replace("/rules/pack/", "/rules/birthday-cake/")
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
