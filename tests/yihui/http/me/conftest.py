import shutil

import pytest

from tests.yihui.http.me.members import MemberPhone, PhoneMaker, build_phone
from yihui.bootstrap import Wiring


@pytest.fixture(autouse=True)
def migrated_database(request: pytest.FixtureRequest) -> None:
    """Puts a migrated database that holds nothing into a test's own folder: to migrate takes longer than most tests."""
    if "tmp_path" in request.fixturenames:
        shutil.copy(
            request.getfixturevalue("migrated_file"), request.getfixturevalue("tmp_path") / "yihui.db"
        )


@pytest.fixture
def phones(wiring: Wiring) -> PhoneMaker:
    """Makes phones on which nobody is logged in."""
    return lambda: build_phone(wiring)


@pytest.fixture
def phone(phones: PhoneMaker) -> MemberPhone:
    """A phone on which a member is logged in."""
    return phones().log_in("m-one")
