"""Start Chromium for pictures and tests, without background connections.

It is the build without a window, which is Playwright's own choice for headless work; the whole browser, told to
show no window, takes half as long again for the same pages.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM_PATH = "/usr/bin/chromium-headless-shell"
# No sandbox: build machines run as root. The other flags stop the browser's own connections.
CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# The preset of Chromium's developer tools, for `Network.emulateNetworkConditions`: ms, bytes a second.
# A round trip is 400 ms; each request waits for five, in place of DNS and handshakes, which are not emulated.
SLOW_3G = {"offline": False, "latency": 2_000, "downloadThroughput": 50_000, "uploadThroughput": 50_000}


@contextmanager
def open_chromium() -> Iterator[Browser]:
    """Start the installed Chromium; close it afterwards."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM_PATH, args=CHROMIUM_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def save_screenshot(page: Page, to: Path) -> None:
    """Save what a page shows."""
    save_small_png(Image.open(BytesIO(page.screenshot(animations="disabled"))), to)


def save_small_png(image: Image.Image, to: Path) -> None:
    """Save in 128 colours, which a page doesn't miss and which take a third of the room."""
    image.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(to, "PNG", optimize=True)
