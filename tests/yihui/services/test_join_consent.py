"""What a person agrees to before her ID number is taken: whose text holds, what is stored of it, who writes it."""

from dataclasses import asdict, replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from events.erasure import erase_everywhere
from members.joining.consents import Consent, ConsentText
from members.joining.tables import join_requests
from tests.transactions import rows_in
from tests.yihui.nouns import do, preview, show
from tests.yihui.organising import OFFICER
from tests.yihui.refusals import codes
from tests.yihui.services.joining_people import (
    CITY,
    CONSENT,
    DISTRICT,
    HERE,
    NOW,
    TEXT,
    THERE,
    Clock,
    join,
    look,
    person,
    prove,
    say_review,
)
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.roles import Role
from yihui.access.tables import audit_entries
from yihui.bootstrap import Wiring
from yihui.cases.joining.identity import give_identity
from yihui.cases.joining.joining import confirm_joining, load_join_terms
from yihui.cases.joining.phone_joining import begin_phone_joining, open_joining_reach
from yihui.cases.joining.requests import JoinPlace, begin_joining
from yihui.cases.organisations.link_acts import CONSENT as WRITE
from yihui.cases.organisations.link_acts import WITHDRAW_CONSENT
from yihui.cases.organisations.pages import NOUN
from yihui.frame.plain import page_json
from yihui.services.access.acting import acting_officer

NEARER = ConsentText("历下区总工会", "核对入会人身份", "到退会为止", "个人信息保护法第二十九条")


def write(wiring: Wiring, code: str, text: ConsentText = NEARER, by: Actor = OFFICER) -> None:
    do(wiring, by, WRITE, code, **asdict(text))


def consent_of(wiring: Wiring, code: str = HERE) -> Consent | None:
    return load_join_terms(wiring, code).consent


def test_the_text_of_the_nearest_union_upwards_holds(wiring: Wiring) -> None:
    assert consent_of(wiring) == CONSENT
    write(wiring, DISTRICT)
    assert consent_of(wiring) == consent_of(wiring, DISTRICT) == Consent(DISTRICT, 1, NEARER)
    assert consent_of(wiring, CITY) == CONSENT
    assert {**show(wiring, OFFICER, NOUN, HERE), **asdict(NEARER)} == show(wiring, OFFICER, NOUN, HERE)
    do(wiring, OFFICER, WITHDRAW_CONSENT, DISTRICT)
    assert consent_of(wiring) == CONSENT
    assert codes(do, wiring, OFFICER, WITHDRAW_CONSENT, DISTRICT) == ["joining.no_own_consent"]


def test_without_a_text_no_id_number_is_taken(wiring: Wiring) -> None:
    begun = begin_joining(wiring, JoinPlace(organisation=HERE))[0].request.id
    do(wiring, OFFICER, WITHDRAW_CONSENT, CITY)
    assert codes(give_identity, wiring, begun, person()) == ["joining.on_paper"]
    page = show(wiring, OFFICER, NOUN, CITY)
    assert page.keys().isdisjoint(asdict(TEXT)) and WRITE.name in page["acts"]
    assert WITHDRAW_CONSENT.name not in page["acts"]
    assert (
        rows_in(wiring.database, select(join_requests.c.id).where(join_requests.c.id_number.is_not(None)))
        == []
    )


def test_who_did_not_tick_is_refused_with_all_other_faults_and_nothing_is_stored(wiring: Wiring) -> None:
    place, who = JoinPlace(organisation=HERE), person(consent="", phone="138")
    found = codes(begin_phone_joining, wiring, place, who, "10.0.0.1", "key-0001", open_joining_reach(wiring))
    assert found[0] == "joining.no_consent" and len(found) == 2
    assert rows_in(wiring.database, select(join_requests)) == []


def test_a_text_that_changed_meanwhile_is_asked_for_again(wiring: Wiring) -> None:
    begun = begin_joining(wiring, JoinPlace(organisation=HERE))[0].request.id
    write(wiring, CITY, replace(TEXT, period="三年"))
    assert codes(give_identity, wiring, begun, person()) == ["joining.consent_changed"]
    write(wiring, CITY, TEXT)  # word for word what she read
    assert give_identity(wiring, begun, person()).request.consent_version == 3


def test_a_request_holds_digest_and_version_and_officers_see_whose_text_it_was(wiring: Wiring) -> None:
    say_review(wiring, HERE, days=3)
    done = confirm_joining(wiring, prove(wiring, person()).request.id).request
    assert (done.consent_digest, done.consent_version) == (CONSENT.digest, 1)
    write(wiring, CITY, NEARER)
    shown = page_json(look(wiring, done.id))
    assert (shown["consent"], shown["consent_version"]) == (CITY, 1)


def test_of_an_erased_person_only_digest_and_version_stay(wiring: Wiring, clock: Clock) -> None:
    place, reach = JoinPlace(organisation=HERE), open_joining_reach(wiring)
    begin_phone_joining(wiring, place, person(), "10.0.0.1", "key-0001", reach)
    clock.now += timedelta(minutes=2)
    member = join(wiring, person()).request.member_id
    assert member is not None
    with wiring.database.write() as connection:
        erase_everywhere(connection, acting_officer(wiring, "li", "she asked for it"), member)
    assert rows_in(wiring.database, select(join_requests)) == []
    given = select(audit_entries.c.changes).where(audit_entries.c.act.endswith("give_identity"))
    [[stays]] = rows_in(wiring.database, given)
    assert stays == f'{{"after":{{"digest":"{CONSENT.digest}","version":1}},"before":{{}}}}'


def test_a_preview_shows_the_text_and_stores_nothing(wiring: Wiring) -> None:
    shown = preview(wiring, OFFICER, WRITE, DISTRICT, **asdict(NEARER))
    assert shown == asdict(NEARER)
    assert consent_of(wiring) == CONSENT
    assert codes(do, wiring, OFFICER, WRITE, DISTRICT, **{**asdict(NEARER), "law": " "}) != []


@pytest.mark.parametrize(
    ("role", "place", "may"),
    [
        (Role.ADMINISTRATOR, DISTRICT, True),
        (Role.ADMINISTRATOR, THERE, False),
        (Role.AUDITOR, DISTRICT, False),
    ],
)
def test_the_text_is_written_by_officers_of_the_organisation_or_above(
    wiring: Wiring, role: Role, place: str, may: bool
) -> None:
    by = Actor("hu.na", "1", ActorKind.OFFICER, (Assignment(role, place, date(2026, 1, 1)),), NOW)
    if may:
        write(wiring, HERE, by=by)
        assert consent_of(wiring) == Consent(HERE, 1, NEARER)
    else:
        assert codes(write, wiring, HERE, NEARER, by)[0].startswith("authorisation.")
