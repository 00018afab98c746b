"""Log-in with a local account, on both databases."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from core.faults import FaultError
from tests.guards import lift_guards
from tests.transactions import change_in, value_in, write_in
from tests.yihui.refusals import codes, do_at_once
from tests.yihui.services.logging_in import CONSOLE, NEW_PASSWORD, PASSWORD, VISIT, Installation, acts
from yihui.access.accounts import load_account
from yihui.access.login_tickets import TicketKind
from yihui.access.sessions import find_session
from yihui.access.tables import audit_entries, login_tickets, officer_accounts, officers, recovery_codes
from yihui.services.access.accounts import (
    begin_new_phone,
    change_password,
    check_new_password,
    create_local_account,
    end_other_sessions,
    end_own_session,
    load_own_account,
    renew_recovery_codes,
    renew_setup_code,
)
from yihui.services.access.login import check_login, finish_enrolment, finish_login, set_up_account
from yihui.services.access.secret_marks import secret_marker
from yihui.services.ledger.ledger import verify_ledger_or_export
from yihui.services.ledger.sealing import seal_pending


@pytest.mark.usefixtures("real_hashes")
def test_a_new_officer_sets_up_the_account_and_the_phone(desk: Installation) -> None:
    setup = desk.add_officer()
    assert codes(check_login, desk.wiring, "wang", "", VISIT) == ["login.wrong"], "only the code opens it"
    step = set_up_account(desk.wiring, setup.code.lower().replace("-", " "), PASSWORD, VISIT)
    assert step.step is TicketKind.ENROL
    enrolled = desk.register_phone(step.ticket)
    assert len(set(enrolled.recovery_codes)) == 10
    assert enrolled.opened.session.factors == ("pwd", "otp")
    assert codes(set_up_account, desk.wiring, setup.code, NEW_PASSWORD, VISIT) == ["login.setup_code"]
    token = desk.log_in()
    with desk.wiring.database.read() as connection:
        assert find_session(connection, token, desk.clock.now) is not None
        account = load_account(connection, 1)
        stored = str(connection.execute(select(recovery_codes)).all())
        tickets = str(connection.execute(select(login_tickets)).all())
    assert account is not None and account.password_hash is not None and account.totp_secret is not None
    assert account.password_hash.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert desk.secrets["wang"].encode() not in account.totp_secret
    assert all(code not in stored and code.replace("-", "") not in stored for code in enrolled.recovery_codes)
    assert setup.code not in tickets and step.ticket not in tickets
    assert acts(desk) == [
        ("console:root", "accounts.add"),
        ("unknown", "accounts.fail"),
        ("wang", "accounts.set_up"),
        ("wang", "accounts.register_phone"),
        ("wang", "sessions.open"),
        ("unknown", "accounts.fail"),
        ("wang", "sessions.open"),
    ]


def test_a_set_up_code_lasts_three_days_and_dies_with_a_newer_one(desk: Installation) -> None:
    first = desk.add_officer()
    second = write_in(
        desk.wiring.database, renew_setup_code, secret_marker(desk.wiring), CONSOLE, "wang", desk.clock.now
    )
    with pytest.raises(FaultError):
        set_up_account(desk.wiring, first.code, PASSWORD, VISIT)
    desk.clock.pass_time(hours=72)
    with pytest.raises(FaultError):
        set_up_account(desk.wiring, second.code, PASSWORD, VISIT)
    desk.clock.pass_time(seconds=-1)
    assert set_up_account(desk.wiring, second.code, PASSWORD, VISIT).step is TicketKind.ENROL


def test_a_new_set_up_code_closes_password_phone_and_sessions(desk: Installation) -> None:
    opened = desk.enrol().opened
    with desk.wiring.database.write() as connection:
        renew_setup_code(connection, secret_marker(desk.wiring), CONSOLE, "wang", desk.clock.now)
        assert find_session(connection, opened.token, desk.clock.now) is None
        assert connection.execute(select(recovery_codes)).all() == []
    assert codes(check_login, desk.wiring, "wang", PASSWORD, VISIT) == ["login.wrong"]


def test_a_wrong_login_and_a_wrong_password_get_one_answer(desk: Installation) -> None:
    desk.enrol()
    before = acts(desk)
    tries = [
        ("wang", "something else"),
        ("wang", ""),
        ("wang", PASSWORD + "x"),
        ("wang", "x" * 10_000),
        ("nobody", PASSWORD),
        ("", PASSWORD),
        ("w" * 10_000, PASSWORD),
        ("wang\x00", PASSWORD),
        ("' or 1=1 --", PASSWORD),
    ]
    for login, password in tries:
        with pytest.raises(FaultError) as refused:
            check_login(desk.wiring, login, password, VISIT)
        assert [fault.code for fault in refused.value.faults] == ["login.wrong"]
        assert password not in str(refused.value) or not password
    assert acts(desk) == [*before, *[("unknown", "accounts.fail")] * len(tries)]


def test_full_width_characters_are_the_same_login_password_and_code(desk: Installation) -> None:
    desk.enrol()
    desk.clock.pass_time(seconds=30)
    wide = PASSWORD.translate({c: c + 0xFEE0 for c in range(0x21, 0x7F)})
    assert wide != PASSWORD
    ticket = check_login(desk.wiring, " ＷＡＮＧ ", wide, VISIT).ticket
    code = desk.phone_code()
    digits = "".join(chr(ord(c) + 0xFEE0) for c in code)
    assert finish_login(desk.wiring, ticket, f"{digits[:3]} {digits[3:]}", VISIT).session.officer_id == "wang"


def test_a_phones_code_and_earlier_ones_are_not_accepted_twice(desk: Installation) -> None:
    desk.enrol()
    desk.clock.pass_time(seconds=60)
    earlier, code, later = (desk.phone_code(ahead_s=seconds) for seconds in (-30, 0, 30))

    def log_in(typed: str) -> bool:
        try:
            ticket = check_login(desk.wiring, "wang", PASSWORD, VISIT).ticket
            finish_login(desk.wiring, ticket, typed, VISIT)
        except FaultError as error:
            assert [fault.code for fault in error.faults] == ["login.wrong_code"]
            return False
        return True

    assert log_in(code)
    assert not log_in(code)
    assert not log_in(earlier)
    assert log_in(later)  # within the tolerated step
    assert not log_in(desk.phone_code(ahead_s=90))


def test_what_is_no_code_is_a_wrong_code(desk: Installation) -> None:
    desk.enrol()
    no_codes = ("", "12345", "1234567", "12345a", "１２３", "٠١٢٣٤٥", "0" * 10_000, "-- - --", "\x00")
    for number, typed in enumerate(no_codes):
        visit = replace(VISIT, network=f"198.51.100.{number}")
        ticket = check_login(desk.wiring, "wang", PASSWORD, visit).ticket
        assert codes(finish_login, desk.wiring, ticket, typed, visit) == ["login.wrong_code"]


@pytest.mark.both_databases
def test_one_code_sent_by_several_at_once_opens_one_session(desk: Installation) -> None:
    desk.enrol()
    desk.clock.pass_time(seconds=30)
    ticket, code = check_login(desk.wiring, "wang", PASSWORD, VISIT).ticket, desk.phone_code()
    opened = do_at_once(lambda typed: finish_login(desk.wiring, ticket, typed, VISIT), [code] * 4)
    assert sum(not isinstance(one, str) for one in opened) == 1


def test_a_recovery_code_replaces_the_phone_once(desk: Installation) -> None:
    code = desk.enrol().recovery_codes[3]
    ticket = check_login(desk.wiring, "wang", PASSWORD, VISIT).ticket
    opened = finish_login(desk.wiring, ticket, f" {code.lower().replace('0', 'o')} ", VISIT)
    assert opened.session.factors == ("pwd", "recovery")
    assert load_own_account(desk.wiring, opened.session).recovery_codes_left == 9
    ticket = check_login(desk.wiring, "wang", PASSWORD, VISIT).ticket
    assert codes(finish_login, desk.wiring, ticket, code, VISIT) == ["login.wrong_code"]
    fresh = renew_recovery_codes(desk.wiring, opened.session)
    assert load_own_account(desk.wiring, opened.session).recovery_codes_left == len(fresh) == 10


def test_another_officers_recovery_code_opens_nothing(desk: Installation) -> None:
    desk.enrol()
    code = desk.enrol("zhao").recovery_codes[0]
    ticket = check_login(desk.wiring, "wang", PASSWORD, VISIT).ticket
    with pytest.raises(FaultError):
        finish_login(desk.wiring, ticket, code, VISIT)


def test_a_ticket_opens_its_own_step_for_ten_minutes(desk: Installation) -> None:
    desk.enrol()
    ticket = check_login(desk.wiring, "wang", PASSWORD, VISIT).ticket
    over = ["login.step_over"]
    assert codes(finish_enrolment, desk.wiring, ticket, "123456", VISIT) == over
    desk.clock.pass_time(minutes=10)
    for late_or_unknown in (ticket, "x" * 43):
        assert codes(finish_login, desk.wiring, late_or_unknown, desk.phone_code(), VISIT) == over


def test_logging_in_again_steps_up_in_the_open_session(desk: Installation) -> None:
    first = desk.enrol().opened
    desk.clock.pass_time(minutes=20)
    visit = replace(VISIT, session_token=first.token)
    token = desk.log_in(visit=visit)
    with desk.wiring.database.read() as connection:
        session = find_session(connection, token, desk.clock.now)
        assert find_session(connection, first.token, desk.clock.now) is None
    assert session is not None and session.id == first.session.id
    assert session.authenticated_at == desk.clock.now
    assert acts(desk)[-1] == ("wang", "sessions.step_up")


def test_another_officers_log_in_ends_the_session_of_the_browser(desk: Installation) -> None:
    first = desk.enrol().opened
    desk.enrol("zhao")
    token = desk.log_in("zhao", visit=replace(VISIT, session_token=first.token))
    with desk.wiring.database.read() as connection:
        session = find_session(connection, token, desk.clock.now)
        assert find_session(connection, first.token, desk.clock.now) is None
    assert session is not None and session.officer_id == "zhao"
    assert session.id != first.session.id


def test_an_ended_officer_can_not_finish_a_log_in(desk: Installation) -> None:
    desk.enrol()
    desk.clock.pass_time(seconds=30)
    ticket = check_login(desk.wiring, "wang", PASSWORD, VISIT).ticket
    change_in(desk.wiring.database, update(officers).values(ended_at=desk.clock.now))
    assert codes(finish_login, desk.wiring, ticket, desk.phone_code(), VISIT) == ["login.step_over"]
    assert codes(check_login, desk.wiring, "wang", PASSWORD, VISIT) == ["login.wrong"]


def test_a_changed_password_ends_the_other_sessions(desk: Installation) -> None:
    other = desk.enrol().opened
    token = desk.log_in()
    session = desk.session(token)
    assert codes(
        change_password, desk.wiring, session, token, old="wrong", new=NEW_PASSWORD, again=NEW_PASSWORD
    ) == ["login.password_old"]
    rotated = change_password(desk.wiring, session, token, old=PASSWORD, new=NEW_PASSWORD, again=NEW_PASSWORD)
    with desk.wiring.database.read() as connection:
        for old in (token, other.token):
            assert find_session(connection, old, desk.clock.now) is None
        assert find_session(connection, rotated.token, desk.clock.now) is not None
    with pytest.raises(FaultError):
        check_login(desk.wiring, "wang", PASSWORD, VISIT)
    assert check_login(desk.wiring, "wang", NEW_PASSWORD, VISIT).step is TicketKind.CODE
    assert ("wang", "accounts.change_password") in acts(desk)


def test_a_new_phone_ends_the_other_sessions(desk: Installation) -> None:
    stolen = desk.enrol().opened
    token = desk.log_in()
    session = desk.session(token)
    ticket = begin_new_phone(desk.wiring, session)
    with desk.wiring.database.read() as connection:  # the old phone counts until the new one is registered
        assert find_session(connection, stolen.token, desk.clock.now) is not None
    own = desk.register_phone(ticket, visit=replace(VISIT, session_token=token)).opened
    with desk.wiring.database.read() as connection:
        assert find_session(connection, stolen.token, desk.clock.now) is None
        assert find_session(connection, own.token, desk.clock.now) is not None
    assert own.session.id == session.id


@pytest.mark.usefixtures("real_hashes")
def test_a_hash_of_other_parameters_is_replaced_at_the_log_in(desk: Installation) -> None:
    from argon2 import PasswordHasher

    desk.enrol()
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    change_in(desk.wiring.database, update(officer_accounts).values(password_hash=weak))
    with pytest.raises(FaultError):
        check_login(desk.wiring, "wang", "wrong", VISIT)
    check_login(desk.wiring, "wang", PASSWORD, VISIT)
    stored = value_in(desk.wiring.database, select(officer_accounts.c.password_hash))
    assert stored is not None and "m=65536,t=3,p=4" in stored
    assert check_login(desk.wiring, "wang", PASSWORD, VISIT).step is TicketKind.CODE


def test_another_key_reads_no_secret_and_says_so(desk: Installation) -> None:
    desk.enrol()
    desk.clock.pass_time(seconds=30)
    desk.wiring.__dict__["login_key"] = b"another key of thirty-two bytes!"
    ticket = check_login(desk.wiring, "wang", PASSWORD, VISIT).ticket
    assert codes(finish_login, desk.wiring, ticket, desk.phone_code(), VISIT) == ["login.secret_unreadable"]


def test_a_login_is_taken_once_and_has_a_form(desk: Installation) -> None:
    desk.add_officer()
    with desk.wiring.database.write() as connection:
        for login, code in (
            ("ＷＡＮＧ", "login_taken"),
            ("a", "login_form"),
            ("wang li", "login_form"),
            ("", "login_form"),
        ):
            assert codes(
                create_local_account,
                connection,
                secret_marker(desk.wiring),
                CONSOLE,
                "wang",
                login,
                desk.clock.now,
            ) == [f"login.{code}"]


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password_short"),
        ("一二三四五六七八九十一", "password_short"),
        ("ab" * 101, "password_long"),
        ("ﷺ" * 12, "password_long"),  # each becomes eighteen characters
        ("wang.gonghui", "password_login"),
        ("ＷＡＮＧ.ＧＯＮＧＨＵＩ2026", "password_login"),
        ("password1234", "password_common"),
        ("Password2026!!", "password_common"),
        ("123456789012", "password_common"),
        ("aaaaaaaaaaaaaaa", "password_common"),
        ("abcabcabcabc", "password_common"),
        ("1q2w3e4r5t6y", "password_common"),
        ("工会2026工会2026", None),
        ("correct\x07horse battery", "password_controls"),
        ("泉城夏天的雨下了三天三夜", None),
        ("x7#kd02ms!qp", None),
    ],
)
def test_short_common_and_own_passwords_are_refused(password: str, code: str | None) -> None:
    if code is None:
        check_new_password(password, password, "wang.gonghui")
        return
    with pytest.raises(FaultError) as refused:
        check_new_password(password, password, "wang.gonghui")
    assert f"login.{code}" in [fault.code for fault in refused.value.faults]
    assert password not in str(refused.value) or not password


def test_two_different_new_passwords_are_refused() -> None:
    assert codes(check_new_password, "short", "other", "wang") == [
        "login.password_short",
        "login.password_twice",
    ]


def test_officers_end_their_own_sessions_and_no_others(desk: Installation) -> None:
    first = desk.enrol().opened
    foreign = desk.enrol("zhao").opened
    token = desk.log_in()
    session = desk.session(token)
    assert codes(end_own_session, desk.wiring, session, foreign.session.id) == ["login.session_over"]
    end_own_session(desk.wiring, session, first.session.id)
    end_other_sessions(desk.wiring, session)
    with desk.wiring.database.read() as connection:
        assert find_session(connection, foreign.token, desk.clock.now) is not None
        assert find_session(connection, first.token, desk.clock.now) is None


def test_the_log_of_log_ins_is_sealed_with_the_ledger(desk: Installation) -> None:
    desk.enrol()
    seal_pending(desk.wiring)
    assert "row_batch.changed" not in found_in_ledger(desk)
    with desk.wiring.database.write() as connection:
        lift_guards(connection)
        connection.execute(update(audit_entries).where(audit_entries.c.sequence == 2).values(actor="li"))
    assert found_in_ledger(desk).count("row_batch.changed") == 1


def found_in_ledger(desk: Installation) -> list[str]:
    return [fault.code for fault in verify_ledger_or_export(desk.wiring, None).disagreements]
