"""How days stand in texts and pages."""

from datetime import date

from yihui.frame.cells import reword_days, shorten_days
from yihui.runtime.language import load_language

ZH, TODAY = load_language("zh"), date(2026, 11, 20)


def test_days_of_a_text_are_said_as_people_say_them_and_without_a_today_with_their_year() -> None:
    text = "生于1990-03-07，到2026-12-01为止"
    assert shorten_days(text, ZH, TODAY) == "生于1990年3月7日，到12月1日为止"
    assert shorten_days(text, ZH, None) == "生于1990年3月7日，到2026年12月1日为止"


def test_no_blank_stands_between_a_day_and_chinese_words() -> None:
    said = reword_days("自 2026-12-01 起，“节日 慰问” 到 2027-01-01 10:00", ZH, TODAY)
    assert said == "自12月1日起，“节日 慰问” 到2027年1月1日 10:00"
    assert reword_days("11月20日（周五） 至12月31日", ZH, TODAY) == "11月20日（周五）至12月31日"
