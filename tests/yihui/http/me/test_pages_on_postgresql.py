"""Every page and the forms of a member on PostgreSQL, of one union that all tests share; the other tests here run on SQLite."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.reused import ReusedDatabases
from tests.tiers import budget
from tests.yihui.http.me.crowd import build_crowd
from tests.yihui.http.me.members import MemberPhone, build_phone
from yihui.frame.noun import load_own_nouns
from yihui.frame.own_door import needs_form
from yihui.http.me.rights import list_own_pages

pytestmark = pytest.mark.needs("postgres")
_LINK = re.compile(r'href="(/me[^"#]*)')
_IDS = re.compile(r"\{[^}]+\}")
# Pages that no link of this member leads to: her application wasn't returned, buttons do what has no fields, scripts open the others.
NOT_LINKED = frozenset(
    {
        "/me/applications/{thing}/again",
        "/me/card/tokens",
        "/me/data/deletion/confirm",
        "/me/files/{number}",
        "/me/files/{number}/pages/{page}",
        "/me/take-part/draws/{thing}",
        "/me/uploads/{upload}",
        *(
            f"/me/{noun.path}/{'' if act.makes else '{thing}/'}{act.name}"
            for noun in load_own_nouns().values()
            for act in noun.acts
            if (noun.is_by_hand or noun.is_her_page) and not needs_form(act)
        ),
    }
)


PAGES = [path for method, path in list_own_pages() if method == "GET"]


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
