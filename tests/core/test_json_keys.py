"""A key that stands twice in one object is found, wherever and however it is written."""

import pytest

from core.json_keys import find_repeated_key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('{"a": 1, "a": 1}', "a"),
        ('{"a": {"b": [{"c": 1, "d": 2, "c": 3}]}}', "c"),
        ('{"a": 1, "\\u0061": 2}', "a"),
        ('{"a": {"a": {"a": 1}}, "b": [{"a": 1}, {"a": 1}]}', None),
        ('{"a": "\\"a\\": 1"}', None),
        ('{"a": 1, "a"', None),
        ("[" * 100_000, None),
        ("", None),
    ],
)
def test_the_first_key_that_stands_twice_is_named(text: str, key: str | None) -> None:
    assert find_repeated_key(text) == find_repeated_key(text.encode()) == key
