"""An officer reads at the next log-in what happened to the account meanwhile."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.faults import FaultError
from tests.yihui.services.logging_in import CONSOLE, PASSWORD, VISIT, Installation
from yihui.access.accounts import RECOVERY_CODE_LENGTH, use_recovery_code
from yihui.access.sessions import Session, find_session
from yihui.services.access.account_notices import load_account_notices
from yihui.services.access.accounts import renew_recovery_codes, renew_setup_code
from yihui.services.access.login import check_login, finish_login


@pytest.fixture
def desk(target: str, tmp_path: Path) -> Iterator[Installation]:
    installation = Installation.open(target, tmp_path)
    yield installation
    installation.wiring.database.close()


def session_of(desk: Installation, token: str) -> Session:
    with desk.wiring.database.read() as connection:
        found = find_session(connection, token, desk.clock.now)
    assert found is not None
    return found


def notices(desk: Installation, session: Session) -> list[str]:
    return [notice.text for notice in load_account_notices(desk.wiring, session)]


def test_the_first_session_and_one_after_nothing_have_no_notice(desk: Installation) -> None:
    first = desk.enrol().opened.session
    assert notices(desk, first) == []
    assert notices(desk, session_of(desk, desk.log_in())) == []


def test_a_changed_factor_is_told_at_the_next_log_in_and_not_again(desk: Installation) -> None:
    first = desk.enrol().opened.session
    desk.clock.pass_time(seconds=60)
    renew_recovery_codes(desk.wiring, first)
    desk.enrol("zhao")  # is nobody else's
    assert notices(desk, session_of(desk, desk.log_in())) == ["New recovery codes were made."]
    assert notices(desk, session_of(desk, desk.log_in())) == []


def test_a_code_that_is_sent_again_is_told_and_a_mistyped_one_is_not(desk: Installation) -> None:
    desk.enrol()
    desk.log_in()
    seen = desk.phone_code()
    desk.clock.pass_time(seconds=5)
    for code in (seen, "000000"):
        ticket = check_login(desk.wiring, "wang", PASSWORD, VISIT).ticket
        with pytest.raises(FaultError):
            finish_login(desk.wiring, ticket, code, VISIT)
    [notice] = notices(desk, session_of(desk, desk.log_in()))
    assert "used already" in notice


def test_an_administrators_set_up_code_is_told(desk: Installation) -> None:
    desk.enrol()
    desk.clock.pass_time(seconds=60)
    with desk.wiring.database.write() as connection:
        code = renew_setup_code(connection, CONSOLE, "wang", desk.clock.now)
    from yihui.services.access.login import set_up_account

    desk.clock.pass_time(seconds=60)
    ticket = set_up_account(desk.wiring, code.code, PASSWORD, VISIT).ticket
    found = notices(desk, desk.register_phone(ticket).opened.session)
    assert found[0] == "An administrator made a new set-up code for your account." and len(found) == 3


def test_recovery_codes_have_120_bits(desk: Installation) -> None:
    done = desk.enrol()
    assert {len(code.replace("-", "")) for code in done.recovery_codes} == {24} == {RECOVERY_CODE_LENGTH}
    account, now = done.opened.session.account_id, desk.clock.now
    with desk.wiring.database.write() as connection:
        assert use_recovery_code(connection, account, done.recovery_codes[0], now)
        assert not use_recovery_code(connection, account, done.recovery_codes[0], now)
