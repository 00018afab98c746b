"""A Chromium for pictures and tests, which talks to nobody by itself."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

CHROMIUM = "/usr/bin/chromium"
# No sandbox: build machines run as root. The rest keeps the browser from calling home.
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# As its own tools have it, for `Network.emulateNetworkConditions`: ms, bytes a second. A round trip is of 400 ms
# there; each request waits for five of them, for the names and handshakes that are not emulated.
SLOW_3G = {"offline": False, "latency": 2_000, "downloadThroughput": 50_000, "uploadThroughput": 50_000}


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's Chromium, closed afterwards."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()
