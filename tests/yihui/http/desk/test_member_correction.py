"""A fact corrected at the officers' pages: chosen, proven, previewed, confirmed once after a fresh log-in."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import httpx
import pytest

from members import facts_on, read_member_changes
from tests.members.organisations.acting import NOW
from tests.yihui.files.test_pictures import picture
from tests.yihui.http.desk.officers import CASE_WORKER, acts_of, open_desk, send_files
from tests.yihui.http.two_districts import (
    OWN,
    TODAY,
    TwoDistricts,
    officer,
    read_actor,
)
from tools.servers.desk import Officers, text_of
from yihui.access.actor import Actor
from yihui.access.roles import Role

PAGE, STALE = f"/desk/corrections/{OWN}.birthday", "stale"
FORM = f"{PAGE}/correct"
SENT = {"value": "1990-02-03", "title": "户口簿", "reason": "登记有误", "version": "1"}


def read_visitor(request: object) -> Actor | None:
    if request.headers["x-actor"] == STALE:  # type: ignore[attr-defined]
        return replace(officer(Role.CASE_WORKER, "inside"), authenticated_at=NOW - timedelta(minutes=6))
    return read_actor(request)  # type: ignore[arg-type]


@pytest.fixture
def site(fresh_union: TwoDistricts) -> Iterator[Officers]:
    with open_desk(fresh_union.wiring, read_visitor) as opened:
        yield opened


def send(site: Officers, content: bytes = b"", who: str = CASE_WORKER, **fields: str) -> httpx.Response:
    sent = {**SENT, "form_key": site.form_key(FORM, CASE_WORKER), **fields}
    return send_files(site, FORM, who, {"picture": ("张三.png", content)}, **sent)


def birthday(fresh_union: TwoDistricts) -> object:
    with fresh_union.wiring.database.read() as connection:
        return facts_on(read_member_changes(connection, [OWN])[OWN], TODAY)["member.birthday"]


def test_a_fact_is_corrected_once_and_the_proof_is_shown(site: Officers, fresh_union: TwoDistricts) -> None:
    listed = site.open(f"/desk/corrections?member={OWN}", CASE_WORKER)
    assert "date of birth" in text_of(listed) and PAGE in listed.text
    assert send(site, picture(), checked="yes").status_code == 200, "a preview comes first"
    preview = send(site, picture(), step="preview")
    assert preview.status_code == 200, text_of(preview)
    told = text_of(preview)
    assert "not known" in told and "1990" in told and "no rule grants or takes back anything" in told
    assert birthday(fresh_union) is None
    (sent,) = re.findall(r'<img[^>]* src="(/desk/uploads/\w+/pages/1)"', preview.text)
    (seen,) = re.findall(r'name="previewed" value="([\w.]+)"', preview.text)
    kept = {"picture_upload": sent.split("/")[3], "previewed": seen}
    assert site.open(sent, CASE_WORKER).content[:3] == b"\xff\xd8\xff"
    assert site.open(sent, "demo").status_code == 404, "another officer's"
    assert site.open(sent.replace("pages/1", "pages/2"), CASE_WORKER).status_code == 404
    unsure = send(site, **kept)
    assert unsure.status_code == 422 and kept["picture_upload"] in unsure.text, "the document stays chosen"
    assert send(site, **kept, checked="yes", value="1991-02-03").status_code == 200, "of this value, too"
    assert birthday(fresh_union) is None
    key = site.form_key(FORM, CASE_WORKER)
    for _ in range(2):  # a double click
        done = send(site, **kept, checked="yes", form_key=key)
        assert (done.status_code, done.headers["location"]) == (303, f"{PAGE}?done=correct")
    assert birthday(fresh_union) == date(1990, 2, 3)
    assert site.open(sent, CASE_WORKER).status_code == 404, "the upload is deleted"
    page = site.open(f"{PAGE}?done=correct", CASE_WORKER)
    assert "the fact was corrected" in text_of(page) and "登记有误" in page.text and "户口簿" in page.text
    assert ("li.min", "members.correct.correct") in acts_of(fresh_union.wiring, OWN)
    shown = site.open(f"{PAGE}/papers/1/pages/1", CASE_WORKER)
    assert shown.content[:3] == b"\xff\xd8\xff" and "sandbox" in shown.headers["content-security-policy"]
    other = PAGE.replace("birthday", "trade")
    assert site.open(f"{other}/papers/1/pages/1", CASE_WORKER).status_code == 404


def test_a_stale_log_in_is_refused(site: Officers, fresh_union: TwoDistricts) -> None:
    assert site.open(FORM, STALE).status_code == 303  # to the log-in
    assert send(site, picture(), STALE).status_code == 303
    assert birthday(fresh_union) is None
