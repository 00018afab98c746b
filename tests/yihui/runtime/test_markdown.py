"""Officers' Markdown: whatever is typed, the page holds no element, no attribute and no address besides the accepted."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yihui.runtime.markdown import find_html, find_refused_links, is_accepted_link, render_markdown

ELEMENTS = {"p", "br", "em", "strong", "ul", "ol", "li", "a"}
PIECES = st.lists(
    st.sampled_from(
        ["<script>", "</script>", "[甲](", "javascript:", "JaVaScRiPt&colon;", "data:text/html,", "https://a.cn", ")", "\n",
         "- ", "1. ", "**", "*", "`", '"', "'", "onload=", "<img src=x onerror=alert(1)>", "//x.cn", "\\", "&#106;", "![", "]", "<", "文"]
    ),
    max_size=30,
).map("".join)  # fmt: skip


class Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


@given(PIECES)
def test_nothing_but_accepted_elements_comes_out(text: str) -> None:
    seen = Seen()
    seen.feed(str(render_markdown(text)))
    for tag, attributes in seen.elements:
        assert tag in ELEMENTS
        assert set(attributes) <= ({"href", "title"} if tag == "a" else {"start"} if tag == "ol" else set())
        if tag == "a":
            assert is_accepted_link(attributes["href"] or "")


@pytest.mark.parametrize("text", ["[甲]()", "[甲](\n)", "[**甲**]( )"])
def test_a_link_to_nothing_is_its_text_alone(text: str) -> None:
    assert "甲" in render_markdown(text)
    assert "<a" not in render_markdown(text)
    both = render_markdown(f"{text} [乙](https://a.cn)")
    assert both.count("<a ") == both.count("</a>") == 1


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:x",
        "data:text/html,x",
        "//evil.cn",
        "/\\evil.cn",
        "vbscript:x",
        "ftp://a",
        "x",
        "",
    ],
)
def test_other_addresses_are_named(address: str) -> None:
    assert not is_accepted_link(address)
    if address and "\\" not in address:  # the parser writes a backslash as %5C: a path of this site
        assert len(find_refused_links(f"去[这里](<{address}>)")) == 1


def test_what_looks_like_html_is_found_and_less_than_is_not() -> None:
    assert find_html("a <b>x</b>") == "<b>"
    assert find_html("x <!-- y -->") is not None
    assert find_html("3 < 5，<甲>") is None
    assert str(render_markdown("第一行\n第二行 **重点** [站](https://a.cn)")) == (
        '<p>第一行<br>\n第二行 <strong>重点</strong> <a href="https://a.cn">站</a></p>\n'
    )
