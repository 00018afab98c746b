"""Mask names, phone numbers and ID numbers: the only form in which outputs and messages may show them.

A text that has not the form of its kind becomes stars alone: in a shifted row any cell may hold anything.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping

from members.persons.person import PersonalData, PersonField

# Surnames, by which a text in the wrong column is taken for a name. *Source*: 百家姓 and common later ones.
TWO_CHARACTER_SURNAMES = frozenset(
    [
        "欧阳",
        "司马",
        "上官",
        "诸葛",
        "东方",
        "皇甫",
        "尉迟",
        "公孙",
        "令狐",
        "慕容",
        "司徒",
        "夏侯",
        "轩辕",
        "长孙",
        "宇文",
        "闻人",
        "东郭",
        "南宫",
        "西门",
        "端木",
        "公冶",
        "澹台",
        "申屠",
        "太史",
        "万俟",
        "淳于",
        "单于",
        "呼延",
        "赫连",
        "鲜于",
        "闾丘",
        "司空",
        "百里",
        "钟离",
        "独孤",
        "拓跋",
        "歐陽",
        "司馬",
        "諸葛",
        "東方",
        "尉遲",
        "公孫",
        "軒轅",
        "長孫",
        "聞人",
        "南宮",
        "西門",
        "鍾離",
        "獨孤",
    ]
)
SURNAMES = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤"
    "花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹"
    "狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍"
    "虞万支柯昝管卢莫经房裘缪干解应宗丁宣贲邓郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊於惠甄曲家封芮羿储靳汲"
    "邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘钭厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿"
    "白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴鬱胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍郤璩桑桂濮牛寿通边扈燕冀郏浦尚"
    "农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东欧殳沃利蔚越夔隆师巩厍聂"
    "晁勾敖融冷訾辛阚那简饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公肖代付丘闫覃侬岳涂苟原仝冼占阿买艾努"
    "趙錢孫吳鄭馮陳衛蔣韓楊許呂張嚴華謝鄒竇雲蘇範魯韋馬鳳鮑費賀湯滕羅畢鄔樂時齊顧黃蕭"
)


_ID_NUMBER = re.compile(r"[0-9]{17}[0-9Xx]")
_PHONE = re.compile(r"1[3-9][0-9]{9}")
_MOST_STARS = 18
_POSSIBLE_NAME = re.compile(r"[\u3007\u3400-\u9fff]{2,5}")
_DOTTED_NAME = re.compile(r"[^\W\d_]+(?:\s*[·•・．.‧∙●]\s*[^\W\d_]+)+")
_OPEN = frozenset("· -.'’\u0f0b")  # what stands between the parts of a name stays


def mask_id_number(id_number: str) -> str:
    """Return an ID number as outputs may show it: 3701**********1234; only stars if it has another form."""
    if _ID_NUMBER.fullmatch(id_number) is None:
        return _stars(id_number)
    return f"{id_number[:4]}{'*' * 10}{id_number[-4:]}"


def mask_phone(phone: str) -> str:
    """Return a mobile phone number as outputs may show it: 138****1234; only stars if it has another form."""
    return f"{phone[:3]}****{phone[-4:]}" if _PHONE.fullmatch(phone) else _stars(phone)


def mask_name(name: str) -> str:
    """Return a name as outputs may show it: 张*, 欧阳**, 阿***·***.

    The surname's first letter stays with the marks that belong to it; of any text that begins with no
    letter, only stars.
    """
    shown = _shown_length(name)
    stars = ("" if _is_mark(letter) else letter if letter in _OPEN else "*" for letter in name[shown:])
    return name[:shown] + "".join(stars)


def mask_person(person: PersonalData) -> dict[PersonField, str]:
    """Return the known fields of a person as outputs may show them."""
    return {name: _MASKS[name](value) for name, value in person.items()}


_MASKS: Mapping[PersonField, Callable[[str], str]] = {
    "name": mask_name,
    "phone": mask_phone,
    "id_number": mask_id_number,
}


def mask_possible_name(text: str) -> str:
    """Return a text from a column of another kind, masked if it may be a person's name by its surname or dot."""
    plain = "".join(text.split())
    is_chinese = _POSSIBLE_NAME.fullmatch(plain) and (
        plain[0] in SURNAMES or plain[:2] in TWO_CHARACTER_SURNAMES
    )
    return mask_name(plain) if is_chinese or _DOTTED_NAME.fullmatch(text.strip()) else text


def _stars(text: str) -> str:
    return "*" * min(len(text), _MOST_STARS)


def _shown_length(name: str) -> int:
    if not name[:1].isalpha():
        return 0
    letters = sum(letter.isalpha() for letter in name)
    if name[:2] in TWO_CHARACTER_SURNAMES and letters > 2:
        return 2
    shown = 1
    while shown < len(name) and _is_mark(name[shown]):
        shown += 1
    return shown if letters > 1 else 0


def _is_mark(letter: str) -> bool:
    return unicodedata.category(letter)[0] == "M"
