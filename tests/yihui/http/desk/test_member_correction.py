"""A fact corrected at the officers' pages: chosen, proven, previewed, confirmed once after a fresh log-in."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest

from members import facts_on, read_member_changes
from tests.members.organisations.acting import NOW
from tests.yihui.files.test_pictures import picture
from tests.yihui.http.desk.officers import CASE_WORKER, acts_of, open_desk
from tests.yihui.http.two_districts import (
    FOREIGN,
    OWN,
    TODAY,
    TwoDistricts,
    build_two_districts,
    officer,
    read_actor,
)
from tools.servers.desk import ORIGIN, Officers, text_of
from yihui.access.actor import Actor
from yihui.access.roles import Role

PAGE, MEMBER, STALE = f"/desk/members/{OWN}/correct", f"/desk/members/{OWN}", "stale"
FORM = f"{PAGE}?fact=birthday"
SENT = {"fact": "birthday", "value": "1990-02-03", "title": "户口簿", "reason": "登记有误"}


def read_visitor(request: object) -> Actor | None:
    if request.headers["x-actor"] == STALE:  # type: ignore[attr-defined]
        return replace(officer(Role.CASE_WORKER, "inside"), authenticated_at=NOW - timedelta(minutes=6))
    return read_actor(request)  # type: ignore[arg-type]


@pytest.fixture
def union(tmp_path: Path, migrated_file: Path) -> Iterator[TwoDistricts]:
    made = build_two_districts(tmp_path, migrated_file)
    yield made
    made.wiring.close()


@pytest.fixture
def site(union: TwoDistricts) -> Iterator[Officers]:
    with open_desk(union.wiring, read_visitor) as opened:
        yield opened


def hand_in(site: Officers, content: bytes, who: str = CASE_WORKER, **fields: str) -> httpx.Response:
    headers = {"x-actor": who, "origin": ORIGIN, "accept": "text/html", "accept-language": "en"}
    sent = {**SENT, "form_key": site.form_key(FORM, CASE_WORKER), **fields}
    return site.client.post(PAGE, data=sent, files={"file": ("张三.png", content)}, headers=headers)


def birthday(union: TwoDistricts) -> object:
    with union.wiring.database.read() as connection:
        return facts_on(read_member_changes(connection, [OWN])[OWN], TODAY)["member.birthday"]


def test_a_fact_is_corrected_once_and_the_proof_is_shown(site: Officers, union: TwoDistricts) -> None:
    assert "date of birth" in text_of(site.open(PAGE, CASE_WORKER))
    stored = hand_in(site, picture())
    assert stored.status_code == 303, text_of(stored)
    preview = stored.headers["location"]
    told = text_of(site.open(preview, CASE_WORKER))
    assert "from 2026-03-01 to today and on: not known → 1990-02-03" in told
    assert "no rule grants or takes back anything" in told and birthday(union) is None
    key = site.form_key(preview, CASE_WORKER)
    for _ in range(2):  # a double click
        done = site.send(preview, f"{preview}/confirm", CASE_WORKER, key=key, version="1")
        assert (done.status_code, done.headers["location"]) == (303, f"{MEMBER}?done=corrected")
    assert birthday(union) == date(1990, 2, 3)
    page = site.open(f"{MEMBER}?done=corrected", CASE_WORKER)
    assert "the fact was corrected" in text_of(page) and "登记有误" in page.text
    assert ("li.min", "members.correct.correct") in acts_of(union.wiring, OWN)
    document = site.open(f"{MEMBER}/documents/1", CASE_WORKER)
    assert "户口簿" in document.text and f"{MEMBER}/documents/1/pages/1" in document.text
    shown = site.open(f"{MEMBER}/documents/1/pages/1", CASE_WORKER)
    assert shown.content[:3] == b"\xff\xd8\xff" and "sandbox" in shown.headers["content-security-policy"]
    assert site.open(preview, CASE_WORKER).status_code == 404, "the upload is deleted"


def test_a_stale_log_in_and_what_is_no_fact_to_correct_are_refused(
    site: Officers, union: TwoDistricts
) -> None:
    for path in (PAGE, FORM):
        assert site.open(path, STALE).status_code == 303  # to the log-in
    assert hand_in(site, picture(), STALE).status_code == 303
    preview = hand_in(site, picture()).headers["location"]
    assert site.open(preview.replace(OWN, FOREIGN), "case_worker/ancestor").status_code == 404
    assert site.open(f"{PAGE}?fact=organisation", CASE_WORKER).status_code == 422
    assert birthday(union) is None
