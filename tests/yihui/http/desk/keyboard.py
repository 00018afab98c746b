"""An officer without a mouse: reaches each field by Tab, sees where the focus is, and types."""

from pathlib import Path

from playwright.sync_api import Download, Locator, Page, TimeoutError, expect

MOST_TABS = 300  # more than any of our pages has
_FOCUSED = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return { name: "", seen: true };
  const style = getComputedStyle(at), box = at.getBoundingClientRect();
  const drawn = at.matches(".govuk-checkboxes__input, .govuk-radios__input") && at.nextElementSibling;
  const ring = drawn
    ? getComputedStyle(drawn, "::before").boxShadow !== "none"
    : style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const x = Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1);
  const y = Math.min(Math.max(box.top + Math.min(box.height, innerHeight) / 2, 0), innerHeight - 1);
  const top = document.elementFromPoint(x, y);
  const clear = box.width > 1 && box.height > 1 && !!top && (at.contains(top) || top.contains(at));
  return { name: `${at.tagName} ${at.id} ${at.textContent.trim().slice(0, 40)}`, seen: ring && clear };
}"""
_HAS_FOCUS = "(all) => all.includes(document.activeElement)"


class Keyboard:
    """The keys pressed on one page; ``pressed`` counts how often Tab was."""

    def __init__(self, page: Page) -> None:
        self.page, self.keys, self.pressed = page, page.keyboard, 0
        # Listen from the start: a listener set up with the key is too late
        page.on("filechooser", lambda _: None)

    def tab(self) -> None:
        """Go on to the next element, which must show that it has the focus and lie in sight."""
        self.keys.press("Tab")
        self.pressed += 1
        try:  # what has the focus may still have to be scrolled into sight
            self.page.wait_for_function(f"() => ({_FOCUSED})().seen", timeout=10_000)
        except TimeoutError as late:
            name = self.page.evaluate(_FOCUSED)["name"]
            raise AssertionError(f"{self.page.url}: nobody sees the focus on {name!r}") from late

    def reach(self, target: Locator) -> None:
        """Press Tab until the target, or one of several, has the focus."""
        target.first.wait_for(timeout=10_000)
        for _ in range(MOST_TABS):
            if target.evaluate_all(_HAS_FOCUS):
                return
            self.tab()
        raise AssertionError(f"{self.page.url}: Tab never comes to {target}")

    def skip(self) -> None:
        """Leave the navigation out: the first Tab of a page leads to its skip link."""
        self.reach(self.page.get_by_role("link", name="跳到正文"))
        self.keys.press("Enter")
        assert self.page.evaluate("document.activeElement.id") == "main"

    def follow(self, name: str) -> None:
        self.follow_link(self.page.get_by_role("link", name=name, exact=True))

    def follow_link(self, link: Locator) -> None:
        """Open the page of a link, and wait for it."""
        self.reach(link)
        with self.page.expect_navigation():
            self.keys.press("Enter")

    def press(self, name: str) -> None:
        self.reach(self.page.get_by_role("button", name=name, exact=True))
        self.keys.press("Enter")

    def open(self, summary: str) -> None:
        """Unfold what is folded under a title."""
        self.reach(self.page.locator("summary", has_text=summary))
        self.keys.press("Enter")

    def fill(self, label: str, value: str, within: Locator | None = None) -> None:
        """Type over what a field holds."""
        field = (within or self.page).get_by_label(label, exact=True)
        self.reach(field)
        self.keys.press("Control+a")
        self.keys.insert_text(value)
        expect(field.first).to_have_value(value)

    def fill_day(self, label: str, day: str) -> None:
        """Type a day into the parts of a date field: month, day, year, as Chromium orders them without a locale."""
        field = self.page.get_by_label(label, exact=True)
        self.reach(field)
        year, month, day_of_month = day.split("-")
        self.keys.type(month + day_of_month + year)
        expect(field).to_have_value(day)

    def choose(self, label: str, option: str, within: Locator | None = None) -> None:
        """Go through the options of a list with the arrow keys, as fast as a hand does."""
        field = (within or self.page).get_by_role("combobox", name=label, exact=True)
        self.reach(field)
        self.keys.press("Home")
        titles = field.locator("option").all_inner_texts()
        for _ in range([one.strip() for one in titles].index(option)):
            self.keys.press("ArrowDown")
        shown = field.evaluate("(one) => one.selectedOptions[0].textContent.trim()")
        assert shown == option, shown

    def tick(self, label: str) -> None:
        field = self.page.get_by_role("checkbox", name=label, exact=True)
        self.reach(field)
        self.keys.press("Space")
        expect(field).to_be_checked()

    def attach(self, label: str, file: Path) -> None:
        field = self.page.get_by_label(label, exact=True).and_(self.page.locator(":visible"))
        self.reach(field)
        with self.page.expect_file_chooser() as chosen:
            self.keys.press("Enter")
        chosen.value.set_files(file)

    def download(self, name: str) -> Download:
        with self.page.expect_download() as started:
            self.press(name)
        return started.value
