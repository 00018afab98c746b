"""Read 是, 否 and the like under a header that asks a question: 是否对外开放."""

import re

from geo.simplified import simplify_characters

_YES = re.compile(r"是的?|√|✓|✔|☑|y|yes|true|1|对|可以?|有", re.IGNORECASE)
_NO = re.compile(r"否|不是?|非|×|✗|✘|x|n|no|false|0|无|没有|不可以?|未", re.IGNORECASE)
_QUESTION = re.compile(r"是否|能否|可否|是不是|有无|[吗?]|[(\[【][^()\[\]【】]*[)\]】]")


def answer_in_words(header: str, answer: str) -> str:
    """Return what a short answer states under its header; empty if the cell holds no such answer.

    >>> answer_in_words("是否对外开放", "否"), answer_in_words("启用（是/否）", "√"), answer_in_words("是否启用", "装修")
    ('不对外开放', '启用', '')
    """
    plain = simplify_characters(answer).strip(" \t。.")
    statement = _QUESTION.sub("", simplify_characters(header)).strip()
    if _YES.fullmatch(plain):
        return statement
    return "不" + statement if _NO.fullmatch(plain) else ""
