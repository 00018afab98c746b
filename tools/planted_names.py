"""Draw another name for a place, as a second list would write it."""

import re

import numpy as np

from yihui.samples.places import County

_NOUNS = {
    "工会驿站": ("户外劳动者服务站点", "劳动者驿站", "工会爱心驿站", "驿站", "户外劳动者驿站", "工会驿站"),
    "妈妈小屋": ("母婴室", "爱心妈妈小屋", "母婴关爱室", "妈咪小屋"),
    "工人文化宫": ("文化宫", "工人俱乐部文化宫"),
}
_ABBREVIATED = {
    "党群服务中心": "党群中心", "便民服务大厅": "便民大厅", "社区卫生服务站": "卫生服务站", "街道办事处": "街道办",
    "体育公园": "体育公园内", "银行网点": "银行营业网点", "购物中心": "购物广场", "妇幼保健院": "妇保院",
    "政务服务中心": "政务中心", "中心小学": "中心小学校", "机关大院": "机关院内",
}  # fmt: skip
_OTHER = ("便民服务点", "爱心暖蜂驿家", "暖心屋", "职工之家休息点")
_KEEPS_NUMBER, _DROPS_NUMBER = 0.5, 0.15
_WHOLLY_OTHER, _ABBREVIATES, _SLIPS = 0.04, 0.25, 0.05


def draw_alternative_name(name: str, county: County, rng: np.random.Generator) -> str:
    """Return another name: a synonym, another order, an abbreviation, a missing character; rarely an unrelated
    name.
    """
    if rng.random() < _WHOLLY_OTHER:
        return _chosen(_OTHER, rng) + "（示例）"
    found = re.fullmatch(
        r"(?P<site>.*?)(?P<noun>工会驿站|妈妈小屋|工人文化宫)(?P<number>\d*)(?:妈妈小屋)?（示例）", name
    )
    if found is None:
        return name
    site = found["site"].removeprefix(county.name)
    if rng.random() < _ABBREVIATES:
        site = _ABBREVIATED.get(site, site)
    if rng.random() < _SLIPS and len(site) > 3:
        at = int(rng.integers(len(site)))
        site = site[:at] + site[at + 1 :]
    noun, number = _chosen(_NOUNS[found["noun"]], rng), _numbered(found["number"], rng)
    before = _chosen((county.name, county.city_name + county.name, ""), rng)
    forms = (
        f"{before}{site}{noun}{number}",
        f"{noun}{number}（{before}{site}）",
        f"{before}{noun}·{site}{number}",
    )
    return _chosen(forms, rng) + "（示例）"


def _numbered(number: str, rng: np.random.Generator) -> str:
    draw = rng.random()
    if not number or draw < _DROPS_NUMBER:
        return ""
    return number if draw < _DROPS_NUMBER + _KEEPS_NUMBER else f"{number}号"


def _chosen(words: tuple[str, ...], rng: np.random.Generator) -> str:
    return words[int(rng.integers(len(words)))]
