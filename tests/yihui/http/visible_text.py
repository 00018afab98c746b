"""What of a page is seen: its text without attributes, scripts and what waits to be copied."""

from html.parser import HTMLParser

_UNSEEN = frozenset({"script", "style", "svg", "head", "pre", "template", "textarea"})
_INLINE = frozenset({"a", "b", "em", "i", "span", "strong", "time"})


class _VisibleText(HTMLParser):
    """Collects the text that is seen, a line for each block."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = 0
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in _UNSEEN
        self.parts.append("" if tag in _INLINE else "\n")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in _UNSEEN
        self.parts.append("" if tag in _INLINE else "\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(data)


def visible_lines(html: str) -> list[str]:
    """Return the lines of the main part of a page as they are seen."""
    reader = _VisibleText()
    reader.feed("<main" + html.partition("<main")[2])
    return [" ".join(line.split()) for line in "".join(reader.parts).split("\n") if line.strip()]
