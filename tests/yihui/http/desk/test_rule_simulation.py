"""Officers begin a simulation at the desk, leave it, find it again, and read its figures without script."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.members.organisations.acting import codes_of, event_of, handle
from tests.yihui.http.desk.officers import acts_of, open_desk
from tests.yihui.http.two_districts import (
    FOREIGN,
    HERE,
    MOVED,
    OWN,
    TwoDistricts,
    build_two_districts,
)
from tests.yihui.simulating import DRAFT, HOSTILE
from tools.servers.desk import Officers, text_of, wait_for_job
from tools.servers.officers import add_officer, appoint
from yihui.services.rules.versions import list_versions

pytestmark = pytest.mark.endure

PAGE = "/desk/rules/simulations"
AUTHOR = "rule_author/inside"
TEXT = DRAFT.format(title='"网上练兵"')
MEMBERS = (OWN, FOREIGN, MOVED)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[TwoDistricts]:
    """Two districts whose members completed courses; the officer who acts is appointed in the first one."""
    made = build_two_districts(tmp_path_factory.mktemp("town"), migrated_file)
    courses = [
        event_of("course.completed", member, f"2026-0{month}-20", course="安全", score=80)
        for member in MEMBERS
        for month in (7, 8)
    ]
    with made.wiring.database.write() as connection:
        assert codes_of(handle(connection, *courses)) == []
        add_officer(connection, "li.min")
        appoint(connection, "li.min", "rule_author", HERE)
    yield made
    made.wiring.close()


@pytest.fixture(scope="module")
def desk(town: TwoDistricts) -> Iterator[Officers]:
    with open_desk(town.wiring, runs_jobs=True) as opened:
        yield opened


def begin(desk: Officers, who: str = AUTHOR, **fields: str) -> httpx.Response:
    chosen = {"text": TEXT, "place": HERE, "backdate": "yes", **fields}
    form = f"{PAGE}/new?version={fields['version']}" if "version" in fields else ""
    key = desk.form_key(form or "/desk/rules/new", who)
    return desk.post(PAGE, who, form_key=key, **chosen)


def finish(desk: Officers, sent: httpx.Response, who: str = AUTHOR) -> str:
    """Wait for the job; return the address of its result."""
    assert sent.status_code == 303, text_of(sent)
    return wait_for_job(desk, sent.headers["location"], who)


@pytest.fixture(scope="module")
def finished(desk: Officers) -> str:
    return finish(desk, begin(desk))


def test_the_figures_are_those_of_the_officers_subtree(desk: Officers, finished: str) -> None:
    page = desk.open(finished, AUTHOR)
    told = text_of(page)
    # One member of three is in the district of today's roll at that time: two courses in one quarter.
    assert re.search(r"of [^,]*370102, begun by [^·]*li\.min", told)
    assert "members who gain: 1, 200 yuan in all; who lose: 0, 0 yuan in all" in told
    assert "370202" not in told and not any(member in told for member in MEMBERS)
    assert len(re.findall(r"<svg [^>]*aria-label=", page.text)) == 2


def test_a_draft_goes_from_the_editor_to_the_form_and_is_stored_nowhere(desk: Officers) -> None:
    assert f'formaction="{PAGE}/new"' in desk.open("/desk/rules/new", AUTHOR).text
    page = desk.post(f"{PAGE}/new", AUTHOR, text=TEXT, checked="", **{"table:rates.json": "{}"})
    assert (
        page.status_code == 200
        and 'name="table:rates.json"' in page.text
        and "event.score &gt;= param.pass_mark" in page.text
    )
    assert desk.post(f"{PAGE}/new", AUTHOR, origin="https://evil.example", text=TEXT).status_code == 403
    assert desk.post(f"{PAGE}/new", AUTHOR, text=" ").status_code == 422
    assert desk.post(f"{PAGE}/new", AUTHOR, text="x" * 70_000).status_code == 413


def test_a_version_is_begun_from_its_page_and_acts_once(desk: Officers, town: TwoDistricts) -> None:
    versions = list_versions(town.wiring)
    hash_ = next(one.hash for one in versions if (one.rule, one.state) == ("training-points", "active"))
    assert f"{PAGE}/new?version={hash_}" in desk.open(f"/desk/rules/versions/{hash_}", AUTHOR).text
    form = f"{PAGE}/new?version={hash_}"
    key = desk.form_key(form, AUTHOR)
    first = desk.post(PAGE, AUTHOR, form_key=key, version=hash_, place=HERE)
    again = desk.post(PAGE, AUTHOR, form_key=key, version=hash_, place=HERE)
    assert first.headers["location"] == again.headers["location"]
    path = finish(desk, first)
    assert f'href="/desk/rules/versions/{hash_}"' in desk.open(path, AUTHOR).text
    assert ("li.min", "rules.simulate.begin") in acts_of(town.wiring, path.rpartition("/")[2])
    assert desk.open(f"{PAGE}/new?version={'a' * 64}", AUTHOR).status_code in (404, 422)


def test_a_hostile_draft_is_escaped(desk: Officers) -> None:
    content = DRAFT.format(title=json.dumps(HOSTILE))
    path = finish(desk, begin(desk, text=content))
    for page in (desk.open(path, AUTHOR), desk.open(PAGE, AUTHOR)):
        assert "<img src=x" not in page.text and "<script>alert" not in page.text
