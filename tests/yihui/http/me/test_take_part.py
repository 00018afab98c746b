"""Take part and points over HTTP: a poll is answered once, points are spent once, and another's are not found."""

import re
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import select

from benefits import list_participations
from benefits.tables.vouchers import point_spendings
from core.civil_time import civil_date
from members.polls.tables import poll_answers
from tests.yihui.http.conftest import Clock
from tests.yihui.http.me.members import MemberPhone, PhoneMaker, hidden_of
from tests.yihui.http.me.test_own_benefits import words
from tests.yihui.polls import close_poll, create_poll
from tests.yihui.taking_part import MEMBERS, build_taking_part
from tests.yihui.taking_part import POLL as NAMED_POLL
from yihui.access.tables import audit_entries
from yihui.bootstrap import Wiring
from yihui.http.ingress_gate import IngressGate

POLL = "/me/take-part/polls/best-station"
ANSWERS = {"q-best": "泉城路", "q-needs": "热水", "q-score": "5", "q-why": "好👍🎉"}


@pytest.fixture
def wiring(tmp_path: Path, clock: Clock) -> Iterator[Wiring]:
    made = build_taking_part(str(tmp_path / "yihui.db"), tmp_path, clock)
    yield made
    made.close()


@pytest.fixture
def phone(phones: PhoneMaker) -> MemberPhone:
    return phones().log_in(MEMBERS[0])


def draw_page(wiring: Wiring, member: str) -> str:
    with wiring.database.read() as connection:
        [one] = list_participations(connection, member, civil_date(wiring.now()), wiring.rulebook.in_force)
    return f"/me/take-part/draws/{one.id}"


def test_a_poll_is_answered_once_and_its_result_is_shown_when_it_is_over(
    phone: MemberPhone, wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted: list[int] = []
    monkeypatch.setattr(IngressGate, "add_accepted", lambda _, number: accepted.append(number))
    form, listing = f"{POLL}/answer", POLL.rpartition("/")[0]
    assert "最美驿站投票" in phone.get(listing) and "外区投票" not in phone.get(listing)
    assert draw_page(wiring, MEMBERS[0]) in phone.get(listing)
    assert form in phone.get(POLL) and "You can answer until" in words(phone.get(listing))
    status, page = phone.check(form, **{**ANSWERS, "q-best": "月球", "q-score": "9"})
    assert status == 422 and "月球" in page and "好👍🎉" in page, "what was typed stays"
    (status, page), (_, late) = phone.check(form, **ANSWERS), phone.check(form, **ANSWERS)
    assert status == 200 and "热水" in words(page) and "好👍🎉" in words(page)
    for _ in range(2):
        assert phone.send(form, **hidden_of(page, form), act="send") == f"{POLL}?done=answer"
    assert "You have answered." in words(phone.get(listing))
    assert accepted == [1], "the form that came twice is one event"
    page = phone.get(f"{POLL}?done=answer")
    assert "Your answers have been counted" in page and form not in page
    status, page = phone.post(form, **{**hidden_of(late, form), "q-best": "大明湖"}, act="send")
    assert status == 409 and "This was not taken" in page
    with wiring.database.read() as connection:
        rows = connection.execute(select(poll_answers.c.question, poll_answers.c.answer)).all()
        query = select(audit_entries.c.act).where(audit_entries.c.object_kind == "poll")
        acts = list(connection.execute(query).scalars())
    assert {row.question: row.answer for row in rows} == {
        "best": '"泉城路"', "needs": '["热水"]', "score": "5", "why": '"好👍🎉"',
    }  # fmt: skip
    assert [act for act in acts if act.endswith("answer_poll")]
    close_poll(wiring, "best-station")
    said = words(phone.get(POLL))
    assert "泉城路 fewer than 5" in said and "泉城路 1" not in said, "one vote would name the voter"


def test_the_phone_keeps_nothing_of_an_answer_to_a_secret_poll(phone: MemberPhone, wiring: Wiring) -> None:
    create_poll(
        wiring,
        NAMED_POLL.replace("best-station", "secret").replace("最美", "匿名").replace("false", "true", 1),
    )
    secret = POLL.replace("best-station", "secret")
    status, refused = phone.check(f"{secret}/answer", **{"q-best": "月球"})
    assert status == 422 and "data-draft" not in phone.get(f"{secret}/answer") + refused
    assert "data-draft=" in phone.get(f"{POLL}/answer")


def test_the_proof_of_a_draw_is_the_verifiers_own_output(
    phone: MemberPhone, wiring: Wiring, tmp_path: Path
) -> None:
    page = phone.get(draw_page(wiring, MEMBERS[0]))
    said = words(page)
    assert "You are entry number 1 of the list, with 1 tickets." in said
    assert "Everything agrees" in said
    [commitment] = set(re.findall(r'href="/lottery/([0-9a-f]{64})"', page))
    assert commitment[:8] in said and phone.client.get(f"/lottery/{commitment}").status_code == 200
    file = tmp_path / f"own-draw-{commitment[:8]}.json"
    file.write_bytes(phone.client.get(f"/lottery/{commitment}/file").content)
    program = tmp_path / "verify_lottery.py"
    program.write_bytes(phone.client.get("/lottery/verify_lottery.py").content)
    command = unescape(re.findall(r"python (verify_lottery[^<]+)<", page)[0]).split()
    done = subprocess.run([sys.executable, *command], cwd=tmp_path, capture_output=True, check=True)
    assert done.stdout.decode().strip() in said


def test_a_waiting_member_reads_what_moved_her_place_and_no_other_member_s_id(
    phones: PhoneMaker, wiring: Wiring
) -> None:
    pages = {member: phones().log_in(member).get(draw_page(wiring, member)) for member in MEMBERS}
    waiting = [page for page in pages.values() if "What moved my place" in page]
    assert len(waiting) == 3
    moved = "6/14 places became free and were given to the first of the list: 1; you are number"
    assert all(moved in words(page) for page in waiting)
    [way] = re.findall(r'href="(/me/help/about/draw[^"]+)"', pages[MEMBERS[0]])
    assert "About: " in phones().log_in(MEMBERS[0]).get(unescape(way))
    phones().log_in(MEMBERS[1]).get(unescape(way), 404)
    for member, page in pages.items():
        assert [other for other in MEMBERS if other != member and other in page] == []


def test_points_are_spent_once_and_every_change_has_its_reason(phone: MemberPhone, wiring: Wiring) -> None:
    said = words(phone.get("/me/points"))
    assert "20 points to spend" in said and "示例答题积分" in said and "until 5/5/2027" in said
    assert "示例答题积分 · +20 for a " in said and "There is no list of it here" in said
    wish = {"points": "15", "purpose": "电影票一张"}
    assert 'href="/me/points/spend"' in phone.get("/me/points")
    status, page = phone.check("/me/points/spend", **wish)
    assert status == 200 and "20 points to spend" in words(phone.get("/me/points")), "it is looked at first"
    sent = hidden_of(page, "/me/points/spend")
    for _ in range(2):
        assert phone.send("/me/points/spend", **sent, act="send") == "/me/points?done=spend"
    said = words(phone.get("/me/points?done=spend"))
    assert "The points are spent" in said
    assert "5 points to spend" in said and "-15 · spent 电影票一张" in said and "+20 · earned" in said
    with wiring.database.read() as connection:
        assert len(connection.execute(select(point_spendings)).all()) == 1
