"""Rows that let somebody in, written past the program with the guards dropped: they open nothing."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, delete, insert, select, update

from members import find_linked_members
from members.joining.tables import join_requests
from members.tables import feed_links
from members.vault.tables import vault_persons
from store.guards import drop_guards
from tests.events.passing_days import empty_database
from tests.transactions import rows_in, value_in
from tests.yihui.http.me.host_app import HostApp
from tests.yihui.refusals import codes
from tests.yihui.services.forged_provider import open_desk
from tests.yihui.services.joining_people import (
    HERE,
    THERE,
    act_on,
    last_code,
    person,
    prove,
)
from tests.yihui.services.lives import live_as_members
from tests.yihui.services.logging_in import PASSWORD, VISIT, Installation, begin_member_session
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.oidc_logins import create_browser_secret, derive_secrets, oidc_logins
from yihui.access.roles import Right, Role
from yihui.access.session_rows import digest_token
from yihui.access.sessions import SessionKind
from yihui.access.tables import (
    audit_entries,
    form_submissions,
    login_throttles,
    login_tickets,
    member_app_links,
    member_codes,
    member_handovers,
    member_sessions,
    officer_accounts,
    officer_sessions,
    recovery_codes,
    role_assignments,
)
from yihui.bootstrap import Wiring
from yihui.cases.joining.acts import APPROVE, REFUSE
from yihui.cases.joining.identity import TypedIdentity, give_identity
from yihui.cases.joining.joining import confirm_joining, transfer_joining
from yihui.cases.joining.phone_joining import (
    begin_phone_joining,
    bind_request,
    find_bound_request,
    open_joining_reach,
    prove_phone_joining,
    transfer_phone_joining,
)
from yihui.cases.joining.requests import JoinPlace, load_status
from yihui.http.job_runner import load_job_kinds
from yihui.runtime.audiences import Audience
from yihui.services.access.login import check_login, finish_login, set_up_account
from yihui.services.access.member_codes import enter_code, request_code, send_code
from yihui.services.access.member_handover import accept_handover, enter_handover
from yihui.services.access.member_login import find_member_login
from yihui.services.access.officer_login import find_officer_login
from yihui.services.access.oidc import ProviderAnswer
from yihui.services.desk.form_submissions import report_unfinished_forms
from yihui.services.ledger.ledger import verify_database


def forge(wiring: Wiring, *statements: Any) -> None:
    with wiring.database.write() as connection:
        drop_guards(connection)
        for statement in statements:
            connection.execute(statement)


def copy_of(wiring: Wiring, table: Table, **changed: object) -> Any:
    """A statement that adds a row like the last one."""
    row = rows_in(wiring.database, select(table))[-1]
    return insert(table).values({**row._mapping, **changed})


@pytest.fixture
def victim(desk: Installation) -> int:
    """The account of an officer who releases money; ``li``, who writes to the database, has one too."""
    desk.enrol("wang")
    desk.enrol("li")
    account = select(officer_accounts.c.id).where(officer_accounts.c.officer_id == "wang")
    return int(value_in(desk.wiring.database, account))


def is_let_in(desk: Installation, token: str) -> bool:
    return find_officer_login(desk.wiring, token, SessionKind.BROWSER) is not None


def test_a_session_that_was_written_lets_nobody_act_as_an_officer(desk: Installation, victim: int) -> None:
    own = desk.log_in("li")
    assert is_let_in(desk, own)
    mark = own.partition(".")[2]
    made = secrets.token_urlsafe(32)
    whose = {"officer_id": "wang", "account_id": victim}
    row = copy_of(desk.wiring, officer_sessions, id="0" * 16, token_digest=digest_token(made), **whose)
    forge(desk.wiring, row)
    assert not any(is_let_in(desk, token) for token in (made, f"{made}.", f"{made}.{mark}"))
    assert is_let_in(desk, own)
    forge(
        desk.wiring,
        update(officer_sessions).where(officer_sessions.c.token_digest == digest_token(own)).values(whose),
    )
    assert not is_let_in(desk, own)


def test_a_site_without_the_key_of_log_ins_knows_no_session(desk: Installation, victim: int) -> None:
    token, wiring = desk.log_in("li"), desk.wiring
    for_gis = Wiring(replace(wiring.settings, audiences=frozenset({Audience.GIS})), desk.clock)
    assert find_officer_login(for_gis, token, SessionKind.BROWSER) is None
    for_gis.close()
    assert is_let_in(desk, token)


def test_a_step_of_ones_own_log_in_finishes_no_other_officers(desk: Installation, victim: int) -> None:
    ticket = check_login(desk.wiring, "li", PASSWORD, VISIT).ticket
    of_li = update(login_tickets).where(login_tickets.c.used_at.is_(None))
    forge(desk.wiring, of_li.values(account_id=victim))
    desk.clock.pass_time(seconds=30)
    for code in (desk.phone_code("li"), desk.phone_code("wang")):
        assert codes(finish_login, desk.wiring, ticket, code, VISIT) == ["login.step_over"]


def test_a_set_up_code_that_was_written_sets_no_password(desk: Installation, victim: int) -> None:
    code = desk.add_officer("zhao").code
    plain = code.replace("-", "")
    made = copy_of(desk.wiring, login_tickets, token_digest=digest_token(plain), account_id=victim)
    forge(desk.wiring, delete(login_tickets), made)
    assert codes(set_up_account, desk.wiring, code, PASSWORD, VISIT) == ["login.setup_code"]


def test_a_recovery_code_of_ones_own_is_none_of_another_officer(desk: Installation, victim: int) -> None:
    own = desk.enrol("zhao").recovery_codes[0]
    moved = update(recovery_codes).where(recovery_codes.c.account_id != victim)
    forge(desk.wiring, moved.values(account_id=victim))
    ticket = check_login(desk.wiring, "wang", PASSWORD, VISIT).ticket
    assert codes(finish_login, desk.wiring, ticket, own, VISIT) == ["login.wrong_code"]


def test_tries_that_were_taken_back_make_no_wrong_password_right(desk: Installation, victim: int) -> None:
    for _ in range(3):
        assert codes(check_login, desk.wiring, "wang", "wrong", VISIT) == ["login.wrong"]
        forge(desk.wiring, delete(login_throttles))


def test_no_job_of_the_background_grants_pays_or_appoints() -> None:
    assert {kind.right for kind in load_job_kinds().values()} == {
        Right.PLAN,
        Right.READ_AUDIT,
        Right.SIMULATE_RULES,
    }


def test_a_log_in_at_the_provider_that_was_written_opens_ones_own_account_alone(tmp_path: Path) -> None:
    with open_desk(str(empty_database(tmp_path / "oidc.db")), tmp_path) as desk:
        desk.link("li", "sub-of-li")
        hers, secret = desk.log_in().session.id, create_browser_secret()
        desk.browser = replace(desk.browser, secret=secret, session_token="")
        desk.log_in(sub="sub-of-li")

        def finish_forged(state: str, session: str | None) -> str:
            digests = {"state_digest": digest_token(state), "browser_digest": digest_token(secret)}
            row = {**digests, "return_to": "/desk", "session_id": session, "started_at": desk.now}
            forge(desk.wiring, insert(oidc_logins).values(row))
            desk.asked = {"nonce": derive_secrets(secret, state).nonce}
            answer = ProviderAnswer(state=state, code="a-code", issuer=desk.provider.issuer)
            return desk.finish(answer, sub="sub-of-li").opened.session.officer_id

        assert codes(finish_forged, "a", hers) == ["oidc.session_over"]
        assert finish_forged("b", None) == "li"


def test_a_form_that_was_written_does_nothing_in_its_officers_name(desk: Installation, victim: int) -> None:
    roles = rows_in(desk.wiring.database, select(role_assignments))
    form = {
        "actor": "wang",
        "actor_kind": "officer",
        "act": f"{Right.APPOINT_OFFICERS.value}.give",
        "page": "/desk/officers/li/appoint",
        "submitted_at": desk.wiring.now() - timedelta(hours=1),
    }
    forge(
        desk.wiring,
        *(
            insert(form_submissions).values(key=key, outcome=page, **form)
            for key, page in (("a", None), ("b", "/desk/officers/li"))
        ),
    )
    assert report_unfinished_forms(desk.wiring) == 1
    assert rows_in(desk.wiring.database, select(role_assignments)) == roles
    entry = rows_in(desk.wiring.database, select(audit_entries))[-1]
    assert (entry.act, entry.object_kind) == (f"{Right.APPOINT_OFFICERS.value}.unfinished", "form")


@pytest.fixture
def union(tmp_path: Path) -> Wiring:
    """A union with two members; the first has linked an app and has phone 13800000001."""
    return live_as_members(tmp_path)


def members_of(wiring: Wiring) -> tuple[str, str]:
    """The first member, who is forged, and the second, who writes to the database."""
    first = str(value_in(wiring.database, select(member_app_links.c.member_id)))
    second = select(vault_persons.c.member_id).where(vault_persons.c.member_id != first)
    return first, str(value_in(wiring.database, second))


def test_a_members_session_that_was_written_lets_nobody_in(union: Wiring) -> None:
    first, second = members_of(union)
    own, made = begin_member_session(union, second).token, secrets.token_urlsafe(32)
    assert find_member_login(union, own) is not None
    whose = {"member_id": first}
    row = copy_of(union, member_sessions, id="0" * 16, token_digest=digest_token(made), **whose)
    forge(union, row)
    assert find_member_login(union, made) is None
    forge(union, update(member_sessions).where(member_sessions.c.member_id == second).values(whose))
    assert find_member_login(union, own) is None


def test_a_code_for_ones_own_phone_lets_nobody_in_as_another_member(union: Wiring) -> None:
    first, second = members_of(union)
    asked = request_code(union, "13800000002", VISIT)
    assert asked.outgoing is not None
    send_code(union, asked.outgoing)
    forge(union, update(member_codes).where(member_codes.c.member_id == second).values(member_id=first))
    code = last_code(union, "13800000002")
    assert codes(enter_code, union, asked.ticket, code, VISIT) == ["member_login.wrong_code"]


def test_a_hand_over_of_ones_own_lets_nobody_in_as_another_apps_user(union: Wiring) -> None:
    linked = str(value_in(union.database, select(member_app_links.c.subject_digest)))
    ticket = accept_handover(union, an_app(union).sign(union, "somebody"), "192.0.2.1")
    forge(union, update(member_handovers).values(subject_digest=linked))
    assert codes(enter_handover, union, ticket, VISIT) == ["member_login.handover_over"]


def an_app(union: Wiring) -> HostApp:
    app = HostApp("qilu", union.data_folder)
    app.add_key()
    union.__dict__.pop("member_apps", None)
    return app


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_link_that_was_changed_or_is_gone_hands_no_log_in_over(union: Wiring, is_gone: bool) -> None:
    def enter() -> object:
        return enter_handover(union, accept_handover(union, an_app(union).sign(union), "192.0.2.1"), VISIT)

    assert enter() is not None
    moved = update(member_app_links).values(member_id=members_of(union)[1])
    forge(union, delete(member_app_links) if is_gone else moved)
    assert enter() is None


def test_a_feeds_link_that_was_changed_or_is_gone_means_nobody(union: Wiring) -> None:
    first, second = members_of(union)
    theirs = [row.theirs for row in rows_in(union.database, select(feed_links))]

    def linked() -> Mapping[str, str]:
        with union.database.read() as connection:
            return find_linked_members(connection, "qilu-app", theirs, union.identity_key)

    assert linked() == dict.fromkeys(theirs, first)
    forge(union, update(feed_links).where(feed_links.c.theirs == theirs[0]).values(member_id=second))
    assert linked() == {theirs[1]: first}
    forge(union, delete(feed_links))
    assert linked() == {}


def test_a_phone_that_was_written_into_another_members_row_gets_no_code_for_her(union: Wiring) -> None:
    first, second = members_of(union)
    mine = rows_in(union.database, select(vault_persons).where(vault_persons.c.member_id == second))[0]
    hers = update(vault_persons).where(vault_persons.c.member_id == first)
    forge(union, delete(vault_persons).where(vault_persons.c.member_id == second))
    for taken in ({"phone_digest": mine.phone_digest}, {"phone": mine.phone}):
        forge(union, hers.values(taken))
        assert find_members(union, "13800000002") == []
    assert request_code(union, "13800000002", VISIT).outgoing is None


def find_members(union: Wiring, phone: str) -> list[str]:
    assert union.vault is not None
    with union.database.read() as connection:
        return union.vault.find_members(connection, "phone", phone)


def test_a_person_whose_row_is_gone_gets_no_code(union: Wiring) -> None:
    forge(union, delete(vault_persons))
    assert request_code(union, "13800000001", VISIT).outgoing is None


def begin_join(union: Wiring, who: TypedIdentity, organisation: str = HERE, key: str = "") -> str:
    """Begin a request on one's own phone; a code is on its way to the phone that was typed."""
    place, reach = JoinPlace(organisation=organisation), open_joining_reach(union)
    return begin_phone_joining(union, place, who, "10.0.0.1", key or secrets.token_hex(8), reach).request.id


def enter_join_code(union: Wiring, id: str, code: str) -> bool:
    """Whether a code opens a member's session."""
    return prove_phone_joining(union, id, code, VISIT, open_joining_reach(union)).opened is not None


def own_join(id: str) -> Any:
    return update(join_requests).where(join_requests.c.id == id)


def marks_missed(union: Wiring) -> bool:
    """Whether verification names a request without its mark."""
    with union.database.read() as connection:
        return "join_requests" in str(verify_database(union, connection).disagreements)


def test_a_request_that_was_written_as_proven_logs_nobody_in(union: Wiring) -> None:
    id = begin_join(union, person(1))
    forge(union, own_join(id).values(state="proven"))
    assert marks_missed(union)
    assert codes(enter_join_code, union, id, "000000") == ["joining.no_proof"]
    over = {"state": "transferred", "member_id": members_of(union)[0]}
    id = begin_join(union, person(2))
    forge(union, own_join(id).values(over))
    assert not enter_join_code(union, id, "000000")
    assert transfer_phone_joining(union, id, VISIT, open_joining_reach(union)).opened is None


def test_a_code_for_ones_own_phone_proves_nobody_elses_request(union: Wiring) -> None:
    id, mine, hers = begin_join(union, person(2)), person(2).phone, person(1)
    forge(union, own_join(id).values(member_id=members_of(union)[0]))
    assert codes(enter_join_code, union, id, last_code(union, mine)) == ["joining.wrong_code"]
    id = begin_join(union, hers)
    typed = rows_in(union.database, select(join_requests.c.phone).where(join_requests.c.id == id))[0]
    give_identity(union, id, replace(hers, phone="13900000009"))
    forge(union, own_join(id).values(phone=typed.phone))
    assert codes(enter_join_code, union, id, last_code(union, "13900000009")) == ["joining.wrong_code"]


def test_who_waits_to_join_is_no_finding_where_the_key_of_the_marks_was_replaced(
    union: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    prove(union, person(2), THERE)
    monkeypatch.setitem(vars(union), "login_key", secrets.token_bytes(32))
    assert not marks_missed(union)


@pytest.mark.parametrize(
    "changed", ["member_id", "organisation", "begun_at", "phone", "employer", "via", "signed_up_by"]
)
def test_what_was_proved_holds_for_its_own_person_and_place(union: Wiring, changed: str) -> None:
    id = prove(union, person(2), THERE).request.id
    assert load_status(union, id).elsewhere == HERE and not marks_missed(union)
    row = rows_in(union.database, select(join_requests).where(join_requests.c.id == id))[0]
    others = {
        "member_id": members_of(union)[0],
        "organisation": HERE,
        "begun_at": row.begun_at + timedelta(minutes=1),
        "phone": None,
        "employer": "示例快递",
        "via": "batch",
        "signed_up_by": "li",
    }
    forge(union, own_join(id).values({changed: others[changed]}))
    assert marks_missed(union)
    for act in (confirm_joining, transfer_joining):
        assert codes(act, union, id) == ["joining.no_proof"]


def test_no_officer_lets_a_person_in_who_was_written_into_a_waiting_request(union: Wiring) -> None:
    id = confirm_joining(union, prove(union, person(4)).request.id).request.id
    forge(union, own_join(id).values(member_id=members_of(union)[0]))
    assert codes(act_on, union, APPROVE, id) == ["joining.no_proof"]


def test_a_reviewer_who_was_written_decides_outside_of_her_subtree_for_nobody(union: Wiring) -> None:
    id = confirm_joining(union, prove(union, person(4)).request.id).request.id
    role = Assignment(Role.CASE_WORKER, THERE, date(2026, 1, 1))
    stranger = Actor("sun", "sun", ActorKind.OFFICER, (role,), union.now())
    forge(union, own_join(id).values(reviewer=THERE))
    for act, said in ((APPROVE, {}), (REFUSE, {"reason": "不在本单位"})):
        assert codes(partial(act_on, **said), union, act, id, stranger) == ["authorisation.elsewhere"]


def test_ones_own_request_key_that_was_moved_goes_on_with_no_proven_request(union: Wiring) -> None:
    mine, hers = begin_join(union, person(2), THERE, "my-own-key"), prove(union, person(1), THERE).request.id
    columns = select(join_requests.c.begin_key, join_requests.c.last_call).where(join_requests.c.id == mine)
    keys = rows_in(union.database, columns)[0]._asdict()
    forge(union, own_join(mine).values(dict.fromkeys(keys)), own_join(hers).values(keys))
    union.now.now += timedelta(minutes=2)  # type: ignore[attr-defined]
    assert begin_join(union, person(2), THERE, "my-own-key") == hers
    assert codes(transfer_phone_joining, union, hers, VISIT, open_joining_reach(union)) == [
        "joining.not_proven"
    ]


def test_the_id_of_a_request_goes_on_with_it_on_no_phone(union: Wiring) -> None:
    id, other = begin_join(union, person(1)), begin_join(union, person(2))
    token = bind_request(union, id)
    assert find_bound_request(union, token) == id
    for text in (id, f"{id}.", token.replace(id, other), ""):
        assert find_bound_request(union, text) == ""
