"""Waiting for what a page comes to, where its policy forbids evaluating text."""

import time

from playwright.sync_api import Page

_WITHIN_S, _BETWEEN_MS = 30.0, 50


def awaited(page: Page, holds: str, arg: object = None) -> None:
    """Until the JavaScript expression or function is true.

    ``page.wait_for_function`` looks again by ``eval`` within the page, which the content security policy refuses
    unless it is true at the first look; what is evaluated from outside is not subject to it.
    """
    deadline = time.monotonic() + _WITHIN_S
    while not page.evaluate(holds, arg):
        assert time.monotonic() < deadline, f"never true: {holds}"
        page.wait_for_timeout(_BETWEEN_MS)


def keeper_reads(page: Page, words: str) -> None:
    """Until a keeper reads these words after an act: a script looks again by itself, without one its link does."""
    done, again = page.locator("#done"), page.locator("#done noscript a")
    deadline = time.monotonic() + _WITHIN_S
    while words not in done.inner_text():
        assert time.monotonic() < deadline, f"never told: {words}"
        if again.count():
            with page.expect_event("load"):
                again.click()
        page.wait_for_timeout(_BETWEEN_MS)
