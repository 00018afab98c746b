"""Phrases of the sample register: kinds, opening hours, entry, access, facilities, sites.

Each table maps a phrase to its weight. A comment names the source of a share that a report gives; the others
are made up to look like a real register, with several ways of writing the same thing.
"""

from collections.abc import Mapping
from typing import Final

OUTDOOR: Final = "户外劳动者服务站点"
MOTHER: Final = "妈妈小屋"
PALACE: Final = "工人文化宫"

Weights = Mapping[str, float]

# 12,100 of 186,100 stations are open round the clock (end of 2024): 6.5 %.
HOURS: Final[Mapping[str, Weights]] = {
    OUTDOOR: {
        "24小时": 2.5,
        "24小时开放": 2.0,
        "全天24小时开放": 1.0,
        "00:00-24:00": 0.5,
        "周一至周日 全天": 0.5,
        "周一至周日9:00—17:00": 15.0,
        "周一至周日 8:00-20:00": 9.0,
        "每天6:00-22:00": 7.0,
        "每日 06:00—24:00": 2.0,
        "全年无休 7:00-23:00": 3.0,
        "9:00-21:00": 7.0,
        "08:30~17:30": 6.0,
        "工作日 8:30-17:30": 9.0,
        "工作日9:00至17:00，节假日休息": 3.0,
        "周一至周五8:30-12:00，13:30-17:30": 7.0,
        "星期一至星期六 8:00~18:00": 4.0,
        "上午8点半到12点、下午2点半至6点": 5.0,
        "周一至周五 上午8:30至12:00 下午1:30至5:30": 3.0,
        "夏季8:00-18:30，冬季8:30-17:30": 2.0,
        "周一到周五8:00-18:00；周六、周日9:00-16:00": 4.0,
        "以门口公告为准": 1.5,
        "": 6.0,
    },
    MOTHER: {
        "工作日 8:30-17:30": 22.0,
        "工作日9:00至17:00，节假日休息": 6.0,
        "周一至周五 上午8:30至12:00 下午1:30至5:30": 8.0,
        "周一至周五8:00-17:00": 14.0,
        "星期一至星期五 08:00～18:00": 6.0,
        "周一至周日9:00—17:00": 7.0,
        "每天10:00-22:00": 10.0,
        "9:00-21:30": 8.0,
        "周一至周日 9:30-21:00": 4.0,
        "24小时": 2.0,
        "上班时间开放": 3.0,
        "": 10.0,
    },
    PALACE: {
        "周二至周日9:00-17:00（周一闭馆）": 40.0,
        "周二至周日 8:30—21:00": 25.0,
        "每天8:30-21:30": 20.0,
        "周一至周五8:30-17:30；周六、周日9:00-20:00": 15.0,
    },
}

# The press mainly complains about doors that open only by a code, an app or a card.
ENTRY: Final[Mapping[str, Weights]] = {
    OUTDOOR: {"直接进入": 58.0, "扫码": 16.0, "APP": 8.0, "身份证": 4.0, "找工作人员开门": 9.0, "": 5.0},
    MOTHER: {"直接进入": 44.0, "扫码": 8.0, "APP": 4.0, "身份证": 2.0, "找工作人员开门": 32.0, "": 10.0},
    PALACE: {"直接进入": 70.0, "扫码": 15.0, "身份证": 10.0, "找工作人员开门": 5.0},
}

# Of the 416 mother rooms of 聊城, 162 are public: about 60 % serve one employer's staff.
EMPLOYER_ONLY: Final = "仅限本单位职工"
ACCESS: Final[Mapping[str, Weights]] = {
    OUTDOOR: {"对公众开放": 90.0, "仅限工会会员": 7.0, "": 3.0},
    MOTHER: {"对公众开放": 38.0, EMPLOYER_ONLY: 60.0, "": 2.0},
    PALACE: {"对公众开放": 80.0, "仅限工会会员": 20.0},
}

# Facilities of each kind of place, and the share of places that have them.
FACILITIES: Final[Mapping[str, Weights]] = {
    OUTDOOR: {
        "饮水": 0.97,
        "桌椅": 0.95,
        "微波炉": 0.82,
        "充电": 0.86,
        "药箱": 0.80,
        "空调": 0.78,
        "卫生间": 0.46,
        "冰箱": 0.34,
        "雨具": 0.42,
        "WiFi": 0.50,
        "书籍": 0.38,
    },
    MOTHER: {
        "座椅": 0.95,
        "婴儿护理台": 0.70,
        "冰箱": 0.78,
        "饮水": 0.85,
        "洗手池": 0.60,
        "空调": 0.72,
        "充电": 0.66,
        "卫生间": 0.20,
    },
    PALACE: {
        "游泳馆": 0.45,
        "健身房": 0.80,
        "棋牌室": 0.70,
        "图书阅览室": 0.85,
        "报告厅": 0.75,
        "培训教室": 0.80,
        "饮水": 0.95,
        "卫生间": 1.00,
        "空调": 0.95,
    },
}

# Extra facilities, at most one of each group. Drawn separately, so that the other columns don't change.
EXTRA_FACILITIES: Final[Mapping[str, tuple[Weights, ...]]] = {
    OUTDOOR: (
        {"非机动车车棚": 0.34},
        {"换电柜": 0.12},
        {"热水": 0.48, "开水器": 0.14},
        {"午休床": 0.10, "午休躺椅": 0.12},
    ),
    MOTHER: ({"标准型": 0.45, "舒适型": 0.20}, {"可反锁": 0.55, "不能反锁": 0.05}, {"热水": 0.40}),
    PALACE: ({"非机动车车棚": 0.60}, {"开水间": 0.70}, {"午休室": 0.25}),
}

# Sites of stations, and of public and employers' mother rooms; no brand, no real place.
SITES: Final[Mapping[str, tuple[str, ...]]] = {
    OUTDOOR: (
        "党群服务中心", "便民服务大厅", "城市书房", "环卫休息点", "公园南门", "公交枢纽站", "农贸市场",
        "物流园", "快递网点", "社区卫生服务站", "供电营业厅", "加油站", "银行网点", "步行街", "汽车站",
        "社区超市旁", "停车场", "街道办事处", "供热服务站", "体育公园",
    ),
    "对公众开放": ("购物中心", "妇幼保健院", "人民医院", "长途汽车站", "图书馆", "政务服务中心", "儿童公园", "火车站"),
    EMPLOYER_ONLY: ("纺织厂", "服装公司", "电子厂", "食品公司", "中心小学", "中心幼儿园", "机关大院", "工业园", "银行"),
}  # fmt: skip
