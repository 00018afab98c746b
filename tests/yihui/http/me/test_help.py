"""Help on the member's page: what a question is about, its state, words added; another member's is not found."""

import re
from datetime import date
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import select

from core.faults import FaultError
from members.hotline.callers import read_caller
from members.hotline.case import CaseAct
from members.hotline.repository import read_events
from members.hotline.tables import hotline_callers, hotline_case_events, hotline_cases
from members.vault import erase_vault_person
from tests.yihui.http.me.members import MemberPhone, PhoneMaker, hidden_of, key_of
from tests.yihui.http.me.test_data import wiring
from tests.yihui.http.me.test_own_benefits import words
from tests.yihui.nouns import her
from tests.yihui.services.joining_people import HERE
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.roles import Role
from yihui.access.tables import audit_entries
from yihui.bootstrap import Wiring
from yihui.cases.hotline.cases import CLOSE
from yihui.cases.hotline.forms import CloseForm
from yihui.cases.hotline.own import OwnQuestion, open_own_case
from yihui.frame.acts import Doing
from yihui.frame.doing import ActRequest, do_act

__all__ = ["wiring"]
AGENT = Actor(
    "agent", "agent", ActorKind.OFFICER, (Assignment(Role.HOTLINE_AGENT, "370000", date(2026, 1, 1)),)
)


def form_about(about: str = "union") -> str:
    return f"/me/help/about/{about}/ask"


def send(phone: MemberPhone, about: str = "union", **fields: str) -> str:
    return phone.hand_in(form_about(about), **{"category": "other", "text": "为什么没有到账", **fields})


def numbers(wiring: Wiring) -> list[int]:
    with wiring.database.read() as connection:
        return list(connection.execute(select(hotline_cases.c.number)).scalars())


def test_a_question_is_sent_once_encrypted_and_for_her_own_organisation(
    phone: MemberPhone, wiring: Wiring
) -> None:
    page = phone.get("/me/help")
    assert 'href="tel:12351"' in page and f'href="{form_about()}"' in page
    form = form_about()
    _, page = phone.check(
        form, category="benefit", text="券没有到账😀", more="我叫张三丰，打 13800138000", call="yes"
    )
    assert numbers(wiring) == [] and "券没有到账😀" in words(page)
    sent = {phone.send(form, **hidden_of(page, form), act="send") for _ in range(2)}
    [number] = numbers(wiring)
    assert sent == {f"/me/help/{number}?done=ask"}
    with wiring.database.read() as connection:
        [case] = connection.execute(select(hotline_cases)).all()
        stored = connection.execute(select(hotline_callers)).one()
        history = connection.execute(select(hotline_case_events.c.data)).scalar_one()
        assert wiring.vault is not None
        caller = read_caller(connection, wiring.vault.keys, case.number)
    assert (case.member_id, case.organisation, case.category) == ("m-one", HERE, "benefit")
    assert caller is not None and (caller.phone, caller.name) == ("13800138000", None)
    assert caller.transcript == "我叫张三丰，打 13800138000"
    assert [one for one in (str(stored), history) if "13800138000" in one or "张三丰" in one] == []
    page = phone.get(f"/me/help/{number}?done=ask")
    assert (
        "has reached the union" in page and "券没有到账😀" in page and "券没有到账😀" in phone.get("/me/help")
    )


def test_without_the_tick_no_number_is_stored(phone: MemberPhone, wiring: Wiring) -> None:
    send(phone)
    with wiring.database.read() as connection:
        assert connection.execute(select(hotline_callers)).all() == []


def test_without_her_number_no_call_is_offered_and_the_question_is_sent_as_it_comes(
    phone: MemberPhone, wiring: Wiring
) -> None:
    page = phone.get(form_about())
    assert re.search(r'name="call" value="yes" checked> Call me at \S*\*\S*8000<', page), page
    assert wiring.vault is not None
    with wiring.vault_database.write() as connection:
        erase_vault_person(connection, "m-one")
    assert 'name="call"' not in phone.get(form_about())
    assert send(phone, call="yes") == f"/me/help/{numbers(wiring)[0]}?done=ask"
    with pytest.raises(FaultError) as refused, wiring.database.write() as connection:
        doing = Doing[Any, Any](wiring, connection, her("m-one"), wiring.now(), None, None)
        open_own_case(doing, OwnQuestion("为什么", "other", wants_call=True))
    assert refused.value.code == "hotline.no_phone"


def test_without_a_key_of_the_vault_a_question_is_sent_as_it_comes(
    phone: MemberPhone, wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "vault", None)
    sent = phone.hand_in(form_about(), text="为什么没有到账")
    assert sent == f"/me/help/{numbers(wiring)[0]}?done=ask"


def test_what_is_not_hers_is_no_topic(phone: MemberPhone) -> None:
    for about in (
        "benefit:g-1", "undecided:nowhere", "draw:d-1", "file:1", "file:x", "station:nowhere", "page:desk",
        "decision", "member:m-two", "😀:😀", "x" * 900,
    ):  # fmt: skip
        assert '<form class="card' not in phone.get(form_about(quote(about, safe="")), 404), about


def test_words_are_added_once_and_only_to_one_s_own_open_question(
    phone: MemberPhone, phones: PhoneMaker, wiring: Wiring
) -> None:
    send(phone, more="第一句")
    [number] = numbers(wiring)
    form = f"/me/help/{number}/words"
    _, page = phone.check(form, text="我的号码 13800138000")
    for _ in range(2):
        assert phone.send(form, **hidden_of(page, form), act="send") == f"/me/help/{number}?done=words"
    with wiring.database.read() as connection:
        assert wiring.vault is not None
        caller = read_caller(connection, wiring.vault.keys, number)
        acts = connection.execute(
            select(audit_entries.c.act, audit_entries.c.actor).where(audit_entries.c.act == "hotline.add")
        ).all()
    assert caller is not None and caller.transcript is not None
    assert caller.transcript.startswith("第一句\n\n[2026-11-20 10:00] 我的号码")
    assert acts == [("hotline.add", "m-one")]
    assert "You added words." in phone.get(f"/me/help/{number}")
    with wiring.database.read() as connection:
        events = read_events(connection, [number])[number]
    assert [event.act for event in events] == [CaseAct.OPEN, CaseAct.ADD]
    assert "13800138000" not in str(events[1].data)
    other = phones().log_in("m-two")
    refusals = [other.get(f"/me/help/{one}", 404).replace(f"/help/{one}", "") for one in (number, 999)]
    assert refusals[0] == refusals[1]
    other_key = key_of(other.get(form_about()))
    assert other.post(form, form_key=other_key, text="x", act="send")[0] == 404
    assert f"/me/help/{number}" not in other.get("/me/help")


def test_the_answer_is_shown_and_a_closed_question_takes_no_more_words(
    phone: MemberPhone, wiring: Wiring
) -> None:
    send(phone)
    [number] = numbers(wiring)
    form = f"/me/help/{number}/words"
    _, page = phone.check(form, text="还有")
    do_act(wiring, AGENT, CLOSE, ActRequest(number), CloseForm(answer="十二月一日到账"))
    shown = phone.get(f"/me/help/{number}")
    assert "十二月一日到账" in shown and "agent" not in shown and "/words" not in shown
    phone.get(form, 303)
    status, page = phone.post(form, **hidden_of(page, form), act="send")
    assert (status, "takes no more words" in page) == (409, True)
