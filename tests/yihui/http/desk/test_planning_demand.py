"""A planner uploads a file of demand, sees how it is read, stores it, computes an analysis by it and deletes it."""

import re

import httpx
import pytest
from sqlalchemy import delete, insert, select

from geo.registry.planning import find_demand_file
from tests.yihui.http.desk.officers import PLANNER, PLANNER_ABOVE, acts_of, send_files
from tests.yihui.http.desk.test_planning_analyses import PAGE as ANALYSES
from tests.yihui.http.desk.test_planning_analyses import compute, send
from tests.yihui.http.two_districts import PROVINCE, TwoDistricts
from tools.servers.desk import DEMO, Officers, text_of, wait_for_reading
from tools.servers.officers import add_officer, appoint
from yihui.access.job_tables import jobs
from yihui.access.roles import Role
from yihui.operations.uploads import STORED_FOR, delete_old_uploads
from yihui.services.operation.jobs import MAX_WAITING, JobState, find_latest_job

PAGE = "/desk/planning/demand"
UPLOAD = f"{PAGE}/upload"
POINTS = "经度,纬度,订单量\n117.03,36.67,40\n117.05,36.66,60\n"
FIELDS = {"area": "济南市历下区（370102）", "demand_datum": "wgs84"}
RUNS_JOBS = True


@pytest.fixture(scope="module", autouse=True)
def planner(union: TwoDistricts) -> None:
    """The officer of all roles is one whose jobs may run: they act with the stored roles."""
    with union.wiring.database.write() as connection:
        add_officer(connection, "li.min")
        appoint(connection, "li.min", Role.PLANNER.value, PROVINCE)


def upload(site: Officers, content: str = POINTS, who: str = PLANNER, **fields: str) -> httpx.Response:
    data = {**FIELDS, "form_key": site.form_key(UPLOAD, who), **fields}
    return send_files(site, UPLOAD, who, {"upload": ("订单.csv", content)}, **data)


def preview_of(site: Officers, *args: object, who: str = PLANNER, **fields: str) -> str:
    sent = upload(site, *args, who=who, **fields)  # type: ignore[arg-type]
    assert sent.status_code == 303, text_of(sent)
    return wait_for_reading(site, sent.headers["location"].partition("?")[0], who)


def store(site: Officers, name: str, who: str = PLANNER, content: str = POINTS, **fields: str) -> str:
    preview = preview_of(site, content, who=who, **fields)
    sent = site.send(preview, f"{preview}/store", who, name=name, version="1")
    assert sent.status_code == 303, text_of(sent)
    return sent.headers["location"].partition("?")[0]


def test_a_file_is_shown_as_it_is_read_before_it_is_stored(site: Officers, union: TwoDistricts) -> None:
    for field, value in (("raster_resolution", "4"), ("leave_out", "all"), ("demand_datum", "itrf")):
        refused = upload(site, **{field: value})
        assert refused.status_code == 422 and value in text_of(refused)
    preview = preview_of(site)
    told = text_of(site.open(preview, PLANNER))
    assert "100 orders at 2 points" in told and "370102 历下区 100" in told
    assert "nothing is stored yet" in told and "订单" not in text_of(site.open(PAGE, PLANNER))
    assert site.open(preview, PLANNER_ABOVE).status_code in (200, 404)
    sent = site.send(preview, f"{preview}/store", PLANNER, name="九月订单", version="1")
    page = sent.headers["location"].partition("?")[0]
    assert "the file is stored" in text_of(site.open(sent.headers["location"], PLANNER))
    assert "九月订单" in text_of(site.open(PAGE, PLANNER))
    assert (
        site.send(page, f"{page}/store", PLANNER, name="再存", version="1").status_code == 404
    )  # it is used up
    headers = {"x-actor": PLANNER, "accept-language": "en"}
    shown = site.client.get(page.replace("/desk", "/api/v1"), headers=headers).json()
    assert (shown["title"], shown["area"], shown["acts"]) == ("九月订单", "济南市历下区", ["delete"])
    assert [row["column_2"] for row in shown["sums"]] == ["100"]
    assert ("li.min", "planning.run.store") in acts_of(union.wiring, page.rpartition("/")[2])
    site.send(page, f"{page}/delete", PLANNER, version="1")


def test_a_refused_form_keeps_its_file(site: Officers) -> None:
    refused = upload(site, demand_datum="itrf")
    (kept,) = re.findall(r'name="upload_upload" value="(\w+)"', refused.text)
    again = site.send(UPLOAD, UPLOAD, PLANNER, **FIELDS, upload_upload=kept)
    assert again.status_code == 303, text_of(again)
    preview = wait_for_reading(site, again.headers["location"].partition("?")[0], PLANNER)
    assert "100 orders at 2 points" in text_of(site.open(preview, PLANNER))


def test_faults_are_shown_by_row_in_the_forms_words_and_another_reading_mends_them(site: Officers) -> None:
    rows = POINTS + "120.38,36.06,5\n117.04,36.66,-3\n"
    preview = preview_of(site, rows, demand_datum="")
    told = text_of(site.open(preview, PLANNER))
    assert "in which datum" in told and "“datum of longitude and latitude” wgs84" in told and "--" not in told
    again = site.send(f"{preview}/read", f"{preview}/read", PLANNER, demand_datum="wgs84", version="1")
    assert again.status_code == 303
    wait_for_reading(site, preview, PLANNER)
    told = text_of(site.open(preview, PLANNER))
    assert "“leave out: rows outside of the area”" in told
    assert "4 the point 120.38000, 36.06000" in told and "5 the demand -3 is negative" in told
    key = site.form_key(f"{preview}/read", PLANNER)
    refused = site.send(preview, f"{preview}/store", PLANNER, key=key, name="有错的", version="1")
    assert refused.status_code == 422 and "negative" in text_of(refused)
    assert "有错的" not in text_of(site.open(PAGE, PLANNER))

    mended = preview_of(site, rows.replace("-3", "3"), leave_out="outside")
    assert "103 orders at 3 points" in text_of(site.open(mended, PLANNER))
    assert "left out, outside the area: 1 rows, 5" in text_of(site.open(mended, PLANNER))


def test_a_reading_that_is_refused_leaves_how_the_file_was_read(site: Officers, union: TwoDistricts) -> None:
    preview = preview_of(site)
    with union.wiring.database.write() as connection:
        done = connection.execute(select(jobs).where(jobs.c.page == preview)).mappings().one()
        open_ones = [f"{number:032}" for number in range(MAX_WAITING)]
        running = {**done, "page": "/desk", "state": JobState.RUNNING, "ended_at": None}
        del running["number"]
        others = [{**running, "id": id_} for id_ in open_ones]
        connection.execute(insert(jobs).values(others))
    refused = site.send(f"{preview}/read", f"{preview}/read", PLANNER, demand_datum="gcj02", version="1")
    assert refused.status_code == 429
    with union.wiring.database.write() as connection:
        connection.execute(delete(jobs).where(jobs.c.id.in_(open_ones)))
    stored = site.send(preview, f"{preview}/store", PLANNER, name="没有重读", version="1")
    page = stored.headers["location"].partition("?")[0]
    with union.wiring.database.read() as connection:
        kept = find_demand_file(connection, page.rpartition("/")[2])
    assert kept is not None and kept.options["demand_datum"] == "wgs84"


def test_a_failed_reading_shows_its_faults_after_the_upload_was_deleted(
    site: Officers, union: TwoDistricts
) -> None:
    preview = preview_of(site, POINTS + "117.04,36.66,-3\n")
    job = find_latest_job(union.wiring, "li.min", preview)
    assert job is not None
    assert site.open(f"/desk/jobs/{job.id}", PLANNER).headers["location"] == preview
    delete_old_uploads(union.wiring, union.wiring.now() + 2 * STORED_FOR)
    shown = site.open(f"/desk/jobs/{job.id}", PLANNER)
    assert shown.status_code == 200 and "the demand -3 is negative" in text_of(shown)


def test_a_file_is_for_planners_of_its_area_and_deleted_by_its_owner_alone(site: Officers) -> None:
    page = store(site, "本区订单")
    assert site.open(page, PLANNER_ABOVE).status_code == 200
    assert site.open(PAGE, "register_keeper/inside").status_code == 403
    far = store(site, "青岛订单", DEMO, area="370202", content="经度,纬度,订单量\n120.38,36.06,7\n")
    assert site.open(far, PLANNER).status_code == 403
    assert "青岛订单" not in text_of(site.open(PAGE, PLANNER))
    for who, file, status in ((DEMO, page, 403), (PLANNER, far, 403)):
        key = site.form_key(UPLOAD, who)
        refused = site.post(f"{file}/delete", who, form_key=key, checked="yes", version="1")
        assert refused.status_code == status, (file, text_of(refused))
    assert site.send(far, f"{far}/delete", DEMO, version="1").status_code == 303
    unticked = site.send(page, f"{page}/delete", PLANNER, checked="", version="1")
    assert unticked.status_code == 422
    deleted = site.send(page, f"{page}/delete", PLANNER, version="1")
    assert deleted.status_code == 303 and "was deleted" in text_of(
        site.open(deleted.headers["location"], PLANNER)
    )
    assert site.open(page, PLANNER).status_code == 404


def test_an_analysis_is_computed_by_a_file_which_may_be_deleted_afterwards(site: Officers) -> None:
    page = store(site, "外卖订单", DEMO)
    asked = {"radius_m": "500", "demand": f"uploaded:{page.rpartition('/')[2]}"}
    assert "外卖订单" in text_of(site.open(f"{ANALYSES}/new/coverage", DEMO))
    computed = compute(site, "coverage", **asked)
    told = text_of(site.open(computed, DEMO))
    assert "外卖订单" in told and "100 orders" in told

    site.send(page, f"{page}/delete", DEMO, version="1")
    assert "100 orders" in text_of(site.open(computed, DEMO))
    refused = send(site, "coverage", DEMO, **asked)
    assert refused.status_code == 422 and "is no choice" in text_of(refused)


def test_a_file_of_another_place_is_no_demand_of_an_analysis(site: Officers) -> None:
    far = store(site, "青岛订单", DEMO, area="370202", content="经度,纬度,订单量\n120.38,36.06,7\n")
    assert "青岛订单" not in text_of(site.open(f"{ANALYSES}/new/coverage", PLANNER))
    refused = send(site, "coverage", PLANNER, demand=f"uploaded:{far.rpartition('/')[2]}")
    assert refused.status_code == 422
    site.send(far, f"{far}/delete", DEMO, version="1")
