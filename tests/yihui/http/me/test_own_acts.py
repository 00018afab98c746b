"""Every act that the frame offers on the member's page: hers alone, with what is hers, with what its form offers."""

import re
from collections.abc import Iterator, Sequence
from html import unescape
from typing import Any

import pytest
from sqlalchemy import func, select

from core.faults import FaultError
from tests.yihui.applying import photo
from tests.yihui.http.me.crowd import CrowdMember, build_crowd
from tests.yihui.http.me.members import MemberPhone, build_phone, hidden_of
from tests.yihui.nouns import ENGLISH
from yihui.access.actor import Actor, ActorKind
from yihui.access.form_keys import create_form_key
from yihui.access.member_sessions import find_member_session
from yihui.access.roles import Right
from yihui.access.tables import audit_entries
from yihui.bootstrap import Wiring
from yihui.frame.acts import MEMBER, Act
from yihui.frame.doing import ActRequest, do_act, try_act
from yihui.frame.fields import FieldKind, FormField, fields_of
from yihui.frame.looking import show_thing
from yihui.frame.noun import Noun, load_own_nouns
from yihui.frame.own_door import needs_form
from yihui.frame.own_papers import read_key
from yihui.frame.own_view import build_path
from yihui.http.login.login_request import MEMBER_COOKIE

ACTS = [
    pytest.param(noun, act, id=f"{noun.path}/{act.name}")
    for noun in load_own_nouns().values()
    for act in noun.acts
]
FORGED = "<forged>"
_KEY = re.compile(r'name="form_key" value="[^"]*"')  # each page has one of its own
_NUMBERS = (FieldKind.MONEY, FieldKind.WHOLE, FieldKind.NUMBER)
OF_ALL = ("apply", "data/facts")  # their keys name a rule or a fact, so each member has the page


def is_about_hers(noun: Noun, act: Act[Any, Any]) -> bool:
    return not act.makes and noun.path not in OF_ALL


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Wiring, Sequence[CrowdMember]]]:
    wiring, members = build_crowd(tmp_path_factory.mktemp("own_acts"), 3)
    yield wiring, members
    wiring.close()


@pytest.fixture
def owner(crowd: tuple[Wiring, Sequence[CrowdMember]]) -> CrowdMember:
    return crowd[1][-1]


@pytest.fixture
def phone(crowd: tuple[Wiring, Sequence[CrowdMember]]) -> MemberPhone:
    """The phone of a member to whom nothing of the owner's belongs."""
    return build_phone(crowd[0]).log_in(crowd[1][0].id)


def key_for(phone: MemberPhone, member: str) -> str:
    """Return a form's key that was made for the member's own session."""
    with phone.wiring.database.read() as connection:
        found = find_member_session(connection, phone.client.cookies[MEMBER_COOKIE], phone.wiring.now())
    assert found is not None and found.member_id == member
    return create_form_key(phone.wiring, found.actor)


def count_entries(wiring: Wiring) -> int:
    with wiring.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(audit_entries)).scalar_one())


def thing_of(noun: Noun, owner: CrowdMember) -> str:
    return owner.things[f"{build_path(noun.path)}/"]


def list_fields(wiring: Wiring, owner: CrowdMember, noun: Noun, act: Act[Any, Any]) -> Sequence[FormField]:
    """Return the fields of an act's form, or what the owner's thing asks for."""
    if act.asks is None:
        return fields_of(act.form)
    key = read_key(act.kind, thing_of(noun, owner))
    return act.asks(show_thing(wiring, owner.actor, noun, key, ENGLISH).thing, ENGLISH)


def fill(fields: Sequence[FormField]) -> dict[str, str]:
    """Return a form filled with what each of its fields takes."""
    usual = {FieldKind.DAY: "2026-11-01", **dict.fromkeys(_NUMBERS, "1"), FieldKind.TICK: "yes"}
    return {one.name: next(iter(one.choices or ()), usual.get(one.kind, "说明")) for one in fields}


def forge(fields: Sequence[FormField]) -> dict[str, str]:
    """Return a form filled with what none of its fields offers."""
    return {one.name: FORGED for one in fields}


@pytest.mark.parametrize(("noun", "act"), ACTS)
def test_an_act_of_a_member_is_declared_for_her_door_and_asks_whose_its_thing_is(
    noun: Noun, act: Act[Any, Any]
) -> None:
    assert (act.right, noun.right, act.doors) == (Right.OWN, Right.OWN, MEMBER)
    assert act.makes or (act.kind is noun.kind and act.kind.member is not None)
    assert not noun.is_by_hand or noun.acts


@pytest.mark.parametrize(("noun", "act"), ACTS)
def test_nobody_but_a_member_does_it(
    crowd: tuple[Wiring, Sequence[CrowdMember]], owner: CrowdMember, noun: Noun, act: Act[Any, Any]
) -> None:
    wiring, before = crowd[0], count_entries(crowd[0])
    form = act.form.model_construct()
    key = None if act.makes else act.kind.key(thing_of(noun, owner))
    for kind in set(ActorKind) - {ActorKind.MEMBER}:
        actor = Actor(owner.id, owner.id, kind)
        for done in (do_act, try_act):
            with pytest.raises(FaultError) as refused:
                done(wiring, actor, act, ActRequest(key), form)
            assert refused.value.code == "authorisation.no_role", kind
    assert count_entries(wiring) == before


@pytest.mark.parametrize(("noun", "act"), [one for one in ACTS if is_about_hers(*one.values)])  # type: ignore[arg-type]
def test_what_is_another_s_is_as_if_it_were_not_there(
    phone: MemberPhone,
    crowd: tuple[Wiring, Sequence[CrowdMember]],
    owner: CrowdMember,
    noun: Noun,
    act: Act[Any, Any],
) -> None:
    thing, before = thing_of(noun, owner), count_entries(phone.wiring)
    nothing = "99999999" if thing.isdecimal() else "0" * len(thing)
    key = key_for(phone, crowd[1][0].id)
    answers, forged = [], forge(list_fields(phone.wiring, owner, noun, act))
    for id_ in (nothing, thing):
        path = build_path(noun.path, id_, act.name)
        pages = [phone.get(path, 404)]
        for button in ("check", "send", "attach", "remove-1", "change"):
            for file in (None, photo()) if act.papers else (None,):
                status, page = phone.post(path, file, form_key=key, act=button, version="1", **forged)
                assert status == 404, (button, status)
                pages.append(page)
        said = (one.replace(path, "").partition("<main>")[2].partition("</main>")[0] for one in pages)
        answers.append([_KEY.sub("", one) for one in said])
    assert answers[0] == answers[1]
    assert count_entries(phone.wiring) == before


@pytest.mark.parametrize(("noun", "act"), ACTS)
def test_a_form_with_forged_values_or_another_s_key_changes_nothing(
    crowd: tuple[Wiring, Sequence[CrowdMember]], owner: CrowdMember, noun: Noun, act: Act[Any, Any]
) -> None:
    wiring = crowd[0]
    phone = build_phone(wiring).log_in(owner.id)
    path = build_path(noun.path, None if act.makes else thing_of(noun, owner), act.name)
    stranger = build_phone(wiring).log_in(crowd[1][0].id)
    key, foreign = key_for(phone, owner.id), key_for(stranger, crowd[1][0].id)
    before, fields = count_entries(wiring), list_fields(wiring, owner, noun, act)
    for button in ("check", "send"):
        assert phone.post(path, form_key=foreign, act=button, version="1", **forge(fields))[0] == 403
        assert phone.post(path, act=button, version="1", **forge(fields))[0] == 403
    chosen = [one for one in fields if one.choices or one.kind in (FieldKind.DAY, *_NUMBERS)]
    assert chosen or act.asks is None, "what its thing asks for is chosen"
    for one in chosen:
        sent = {**fill(fields), one.name: FORGED}
        status, page = phone.post(path, form_key=key, act="send", version="1", **sent)
        told = page.partition('class="problems"')[2].partition("<form")[0]
        assert status == 422 and ENGLISH.translate(one.prompt.title) in unescape(told), (one.name, status)
    assert count_entries(wiring) == before


def test_a_form_is_there_where_the_state_allows_its_act_and_else_leads_to_the_thing(
    crowd: tuple[Wiring, Sequence[CrowdMember]], owner: CrowdMember
) -> None:
    phone = build_phone(crowd[0]).log_in(owner.id)
    refused = set()
    for noun, act in (one.values for one in ACTS):
        assert isinstance(noun, Noun) and isinstance(act, Act)
        if act.makes:
            continue
        thing = thing_of(noun, owner)
        found = show_thing(crowd[0], owner.actor, noun, read_key(act.kind, thing), ENGLISH)
        path, before = build_path(noun.path, thing, act.name), count_entries(crowd[0])
        answer = phone.client.get(path)
        if noun.is_by_hand and not needs_form(act):  # its button stands on the page by hand
            assert answer.status_code == 303
            phone.get(answer.headers["location"])
        elif act.name in found.page.acts:
            assert answer.status_code == 200, (noun.path, act.name)
        else:
            refused.add(f"{noun.path}/{act.name}")
            assert (answer.status_code, answer.headers["location"]) == (303, build_path(noun.path, thing))
            if noun.path == "decisions":  # lodged again, an appeal is the one that waits
                continue
            sent = fill(list_fields(crowd[0], owner, noun, act))
            key, version = key_for(phone, owner.id), str(act.kind.version(found.thing))
            assert phone.post(path, **sent, form_key=key, version=version, act="send")[0] == 409
            assert count_entries(crowd[0]) == before
    assert refused == {
        *("applications/again", "applications/appeal"),
        *("take-part/polls/answer", "decisions/appeal"),
    }


def test_a_form_that_comes_twice_is_one_act(crowd: tuple[Wiring, Sequence[CrowdMember]]) -> None:
    wiring, member = crowd[0], crowd[1][1]
    phone, done = build_phone(wiring).log_in(member.id), set()
    for noun, act in (one.values for one in ACTS):
        assert isinstance(noun, Noun) and isinstance(act, Act)
        thing = None if act.makes else member.things.get(f"{build_path(noun.path)}/")
        path = build_path(noun.path, thing, act.name)
        if act.papers or not (act.makes or thing):
            continue
        answer = phone.client.get(path)
        page = answer.text if answer.status_code == 200 else phone.get(answer.headers["location"])
        if f'action="{path}"' not in page:
            continue
        sent = hidden_of(page, path)
        if needs_form(act):
            status, page = phone.post(
                path, **sent, **fill(list_fields(wiring, member, noun, act)), act="check"
            )
            assert status == 200, (path, page)
            sent = hidden_of(page, path)
        before = count_entries(wiring)
        where = phone.send(path, **sent, act="send")
        after = count_entries(wiring)
        assert phone.send(path, **sent, act="send") == where
        assert (count_entries(wiring), after > before) == (after, True), path
        done.add(f"{noun.path}/{act.name}")
    assert done == {
        *(
            "help/about/ask",
            "help/words",
            "data/facts/correct",
            "data/deletion/request",
            "applications/withdraw",
        ),
        *(
            "messages/reminders",
            "account/sessions/end",
            "account/others",
            "account/apps/unlink",
            "points/spend",
            "benefits/anew",
            "membership/requests/withdraw",
            "membership/leave/confirm",
        ),
    }
