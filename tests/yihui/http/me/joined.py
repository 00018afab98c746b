"""A union with a member who joined by her phone, and her log-ins by codes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.yihui.http.conftest import Clock
from tests.yihui.http.me.members import MemberPhone
from tests.yihui.services.joining_people import (
    found_tree,
    join,
    joining_wiring,
    last_code,
    person,
)
from yihui.bootstrap import Wiring

PHONE = "13800000001"


@pytest.fixture
def wiring(tmp_path: Path, clock: Clock) -> Iterator[Wiring]:
    """A union with one member, whose phone is `PHONE`."""
    made = joining_wiring(str(tmp_path / "yihui.db"), tmp_path, clock)  # type: ignore[arg-type]
    found_tree(made)
    join(made, person(1))
    yield made
    made.close()


def enter(phone: MemberPhone, code: str, **fields: str) -> tuple[int, str]:
    """Type a code; return the status, and where it leads to or what the page says."""
    return phone.post("/me/login/code?next=/me/account", code=code, **fields)


def log_in(phone: MemberPhone, number: str = PHONE, **fields: str) -> None:
    phone.send("/me/login", phone=number)
    assert enter(phone, last_code(phone.wiring, number), **fields) == (303, "/me/account")
