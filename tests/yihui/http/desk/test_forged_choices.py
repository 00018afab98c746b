"""A forged value of a select or of radios, in any form or query of the officers' pages, is refused by its field's name."""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import httpx
import pytest

from tests.yihui.http.desk.officers import open_desk
from tests.yihui.http.desk.test_pages_of_neighbours import address, plant_rooms
from tests.yihui.http.neighbours import Neighbours
from tests.yihui.http.pictures import PNG
from tools.servers.desk import DEMO, ORIGIN, Officers
from yihui.http.desk.rights import officer_page_rights

FORGED = ("forged", "'\"{}\n: [x", "９" * 300)
PAGES = sorted(
    path
    for (method, path), _ in officer_page_rights().items()
    if method == "GET" and not path.endswith(("/download", "{form}"))
)
_FORM = re.compile(r"<form\b(?P<head>[^>]*)>(?P<body>.*?)</form>", re.DOTALL)
_ALERT = re.compile(r'role="alert"[^>]*>(.*?)</(?:div|section)>', re.DOTALL)
_FIELD = re.compile(r"<(input|textarea|select)\b([^>]*)>(.*?)(?=<(?:input|textarea|select)\b|$)", re.DOTALL)


@dataclass
class Form:
    """A form of a page: where it goes, its fields as the page fills them in, and the labels of its selects and radios."""

    action: str
    is_get: bool
    has_files: bool
    files: set[str] = field(default_factory=set)
    values: dict[str, str] = field(default_factory=dict)
    choices: dict[str, str] = field(default_factory=dict)


def attribute(text: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', text)
    return html.unescape(found[1]) if found else ""


def forms_of(page: httpx.Response) -> Iterator[Form]:
    for found in _FORM.finditer(page.text):
        head = found["head"]
        form = Form(
            attribute(head, "action") or page.request.url.path, "post" not in head, "multipart" in head
        )
        for kind, head, inner in _FIELD.findall(found["body"]):
            if not (name := attribute(head, "name")):
                continue
            kind = attribute(head, "type") or kind
            if kind in ("select", "radio"):
                label = re.search(rf'<label for="{re.escape(attribute(head, "id"))}">([^<]*)<', found["body"])
                form.choices[name] = html.unescape(label[1]) if label else name
            if kind == "select":
                options = re.findall(r'<option value="([^"]*)"', inner)
                form.values[name] = html.unescape(next((one for one in options if one), ""))
            else:
                form.files |= {name} if kind == "file" and "image" in attribute(head, "accept") else set()
                typed = "1" if attribute(head, "inputmode") == "decimal" else "2026-11-20"
                typed = "370202" if name == "area" else typed
                empty = "" if form.is_get or kind == "radio" else typed
                form.values[name] = attribute(head, "value") or first_offered(found["body"], head) or empty
        yield form


def first_offered(body: str, head: str) -> str:
    """Return the first value that a field offers in a list beside it; empty if there is none."""
    listed = re.search(rf'<datalist id="{re.escape(attribute(head, "list"))}"><option value="([^"]*)"', body)
    return html.unescape(listed[1]) if listed else ""


def send(site: Officers, form: Form, values: Mapping[str, str]) -> httpx.Response:
    headers = {"x-actor": DEMO, "origin": ORIGIN, "accept": "text/html", "accept-language": "en"}
    if form.is_get:
        return site.client.get(form.action, params=dict(values), headers=headers)
    sent: dict[str, object] = {"data": dict(values)}
    if form.has_files:
        picture = ("proof.png", PNG, "image/png")
        sent = {
            "files": [
                (name, picture if name in form.files else (None, value)) for name, value in values.items()
            ]
        }
    return site.client.post(form.action, headers=headers, follow_redirects=False, **sent)


@pytest.fixture(scope="module")
def site(neighbours: Neighbours) -> Iterator[Officers]:
    with open_desk(neighbours.union.wiring) as opened:
        neighbours.numbers.update(plant_rooms(opened, neighbours.union))
        yield opened


def is_refused_by_name(answer: httpx.Response, name: str, label: str) -> bool:
    told = html.unescape(" ".join(_ALERT.findall(answer.text)))
    if "what is possible now" in told:  # the thing's state refuses the act before its fields are read
        return answer.status_code == httpx.codes.CONFLICT
    named = any(f'data-field="{one}"' in told for one in (name, label))
    return 400 <= answer.status_code < 500 and (named or f'-{name}">' in told)  # or a link to the field


def test_a_forged_choice_is_refused_by_the_name_of_its_field(site: Officers, neighbours: Neighbours) -> None:
    seen, wrong = set[tuple[str, str]](), list[tuple[str, str, str, int]]()
    for template in PAGES:
        page = site.open(address(template, neighbours))
        for form in forms_of(page) if page.status_code == 200 else ():
            for name, label in form.choices.items():
                if (form.action, name) in seen:
                    continue
                seen.add((form.action, name))
                for value in FORGED:
                    answer = send(site, form, {**form.values, name: value})
                    if not is_refused_by_name(answer, name, label):
                        wrong.append((template, name, value[:10], answer.status_code))
    assert wrong == []
    assert len(seen) > 35
