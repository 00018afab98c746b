"""A member deletes her own data: asked twice, done once, refused while something of hers is under way."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from members.hotline.tables import hotline_cases
from members.tables import member_changes
from tests.members.organisations.acting import event_of, handle
from tests.yihui.http.conftest import Clock
from tests.yihui.http.me.members import ORIGIN, MemberPhone, PhoneMaker, key_of
from tests.yihui.own_benefits import ME, OTHER, UNION, build_own_benefits
from tests.yihui.services.joining_people import found_tree
from yihui.access.tables import audit_entries, member_sessions
from yihui.bootstrap import Wiring
from yihui.http.login.login_request import MEMBER_COOKIE
from yihui.http.me.looked import LOOKED_COOKIE

PAGE = "/me/data/deletion"
LAST = f"{PAGE}/confirm?understood=yes"
TICKED = {"understood": "yes", "sure": "yes"}


@pytest.fixture
def wiring(tmp_path: Path, clock: Clock) -> Iterator[Wiring]:
    made = build_own_benefits(str(tmp_path / "yihui.db"), tmp_path, clock)
    found_tree(made)
    with made.database.write() as connection:
        handle(connection, event_of("organisation.founded", UNION, "2010-01-01", name="历下快递工会"))
    yield made
    made.close()


@pytest.fixture
def phone(phones: PhoneMaker) -> MemberPhone:
    return phones().log_in(ME)


def count_of(wiring: Wiring, table: object, member: str) -> int:
    query = select(func.count()).select_from(table).where(table.c.member_id == member)  # type: ignore[attr-defined, arg-type]
    with wiring.database.read() as connection:
        return int(connection.execute(query).scalar_one())


def delete(phone: MemberPhone, key: str, **fields: str) -> str:
    """Send the last question's form; return the page that answers."""
    answer = phone.client.post(PAGE, data={"form_key": key, **fields}, headers=ORIGIN)
    assert answer.status_code == 200, (answer.status_code, answer.text)
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    gone = {one.partition("=")[0] for one in answer.headers.get_list("set-cookie") if "Max-Age=0" in one}
    assert {MEMBER_COOKIE, LOOKED_COOKIE} <= gone
    return answer.text


def test_deletion_is_asked_twice_and_done_once(
    phone: MemberPhone, phones: PhoneMaker, wiring: Wiring
) -> None:
    second, other = phones().log_in(ME), phones().log_in(OTHER)
    phone.get("/me")
    assert LOOKED_COOKIE in phone.client.cookies
    page = phone.get(PAGE)
    for text in ("What goes", "What must stay, why, and until when", "Measures for Accounting Archives"):
        assert text in page
    assert 'method="post" action="/me/data/deletion"' not in page, "only the last question deletes"
    last = phone.get(LAST)
    assert "Benefits that you lose: 2" in last
    key = key_of(last)
    assert "Your data were deleted" in delete(phone, key, **TICKED)
    for lost in (phone, second):
        assert lost.client.get("/me").headers["location"].startswith("/me/login")
        assert lost.send(PAGE, form_key=key, **TICKED).startswith("/me/login")
    assert count_of(wiring, member_changes, ME) == count_of(wiring, member_sessions, ME) == 0
    assert "清凉包" in other.get("/me")
    with wiring.database.read() as connection:
        entries = connection.execute(select(audit_entries).where(audit_entries.c.act == "own.deletion")).all()
    assert [(one.actor, one.object_kind) for one in entries] == [(ME, "member")]


def test_without_both_ticks_nothing_is_deleted(phone: MemberPhone, wiring: Wiring) -> None:
    assert phone.client.get(f"{PAGE}/confirm").headers["location"] == PAGE
    key = key_of(phone.get(LAST))
    for ticked in ({}, {"understood": "yes"}, {"sure": "yes"}, {"understood": "no", "sure": "x"}):
        status, page = phone.post(PAGE, form_key=key, **ticked)
        assert status == 422 and "tick both boxes" in page
    assert count_of(wiring, member_changes, ME) == 2


def test_a_fresh_code_is_needed_at_every_step(phone: MemberPhone, clock: Clock) -> None:
    key = key_of(phone.get(LAST))
    clock.later(minutes=6)
    for path in (PAGE, LAST):
        assert phone.client.get(path).headers["location"].startswith("/me/login")
    sent = {"form_key": key, **TICKED}
    for path in (PAGE, f"{PAGE}/request"):
        assert phone.send(path, **sent).startswith("/me/login")


def test_an_open_request_stands_in_the_way_with_its_day_and_reaches_the_union_once(
    phone: MemberPhone, wiring: Wiring
) -> None:
    last = key_of(phone.get(LAST))
    phone.hand_in("/me/data/facts/birthday/correct", text="1985-03-15")
    page = phone.get(PAGE)
    assert "This must be finished first" in page and "Your request or question is open: " in page
    assert re.search(r"the union's day for the next step is \d+/\d+", page.replace("&#39;", "'"))
    assert "understood" not in page
    assert "This must be finished first" in phone.get(LAST)
    status, answer = phone.post(PAGE, form_key=last, **TICKED)
    assert status >= 400 and "Your request or question is open: " in answer
    assert count_of(wiring, member_changes, ME) == 2
    key = key_of(page)
    for _ in range(2):
        assert phone.send(f"{PAGE}/request", form_key=key) == "/me/help/2?done=request"
    assert count_of(wiring, hotline_cases, ME) == 2
    assert "has reached your union" in phone.get("/me/help/2?done=request")
    assert len(re.findall(r"<span>by \w{3} \d+/\d+</span>", phone.get("/me/help"))) == 2
