"""Applying on a phone in Chromium: drafts, smaller photos, and an upload that goes on."""

from base64 import b64decode
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from members.attachments import upload_owner
from tests.yihui.applying import (
    HOSPITAL,
    ME,
    NOW,
    OTHER,
    build_applying,
    officer_acts,
    submit_application,
)
from tests.yihui.files.test_pictures import document
from tests.yihui.http.cut_line import cut_line
from tests.yihui.http.me.host_app import HostApp, write_apps
from tests.yihui.http.me.members import log_in_browser
from tests.yihui.http.riding import Visit
from tests.yihui.http.serving import serving
from tests.yihui.services.logging_in import begin_member_session
from yihui.bootstrap import Wiring
from yihui.files.pictures import MAX_FILE_BYTES
from yihui.http.login.login_request import MEMBER_CODE_COOKIE
from yihui.services.access.login_tries import LoginVisit
from yihui.services.access.member_handover import enter_handover, link_app
from yihui.services.attachments.attachments import list_waiting_files, read_whole

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]
FORM = "/me/apply/apply-school/hand-in"
PART_BYTES = 256 << 10  # of upload.ts
NOTE = "孩子上高中了 👨‍👩‍👧"
PHOTO = {"name": "IMG_0001.jpg", "mimeType": "image/jpeg"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Wiring, int]]:
    folder: Path = tmp_path_factory.mktemp("apply")
    wiring = build_applying(str(folder / "yihui.db"), folder)
    number = submit_application(wiring, ME, HOSPITAL)
    officer_acts(wiring, number, "return", "缺出院小结，请补上后重新提交")
    rules, apps = str(folder / "apply-rules"), str(write_apps(folder, HostApp("qilu", folder)))
    with serving(folder, YIHUI_NOW=NOW.isoformat(), YIHUI_RULES=rules, YIHUI_MEMBER_APPS=apps) as address:
        yield address, wiring, number
    wiring.close()


def hand_over(visit: Visit, app: HostApp, wiring: Wiring, subject: str) -> str:
    """Hand a user's log-in over as the app's backend does; return the path that the app opens."""
    token = app.sign(wiring, subject)
    answer = visit.context.request.post(f"{visit.address}/me/handover", data={"token": token})
    return str(answer.json()["path"])


def come_from(app: HostApp, visit: Visit, wiring: Wiring, member: str) -> None:
    """Come from the app as a member whom it is linked to."""
    first = hand_over(visit, app, wiring, member).rpartition("/")[2]
    enter_handover(wiring, first, LoginVisit("", ""))
    link_app(wiring, first, begin_member_session(wiring, member).session)
    visit.open(hand_over(visit, app, wiring, member)).locator("main button").click()
    visit.page.get_by_role("heading", name="我的福利").wait_for()


@pytest.fixture
def visit(browser: Browser, site: tuple[str, Wiring, int]) -> Iterator[Visit]:
    made = Visit(browser, site[0])
    log_in_browser(made.context, site[0], site[1], ME)
    yield made
    made.context.close()


def drafts(page: Page) -> str:
    return str(page.evaluate("localStorage.getItem('me-drafts') || ''"))


def choose(page: Page, content: bytes, title: str) -> None:
    page.locator("#file").set_input_files({**PHOTO, "buffer": content})  # type: ignore[typeddict-item]
    page.locator("#title").fill(title)
    page.get_by_role("button", name="添加").click()


def waiting(wiring: Wiring, title: str) -> list[bytes]:
    owner = upload_owner(ME, "apply", "apply-school")
    return [read_whole(wiring, one) for one in list_waiting_files(wiring, owner) if one.title == title]


def test_a_draft_outlives_a_fresh_code_and_its_member_s_entrance_from_an_app(
    visit: Visit, site: tuple[str, Wiring, int]
) -> None:
    app = HostApp("qilu", site[1].data_folder)
    app.add_key()
    visit.open(FORM).locator("#f-note").fill(NOTE)
    visit.context.add_cookies([{"name": MEMBER_CODE_COOKIE, "value": "sent", "url": visit.address}])
    for path in ("/me/login", "/me/login/code"):
        page = visit.open(f"{path}?next={FORM}")
        assert page.locator("body").get_attribute("data-session"), path
        assert NOTE in drafts(page), path
    come_from(app, visit, site[1], ME)
    assert visit.open(FORM).locator("#f-note").input_value() == NOTE
    come_from(app, visit, site[1], OTHER)
    page.wait_for_function("localStorage.getItem('me-drafts') === null")


@pytest.mark.parametrize(("path", "name"), [("/me/help/about/page:apply/ask", "text"), (FORM, "note")])
def test_what_was_typed_while_the_session_ended_is_in_the_form_after_the_log_in(
    visit: Visit, site: tuple[str, Wiring, int], path: str, name: str
) -> None:
    page = visit.open(path)
    page.locator(f"[name={name}]").fill(NOTE)
    if path == FORM:
        page.locator("[name=school_stage][value=高中]").check(force=True)
    visit.context.clear_cookies()  # as if another phone had ended the session
    page.locator("form[data-draft] button.main").click()
    page.get_by_role("heading", name="登录").wait_for()
    [back] = parse_qs(urlsplit(page.url).query)["next"]
    assert NOTE in drafts(page)
    log_in_browser(visit.context, site[0], site[1], ME)
    page = visit.open(back)
    assert (
        page.url.replace("%3A", ":").endswith(path) and page.locator(f"[name={name}]").input_value() == NOTE
    )
    visit.context.clear_cookies()
    visit.open("/me/login")  # nobody typed a moment ago
    page.wait_for_function("localStorage.getItem('me-drafts') === null")


def test_an_upload_cut_at_nine_tenths_goes_on_after_the_page_was_opened_anew(
    browser: Browser, site: tuple[str, Wiring, int]
) -> None:
    content = document() + b"\n%" + b"x" * 2_500_000 + b"\n%%EOF\n"
    with cut_line(site[0]) as line:
        visit = Visit(browser, line.address)
        log_in_browser(visit.context, line.address, site[1], ME)
        page = visit.open(FORM)
        offsets: list[int] = []
        page.on("request", lambda one: offsets.append(int(one.headers.get("upload-offset", -1))))
        line.cut_after(len(content) * 9 // 10)
        choose_document(page, content)
        page.get_by_text("网络断了，会自动接着传").wait_for(timeout=60_000)
        assert line.is_cut() and waiting(site[1], "长文件") == []
        line.mend()
        page.reload()
        offsets.clear()
        choose_document(page, content)
        page.get_by_text("附件已保存").wait_for(timeout=60_000)
        resumed = next(one for one in offsets if one >= 0)
        visit.close()
    assert resumed == (len(content) * 9 // 10) // PART_BYTES * PART_BYTES  # what had arrived whole
    assert waiting(site[1], "长文件") == [content]


def choose_document(page: Page, content: bytes) -> None:
    page.locator("#file").set_input_files({"name": "a.pdf", "mimeType": "application/pdf", "buffer": content})
    page.locator("#title").fill("长文件")
    page.get_by_role("button", name="添加").click()


def phone_photo() -> bytes:
    """A photo of 12 megapixels above the limit: noise, on its side, with the place; upright, its top left is red."""
    drawn = Image.merge("RGB", [Image.effect_noise((4000, 3000), 90)] * 3)
    drawn.paste((220, 0, 0), (0, 2400, 600, 3000))  # the bottom left, which is at the top left when turned
    exif, made = Image.Exif(), BytesIO()
    exif[0x010F], exif[0x0112] = "SecretPhone", 6  # turn it clockwise
    exif[0x8825] = {1: "N", 2: (36.0, 39.0, 58.0), 3: "E", 4: (117.0, 1.0, 13.0)}
    drawn.save(made, "JPEG", quality=97, exif=exif.tobytes())
    return made.getvalue()


# The browser doesn't show a test the body of a request that is a blob.
_NOTE_PARTS = """const send = window.fetch; window.sentParts = [];
  window.fetch = (url, options) => {
    if (options?.method === "PATCH") window.sentParts.push(options.body);
    return send(url, options);
  };"""
_READ_PARTS = """() => new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.split(",")[1]);
    reader.readAsDataURL(new Blob(window.sentParts));
  })"""


def open_noting_parts(visit: Visit) -> Page:
    """Open the form; what its script then sends of a file, ``read_sent`` returns."""
    visit.page.add_init_script(_NOTE_PARTS)
    return visit.open(FORM)


def read_sent(page: Page) -> bytes:
    return b64decode(page.evaluate(_READ_PARTS))


def test_a_photo_of_twelve_megapixels_is_sent_small_upright_and_without_its_place(
    visit: Visit, site: tuple[str, Wiring, int]
) -> None:
    taken = phone_photo()
    assert len(taken) > MAX_FILE_BYTES and Image.open(BytesIO(taken)).getexif().get_ifd(0x8825)
    page = open_noting_parts(visit)
    choose(page, taken, "手机照片")
    page.get_by_text("附件已保存").wait_for(timeout=60_000)
    sent = read_sent(page)
    shrunk = Image.open(BytesIO(sent))
    assert len(sent) < MAX_FILE_BYTES and (shrunk.format, shrunk.size) == ("JPEG", (1800, 2400))
    assert not shrunk.getexif() and b"SecretPhone" not in sent
    (stored,) = waiting(site[1], "手机照片")
    for red, green, _ in (Image.open(BytesIO(one)).getpixel((60, 60)) for one in (sent, stored)):  # type: ignore[misc]
        assert red > 180 and green < 60
    assert not Image.open(BytesIO(stored)).getexif()


def test_a_photo_that_is_chosen_goes_up_in_parts_where_she_taps_hand_in_at_once(visit: Visit) -> None:
    certificates = "/me/certificates/hand-in"
    page = visit.open(certificates)
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.url) if one.method != "GET" else None)
    page.locator("#f-certificate").select_option(index=1)
    page.locator("#f-on").fill("2026-01-02")
    page.locator("#file").set_input_files({**PHOTO, "buffer": document()})  # type: ignore[typeddict-item]
    with page.expect_request(lambda one: one.method == "POST" and one.url.endswith(certificates)) as handed:
        page.locator("form.apply button.main").click()
    assert [path for path in sent if "/me/uploads" in path], "the photo went first, in parts"
    assert len(handed.value.post_data_buffer or b"") < 2_000, "and the form without it"
