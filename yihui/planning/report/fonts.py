"""A font that has the Chinese characters, for matplotlib."""

from collections.abc import Collection

from core.faults import Fault
from yihui.planning.report.faults import NoReport, no_chinese_font

# In the order in which we like them; the first three are what Linux has, the rest macOS and Windows.
FAMILIES = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "SimHei",
)


def chinese_font(installed: Collection[str] | None = None) -> str:
    """The family to draw with, of those that are installed (asked of matplotlib where not given).

    *Raises*: NoReport where there is none: boxes in place of names help nobody.
    """
    there = set(_installed() if installed is None else installed)
    family = next((name for name in FAMILIES if name in there), None)
    if family is None:
        fault: Fault = no_chinese_font("、".join(FAMILIES))
        raise NoReport(fault)
    return family


def _installed() -> list[str]:
    from matplotlib.font_manager import fontManager

    return [font.name for font in fontManager.ttflist]
