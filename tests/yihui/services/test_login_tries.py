"""Tries of log-ins are limited by login, network and device, and no stranger locks an officer out; on both databases."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from core.faults import FaultError
from tests.transactions import rows_in
from tests.yihui.refusals import codes, do_at_once, faults_of
from tests.yihui.services.logging_in import NEW_PASSWORD, PASSWORD, VISIT, Installation, acts
from yihui.access.login_throttle import (
    MOST_BY_ADDRESS,
    MOST_BY_DEVICE,
    MOST_BY_LOGIN,
    MOST_BY_PAIR,
    address_bucket,
    count_try,
    login_bucket,
)
from yihui.access.sessions import SessionKind
from yihui.access.tables import audit_entries, login_throttles
from yihui.services.access.accounts import change_password
from yihui.services.access.login import check_login, finish_login
from yihui.services.access.login_tries import issue_device_token, throttle_key


def test_tries_are_limited_by_login_whether_or_not_it_exists(desk: Installation) -> None:
    desk.enrol()
    for login in ("wang", "nobody"):
        for number in range(MOST_BY_LOGIN):
            visit = replace(VISIT, network=f"198.51.100.{number}")
            assert codes(check_login, desk.wiring, login, "wrong", visit) == ["login.wrong"]
        faults = faults_of(check_login, desk.wiring, login, PASSWORD, VISIT)
        assert [fault.code for fault in faults] == ["login.too_many"]
        assert faults[0].values["minutes"] == "15"
    throttled = [act for _, act in acts(desk) if act == "accounts.throttle"]
    with pytest.raises(FaultError):
        check_login(desk.wiring, "wang", PASSWORD, VISIT)
    assert [act for _, act in acts(desk) if act == "accounts.throttle"] == throttled  # written once
    stored = str(rows_in(desk.wiring.database, select(login_throttles)))
    assert "wang" not in stored and VISIT.network not in stored
    desk.clock.pass_time(minutes=15)
    desk.log_in()


def attack(desk: Installation) -> None:
    """Strangers in many places have used up the tries of a login (counted here without the slow hash)."""
    bucket = login_bucket(throttle_key(desk.wiring), "wang")
    with desk.wiring.database.write() as connection:
        for _ in range(MOST_BY_LOGIN + 1):
            count_try(connection, bucket, desk.wiring.now())


def test_who_knows_a_login_locks_no_device_of_its_officer(desk: Installation) -> None:
    desk.enrol()
    known = replace(VISIT, device_token=issue_device_token(desk.wiring, "wang"))
    attack(desk)
    assert codes(check_login, desk.wiring, "wang", PASSWORD, VISIT) == ["login.too_many"]
    desk.log_in(visit=known)
    desk.log_in(visit=replace(known, network="203.0.113.77"))


def test_a_console_is_not_locked_from_afar(desk: Installation) -> None:
    desk.enrol()
    attack(desk)
    desk.log_in(visit=replace(VISIT, network="console", kind=SessionKind.CONSOLE))


def test_one_address_is_stopped_long_before_it_stops_the_others(desk: Installation) -> None:
    desk.enrol()
    for number in range(MOST_BY_PAIR + MOST_BY_LOGIN):
        assert codes(check_login, desk.wiring, "wang", "wrong", VISIT) == [
            "login.wrong" if number < MOST_BY_PAIR else "login.too_many"
        ]
    desk.log_in(visit=replace(VISIT, network="203.0.113.9"))


def test_a_known_device_has_tries_of_its_own_and_no_more(desk: Installation) -> None:
    desk.enrol()
    known = replace(VISIT, device_token=issue_device_token(desk.wiring, "wang"))
    for _ in range(MOST_BY_DEVICE):
        assert codes(check_login, desk.wiring, "wang", "wrong", known) == ["login.wrong"]
    assert codes(check_login, desk.wiring, "wang", PASSWORD, known) == ["login.too_many"]
    desk.log_in()  # as a stranger: the device's wrong tries are its own


def test_a_forged_device_is_a_stranger(desk: Installation) -> None:
    desk.enrol()
    good = issue_device_token(desk.wiring, "wang")
    number, end, signature = good.split(".")
    attack(desk)
    forged = [
        issue_device_token(desk.wiring, "li"),
        good[:-1] + ("0" if good[-1] != "0" else "1"),
        f"{number}.{int(end) + 1}.{signature}",
        "",
        "a.b.c.d",
        f"{number}.²³.\ud800",
    ]
    for token in forged:
        assert is_stopped(desk, token), token
    assert not is_stopped(desk, good)
    desk.clock.pass_time(days=180)
    attack(desk)
    assert is_stopped(desk, good), "its time is over"


def is_stopped(desk: Installation, device_token: str) -> bool:
    try:
        check_login(desk.wiring, "wang", PASSWORD, replace(VISIT, device_token=device_token))
    except FaultError as refused:
        assert [fault.code for fault in refused.faults] == ["login.too_many"]
        return True
    return False


def test_strangers_do_not_stop_a_change_of_the_password(desk: Installation) -> None:
    opened = desk.enrol().opened
    attack(desk)
    change_password(
        desk.wiring, opened.session, opened.token, old=PASSWORD, new=NEW_PASSWORD, again=NEW_PASSWORD
    )


def test_tries_are_counted_in_the_periods_after_the_first_one_too(desk: Installation) -> None:
    bucket = login_bucket(throttle_key(desk.wiring), "wang")
    for _ in range(3):
        with desk.wiring.database.write() as connection:
            tries = [count_try(connection, bucket, desk.wiring.now()).tries for _ in range(3)]
        assert tries == [1, 2, 3]
        desk.clock.pass_time(minutes=15)


def test_tries_at_once_do_not_exceed_the_limit(desk: Installation) -> None:
    desk.enrol()
    tries = ["wrong"] * (MOST_BY_PAIR + 4)
    results = do_at_once(lambda typed: str(check_login(desk.wiring, "wang", typed, VISIT)), tries)
    assert sorted(results) == ["login.too_many"] * 4 + ["login.wrong"] * MOST_BY_PAIR


def test_wrong_codes_are_counted_with_wrong_passwords(desk: Installation) -> None:
    desk.enrol()
    ticket = check_login(desk.wiring, "wang", PASSWORD, VISIT).ticket
    for _ in range(MOST_BY_PAIR - 1):
        with pytest.raises(FaultError):
            finish_login(desk.wiring, ticket, "000000", VISIT)
    assert codes(finish_login, desk.wiring, ticket, desk.phone_code(), VISIT) == ["login.too_many"]


def test_one_address_may_fail_often_and_log_in_without_limit(desk: Installation) -> None:
    desk.enrol()
    for _ in range(3):
        desk.log_in()
    with desk.wiring.database.write() as connection:
        tries = connection.execute(select(login_throttles.c.tries)).scalars().all()
        assert set(tries) == {0}  # right ones are taken back
        for _ in range(MOST_BY_ADDRESS):
            count_try(connection, address_bucket(throttle_key(desk.wiring), VISIT.network), desk.wiring.now())
    assert codes(check_login, desk.wiring, "wang", PASSWORD, VISIT) == ["login.too_many"]
    desk.log_in(visit=replace(VISIT, network="203.0.113.9"))


def test_an_address_with_too_many_tries_counts_no_more_logins(desk: Installation) -> None:
    key = throttle_key(desk.wiring)
    with desk.wiring.database.write() as connection:
        for _ in range(MOST_BY_ADDRESS):
            count_try(connection, address_bucket(key, VISIT.network), desk.wiring.now())
    for name in ("wang", "made-up-1", "made-up-2"):
        assert codes(check_login, desk.wiring, name, PASSWORD, VISIT) == ["login.too_many"]
    assert len(rows_in(desk.wiring.database, select(login_throttles.c.bucket))) == 1


def test_failed_tries_of_one_network_have_one_mark_that_names_nobody(desk: Installation) -> None:
    desk.enrol()
    for network in ("203.0.113.7", "203.0.113.7", "198.51.100.9"):
        with pytest.raises(FaultError):
            check_login(desk.wiring, "wang", "a wrong password", replace(VISIT, network=network))
    with desk.wiring.database.read() as connection:
        c = audit_entries.c
        texts = connection.execute(select(c.changes).where(c.act == "accounts.fail")).scalars().all()
    marks = [json.loads(text)["after"]["network"] for text in texts]
    assert marks[0] == marks[1] != marks[2]
    assert not any("203" in mark and "113" in mark for mark in marks)
