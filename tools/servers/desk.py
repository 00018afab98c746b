"""Officers at their pages: they open a page, fill in one of its forms and send it, as a browser does."""

import re
import time
from dataclasses import dataclass
from html import unescape

import httpx
from fastapi.testclient import TestClient

ORIGIN = "http://127.0.0.1"
DEMO = "demo"


@dataclass(frozen=True, slots=True)
class Officers:
    client: TestClient

    def open(self, path: str, who: str = DEMO, language: str = "en") -> httpx.Response:
        headers = {"x-actor": who, "accept": "text/html", "accept-language": language}
        page: httpx.Response = self.client.get(path, headers=headers)
        return page

    def form_key(self, path: str, who: str = DEMO) -> str:
        page = self.open(path, who)
        found = re.search(r'name="form_key" value="([^"]+)"', page.text)
        assert found, page.text
        return found[1]

    def send(
        self, page: str, path: str, who: str = DEMO, key: str | None = None, **fields: str
    ) -> httpx.Response:
        """Send a form of a page with its key, ticked as checked; after its preview where it has one."""
        key = self.form_key(page, who) if key is None else key
        answer = self.post(path, who, form_key=key, **{"checked": "yes", **fields})
        seen = None if "step" in fields else re.search(r'name="previewed" value="([\w.]+)"', answer.text)
        return self.send(page, path, who, key, **fields, step="", previewed=seen[1]) if seen else answer

    def post(self, path: str, who: str = DEMO, origin: str = ORIGIN, **fields: str) -> httpx.Response:
        headers = {"x-actor": who, "origin": origin, "accept": "text/html", "accept-language": "en"}
        answer: httpx.Response = self.client.post(path, data=fields, headers=headers)
        return answer


def text_of(page: httpx.Response) -> str:
    """Return what a page says in its main part, in small letters."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text.split("<main", 1)[-1])).split()).casefold()


def wait_for_job(site: Officers, job: str, who: str = DEMO, *, ends_well: bool = True) -> str:
    """Wait until a job is done, or has failed; return the address of its result, to which its page leads."""
    deadline = time.monotonic() + 120
    while "<progress" in (page := site.open(job, who)).text:
        assert time.monotonic() < deadline, text_of(page)
        time.sleep(0.2)  # the job runs in a thread of the site, and its page is all that tells of its end
    if not ends_well and page.status_code != 303:
        return str(re.findall(r'href="(/desk/[^"]+)" role="button"', page.text)[-1])
    assert page.status_code == 303, text_of(page)
    return str(page.headers["location"])


def wait_for_reading(site: Officers, preview: str, who: str = DEMO) -> str:
    """Wait until the job has read the file of a preview."""
    job = site.open(preview, who)
    if job.status_code == 303:
        wait_for_job(site, job.headers["location"], who)
    return preview
