"""A select whose value was forged, in any form or query of the officers' pages, is an answer and never a fault of ours."""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import httpx
import pytest

from tests.yihui.http.desk.officers import DEMO, ORIGIN, Officers, open_desk
from tests.yihui.http.desk.test_pages_of_neighbours import address, plant_rooms
from tests.yihui.http.neighbours import Neighbours
from yihui.http.desk.rights import OFFICER_PAGE_RIGHTS

pytestmark = pytest.mark.endure
FORGED = ("forged", "'\"{}\n: [x", "９" * 300)
PAGES = sorted(
    path
    for (method, path), _ in OFFICER_PAGE_RIGHTS.items()
    if method == "GET" and not path.endswith(("/progress", "/download", "{form}"))
)
_FORM = re.compile(r"<form\b(?P<head>[^>]*)>(?P<body>.*?)</form>", re.DOTALL)
_FIELD = re.compile(r"<(input|textarea|select)\b([^>]*)>(.*?)(?=<(?:input|textarea|select)\b|$)", re.DOTALL)


@dataclass
class Form:
    """A form of a page: where it goes, its fields as the page fills them in, and which of them are selects."""

    action: str
    is_get: bool
    values: dict[str, str] = field(default_factory=dict)
    selects: list[str] = field(default_factory=list)


def attribute(text: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', text)
    return html.unescape(found[1]) if found else ""


def forms_of(page: httpx.Response) -> Iterator[Form]:
    for found in _FORM.finditer(page.text):
        form = Form(attribute(found["head"], "action") or page.request.url.path, "post" not in found["head"])
        for kind, head, inner in _FIELD.findall(found["body"]):
            if not (name := attribute(head, "name")):
                continue
            if kind == "select":
                form.selects.append(name)
                options = re.findall(r'<option value="([^"]*)"', inner)
                form.values[name] = html.unescape(next((one for one in options if one), ""))
            else:
                form.values[name] = attribute(head, "value") or "2026-11-20"
        yield form


def send(site: Officers, form: Form, values: Mapping[str, str]) -> httpx.Response:
    headers = {"x-actor": DEMO, "origin": ORIGIN, "accept": "text/html"}
    if form.is_get:
        return site.client.get(form.action, params=dict(values), headers=headers)
    return site.client.post(form.action, data=dict(values), headers=headers, follow_redirects=False)


@pytest.fixture(scope="module")
def site(neighbours: Neighbours) -> Iterator[Officers]:
    with open_desk(neighbours.union.wiring) as opened:
        neighbours.numbers.update(plant_rooms(opened, neighbours.union))
        yield opened


def test_no_forged_choice_breaks_the_site(site: Officers, neighbours: Neighbours) -> None:
    seen, broken, asked = set[tuple[str, str]](), list[tuple[str, str, str, int]](), 0
    for template in PAGES:
        page = site.open(address(template, neighbours))
        for form in forms_of(page) if page.status_code == 200 else ():
            for name in form.selects:
                if (form.action, name) in seen:
                    continue
                seen.add((form.action, name))
                for value in FORGED:
                    answer = send(site, form, {**form.values, name: value})
                    asked += 1
                    if answer.status_code >= 500:
                        broken.append((template, name, value[:10], answer.status_code))
    assert broken == []
    assert asked > 100
