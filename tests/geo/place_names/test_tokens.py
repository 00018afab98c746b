"""Tokens: each name that holds a word has the word's tokens, by writing, by sound, and with one wrong character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.pinyin import pinyin_spellings
from geo.place_names.matching import (
    cut_into_syllables,
    list_name_tokens,
    part_tokens,
    spelt_part_tokens,
    tokens_without,
)
from tests.profile import searched

NAMES = st.text(alphabet="泉城路芙蓉街大明湖公园一二三ab19", min_size=1, max_size=9)


def holds(tokens: set[str], wanted: list[tuple[str, bool]]) -> bool:
    return all(
        any(one.startswith(token) for one in tokens) if is_beginning else token in tokens
        for token, is_beginning in wanted
    )


@searched(100, anew=True)
@given(NAMES, st.data())
def test_a_name_has_the_tokens_of_each_of_its_parts(name: str, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(name) - 1))
    last = data.draw(st.integers(first + 1, len(name)))
    assert holds(set(list_name_tokens(name)), part_tokens(name[first:last]))


@given(NAMES, st.data())
def test_a_name_has_the_tokens_of_its_part_with_one_wrong(name: str, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(name) - 1))
    last = data.draw(st.integers(first + 1, len(name)))
    word = name[first:last]
    wrong = data.draw(st.integers(0, len(word) - 1))
    typed = word[:wrong] + "错" + word[wrong + 1 :]
    assert set(tokens_without(typed, wrong)) <= set(list_name_tokens(name))


@searched(100, anew=True)
@given(st.text(alphabet="泉城路芙蓉街大明湖公园", min_size=2, max_size=6), st.data())
def test_a_name_has_the_tokens_of_its_syllables_also_begun(name: str, data: st.DataObject) -> None:
    tokens = set(list_name_tokens(name))
    for syllables in pinyin_spellings(name):
        first = data.draw(st.integers(0, len(syllables) - 1))
        last = data.draw(st.integers(first + 1, len(syllables)))
        part = syllables[first:last]
        assert holds(tokens, spelt_part_tokens(part, is_last_whole=True))
        begun = [*part[:-1], part[-1][:1]]
        assert holds(tokens, spelt_part_tokens(begun, is_last_whole=False))


@given(st.text(alphabet="泉城路芙蓉街大明湖公园", min_size=1, max_size=4))
def test_letters_are_cut_into_the_syllables_of_which_they_are_made(name: str) -> None:
    for syllables in pinyin_spellings(name):
        cuts = [cut for cut, is_whole in cut_into_syllables("".join(syllables)) if is_whole]
        assert all("".join(cut) == "".join(syllables) for cut in cuts)
        assert any(len(cut) <= len(syllables) for cut in cuts)


@pytest.mark.parametrize(("letters", "cuts"), [("qcl", []), ("xyz9", []), ("", [([], True)])])
def test_letters_that_are_no_syllables_are_cut_in_no_way(
    letters: str, cuts: list[tuple[list[str], bool]]
) -> None:
    assert cut_into_syllables(letters) == cuts
