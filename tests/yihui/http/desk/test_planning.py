"""A planner begins a scenario, changes stations, steps back, compares with today and prints a report."""

import io
import re
import time
from zipfile import ZipFile

import httpx
import pypdfium2
import pytest
import python_calamine as calamine

from tests.yihui.http.desk.officers import DEMO, Officers, acts_of, text_of
from tests.yihui.http.two_districts import TwoDistricts

pytestmark = pytest.mark.endure
RUNS_JOBS = True

PLANNER, OUTSIDER, ABOVE = "planner/inside", "planner/outside", "planner/ancestor"
PAGE = "/desk/planning"
INSIDE = {"lon": "117.05", "lat": "36.66"}


def begin(site: Officers, who: str = PLANNER, area: str = "370102", name: str = "历下补点") -> str:
    sent = site.send(PAGE, PAGE, who, name=name, area=area)
    assert sent.status_code == 303, text_of(sent)
    return sent.headers["location"].split("?")[0]


def version_of(site: Officers, page: str, who: str = PLANNER) -> str:
    found = re.search(r'name="version" value="(\d+)"', site.open(page, who).text)
    assert found
    return found[1]


def change(site: Officers, page: str, who: str = PLANNER, **fields: str) -> httpx.Response:
    fields = {"version": version_of(site, page, who), **fields}
    return site.send(page, f"{page}/changes", who, **fields)


def add(site: Officers, page: str, who: str = PLANNER, **fields: str) -> httpx.Response:
    return change(
        site, page, who, **{"act": "added", "name": "新驿站", "hours": "24小时", **INSIDE, **fields}
    )


def changes_of(site: Officers, page: str, who: str = PLANNER) -> str:
    return text_of(site.open(page, who)).split("changes", 1)[1].split("find a place")[0]


def test_each_change_is_listed_and_can_be_stepped_back_and_forth(site: Officers, union: TwoDistricts) -> None:
    page = begin(site)
    assert add(site, page).status_code == 303
    assert change(site, page, act="moved", station="here", **INSIDE).status_code == 303
    assert change(site, page, act="hours", station="here", hours="24小时").status_code == 303
    assert change(site, page, act="closed", station="here").status_code == 303
    told = changes_of(site, page)
    for part in (
        "add “新驿站” at 117.05000",
        "move “泉边驿站” to",
        "open “泉边驿站” 24小时",
        "close “泉边驿站”",
    ):
        assert part in told
    version = version_of(site, page)
    back = site.send(page, f"{page}/steps", PLANNER, step="undone", version=version)
    assert back.status_code == 303
    assert "again: close “泉边驿站”" in changes_of(site, page)
    version = version_of(site, page)
    site.send(page, f"{page}/steps", PLANNER, step="redone", version=version)
    assert "again:" not in changes_of(site, page)
    acts = [act for _, act in acts_of(union.wiring, page.rpartition("/")[2])]
    assert acts.count("planning.run.change") == 4 and acts.count("planning.run.step") == 2


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"lon": "120.38", "lat": "36.06"}, "lies outside of 历下区"),
        ({"lon": "36.66", "lat": "117.05"}, "“117.05” is no coordinate"),
        ({"lon": "nan"}, "“nan” is no coordinate"),
        ({"lon": ""}, "“” is no coordinate"),
        ({"hours": "看情况"}, "the opening hours can't be understood"),
        ({"name": ""}, "name is empty"),
        ({"act": "exploded"}, "station is empty"),
        ({"act": "moved", "station": "there"}, "no station of the area has the id there"),
        ({"act": "closed", "station": "<b>x</b>"}, "no station of the area has the id <b>x</b>"),
        ({"version": "99"}, "the scenario was changed in the meantime"),
        ({"version": "²"}, "is no choice for version"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(site: Officers, fields: dict[str, str], told: str) -> None:
    page = begin(site)
    refused = add(site, page, **fields)
    assert refused.status_code in (409, 422), refused.status_code
    assert told in text_of(refused)
    assert "no changes yet" in changes_of(site, page)


def test_a_scenario_belongs_to_its_planner_and_to_the_area(site: Officers) -> None:
    refused = site.send(PAGE, PAGE, PLANNER, name="青岛", area="370202")
    assert refused.status_code == 422 and "not yours to plan" in text_of(refused)
    wider = site.send(PAGE, PAGE, PLANNER, name="全省", area="370000")
    assert wider.status_code == 422
    above = begin(site, ABOVE, "370202", "青岛补点")
    assert site.open(above, ABOVE).status_code == 200
    # The same officer after losing the wider role: the scenario of the other city is nobody's business.
    assert site.open(above, PLANNER).status_code == 404
    assert "青岛补点" not in text_of(site.open(PAGE, PLANNER))
    assert site.open(above, DEMO).status_code == 404  # another person's


def test_a_shared_link_is_read_by_planners_of_the_place_alone(site: Officers) -> None:
    page = begin(site, DEMO, name="共享的")
    add(site, page, DEMO)
    assert site.send(page, f"{page}/settings", DEMO, act="share", version="1").status_code == 303
    link = re.search(r'href="(/desk/planning/shared/[^"]+)"', site.open(page, DEMO).text)
    assert link
    read = site.open(link[1], PLANNER)
    assert read.status_code == 200 and "add “新驿站”" in text_of(read)
    assert '<form method="post" action="/desk/planning' not in read.text
    assert site.open(link[1], "register_keeper/inside").status_code == 403
    elsewhere = begin(site, DEMO, "370202", "别处")
    site.send(elsewhere, f"{elsewhere}/settings", DEMO, act="share", version="0")
    other = re.search(r'href="(/desk/planning/shared/[^"]+)"', site.open(elsewhere, DEMO).text)
    assert other and site.open(other[1], PLANNER).status_code == 404
    site.send(page, f"{page}/settings", DEMO, act="unshare", version="1")
    assert site.open(link[1], PLANNER).status_code == 404


def test_a_scenario_is_deleted_only_when_that_is_ticked(site: Officers) -> None:
    page = begin(site)
    add(site, page)
    refused = site.send(page, f"{page}/settings", PLANNER, act="delete", checked="")
    assert refused.status_code == 422
    assert site.send(page, f"{page}/settings", PLANNER, act="delete").status_code == 303
    assert site.open(page, PLANNER).status_code == 404


def wait_for_job(site: Officers, job: str, who: str = DEMO) -> str:
    """Wait until a job has ended, as its page says."""
    deadline = time.monotonic() + 120
    while "show how far it is now" in (told := text_of(site.open(job, who))):
        assert time.monotonic() < deadline, told
        time.sleep(0.2)  # the job runs in a thread of the site, and its page is all that tells of its end
    return told


@pytest.fixture(scope="module")
def compared(site: Officers) -> str:
    """The page of a scenario that was compared with today."""
    page = begin(site, DEMO, name="=比较过的")
    add(site, page, DEMO)
    sent = site.send(page, f"{page}/comparison", DEMO, hour="9", radius="1000", demand="population")
    assert sent.status_code == 303, text_of(sent)
    assert "is done" in wait_for_job(site, sent.headers["location"])
    return page


def test_a_comparison_shows_who_gains(site: Officers, compared: str) -> None:
    told = text_of(site.open(compared, DEMO))
    assert "newly within reach of an open place: " in told and "no longer: 0 residents" in told
    assert "gaps without a place at any hour" in told and "gini coefficient" in told
    assert "the scenario has changed since" not in told


def test_the_report_is_a_workbook_and_a_pdf(site: Officers, compared: str) -> None:
    book = site.open(f"{compared}/report.xlsx", DEMO)
    assert book.status_code == 200
    sheets = calamine.CalamineWorkbook.from_filelike(io.BytesIO(book.content))
    about = [row[0] for row in sheets.get_sheet_by_index(0).to_python()]
    assert str(about[0]).startswith("'=") and any("add “新驿站”" in str(line) for line in about)
    assert len(sheets.sheet_names) >= 6
    assert b"<f>" not in b"".join(
        ZipFile(io.BytesIO(book.content)).read(one) for one in sheet_files(book.content)
    )
    pdf = site.open(f"{compared}/report.pdf", DEMO)
    assert pdf.status_code == 200 and pdf.content.startswith(b"%PDF-")
    pictures = [
        one
        for page in pypdfium2.PdfDocument(pdf.content)
        for one in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE])
    ]
    assert len(pictures) == 1, "the map of today and the scenario"
    assert site.open(f"{compared}/report.exe", DEMO).status_code == 422


def sheet_files(content: bytes) -> list[str]:
    return [name for name in ZipFile(io.BytesIO(content)).namelist() if "worksheets/sheet" in name]


def test_a_typed_place_fills_in_the_coordinates(site: Officers) -> None:
    page = begin(site)
    found = site.open(f"{page}?q=泉边驿站", PLANNER)
    link = re.search(r'href="(/desk/planning/[^"]+lon=117\.02100[^"]+)"', found.text)
    assert link, found.text
    filled = site.open(link[1].replace("&amp;", "&"), PLANNER).text
    assert 'value="117.02100"' in filled and 'value="36.66900"' in filled


def test_the_map_holds_changed_stations_and_cells_by_hour(site: Officers, compared: str) -> None:
    shown = site.open(f"{compared}/map.json", DEMO)
    assert shown.headers["cache-control"] == "no-store" and len(shown.content) < 60_000
    told = shown.json()
    by_name = {one["name"]: one for one in told["stations"]}
    assert by_name["新驿站"]["change"] == "added" and by_name["泉边驿站"]["change"] == ""
    assert "没有坐标的驿站" not in by_name and "海边驿站" not in by_name
    cells = told["cells"]
    assert len(cells["points"]) == len(cells["today"]) == len(cells["scenario"]) > 100
    assert all(len(one) == 24 and one.isdecimal() for one in (*cells["today"], *cells["scenario"]))
    at_night = [(one[2], other[2]) for one, other in zip(cells["today"], cells["scenario"], strict=True)]
    assert all(one == "0" for one, _ in at_night) and any(other > "0" for _, other in at_night)
    west, south, east, north = told["box"]
    assert west < 117.05 < east and south < 36.66 < north
    assert site.open(f"{compared}/map.json", PLANNER).status_code == 404


def test_progress_is_streamed_to_the_jobs_officer_alone(site: Officers, compared: str) -> None:
    listed = site.open("/desk/jobs", DEMO).text
    job = re.search(r'href="(/desk/jobs/[0-9a-f]{32})"', listed)
    assert job
    stream = site.open(f"{job[1]}/progress", DEMO)
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert stream.text.startswith("event: progress\ndata: {") and '"ended":true' in stream.text
    assert site.open(f"{job[1]}/progress", PLANNER).status_code == 404
    assert site.open(job[1], PLANNER).status_code == 404
    refused = site.post(f"{job[1]}/cancel", PLANNER, form_key="x.y")
    assert refused.status_code == 403


def test_proposed_sites_are_added_to_the_scenario_by_a_link(site: Officers, union: TwoDistricts) -> None:
    page = begin(site, DEMO, name="选址")
    add(site, page, DEMO)
    wish = {"sites": "2", "hour": "9", "radius": "1000", "demand": "population"}
    sent = site.send(f"{page}/sites", f"{page}/sites", DEMO, **wish)
    assert sent.status_code == 303, text_of(sent)
    assert "is done" in wait_for_job(site, sent.headers["location"])
    shown = site.open(f"{page}/sites", DEMO)
    links = re.findall(r'href="(/desk/planning/[^"]+lon=[^"]+)#add-station"', shown.text)
    assert len(links) == 2 and "newly served" in text_of(shown)
    points = [re.search(r"lon=([\d.]+)&amp;lat=([\d.]+)", link) for link in links]
    chosen = [(float(one[1]), float(one[2])) for one in points if one]
    # No proposal lies where the scenario's own new station serves already.
    assert all(abs(lon - 117.05) > 0.003 or abs(lat - 36.66) > 0.003 for lon, lat in chosen)
    filled = site.open(links[0].replace("&amp;", "&"), DEMO)
    assert f'value="{chosen[0][0]:.5f}"' in filled.text
    version = version_of(site, page, DEMO)
    add(site, page, DEMO, version=version, lon=f"{chosen[0][0]:.5f}", lat=f"{chosen[0][1]:.5f}", name="建议")
    assert "the scenario has changed since" in text_of(site.open(f"{page}/sites", DEMO))
    assert site.open(f"{page}/sites", PLANNER).status_code == 404
