"""The picture of a simulation in a real browser, with the network unplugged."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.yihui.commands import Command
from tests.yihui.simulating import HOSTILE, draft, events

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]


@pytest.fixture
def file(yihui: Command, tmp_path: Path) -> Path:
    """A picture with every part in it, of a rule with a hostile name."""
    out = tmp_path / "out.html"
    done = yihui(
        *("rules", "simulate", draft(tmp_path, title=HOSTILE), "--events", events(tmp_path)),
        *("--budget", "quiz=300000", "--what-if", "amount=5000..40000:2500", "--html", out),
    )
    assert done.code == 0, done.err
    return out


@pytest.fixture(params=[(1440, 900), (360, 740)], ids=["desk", "phone"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height}, offline=True)
    yield context.new_page()
    context.close()


def test_it_opens_without_a_network_asks_for_nothing_and_runs_no_script(page: Page, file: Path) -> None:
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
    page.goto(file.as_uri())
    assert [url for url in requests if not url.startswith("data:")] == [file.as_uri()]
    assert complaints == []
    assert page.locator("h1").inner_text() == HOSTILE
    assert page.locator("img, script").count() == 0


def test_nothing_is_wider_than_the_screen_and_everything_is_drawn(page: Page, file: Path) -> None:
    page.goto(file.as_uri())
    widths = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert widths[0] == widths[1]
    assert page.locator("svg").count() == 3  # months, values tried, the budget
    for chart in page.locator("svg").all():
        box = chart.bounding_box()
        assert box is not None and box["width"] > 250 and box["height"] > 130
    assert page.locator("svg circle").count() == 15
    assert page.locator("svg .ceiling").count() == 1
    assert page.locator("svg line.end").count() == 1
