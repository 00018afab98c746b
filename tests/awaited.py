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
