"""/worker.js: the service worker, with the list of what it keeps."""

import hashlib
import json
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request, Response

from yihui.http.pages import static_address
from yihui.http.representations import ASK_AGAIN, shown
from yihui.http.site import Site
from yihui.runtime.assets import STATIC, bundled_files, bundles
from yihui.runtime.language import LANGUAGES, LOCALE_FOLDER

_TYPE = "text/javascript; charset=utf-8"
_TEMPLATES = Path(__file__).parents[2] / "templates"
# Pages that are the same for everybody: without an address's question nobody is answered.
_PAGES = ("/", *(f"/?lang={code}" for code in LANGUAGES))
_OTHERS = ("keep", "worker", "follow")  # entries of pages that are the network's alone


def router(site: Site) -> APIRouter:
    made = APIRouter()

    @made.get("/worker.js", include_in_schema=False)
    def worker(request: Request) -> Response:
        return shown(request, worker_script(), _TYPE, ASK_AGAIN)

    return made


@cache
def worker_script() -> bytes:
    """The worker's source after what it is to keep; another version where any of that is another.

    *Raises*: FileNotFoundError where the front end has not been built.
    """
    bundle = STATIC / bundles()["worker.js"].address.removeprefix("/static/")
    source = bundle.read_bytes()
    shell = {"pages": _PAGES, "files": _files()}
    version = hashlib.sha256(json.dumps(shell).encode() + source + _sources()).hexdigest()[:16]
    return f"const SHELL={json.dumps({'version': version, **shell})};\n".encode() + source


def _files() -> list[str]:
    """The addresses of all that the rider's page may load."""
    names = [name for name in bundled_files() if not name.startswith(_OTHERS)]
    return [static_address("icon.svg"), *(f"/static/built/{name}" for name in names)]


def _sources() -> bytes:
    """What the pages are made of besides."""
    templates = [_TEMPLATES / "rider.html", *sorted((_TEMPLATES / "rider").glob("*.html"))]
    catalogues = sorted(LOCALE_FOLDER.glob("*/LC_MESSAGES/yihui.mo"))
    return b"".join(hashlib.sha256(path.read_bytes()).digest() for path in (*templates, *catalogues))
