"""Random requests of fifty members, filled with what belongs to the others: no answer holds anything of another member.

Routes are taken from the app, fields from the OpenAPI description and from the forms on the members' own pages, and ids
also from the links on those pages. So a new page is taken up without a change here.
"""

import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.tiers import ENDURES
from tests.yihui.applying import photo
from tests.yihui.http.me.crowd import CrowdMember, build_crowd, open_session
from tests.yihui.http.me.members import ADDRESS
from yihui.access.form_keys import create_form_key
from yihui.access.member_sessions import MemberSession
from yihui.bootstrap import Wiring
from yihui.http.app import create_app
from yihui.http.login.login_request import MEMBER_COOKIE
from yihui.http.me.rights import list_own_pages
from yihui.http.route_rights import iter_routes

MEMBERS, REQUESTS = 50 if ENDURES else 3, 500
SEEDS = (1, 2, 3, 4)
_OF_MEMBERS = 0.8  # so many requests go to /me; the others to the programs' interface
_ABOUT_ONE = 0.5  # so many go to a route with an id in its path
_USUAL_NAMES = ("page", "done", "next", "lang", "q", "member", "grant", "decision", "id")
_PART = {"content-type": "application/offset+octet-stream"}
_WITH_FILES = ("/me/apply/", "/me/applications/", "/me/decisions/", "/me/mutual-aid/")
_PUBLIC = ("/me/apply/", "/me/decisions/undecided/", "/me/data/facts/")  # their ids name rules and facts
_OWN_MARKS = re.compile(r' (?:value|action|data-draft|data-session|data-owner)="[^"]*"|<nav.*?</nav>', re.S)
_PLACE = re.compile(r"\{([^}]+)\}")
_LINK = re.compile(r'(?:href|action)="(/me/[^"?#]+)')
_FIELD = re.compile(r'<(?:input|textarea|select|button)[^>]*? name="([^"]+)"')
_HIDDEN = re.compile(r'type="hidden" name="(?!form_key|back)[^"]+" value="([^"]{3,})"')


@dataclass(slots=True)
class Visitor:
    """A member with her browser. ``typed`` is what she wrote into forms: it may be shown to her later."""

    member: CrowdMember
    client: TestClient
    session: MemberSession
    typed: set[str] = field(default_factory=set)
    # What her pages' links name, by the routes' parameters
    linked: dict[str, set[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Crowd:
    """The site, its routes and fields, and who visits it."""

    wiring: Wiring
    app: FastAPI
    visitors: list[Visitor]
    routes: list[tuple[str, str]]
    fields: dict[str, list[str]]  # of each path in the description
    names: set[str]  # of the fields in forms that were seen

    def log_in(self, visitor: Visitor) -> None:
        opened = open_session(self.wiring, visitor.member)
        visitor.session = opened.session
        visitor.client.cookies.clear()
        visitor.client.cookies.set(MEMBER_COOKIE, opened.token)

    def foreign_markers(self, visitor: Visitor) -> Iterator[str]:
        others = (other.member.markers for other in self.visitors if other is not visitor)
        return (mark for markers in others for mark in markers - visitor.member.markers)


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    wiring, members = build_crowd(tmp_path_factory.mktemp("crowd"), MEMBERS)
    app = create_app(wiring)
    visitors = [_open_browser(wiring, app, one) for one in members]
    routes = [(method, path) for method, path in iter_routes(app.routes) if not path.startswith("/desk")]
    made = Crowd(wiring, app, visitors, sorted(routes), _described_fields(app), set(_USUAL_NAMES))
    for visitor in visitors:
        made.log_in(visitor)
    plain = [path for method, path in list_own_pages() if method == "GET" and "{" not in path]
    for visitor in visitors[::5]:
        for path in plain:
            learn(made, visitor, visitor.client.get(path).text)
    yield made
    wiring.close()


def _open_browser(wiring: Wiring, app: FastAPI, one: CrowdMember) -> Visitor:
    client = TestClient(app, base_url=ADDRESS, follow_redirects=True, raise_server_exceptions=False)
    client.headers["origin"] = ADDRESS
    return Visitor(one, client, open_session(wiring, one).session)


def _described_fields(app: FastAPI) -> dict[str, list[str]]:
    """Return the names of the parameters and of the body's fields of each path that the description has."""
    found: dict[str, set[str]] = {}
    for path, methods in app.openapi()["paths"].items():
        for operation in methods.values():
            names = found.setdefault(path, set())
            names.update(one["name"] for one in operation.get("parameters", ()) if one["in"] == "query")
            names.update(re.findall(r"'properties': \{'(\w+)'", str(operation.get("requestBody", ""))))
    return {path: sorted(names) for path, names in found.items()}


def pick_value(crowd: Crowd, visitor: Visitor, random_: random.Random, name: str) -> str:
    """Return an id of another member, or less often one of the visitor's own; mostly what belongs into the place."""
    owner = visitor if random_.random() < 0.3 else random_.choice(crowd.visitors)
    fitting = sorted(owner.linked.get(name, ()))
    return random_.choice(fitting if fitting and random_.random() < 0.8 else owner.member.ids)


def send_random_request(crowd: Crowd, visitor: Visitor, random_: random.Random) -> tuple[str, httpx.Response]:
    """Send a request; return it in words, and the last answer."""
    of_members = random_.random() < _OF_MEMBERS
    routes = [one for one in crowd.routes if one[1].startswith("/me") is of_members]
    about_one = [one for one in routes if "{" in one[1]]
    method, template = random_.choice(about_one if random_.random() < _ABOUT_ONE else routes)

    def filled(names: Iterable[str], most: int) -> dict[str, str]:
        known = sorted(names)
        chosen = random_.sample(known, min(len(known), random_.randint(0, most)))
        return {name: pick_value(crowd, visitor, random_, name) for name in chosen}

    parts = _PLACE.split(template)
    values = [pick_value(crowd, visitor, random_, name) for name in parts[1::2]]
    path = parts[0] + "".join(
        quote(value, safe="") + part for value, part in zip(values, parts[2::2], strict=True)
    )
    names = crowd.fields.get(template) or crowd.names
    query, body = filled(names, 2), {} if method == "GET" else filled(names, 6)
    visitor.typed.update(body.values())
    options: dict[str, Any] = {"params": query}
    if method != "GET" and template.startswith("/api"):
        options["json"] = body
    elif method == "PATCH":
        options |= {"content": b"x", "headers": {**_PART, "upload-offset": "0"}}
    elif method != "GET":
        key = create_form_key(crowd.wiring, visitor.session.actor)
        options["data"] = {**body, "form_key": key} if random_.random() < 0.9 else body
        if template.startswith(_WITH_FILES) and random_.random() < 0.5:
            options["files"] = {"file": ("IMG_0001.jpg", photo(), "image/jpeg")}
    answer = visitor.client.request(method, path, **options)
    return f"{method} {template} {values} {query} {body}", answer


def find_leaks(crowd: Crowd, visitor: Visitor, request: str, answer: httpx.Response) -> list[str]:
    """Return what an answer and the redirects to it hold of other members, but for what the visitor sent herself."""
    seen = "\n".join(f"{one.headers}\n{one.text}" for one in (*answer.history, answer))
    sent = unquote(request + "".join(sorted(visitor.typed)))
    return [mark for mark in crowd.foreign_markers(visitor) if mark in seen and mark not in sent]


def learn(crowd: Crowd, visitor: Visitor, page: str) -> None:
    """Note the fields of a page's forms, and what its links and hidden fields name."""
    crowd.names.update(set(_FIELD.findall(page)) - {"form_key"})
    named = {(name, value) for path in _LINK.findall(page) for name, value in _named_values(crowd, path)}
    for name, value in named:
        visitor.linked.setdefault(name, set()).add(value)
    new = {value for _, value in named} | set(_HIDDEN.findall(page))
    visitor.member.ids.extend(sorted(new - set(visitor.member.ids)))


def _named_values(crowd: Crowd, path: str) -> Iterator[tuple[str, str]]:
    """Yield the values in a path, by the parameters of the routes that it fits."""
    for _, template in crowd.routes:
        parts = _PLACE.split(template)
        pattern = "([^/]+)".join(re.escape(part) for part in parts[::2])
        if len(parts) > 1 and (found := re.fullmatch(pattern, path)):
            yield from zip(parts[1::2], found.groups(), strict=True)


@pytest.mark.endure
@pytest.mark.parametrize("seed", SEEDS)
def test_no_random_request_shows_anything_of_another_member(crowd: Crowd, seed: int) -> None:
    random_, statuses, own = random.Random(seed), Counter[int](), 0
    for number in range(REQUESTS):
        visitor = random_.choice(crowd.visitors)
        request, answer = send_random_request(crowd, visitor, random_)
        leaks = find_leaks(crowd, visitor, request, answer)
        assert leaks == [], f"seed {seed}, request {number} of {visitor.member.id}: {request}"
        statuses[answer.status_code] += 1
        if answer.url.path == "/me/login" or "/logout" in request:
            crowd.log_in(visitor)
        elif answer.status_code == 200 and answer.url.path.startswith("/me"):
            learn(crowd, visitor, answer.text)
            own += any(mark in answer.text for mark in visitor.member.markers)
    assert statuses[500] == 0
    assert own > REQUESTS / 20 and statuses[404] > REQUESTS / 10, (own, statuses)  # both kinds were met


@dataclass(frozen=True, slots=True)
class ForeignRequest:
    """A request that names a thing of another member's in its address or its fields."""

    method: str
    path: str
    thing: str
    fields: dict[str, str] = field(default_factory=dict)

    def send(self, crowd: Crowd, visitor: Visitor, id_: str) -> str:
        """Send the request with an id in the thing's place; return the answer without what is the visitor's own."""
        options: dict[str, Any] = {}
        if self.method == "PATCH":
            options = {"content": b"x", "headers": {**_PART, "upload-offset": "0"}}
        elif self.method == "POST":
            key = create_form_key(crowd.wiring, visitor.session.actor)
            fields = {name: value.replace(self.thing, id_) for name, value in self.fields.items()}
            options["data"] = {"act": "withdraw", **fields, "form_key": key}
        answer = visitor.client.request(self.method, self.path.replace(self.thing, id_), **options)
        assert answer.status_code == 404, (self, answer.text)
        headers = sorted(answer.headers.keys() - {"content-length"})
        return f"{headers} {_OWN_MARKS.sub('', answer.text)}"


def list_foreign_requests(owner: CrowdMember) -> Iterator[ForeignRequest]:
    """Yield requests for all that a member has; each route with an id in its path is among them."""
    things = owner.things
    for method, template in list_own_pages():
        start, _, rest = template.partition("{")
        if rest and start not in _PUBLIC:
            path = start + things[start] + _PLACE.sub("1", rest.partition("}")[2])
            yield ForeignRequest(method, path, things[start])
    benefit, decision, number = (things[f"/me/{one}/"] for one in ("benefits", "decisions", "applications"))
    upload = {"title": "x", "length": "1", "digest": "a" * 64}
    yield ForeignRequest("POST", "/me/uploads", number, {**upload, "place": f"again:{number}"})
    yield ForeignRequest("POST", "/me/uploads", decision, {**upload, "place": f"appeal:{decision}"})
    for thing, about in ((benefit, f"benefit:{benefit}"), (decision, f"decision:{decision}")):
        form = f"/me/help/about/{about}/ask"
        yield ForeignRequest("GET", form, thing)
        yield ForeignRequest("POST", form, thing, {"text": "x", "category": "other"})


@pytest.mark.deeper
def test_what_a_member_has_is_to_every_other_one_as_if_it_did_not_exist(crowd: Crowd) -> None:
    owner, *others = reversed(crowd.visitors)  # the first of the others shares the owner's phone
    for visitor in crowd.visitors:
        crowd.log_in(visitor)
    met: set[str] = set()
    for one in list_foreign_requests(owner.member):
        unknown = "99999999" if one.thing.isdecimal() else "0" * len(one.thing)
        missing = one.send(crowd, others[0], unknown)
        for visitor in others[1:4] if one.thing in met else others:  # all things by all, all routes by some
            assert one.send(crowd, visitor, one.thing) == missing, one
        met.add(one.thing)
    assert met == {thing for start, thing in owner.member.things.items() if start not in _PUBLIC}
