"""A planner asks, reads map, chart and table together, asks again with everything kept, and takes a page along."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.yihui.http.conftest import NOW, STATIONS, import_into
from tests.yihui.http.serving import serving
from yihui.bootstrap import Settings, build_wiring

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]
PHONE, SCREENS = {"width": 390, "height": 844}, 4


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("answer_page")
    wiring = build_wiring(Settings(database=str(folder / "yihui.db"), data_folder=folder), lambda: NOW)
    import_into(wiring, STATIONS)
    wiring.database.close()
    with serving(folder) as site:
        yield site


def count_sheets(page: Page) -> int:
    """Print a page as its own style says; return the number of sheets."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True)))


def ask(page: Page, address: str, kind: str, area: str, *ticked: str, **typed: str) -> str:
    """Ask a question in its form; return the address of the answer."""
    page.goto(f"{address}/desk/planning/analyses/new/{kind}")
    for name in ticked:
        page.evaluate("name => document.querySelector(`[name=${name}]`).checked = true", name)
    for name, value in {"area": area, **typed}.items():
        page.fill(f"[name={name}]", value)
    page.locator("form[enctype] button[type=submit]").click()
    expect(page.locator("#answer")).to_be_visible(timeout=60_000)
    return page.url


def test_map_chart_and_table_light_each_other_and_a_part_asks_again(browser: Browser, address: str) -> None:
    context = browser.new_context(locale="zh-CN")
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    page = context.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    first = ask(page, address, "coverage", "济南市（370100）", at="2026-10-01T10:00", radius_m="2000")
    expect(page.locator("span.chip")).to_have_text("国庆假期")
    expect(page.locator(".heat .now")).to_have_attribute("data-hour", "82")
    expect(page.locator("[data-ground]")).to_be_hidden()  # a city shows its shares
    expect(page.locator("[data-stays]")).to_be_hidden()
    page.locator(".heat [data-hour='100']").click()
    expect(page.locator("[data-stays]")).to_be_visible()
    expect(page.locator(".week output")).to_contain_text("周五 04:00")
    page.locator(".week .on").click()
    expect(page.locator(".heat .now")).to_have_attribute("data-hour", "101")
    shares = page.locator("#worst tbody td:nth-child(3)").all_inner_texts()
    assert len(shares) == 12, "no area of a city is folded away"
    assert [float(one.rstrip("%")) for one in shares] == sorted(float(one.rstrip("%")) for one in shares)
    worst = page.locator("#worst tbody button").first
    worst.click()
    expect(page.locator(".scope [aria-current]")).to_have_text(worst.inner_text())
    expect(page.locator("tr.lit")).to_have_count(1)
    for _ in range(2):  # once is worst first, as it was
        page.locator("#worst thead button").nth(1).click()
    assert page.locator("#worst tbody td:nth-child(3)").all_inner_texts() == shares[::-1]
    with page.expect_download() as saved:
        page.locator("[data-picture]").click()
    assert saved.value.suggested_filename == "coverage.png"
    assert saved.value.path().read_bytes().startswith(b"\x89PNG")
    assert "--" not in page.locator("#answer").inner_text()
    page.locator("[data-copy]").click()
    expect(page.locator("[data-copy]")).to_have_class("copied")
    lines = page.locator("#told li").all_text_contents()
    assert lines and page.evaluate("navigator.clipboard.readText()") == "\n".join(lines)

    page.fill("#ask-area", "历下区")
    page.locator(".question button").click()
    page.wait_for_url(lambda url: "/analyses/" in url and url != first and "/new/" not in url, timeout=60_000)
    assert page.input_value("#ask-radius_m") == "2000" and page.input_value("#ask-at") == "2026-10-01T10:00"
    assert page.locator("#worst tbody tr").count() == 1 and not told
    context.close()


def test_the_names_of_a_question_s_parts_stay_in_their_columns_on_a_phone(
    browser: Browser, address: str
) -> None:
    page = browser.new_page(locale="zh-CN", viewport=PHONE)  # type: ignore[arg-type]
    ask(page, address, "coverage", "历下区")
    labels = page.locator(".question label")
    widths = labels.evaluate_all(
        """all => all.map(one => {
            const text = document.createRange();
            text.selectNodeContents(one);
            const [drawn, part] = [text, one.parentElement].map(it => it.getBoundingClientRect());
            return [drawn.right, part.right];
        })"""
    )
    assert len(widths) == 4 and all(drawn <= part + 1 for drawn, part in widths), widths
    page.close()


def test_an_answer_takes_four_screens_of_a_phone_one_sheet_of_paper_and_no_scripts(
    browser: Browser, address: str
) -> None:
    page = browser.new_page(locale="zh-CN", viewport=PHONE)  # type: ignore[arg-type]
    answer = ask(page, address, "gaps", "历下区")
    assert page.input_value("#ask-week_of") and not page.locator("#ask-at").count()
    expect(page.locator(".is-drawn")).to_be_visible()
    legend = ".answer-map .legend"  # the picture has its own
    expect(page.locator(legend)).to_be_visible()
    height, width = page.evaluate(
        "[document.documentElement.scrollHeight, document.documentElement.scrollWidth]"
    )
    assert height <= SCREENS * PHONE["height"] and width <= PHONE["width"]
    page.emulate_media(media="print")
    expect(page.locator(legend)).to_be_hidden()
    assert count_sheets(page) == 1
    page.close()
    plain = browser.new_page(java_script_enabled=False)
    plain.goto(answer)
    expect(plain.locator(legend)).to_be_hidden()
    assert plain.locator(".picture").evaluate("one => one.complete && one.naturalWidth > 0")
    assert plain.locator("#worst tbody tr").count() > 5 and plain.locator(".heat [data-hour]").count() == 168
    plain.close()


def test_sites_with_all_that_can_be_asked_beside_them_take_one_sheet(browser: Browser, address: str) -> None:
    page = browser.new_page(locale="zh-CN")
    ask(page, address, "sites", "历下区", "curve", "extended_hours", p="5")
    page.emulate_media(media="print")
    assert count_sheets(page) == 1 and page.locator(".limits").is_visible()
    page.close()
