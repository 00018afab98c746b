"""The service worker by itself, over a small site whose version a test may change."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page

from yihui.http.rider.worker import build_worker_script

pytestmark = pytest.mark.needs("chromium")

_SOURCE = build_worker_script().partition(b"\n")[2]
_PAGE = '<!doctype html><title>{}</title><link rel="icon" href="data:,"><meta content="/static/built/{}.js">'
KEPT = """async () => Object.fromEntries(await Promise.all((await caches.keys()).map(async (name) =>
  [name, (await (await caches.open(name)).keys()).map((request) => new URL(request.url).pathname)])))"""
UPDATED = """() => new Promise(async (held, never) => {
  setTimeout(() => never(new Error("the worker does not take over")), 30_000);
  const there = await navigator.serviceWorker.register("/worker.js");
  if (!navigator.serviceWorker.controller) {
    navigator.serviceWorker.addEventListener("controllerchange", () => held(), { once: true });
    return;
  }
  await there.update();
  const coming = there.installing ?? there.waiting;
  if (!coming || coming.state === "activated") return held();
  coming.addEventListener("statechange", () => { if (coming.state === "activated") held(); });
})"""


class SmallSite:
    """Pages and files that name their version; ``asked`` is what reached the server.

    ``newer`` is that of the pages while the worker's is still the one before; ``notice`` stands in their place.
    """

    def __init__(self) -> None:
        self.version, self.status, self.asked = "one", 200, list[str]()
        self.newer = self.notice = ""
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                kind, content = site.answer(self.path)
                self.send_response(site.status)
                self.send_header("Content-Type", kind)
                self.send_header("Cache-Control", "no-store")
                self.send_header("Vary", "Accept-Language")  # as the rider's page has it
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                """Nobody reads it."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, path: str) -> tuple[str, bytes]:
        if path == "/worker.js":
            shell = {"version": self.version, "pages": ["/"], "files": [f"/static/built/{self.version}.js"]}
            return "text/javascript", f"const SHELL={json.dumps(shell)};\n".encode() + _SOURCE
        if self.notice:
            return "text/html", self.notice.encode()
        version = self.newer or self.version
        return "text/html", _PAGE.format(f"{path} {version}", version).encode()


@pytest.fixture
def site() -> Iterator[SmallSite]:
    made = SmallSite()
    thread = Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@pytest.fixture
def page(browser: Browser, site: SmallSite) -> Iterator[Page]:
    context = browser.new_context()
    made = context.new_page()
    made.goto(site.address)
    made.evaluate(UPDATED)
    yield made
    context.close()


def test_a_newer_worker_takes_over_and_old_caches_go_but_the_one_before(page: Page, site: SmallSite) -> None:
    assert page.evaluate(KEPT) == {"shell-one": ["/", "/static/built/one.js"]}
    for version in ("two", "three"):
        site.version = version
        page.evaluate(UPDATED)
    kept = page.evaluate(KEPT)
    assert kept == {
        name: ["/", f"/static/built/{name.removeprefix('shell-')}.js"]
        for name in ("shell-two", "shell-three")
    }


def test_a_page_of_this_version_is_kept_anew_and_a_newer_one_is_not(page: Page, site: SmallSite) -> None:
    """Its files would be lacking until the newer worker has brought them."""
    kept = "async () => (await (await caches.match('/')).text())"
    page.evaluate("async () => (await caches.open('shell-one')).put('/', new Response('older'))")
    page.goto(site.address)
    assert "/ one" in page.evaluate(kept)
    site.newer = "two"
    page.goto(site.address)
    assert page.title() == "/ two"
    assert "/ one" in page.evaluate(kept)


def test_without_a_network_every_question_opens_the_empty_page(page: Page, site: SmallSite) -> None:
    page.context.set_offline(True)
    page.goto(f"{site.address}/?lon=1&lat=2")
    assert page.title() == "/ one"


@pytest.mark.parametrize("path", ["/keep", pytest.param("/reports/1", marks=pytest.mark.endure)])
def test_keepers_pages_and_answers_are_the_networks(page: Page, site: SmallSite, path: str) -> None:
    site.asked.clear()
    for _ in range(2):
        page.evaluate("async (path) => (await fetch(path)).text()", path)
    assert site.asked == [path, path]
    assert list(page.evaluate(KEPT)) == ["shell-one"]


@pytest.mark.endure
def test_what_is_sent_is_never_kept(page: Page, site: SmallSite) -> None:
    assert page.evaluate("async () => (await fetch('/static/x', { method: 'POST' })).status") == 501
    assert page.evaluate(KEPT) == {"shell-one": ["/", "/static/built/one.js"]}


@pytest.mark.endure
def test_a_notice_that_stands_before_the_site_is_shown_and_never_kept(page: Page, site: SmallSite) -> None:
    site.notice = "<!doctype html><title>back soon</title>"
    page.goto(site.address)
    assert page.title() == "back soon"
    page.context.set_offline(True)
    page.goto(f"{site.address}/?lon=1&lat=2")
    assert page.title() == "/ one"


@pytest.mark.endure
@pytest.mark.parametrize("status", [408, 429, 503])
def test_where_the_site_can_give_no_page_the_empty_one_opens(
    page: Page, site: SmallSite, status: int
) -> None:
    site.status = status
    page.goto(f"{site.address}/?lon=1&lat=2")
    assert page.title() == "/ one"
    assert page.evaluate(KEPT)["shell-one"] == ["/", "/static/built/one.js"]
