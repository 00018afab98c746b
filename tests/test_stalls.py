"""A Chromium that never answers ends a test, and not the whole run."""

import pytest
from playwright.sync_api import Browser, Error

from tests.stalls import chromium_ends_after

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]
_NEVER = "() => new Promise(() => {})"


def test_a_script_that_never_ends_is_ended_with_its_browser(browser: Browser) -> None:
    page = browser.new_page()
    with chromium_ends_after(0.1), pytest.raises(Error):
        page.evaluate(_NEVER)


def test_whoever_comes_after_it_in_the_same_file_is_told_at_once(browser: Browser) -> None:
    assert not browser.is_connected()
    with pytest.raises(Error):
        browser.new_context()
