"""A planner begins each planning command from a form, finds its figures and files again, and others may not."""

import io
import re
import sys
from base64 import b64decode
from datetime import date, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import python_calamine as calamine
from sqlalchemy import delete

from core.civil_time import CIVIL_TIME
from geo.coverage.cells import cell_name_at
from geo.registry.usage_counts import record_search_counts, search_counts
from geo.usage_counts import SEARCH_H3_RESOLUTION, SearchCount
from tests.yihui.http.desk.officers import PLANNER, acts_of, send_files
from tests.yihui.http.two_districts import TwoDistricts
from tools.servers.desk import DEMO, Officers, text_of, wait_for_job
from yihui.access.job_tables import job_files
from yihui.bootstrap import Wiring
from yihui.frame.typed import parse_values, read_typed
from yihui.planning.analysis.forms import find_form
from yihui.planning.analysis.kinds import ANALYSIS_KINDS, AnalysisRun
from yihui.planning.order import AreaOrder
from yihui.planning.searches.run import has_searches
from yihui.planning.tables import answer_texts
from yihui.runtime.language import load_language
from yihui.runtime.progress import observe_progress

pytestmark = pytest.mark.endure
RUNS_JOBS = True

PAGE = "/desk/planning/analyses"
AREA, NINE = "370102", "2026-10-09T09:00"
AT = datetime(2026, 10, 9, 9, tzinfo=CIVIL_TIME)
ENGLISH = load_language("en")
FIGURES = re.compile(r'<dl class="key-figures">.*?</dl>|<table class="stack">.*?</table>', re.DOTALL)


def send(
    site: Officers,
    analysis: str,
    who: str = PLANNER,
    **fields: str | list[str],
) -> httpx.Response:
    page = f"{PAGE}/new/{analysis}"
    wish = {"area": AREA, "demand": "population", "at": NINE, "form_key": site.form_key(page, who), **fields}
    sent = {name: value for name, value in wish.items() if value}
    return send_files(site, page, who, {"none": ("", b"")}, **sent)


def compute(site: Officers, analysis: str, who: str = DEMO, **fields: object) -> str:
    """Begin an analysis, wait for it, and return the path of its page."""
    sent = send(site, analysis, who, **fields)  # type: ignore[arg-type]
    assert sent.status_code == 303, text_of(sent)
    return wait_for_job(site, sent.headers["location"], who)


def download(site: Officers, page: str, ending: str, who: str = PLANNER) -> httpx.Response:
    links = re.findall(rf'href="({page}/[^"]*{re.escape(ending)})"', site.open(page, who).text)
    assert len(links) == 1, links
    found = site.open(links[0], who)
    assert found.status_code == 200
    assert found.headers["content-disposition"].startswith("attachment")
    return found


def english(wiring: Wiring) -> Wiring:
    return wiring.in_language(ENGLISH)


def record_searches(wiring: Wiring) -> None:
    searched = date(2026, 8, 20)
    one = SearchCount(cell_name_at(117.0204, 36.6683, SEARCH_H3_RESOLUTION), searched, 2, False, 40)
    with wiring.database.write() as connection:
        record_search_counts(connection, [one], searched)


def test_access_has_the_figures_of_the_command(site: Officers, union: TwoDistricts) -> None:
    page = compute(site, "access", zones_typed="500:1,1000:0.5", radius_m="", area="历下")
    figures = download(site, page, ".json").json()
    assert (figures["method"], figures["capacity"], figures["area"]) == ("E2SFCA", "1", AREA)
    shown = site.open(page, PLANNER)
    told = text_of(shown)
    assert 'id="words"' in shown.text, "its script speaks the reader's language"
    book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(download(site, page, ".xlsx").content))
    (name, people, mean, without), *_ = book.get_sheet_by_index(1).to_python()[1:]
    assert name == "历下区" and people > 900_000 and mean > 0 and 0 < without < 1  # type: ignore[operator]
    assert "e2sfca" in told and "gini" in told and "历下区" in told
    assert (DEMO, "planning.run.begin") in acts_of(union.wiring, page.rpartition("/")[2])


def test_ways_by_street_are_not_offered_where_no_streets_are_installed(site: Officers) -> None:
    shown = site.open("/desk/planning/analyses/new/coverage", PLANNER).text
    assert 'name="radius_m"' in shown and 'name="travel"' not in shown and 'name="minutes"' not in shown


def order_of(kind: str, typed: dict[str, str]) -> AreaOrder:
    """Return the order of a page on which this was typed."""
    model, sent = find_form(kind).order, {"area": AREA, "at": NINE, **typed}
    return parse_values(model, read_typed(model, {name: [value] for name, value in sent.items()}), AT)


class Watcher:
    """Counts the steps of an analysis, and how far each came."""

    def __init__(self) -> None:
        self.steps = 0

    def begin_step(self) -> None:
        self.steps += 1

    def advance(self, share: float) -> None:
        assert 0 <= share <= 1


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("coverage", {"by": "county", "hours": "yes"}),
        ("gaps", {}),
        ("searches", {}),
        ("access", {}),
        ("sites", {"p": "1", "curve": "yes", "grid_m": "900"}),
        ("comparison", {"before_register": "test", "hours": "yes"}),
        ("map", {"gaps": "night", "with_hours": "yes"}),
        ("layers", {"gpkg": "yes"}),
        ("report", {"xlsx": "yes", "map": "yes"}),
    ],
)
def test_an_analysis_reports_the_steps_that_its_bar_expects(
    union: TwoDistricts, tmp_path: Path, kind: str, typed: dict[str, str]
) -> None:
    record_searches(union.wiring)
    order = order_of(kind, typed)
    watcher, found = Watcher(), ANALYSIS_KINDS[kind]
    with observe_progress(watcher):
        answer = found.run(AnalysisRun(english(union.wiring), order, tmp_path))
    assert watcher.steps == found.count_steps(order)
    texts = answer_texts(answer, ENGLISH)
    assert len(texts["figures"]) == 3 and texts["map"]["places"]
    told = "\n".join(texts["lines"])
    assert not re.search(r"yihui [a-z]|YIHUI_|--[a-z]", told), "an officer has no console"


def test_cells_are_marked_on_the_map_where_most_people_have_no_place(
    union: TwoDistricts, tmp_path: Path
) -> None:
    run = AnalysisRun(english(union.wiring), order_of("coverage", {"by": "cell"}), tmp_path)
    texts: Any = answer_texts(ANALYSIS_KINDS["coverage"].run(run), ENGLISH)
    (table,), marks = texts["tables"], texts["map"]["gaps"]["rows"]
    lit = {key: row for key, row in zip(table["keys"], table["rows"], strict=True) if key}
    assert list(lit) == [f"gap {place}" for place in range(len(marks))] and marks
    assert ["gap", "", "Hatched: cells of which the most is not covered."] in map(
        list, texts["map"]["legend"]
    )
    assert [f"cell no. {row[0]}" for row in lit.values()] == [mark["name"] for mark in marks]


def test_a_pdf_that_the_site_can_t_make_costs_nothing_else(
    union: TwoDistricts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    order = order_of("report", {"pdf": "yes", "xlsx": "yes", "html": "yes"})
    run = AnalysisRun(english(union.wiring), order, tmp_path)
    answer = ANALYSIS_KINDS["report"].run(run)
    assert {path.suffix for path, _ in answer.files} == {".xlsx", ".html"} and answer.further
    assert "analysis.no_weasyprint" in {note.code for note in answer.notes}
    assert not re.search(r"yihui|apt-get|--", "".join(answer_texts(answer, ENGLISH)["lines"]))


def test_searches_are_offered_where_some_can_be_shown(site: Officers, union: TwoDistricts) -> None:
    with union.wiring.database.write() as connection:
        connection.execute(delete(search_counts))
    for analysis in ("searches", "coverage"):
        page = site.open(f"{PAGE}/new/{analysis}", PLANNER)
        assert "10/8/2026" in page.text and 'value="searches"' not in page.text
        assert ("</form>" in page.text.split("<main")[1]) is (analysis == "coverage")
    record_searches(union.wiring)
    assert 'value="searches"' in site.open(f"{PAGE}/new/coverage", PLANNER).text
    page = compute(site, "searches")
    told, drawn = site.open(page, PLANNER), site.open(f"{page}/drawn.json", PLANNER).json()
    assert "40 of 40 searches" in text_of(told) and "mon 02:00 (40)" in text_of(told)
    assert '<svg class="heat"' in told.text and len(drawn["gaps"]["rows"]) == 1
    shares = np.frombuffer(b64decode(drawn["areas"]["share"]["data"]), "<u2").reshape(-1, 168)[0]
    known = {hour: share for hour, share in enumerate(shares.tolist()) if share < 65_535}
    assert known == {2: 0}, "the map's share is the chart's: of the searches of an hour"
    for analysis, demand in (("searches", ""), ("coverage", "searches"), ("gaps", "population+searches=30%")):
        refused = send(site, analysis, DEMO, area="370202", demand=demand, at="")
        assert refused.status_code == 422 and "10/8/2026" in text_of(refused)


def test_a_question_about_a_county_without_searches_offers_none(site: Officers, union: TwoDistricts) -> None:
    record_searches(union.wiring)
    for area, is_offered in ((AREA, True), ("370202", False)):
        page = compute(site, "access", area=area)
        assert ('value="searches"' in site.open(page, DEMO).text) is is_offered
        assert has_searches(union.wiring, area) is is_offered
        with union.wiring.database.write() as connection:  # no look at it sums the months again
            connection.execute(delete(search_counts))
        assert ('value="searches"' in site.open(page, DEMO).text) is is_offered
        record_searches(union.wiring)


def test_a_result_whose_files_are_deleted_keeps_its_figures(site: Officers, union: TwoDistricts) -> None:
    page = compute(site, "access")
    assert 'class="answer-map"' in site.open(page, PLANNER).text
    with union.wiring.database.write() as connection:
        connection.execute(delete(job_files).where(job_files.c.job == page[-32:]))
    left = site.open(page, PLANNER)
    assert 'class="key-figures"' in left.text and 'class="answer-map"' not in left.text
    assert "sheet.svg" not in left.text and site.open(f"{page}/sheet.svg", PLANNER).status_code == 404


def test_only_planners_of_the_area_find_a_result_and_its_files(site: Officers) -> None:
    here, elsewhere = compute(site, "access"), compute(site, "access", area="370202")
    for page, status in ((here, 200), (elsewhere, 404)):
        link = re.search(rf'href="({page}/[^"]+json)"', site.open(page, DEMO).text)
        assert link
        for path in (page, link[1]):
            assert site.open(path, PLANNER).status_code == status  # the first is a colleague's
            assert site.open(path, "register_keeper/inside").status_code == 403
    listed = site.open("/desk/planning", PLANNER).text
    assert here in listed and elsewhere not in listed
    assert site.open(f"{here}/other.json", PLANNER).status_code == 404


def test_two_analyses_of_a_kind_stand_beside_each_other(site: Officers) -> None:
    near, far = compute(site, "access", radius_m="500"), compute(site, "access", radius_m="1500")
    for page, other in ((near, far), (far, near)):
        assert f'<option value="{other[-32:]}"' in site.open(page, PLANNER).text
    figures = [FIGURES.findall(site.open(page, PLANNER).text) for page in (near, far)]
    listed = text_of(site.open("/desk/planning", PLANNER))
    both = site.open(f"{near}?other={far[-32:]}", PLANNER)
    told = re.findall(r"<h2><a[^>]*>([^<]*)</a></h2>", both.text)
    assert len(set(told)) == 2 and all("m" in one and "2026" not in one for one in told)
    assert "500 m" in listed and "1,500 m" in listed
    assert FIGURES.findall(both.text) == [*figures[0], *figures[1]] and figures[0] != figures[1]
    gaps, elsewhere = compute(site, "gaps"), compute(site, "access", area="370202")
    assert site.open(f"{near}?other={gaps[-32:]}", PLANNER).status_code == 422
    assert site.open(f"{near}?other={elsewhere[-32:]}", PLANNER).status_code == 422


def test_a_failed_analysis_leads_back_to_its_form_as_it_was_filled_in(site: Officers) -> None:
    page = f"{PAGE}/new/sites"
    asked = {"area": AREA, "at": NINE, "radius_m": "750", "p": "3", "closable": "yes", "demand": "population"}
    list_ = {"candidates": ("list.csv", b"name\nhere\n")}
    job = send_files(site, page, DEMO, list_, form_key=site.form_key(page, DEMO), **asked).headers["location"]
    failed = wait_for_job(site, job, DEMO, ends_well=False)
    assert site.open(job, DEMO).headers["location"] == failed, (
        "its question says what is wrong, in the form's words"
    )
    link = re.search(rf'href="({page}\?again=[^"]+)"', site.open(failed, DEMO).text)
    assert link
    form = site.open(link[1], DEMO).text
    for value in (NINE, "750", "3", f"（{AREA}）"):
        assert re.search(rf'value="[^"]*{value}"', form), value
    assert re.search(r'name="closable"[^>]* checked', form)
    assert site.open(link[1].replace("/sites", "/gaps"), DEMO).status_code == 422


def test_a_refused_analysis_keeps_its_files(site: Officers) -> None:
    page, content = f"{PAGE}/new/sites", b"name,lon,lat\nhere,117.02,36.66\n"
    asked = {"area": AREA, "at": NINE, "demand": "population", "datum": "wgs84"}
    key = site.form_key(page, DEMO)
    refused = send_files(site, page, DEMO, {"candidates": ("list.csv", content)}, form_key=key, **asked)
    assert "nothing says how much may be built" in text_of(refused)
    (kept,) = re.findall(r'name="candidates_upload" value="([0-9a-f]{32})"', refused.text)
    asked |= {"p": "1", "candidates_upload": kept}
    done = send_files(site, page, DEMO, {"none": ("", b"")}, form_key=site.form_key(page, DEMO), **asked)
    assert "here" in text_of(site.open(wait_for_job(site, done.headers["location"], DEMO), DEMO))


def test_fields_that_make_no_sense_are_refused(site: Officers) -> None:
    for kind, fields, told in (
        ("access", {"area": "370202"}, "not yours to plan"),
        ("access", {"area": "市中区"}, "济南市市中区（370103）、枣庄市市中区（370402）"),
        ("access", {"radius_m": "-1"}, "reach in metres must be at least 50"),
        ("coverage", {"at": "1926-09-30T10:00"}, "choose a year from 2020 to 2035"),
        ("gaps", {"week_of": "1926-09-30", "at": ""}, "choose a year from 2020 to 2035"),
        ("coverage", {"by": "community"}, "no outlines of that level"),
        ("gaps", {"week_of": "gestern", "at": ""}, "is no date"),
        ("sites", {"p": ""}, "nothing says how much may be built"),
        ("report", {"pdf": ""}, "no file is chosen"),
    ):
        refused = send(site, kind, **fields)
        assert refused.status_code in (400, 422), (kind, fields)
        assert told in text_of(refused) and "--" not in text_of(refused), (kind, fields)


def test_each_area_that_a_name_may_mean_is_a_button_that_asks_again(site: Officers) -> None:
    offered = re.findall(r'<button[^>]* name="area" value="(\d+)"', send(site, "access", area="市中区").text)
    assert offered == ["370103", "370402"]
