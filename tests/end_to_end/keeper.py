"""A keeper's phone: opened by the link, or without script by the key that is typed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from playwright.sync_api import Browser, Page

from geo.registry.keys import issue_keeper_key
from store import open_database
from tests.yihui.http.riding import PHONE


def key_for(station: str, address: str, folder: Path, now: datetime) -> dict[str, str]:
    """A key as an officer makes it: ``key`` and ``link``."""
    database = open_database(str(folder / "yihui.db"))
    with database.write() as connection:
        key = issue_keeper_key(connection, station, now).text
    database.close()
    return {"key": key, "link": f"{address}/keep#{key}"}


@contextmanager
def keeper(browser: Browser, key: dict[str, str], *, script: bool = True) -> Iterator[Page]:
    """The page of the key's station; the key was in no address that the site was asked for, and is in none now."""
    context = browser.new_context(viewport=PHONE, locale="zh-CN", java_script_enabled=script)
    page, asked = context.new_page(), list[str]()
    page.on("request", lambda request: asked.append(request.url.partition("#")[0]))
    page.goto(key["link"])
    if not script:  # what stands after # is for script alone
        page.get_by_label("或者手填钥匙").fill(key["key"])
        page.get_by_role("button", name="打开").click()
    page.get_by_role("heading", name="骑手现在看到的").wait_for()
    assert not [url for url in asked if key["key"] in url]
    assert not script or key["key"] not in page.url
    yield page
    context.close()
