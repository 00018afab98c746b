"""Find a font with Chinese characters for matplotlib."""

from collections.abc import Collection

from core.faults import Fault
from yihui.runtime.report_faults import ReportUnavailable, chinese_font_missing_fault

# In order of preference: fonts of Linux first, then those of macOS and Windows.
CHINESE_FONT_FAMILIES = (
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


def find_chinese_font(installed: Collection[str] | None = None) -> str:
    """Return the preferred family among the installed ones; matplotlib lists these by default.

    *Raises*: ReportUnavailable if none is installed, because names would be drawn as empty boxes.
    """
    there = set(_installed() if installed is None else installed)
    family = next((name for name in CHINESE_FONT_FAMILIES if name in there), None)
    if family is None:
        fault: Fault = chinese_font_missing_fault("、".join(CHINESE_FONT_FAMILIES))
        raise ReportUnavailable(fault)
    return family


def _installed() -> list[str]:
    from matplotlib.font_manager import fontManager

    return [font.name for font in fontManager.ttflist]
