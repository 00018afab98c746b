"""Every page and the forms of a member on PostgreSQL, of one union that all tests share; the other tests here run on SQLite."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.reused import ReusedDatabases
from tests.tiers import budget
from tests.yihui.http.me.crowd import build_crowd
from tests.yihui.http.me.members import MemberPhone, build_phone
from tests.yihui.http.me.test_data import key_of
from tests.yihui.own_benefits import decision_of, grant_of
from yihui.http.me.rights import OWN_MEMBER_PAGES

pytestmark = pytest.mark.needs("postgres")
_LINK = re.compile(r'href="(/me[^"#]*)')
_IDS = re.compile(r"\{[^}]+\}")
# Pages that no link of this member leads to: she has no question, draw, poll, file or upload yet, and scripts open the others.
NOT_LINKED = frozenset(
    {
        "/me/card/tokens",
        "/me/data/deletion/confirm",
        "/me/files/{number}",
        "/me/help/{number}",
        "/me/files/{number}/pages/{page}",
        "/me/take-part/draws/{draw}",
        "/me/take-part/polls/{poll}",
        "/me/uploads/{upload}",
    }
)


PAGES = [path for method, path in OWN_MEMBER_PAGES if method == "GET"]


@pytest.fixture(scope="module")
def phone(reused: ReusedDatabases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemberPhone]:
    """The phone of a member who has something on every page."""
    with reused.lent() as url:
        wiring, (member,) = build_crowd(tmp_path_factory.mktemp("crowd"), 1, url)
        yield build_phone(wiring).log_in(member.id)
        wiring.close()


def kind_of(path: str) -> tuple[str, tuple[str, ...]]:
    """Return the page that a link leads to, and the names in its query."""
    address, _, query = path.partition("?")
    fitting = (page for page in PAGES if re.fullmatch(_IDS.sub("[^/]+", page), address))
    return next(fitting, address), tuple(sorted(re.findall(r"(?:^|&)(\w+)=", query)))


@pytest.mark.deeper
def test_every_page_that_a_member_reaches_opens(phone: MemberPhone) -> None:
    """Four links of each kind are followed, in `make endure` sixteen; not every benefit has a place or a last day."""
    waiting, opened = ["/me", "/me/data/deletion/confirm?understood=yes"], set[str]()
    met = Counter[tuple[str, tuple[str, ...]]]()
    while waiting:
        path = waiting.pop().replace("&amp;", "&")
        if path not in opened and met[kind_of(path)] < budget(16):
            opened.add(path)
            met[kind_of(path)] += 1
            waiting += _LINK.findall(phone.get(path))
    assert set(PAGES) - {page for page, _ in met} - NOT_LINKED == set()


def test_forms_act_and_are_shown_in_what_comes_after(phone: MemberPhone) -> None:
    wiring, member = phone.wiring, "m-crowd00x"
    cooling = f"/me/benefits/{grant_of(wiring, member, 'own-cooling')}"
    assert "done=" in phone.send(f"{cooling}/code", form_key=key_of(phone.get(cooling)))
    about = f"decision:{decision_of(wiring, member, 'own-study')}"
    question = {"form_key": key_of(phone.get("/me/help")), "about": about, "category": "benefit"}
    assert phone.send("/me/help", **question, text="为什么没有？") == "/me/help?done=sent"
    asked = re.findall(r'href="(/me/help/[0-9]+)"', phone.get("/me/help"))
    assert "为什么没有" in phone.get(max(asked, key=lambda path: int(path.rpartition("/")[2])))
    correction = {"form_key": key_of(phone.get("/me/data")), "fact": "birthday"}
    assert phone.send("/me/data/corrections", **correction, text="1990-03-08").endswith("done=correction")
    assert "was handed out" in phone.get("/me/messages")
    assert phone.send("/me/messages/reminders", form_key=key_of(phone.get("/me/messages"))).startswith("/me/")
    leave = key_of(phone.get("/me/membership/leave"))
    assert phone.send("/me/membership/leave", form_key=leave) == "/me/membership?done=left"
    assert "left the union" in phone.get("/me/messages")
