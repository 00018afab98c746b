import pytest

from tests.yihui.http.me.members import MemberPhone, PhoneMaker, build_phone
from yihui.bootstrap import Wiring


@pytest.fixture
def phones(wiring: Wiring) -> PhoneMaker:
    """Makes phones on which nobody is logged in."""
    return lambda: build_phone(wiring)


@pytest.fixture
def phone(phones: PhoneMaker) -> MemberPhone:
    """A phone on which a member is logged in."""
    return phones().log_in("m-one")
