"""What a thumb must hit on a page, measured at one instant."""

from playwright.sync_api import Locator

THUMB_PX = 44
"""WCAG 2.2, 2.5.5: the least side of a target."""

_SMALL = """(found, [least, sides]) => found
  .filter((one) => Math.min(...sides.map((side) => one.getBoundingClientRect()[side])) < least)
  .map((one) => one.outerHTML.slice(0, 200))"""


def find_small_targets(targets: Locator, sides: tuple[str, ...] = ("width", "height")) -> list[str]:
    """Return the elements that are smaller than a thumb.

    The browser measures them all at once, since a page's script may replace one of them between
    two questions of the test.

    Raises:
        AssertionError: If there is no element at all, so that no test passes by measuring nothing.
    """
    assert targets.count()
    small: list[str] = targets.evaluate_all(_SMALL, [THUMB_PX, list(sides)])
    return small
