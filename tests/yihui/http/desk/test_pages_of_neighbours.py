"""Every page, as each role of one district: pages on the other district are refused, and none names its members."""

import re
from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import func, select, update

from events import InboundEvent
from events.pipeline import process_batch
from geo.messages import Observation
from geo.registry.photos import add_photo
from members.joining.tables import join_requests
from members.tables import application_steps, attachments
from tests.members.organisations.acting import NOW, codes_of, event_of, handle
from tests.yihui.http.desk.officers import open_desk, roles_with
from tests.yihui.http.desk.test_hardship import OPENED
from tests.yihui.http.desk.test_hotline import CALL
from tests.yihui.http.desk.test_mutual_aid import CLAIM, POLICY, send_act
from tests.yihui.http.desk.test_planning_analyses import send as begin_analysis
from tests.yihui.http.neighbours import MARKERS, NAMES, Neighbours
from tests.yihui.http.two_districts import (
    FOREIGN,
    MOVED,
    OTHER_UNION,
    THERE,
    TwoDistricts,
)
from tests.yihui.money.payouts.office import open_office
from tests.yihui.organising import make_link
from tools.servers.desk import DEMO, Officers, text_of
from yihui.access.pending_acts import PendingKind, propose_pending_act
from yihui.access.roles import RIGHTS, Role
from yihui.access.tables import audit_entries
from yihui.bootstrap import Wiring
from yihui.http.desk.rights import officer_page_rights
from yihui.services.stations.reports import Report, build_report_event

PAGES = sorted(path for method, path in officer_page_rights() if method == "GET")
ABOUT_ONE = [path for path in PAGES if "{" in path]
LISTS = [path for path in PAGES if "{" not in path]
# Rules and the hotline's articles are no subtree's secret: whoever reads them reads those of all levels.
# An export holds what one may see.
OF_NO_PLACE = {
    "/desk/rules/{rule}",
    "/desk/rules/versions/{hash_}",
    "/desk/rules/versions/{hash_}/cases",
    "/desk/rules/versions/{hash_}/document",
    "/desk/rules/versions/{hash_}/document.pdf",
    "/desk/hotline/articles/{thing}",
    "/desk/hotline/articles/{thing}/change",
    "/desk/money/bank/{thing}",
    "/desk/money/bank/{thing}/change",
    "/desk/planning/analyses/new/{kind}",
}
# What these are about is not planted, or is nothing but its row: tests of their own show it.
NOT_PLANTED = (
    "/desk/applications/lists/", "/desk/uploads/",
    "/desk/hotline/articles/{thing}", "/desk/jobs/", "/desk/members/batch/", "/desk/planning/analyses/{id_}/",
    "/desk/planning/demand/",
    "/desk/draws/", "/desk/money/debts/", "/desk/rules/simulations/", "/desk/rules/versions/", "/desk/rules/{rule}", "/desk/stations/import/",
    "/desk/organisations/proposals/", "/desk/stream/webhooks/{id}", "/desk/stream/{id}",
)  # fmt: skip
QUERIES = {
    "/desk/search": ("q=m-", "q=PB", "q=370202", "q=欧阳", f"q={FOREIGN}"),
    "/desk/members": ("state=active", f"organisation={OTHER_UNION}", f"organisation={THERE}"),
    "/desk/organisations": ("name=工会", f"name={THERE}", "due=yes"),
}


@pytest.fixture(scope="module")
def site(neighbours: Neighbours) -> Iterator[Officers]:
    with open_desk(neighbours.union.wiring) as opened:
        neighbours.numbers.update(plant_rooms(opened, neighbours.union))
        yield opened


def report_station(wiring: Wiring, station: str) -> str:
    """Let a rider find a station locked; return the report's number."""
    report = Report(observation=Observation.LOCKED)
    event = build_report_event(report, station, "a" * 16, wiring.now(), b"key")
    with wiring.database.write() as connection:
        process_batch(
            [InboundEvent(event, "riders")], connection, wiring.runner.library(connection), wiring.now()
        )
    return event.id


def plant_rooms(site: Officers, union: TwoDistricts) -> dict[str, str]:
    """Give the other district an application with a file, a call, a case file and an analysis.

    Return the number of each by how its pages' addresses begin.
    """
    open_office(union.wiring)
    aid = {"programme": "困难帮扶", "year": 2026, "case_level": "深度困难", "amount_fen": 100_000}
    with union.wiring.database.write() as connection:
        assert (
            codes_of(handle(connection, event_of("application.submitted", FOREIGN, "2026-09-21", **aid)))
            == []
        )
        file = {"digest": "a" * 64, "sent_digest": "b" * 64, "media_type": "image/png", "size_bytes": 1}
        said = {"pages": '["a"]', "title": "收入证明", "officer": "wang", "stored_at": NOW}
        key = {"number": 1, "member_id": FOREIGN, "kind": "application", "subject": "困难帮扶/2026"}
        connection.execute(attachments.insert().values(**key, **file, **said))
        photo = add_photo(connection, "there", b"jpeg", "keeper:abcdefgh", NOW)
        own = application_steps.c.member_id == FOREIGN
        application = connection.execute(
            select(func.min(application_steps.c.sequence)).where(own)
        ).scalar_one()
    begun = {
        "/desk/hotline/cases/": (
            "/desk/hotline/cases/open",
            {**CALL, "organisation": THERE, "member": FOREIGN, "name": NAMES[FOREIGN]},
        ),
        "/desk/hardship/files/": (
            "/desk/hardship/files/open",
            {**OPENED, "organisation": THERE, "member": FOREIGN},
        ),
        "/desk/hardship/income-lines/": (
            "/desk/hardship/income-lines/decide",
            {"organisation": THERE, "line": "900", "since": "2026-10-01", "document": "文号"},
        ),
        "/desk/inspections/plans/": (
            "/desk/inspections/plans/plan",
            {"station": "there", "due": "2027-01-31"},
        ),
        "/desk/merchants/": ("/desk/merchants/add", {"name": "泉边面馆"}),
        "/desk/planning/scenarios/": (
            "/desk/planning/scenarios/create",
            {"name": "晚上开到十点", "area": THERE},
        ),
    }
    make_link(union.wiring, THERE)
    analysis = begin_analysis(site, "access", DEMO, area="370202")
    found = {
        "/desk/planning/analyses/": analysis.headers["location"].rpartition("/")[2],
        "/desk/corrections/": f"{FOREIGN}.skill_level",
        "/desk/hotline/articles/": "1",
        "/desk/polls/": "poll-there",
        "/desk/organisations/": THERE,
        "/desk/applications/": str(application),
        "/desk/rider-reports/": report_station(union.wiring, "there"),
        "/desk/register/": "there",
        "/desk/stations/photos/": str(photo),
    }
    for prefix, (page, fields) in begun.items():
        sent = site.send(page, page, DEMO, **fields)
        assert sent.status_code == 303, text_of(sent)
        found[prefix] = sent.headers["location"].partition("?")[0].removeprefix(prefix)
    plan = {"number": 2, "kind": "inspection", "subject": found["/desk/inspections/plans/"]}
    with union.wiring.database.write() as connection:
        connection.execute(attachments.insert().values(**plan, **file, **said))
        terms = {"grants": 2, "members": 2, "amount_fen": 1, "stopped_by_act": 1}
        terms |= dict.fromkeys(("version", "since", "until"))
        proposed = ("wang", "例行办理", NOW)
        for begin, kind in (("reversals/", PendingKind.MASS_REVERSAL), ("", PendingKind.STOP_LIFT)):
            made = propose_pending_act(connection, kind, f"pack@{THERE}", terms, proposed)
            found[f"/desk/approvals/{begin}"] = str(made.number)
    return found | plant_join(site, union) | plant_claim(site)


def plant_join(site: Officers, union: TwoDistricts) -> dict[str, str]:
    """Let a request wait for an organisation of the other district, which says that it reviews."""
    waiting = {
        "state": "waiting",
        "review_cause": "review",
        "reviewer": OTHER_UNION,
        "review_until": NOW,
        "member_id": MOVED,
    }
    with union.wiring.database.write() as connection:
        own = update(join_requests).where(join_requests.c.id == union.there.join)
        connection.execute(own.values(waiting))
    review = "/desk/joins/settings/review"
    assert site.send(review, review, DEMO, organisation=OTHER_UNION, reason="会章规定").status_code == 303
    return {"/desk/joins/settings/": OTHER_UNION, "/desk/joins/": union.there.join}


def plant_claim(site: Officers) -> dict[str, str]:
    """Give the other district a policy of mutual aid with a claim; return the numbers of both."""
    policies, above = "/desk/mutual-aid/policies", "case_worker/ancestor"
    written = {**POLICY, "organisation": THERE}
    page = send_act(site, f"{policies}/write", above, **written)
    send_act(site, f"{page}/approve", DEMO, version="1")
    send_act(site, f"{page}/enrol", DEMO, source="list", on="2026-05-01", members=FOREIGN, version="2")
    claim = send_act(site, f"{page}/submit", DEMO, **{**CLAIM, "member": FOREIGN}, version="3")
    number = page.rpartition("/")[2]
    return {
        f"{policies}/": number,
        "/desk/mutual-aid/claims/": claim.rpartition("/")[2],
        "/desk/mutual-aid/enrolments/": f"{number}.{FOREIGN}",
    }


def address(template: str, known: Neighbours) -> str:
    numbers = {
        "/desk/money/vouchers/": known.grant,
        "/desk/money/payouts/": known.batch,
        "/desk/money/payments/": known.payment,
        "/desk/money/bank/": "1",
        "/desk/appeals/": known.appeal,
        "/desk/members/{thing}": FOREIGN,
        **known.numbers,
    }
    number = next((one for prefix, one in numbers.items() if template.startswith(prefix)), "f" * 32)
    parts = {
        "number": number, "thing": number, "paper": "1", "file": "1", "page": "1", "form": "xlsx",
        "id:path": "there", "id": "f" * 32, "id_": number, "member": FOREIGN, "grant": known.grant,
        "payment": known.payment, "code": THERE, "batch": known.batch, "hash_": "a" * 64, "rule": "pack",
        "kind": "access", "act": "accept", "visit": "1", "decision": "approve",
        "debt": "a" * 40, "key": "abcdefgh",
    }  # fmt: skip
    return re.sub(r"\{([^}]+)\}", lambda found: parts[found[1]], template)


_REFUSED = (httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND)
UNKNOWN = {"grant": "0" * 40, "payment": "PB999999-000001", "id:path": "nowhere"}


def is_answered_as_unknown(site: Officers, template: str, page: httpx.Response, who: str) -> bool:
    """Whether a page on something of the other district says the same as one on something that isn't there."""
    name = template.split("{")[1].split("}")[0]
    path = template.replace(f"{{{name}}}", UNKNOWN.get(name, ""))
    unknown = site.open(path, who)
    asked = page.request.url.path.removesuffix("/findings").rpartition("/")[2]
    said, expected = (
        text_of(one).replace(asked.casefold(), "…").replace(UNKNOWN[name].casefold(), "…")
        for one in (page, unknown)
    )
    return page.status_code == unknown.status_code == 422 and said == expected


def find_markers(text: str, sent: str) -> list[str]:
    """Return what of the other district's members stands in a page and not in what was asked for."""
    return [marker for marker in MARKERS if marker in text and marker not in sent]


def find_faults_of_page(site: Officers, known: Neighbours, template: str, role: Role) -> list[str]:
    """Return what is wrong with the answer to a page on something of the other district."""
    path, right = address(template, known), officer_page_rights()["GET", template]
    who = f"{role.value}/inside"
    page, found = site.open(path, who), list[str]()
    if right is not None and right not in RIGHTS[role]:
        found += ["let in"] * (page.status_code != httpx.codes.FORBIDDEN)
    elif template not in OF_NO_PLACE and page.status_code not in _REFUSED:
        found += ["shown"] * (not is_answered_as_unknown(site, template, page, who))
    found += ["broken"] * (page.status_code >= httpx.codes.INTERNAL_SERVER_ERROR)
    secrets = (known.grant, known.appeal, known.decision)  # a payment's number is an example too
    found += [one for one in secrets if one in page.text and one not in path] + find_markers(page.text, path)
    return [f"{who} {path}: {one}" for one in found]


def find_faults_of_list(site: Officers, known: Neighbours, path: str, role: Role) -> list[str]:
    """Return what a list tells of the other district, or that it is shown without the right."""
    right, found = officer_page_rights()["GET", path], list[str]()
    secrets = (known.grant, known.payment, known.appeal, known.decision, known.batch)
    for query in ("", *QUERIES.get(path, ())):
        asked = f"{path}?{query}" if query else path
        page = site.open(asked, f"{role.value}/inside")
        may_read = right is None or right in RIGHTS[role]
        found += [f"{asked}: let in"] * (page.status_code == httpx.codes.OK and not may_read)
        found += [f"{asked}: broken"] * (page.status_code >= httpx.codes.INTERNAL_SERVER_ERROR)
        told = [*find_markers(page.text, asked), *(one for one in secrets if one in page.text)]
        found += [f"{role.value} {asked}: {one}" for one in told]
    return found


def test_no_page_shows_anything_of_the_other_district_to_who_may_open_it(
    site: Officers, neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One role that holds the page's right; each role is `make endure`'s."""
    monkeypatch.delattr("benefits.reporting.dossier.check_grant")  # read once the member is covered
    found = []
    for path in PAGES:
        right = officer_page_rights()["GET", path]
        role = roles_with(right)[0] if right else Role.CASE_WORKER
        find = find_faults_of_page if "{" in path else find_faults_of_list
        found += find(site, neighbours, path, role)
    assert found == []


def test_every_page_opens_for_who_may_see_all(site: Officers, neighbours: Neighbours) -> None:
    paths = [path for path in PAGES if not path.startswith(NOT_PLANTED) and "/papers/" not in path]
    answers = {path: site.open(address(path, neighbours), DEMO).status_code for path in paths}
    assert {path: status for path, status in answers.items() if status != 200} == {}


@pytest.mark.endure
@pytest.mark.parametrize("role", Role)
def test_no_page_shows_anything_of_the_other_district_to_any_role(
    site: Officers, neighbours: Neighbours, role: Role
) -> None:
    found = [one for path in ABOUT_ONE for one in find_faults_of_page(site, neighbours, path, role)]
    found += [one for path in LISTS for one in find_faults_of_list(site, neighbours, path, role)]
    assert found == []


def test_who_reads_an_appeal_is_recorded_about_its_member(site: Officers, neighbours: Neighbours) -> None:
    def list_readings() -> list[str | None]:
        c = audit_entries.c
        query = select(c.organisation).where(c.act == "applications.read", c.object_id == FOREIGN)
        with neighbours.union.wiring.database.read() as connection:
            return list(connection.execute(query.order_by(c.sequence)).scalars())

    before, page = list_readings(), f"/desk/appeals/{neighbours.appeal}"
    assert neighbours.appeal not in site.open("/desk/appeals", "case_worker/inside").text
    assert site.open(page, "case_worker/inside").status_code == 404
    assert neighbours.appeal in site.open("/desk/appeals", "case_worker/ancestor").text
    assert list_readings() == before, "a list has none of the member's words"
    assert "请再看一次" in site.open(page, "case_worker/ancestor").text
    assert list_readings() == [*before, OTHER_UNION]
    site.send(f"{page}/answer", f"{page}/answer", "case_worker/ancestor", verdict="")
    assert list_readings() == [*before, *[OTHER_UNION] * 3], "the form, and the page that shows it again"
