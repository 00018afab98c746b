"""Names in every script: one kind of dot, no blanks for looks, and every fault with its remedy."""

import pytest

from members import InvalidName, parse_name


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("张三", "张三"),
        ("张　三", "张三"),
        (" 张 小 明 ", "张小明"),
        ("欧阳 明", "欧阳明"),
        ("阿依古丽·买买提", "阿依古丽·买买提"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("阿依古丽・买买提", "阿依古丽·买买提"),
        ("阿依古丽.买买提", "阿依古丽·买买提"),
        ("阿依古丽．买买提", "阿依古丽·买买提"),
        ("阿依古丽 · 买买提", "阿依古丽·买买提"),
        ("阿依古丽··买买提", "阿依古丽·买买提"),
        ("阿依古丽●买买提", "阿依古丽·买买提"),
        ("𠮷田", "𠮷田"),
        ("李〇", "李〇"),
        ("⼀⼆", "一二"),  # radicals, as some documents are copied
        ("ئايگۈل مەمەت", "ئايگۈل مەمەت"),
        ("བསོད་ནམས།", "བསོད་ནམས"),
        ("ᠪᠠᠲᠤ", "ᠪᠠᠲᠤ"),
        ("John  Smith", "John Smith"),
        ("J. Smith", "J. Smith"),
        ("ＪＯＨＮ Ｓｍｉｔｈ", "JOHN Smith"),
        ("Mary-Anne O'Neill", "Mary-Anne O'Neill"),
        ("张\u200b三", "张三"),
        ("阿" * 50, "阿" * 50),
    ],
)
def test_a_name_is_read_however_it_is_typed(typed: str, name: str) -> None:
    assert parse_name(typed) == name
    assert parse_name(name) == name


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("张", ["short"]),
        ("", ["short"]),
        ("阿" * 60, ["long"]),
        ("张三3", ["digits"]),
        ("张三３", ["digits"]),
        ("张三①", ["digits"]),
        ("张三٣", ["digits"]),
        ("张\x07三", ["control"]),
        ("张\u202e三", ["control"]),
        ("张三\ue000", ["private_use"]),
        ("张三（大）", ["letters"]),
        ("张三😀", ["letters"]),
        ("张三*", ["letters"]),
        ("张\ufffd三", ["letters"]),
        ("·张三", ["dots"]),
        ("张三.", ["dots"]),
        ("张三、李四", ["two_persons"]),
        ("张三，李四", ["two_persons"]),
        ("张三/李四", ["two_persons"]),
        ("张三 李四", ["two_persons"]),
        ("张三\n李四", ["two_persons"]),
        ("不详", ["no_name"]),
        ("无", ["short"]),
        ("N/A", ["no_name"]),
        ("匿 名", ["no_name"]),
        ("13812345678", ["short", "digits"]),
        ("张三13812345678（大）", ["digits", "letters"]),
    ],
)
def test_each_fault_of_a_name_has_its_own_message(typed: str, codes: list[str]) -> None:
    with pytest.raises(InvalidName) as refused:
        parse_name(typed)
    assert sorted(fault.short_code for fault in refused.value.faults) == sorted(codes)
    for fault in refused.value.faults:
        assert fault.remedy
        assert typed not in f"{fault.value} {fault.params}" or not typed.strip()
