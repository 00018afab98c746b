import pytest

from tests.yihui.demo_folder import mark_demo


@pytest.fixture(autouse=True)
def demo_installation(request: pytest.FixtureRequest) -> None:
    """Makes a test's own folder a demo's, whose routes of officers and senders ask nobody to log in."""
    if "tmp_path" in request.fixturenames:
        mark_demo(request.getfixturevalue("tmp_path"))
