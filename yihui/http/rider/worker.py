"""/worker.js: the service worker, with the list of files that it caches."""

import hashlib
import json
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request, Response

from yihui.http.pages import Pages, static_url
from yihui.http.representations import CACHE_PUBLIC, conditional_response
from yihui.http.site import Site
from yihui.runtime.assets import STATIC_FOLDER, bundled_files, load_bundles
from yihui.runtime.language import LANGUAGES, LOCALE_FOLDER, load_language

_TYPE = "text/javascript; charset=utf-8"
_TEMPLATES = Path(__file__).parents[2] / "templates"
# Pages without a query, which are the same for every rider.
_PAGES = tuple(
    f"{path}{query}" for path in ("/", "/reports") for query in ("", *(f"?lang={code}" for code in LANGUAGES))
)
_LATER = ("streets",)  # entries and chunks that a rider's page loads only where the site has a street map
# Entries of pages that work only online, and of the planner's map, which is a file of its own.
_OTHERS = ("keep", "worker", "follow", "planner_streets")


def router(site: Site) -> APIRouter:
    made = APIRouter()

    @made.get("/worker.js", include_in_schema=False)
    def worker(request: Request) -> Response:
        return conditional_response(request, build_worker_script(), _TYPE, CACHE_PUBLIC)

    return made


@cache
def build_worker_script() -> bytes:
    """Build the worker: the list of files to cache, the pages that say that there is no network, then its source. Its version changes with any.

    *Raises*: FileNotFoundError if the front end has not been built.
    """
    bundle = STATIC_FOLDER / load_bundles()["worker.js"].address.removeprefix("/static/")
    source = bundle.read_bytes()
    pages = Pages()
    waits, away = (
        {code: pages.render(template, load_language(code)) for code in LANGUAGES}
        for template in ("me/logout_waits.html", "no_network.html")
    )
    shell = {"pages": _PAGES, "files": _files(), "later": _later_files(), "waits": waits, "away": away}
    version = hashlib.sha256(json.dumps(shell).encode() + source + _sources()).hexdigest()[:16]
    return f"const SHELL={json.dumps({'version': version, **shell})};\n".encode() + source


def _files() -> list[str]:
    """Return the addresses of all files that the rider's page may load."""
    names = [name for name in bundled_files() if not name.startswith((*_OTHERS, *_LATER))]
    own = ("icon.svg", "icon.png", "app.webmanifest")
    return [*map(static_url, own), *(f"/static/built/{name}" for name in names)]


def _later_files() -> list[str]:
    """Return the addresses of the files that are cached when they are first used."""
    return [f"/static/built/{name}" for name in bundled_files() if name.startswith(_LATER)]


def _sources() -> bytes:
    """Return hashes of the other inputs of the pages: templates and message catalogues."""
    templates = [_TEMPLATES / name for name in ("rider.html", "report/frame.html", "report/mine.html")]
    templates += sorted((_TEMPLATES / "rider").glob("*.html"))
    catalogues = sorted(LOCALE_FOLDER.glob("*/LC_MESSAGES/yihui.mo"))
    return b"".join(hashlib.sha256(path.read_bytes()).digest() for path in (*templates, *catalogues))
