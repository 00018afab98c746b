"""Commit, draw, verify: what may be drawn, and that nothing published can be changed unnoticed."""

import json
from collections.abc import Callable
from hashlib import sha256
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.lottery.drawing import SeededNumbers, commit_lottery, compute_places, draw_lottery, verify_lottery
from rules.lottery.file import (
    LotteryEntry,
    LotteryFaults,
    LotteryFile,
    LotteryGroup,
    LotteryTerms,
    PublicDigits,
    canonical_json,
    render_lottery_file,
)
from tests.profile import searched
from tests.yihui.refusals import faults_of

COMMITTED_AT = "2026-05-01T02:00:00Z"
SECRET = "5e" * 32
NUMBER = "03071219263305"
DIGITS = PublicDigits(kind="digits", source="双色球第2026050期", on="2026-05-03", count=14)


def terms_of(
    entries: list[LotteryEntry],
    seats: int = 2,
    groups: tuple[LotteryGroup, ...] = (),
    number: PublicDigits = DIGITS,
) -> LotteryTerms:
    return LotteryTerms(
        lottery="may-day",
        title="五一抽奖",
        committed_at=COMMITTED_AT,
        seats=seats,
        groups=groups,
        number=number,
        entries=tuple(entries),
    )


def entry(name: str, weight: int = 1, *groups: str) -> LotteryEntry:
    return LotteryEntry(pseudonym=name, weight=weight, groups=groups)


def drawn_lottery() -> LotteryFile:
    entries = [entry(f"m-{n}", 1 + n % 3, *(["riders"] if n % 2 else [])) for n in range(8)]
    terms = terms_of(entries, 4, (LotteryGroup(name="riders", places=2),))
    return draw_lottery(commit_lottery(terms, SECRET), SECRET, NUMBER)


GROUPS = ("a", "b", "c")
ENTRIES = st.dictionaries(
    st.text("abcdefgh车", min_size=1, max_size=4),
    st.tuples(st.integers(1, 5) | st.integers(1, 10**9), st.sets(st.sampled_from(GROUPS))),
    min_size=1,
    max_size=12,
).map(lambda found: [entry(name, weight, *sorted(groups)) for name, (weight, groups) in found.items()])
PLACES = st.lists(st.integers(1, 4), min_size=3, max_size=3)
LOTTERIES = st.builds(
    lambda entries, places, more: terms_of(
        entries,
        sum(places) + more,
        tuple(LotteryGroup(name=name, places=count) for name, count in zip(GROUPS, places, strict=True)),
    ),
    ENTRIES,
    PLACES,
    st.integers(0, 6),
)


def tickets_in_a_row(terms: LotteryTerms, seed: bytes) -> list[tuple[str, str | None]]:
    """The slow oracle: who owns the ticket, counted one owner after the other."""
    stream, left, order = SeededNumbers(seed), list(terms.entries), []
    for name, places in [*((g.name, g.places) for g in terms.groups), (None, len(left))]:
        urn = [e for e in left if name is None or name in e.groups]
        for _ in range(min(places, len(urn))):
            ticket = stream.next_below(sum(e.weight for e in urn))
            index = 0
            while ticket >= urn[index].weight:
                ticket -= urn[index].weight
                index += 1
            order.append((urn[index].pseudonym, name))
            left.remove(urn.pop(index))
    return order


@searched(200)
@given(LOTTERIES, st.binary(min_size=32, max_size=32))
def test_the_tree_of_sums_draws_whose_ticket_it_is(terms: LotteryTerms, seed: bytes) -> None:
    winners, waiting = compute_places(terms, seed)
    order = tickets_in_a_row(terms, seed)
    assert [(w.pseudonym, w.reserved) for w in winners] == order[: terms.seats]
    assert list(waiting) == [name for name, _ in order[terms.seats :]]


@searched(100)
@given(LOTTERIES, st.randoms(use_true_random=False))
def test_the_order_in_which_entries_are_given_changes_nothing(terms: LotteryTerms, chance: Random) -> None:
    entries = [e.model_copy(update={"groups": e.groups[::-1]}) for e in terms.entries]
    chance.shuffle(entries)
    other = terms.model_copy(update={"entries": tuple(entries)})
    assert commit_lottery(other, SECRET) == commit_lottery(terms, SECRET)


@searched(100)
@given(LOTTERIES)
def test_everybody_has_one_place_and_reserved_ones_go_to_their_group(terms: LotteryTerms) -> None:
    file = draw_lottery(commit_lottery(terms, SECRET), SECRET, NUMBER)
    assert file.draw
    names = [w.pseudonym for w in file.draw.winners] + list(file.draw.waiting)
    assert sorted(names) == sorted(e.pseudonym for e in terms.entries)
    assert len(file.draw.winners) == min(terms.seats, len(terms.entries))
    groups = {e.pseudonym: e.groups for e in terms.entries}
    for group in terms.groups:
        reserved = [w.pseudonym for w in file.draw.winners if w.reserved == group.name]
        assert len(reserved) <= group.places
        assert all(group.name in groups[name] for name in reserved)
        if len(reserved) < group.places:  # then nobody of the group is left for another place
            later = {w.pseudonym for w in file.draw.winners if w.reserved is None} | {*file.draw.waiting}
            assert not any(group.name in groups[name] for name in later)
    assert verify_lottery(render_lottery_file(file)).faults == ()


def test_what_is_published_is_verified_from_its_text_alone() -> None:
    text = render_lottery_file(drawn_lottery())
    found = verify_lottery(text)
    assert found.faults == ()
    assert found.file == drawn_lottery()
    assert render_lottery_file(found.file) == text


def test_a_commitment_is_sound_before_its_draw_and_doesnt_hold_the_secret() -> None:
    file = commit_lottery(terms_of([entry("m-1")]), SECRET)
    assert verify_lottery(render_lottery_file(file)).faults == ()
    assert SECRET not in render_lottery_file(file)


WRONG_TERMS: list[tuple[Callable[[], LotteryTerms], str]] = [
    (lambda: terms_of([]), "terms.entries"),  # nobody
    (lambda: terms_of([entry("m-1"), entry("m-1")]), "terms.entries"),  # twice
    (lambda: terms_of([entry("m-1", 0)]), "terms.entries[0].weight"),  # no ticket
    (lambda: terms_of([entry("m-1", -1)]), "terms.entries[0].weight"),
    (lambda: terms_of([entry("m-1", 10**9 + 1)]), "terms.entries[0].weight"),
    (lambda: terms_of([entry(" m-1")]), "terms.entries[0].pseudonym"),  # looks like m-1
    (lambda: terms_of([entry("e\u0301")]), "terms.entries[0].pseudonym"),  # looks like é
    (lambda: terms_of([entry("m\u200b1")]), "terms.entries[0].pseudonym"),  # looks like m1
    (lambda: terms_of([entry("m-1", 1, "riders")]), "terms.entries[0].groups"),  # no such group
    (lambda: terms_of([entry("m-1")], 0), "terms.seats"),
    (lambda: terms_of([entry("m-1")], 1, (LotteryGroup(name="a", places=2),)), "terms.groups"),  # 2 of 1
    (lambda: terms_of([entry("m-1")], 1, (LotteryGroup(name="a", places=0),)), "terms.groups[0].places"),
    (lambda: terms_of([entry("m-1")], 2, (LotteryGroup(name="a", places=1),) * 2), "terms.groups"),  # twice
    (lambda: terms_of([entry("m-1")], number=DIGITS.model_copy(update={"on": "2026-05-01"})), "terms.number"),
    (lambda: terms_of([entry("m-1")], number=DIGITS.model_copy(update={"on": "2026-02-30"})), "terms.number"),
    (lambda: terms_of([entry("m-1")], number=DIGITS.model_copy(update={"count": 3})), "terms.number"),  # few
    (lambda: terms_of([entry("m-1")], number=DIGITS.model_copy(update={"source": " "})), "terms.number"),
    (
        lambda: terms_of([entry("m-1")]).model_copy(update={"committed_at": "2026-05-01"}),
        "terms.committed_at",
    ),
    (lambda: terms_of([entry("m-1")]).model_copy(update={"lottery": ""}), "terms.lottery"),
]


@pytest.mark.parametrize(("make", "field"), WRONG_TERMS)
def test_terms_that_cant_be_drawn_are_refused_and_named(make: Callable[[], LotteryTerms], field: str) -> None:
    assert [fault.field for fault in faults_of(commit_lottery, make(), SECRET)] == [field]


def test_all_faults_are_told_at_once() -> None:
    assert len(faults_of(commit_lottery, terms_of([entry("m-1", 0), entry("m-1", -1)], 0), "a secret")) == 5


def test_a_draw_takes_the_secret_and_the_kind_of_number_that_were_committed_to() -> None:
    file = commit_lottery(terms_of([entry("m-1")]), SECRET)
    for secret, number, field in [
        ("00" * 32, "0" * 14, "draw.secret"),
        (SECRET, "0" * 13, "draw.number"),
        (SECRET, "٣" * 14, "draw.number"),  # digits, but not those that everybody writes
        (SECRET, "", "draw.number"),
    ]:
        assert [fault.field for fault in faults_of(draw_lottery, file, secret, number)] == [field]
    with pytest.raises(LotteryFaults, match="drawn already"):
        draw_lottery(draw_lottery(file, SECRET, "0" * 14), SECRET, "1" * 14)


def leaves(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The path of everything in a file."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, part in inner for found in leaves(part, (*path, key)))]


def other(value: object) -> object:
    """Another value of the same shape."""
    match value:
        case int():
            return value + 1
        case str() if value and set(value) <= set("0123456789abcdef") and len(value) == 64:
            return value[:-1] + ("0" if value[-1] != "0" else "1")
        case str():
            return value + "x"
        case list():
            return value[:-1] if value else ["x"]
        case None:
            return "riders"
    return {**value, "more": 1}  # type: ignore[dict-item]


def changed(text: str, path: tuple[str | int, ...], make: Callable[[object], object]) -> str:
    whole: dict[str, object] = {"": json.loads(text)}
    inside, key = whole, ""
    for step in path:
        inside, key = inside[key], step  # type: ignore[assignment]
    inside[key] = make(inside[key])
    return json.dumps(whole[""])


def named(path: tuple[str | int, ...]) -> str:
    """The field that is to be named when what stands at a path is changed."""
    if not path or path[0] in ("format", "commitment"):
        return str(path[0]) if path else "more"
    if path[0] == "digests":
        return f"terms.{path[1]}" if len(path) > 1 and path[1] != "secret" else ""
    return ".".join(str(step) for step in path[:2])


def test_whatever_is_changed_is_refused_and_named() -> None:
    text = render_lottery_file(drawn_lottery())
    paths = leaves(json.loads(text))
    found = {path: [f.field for f in verify_lottery(changed(text, path, other)).faults] for path in paths}
    unseen = {p: fields for p, fields in found.items() if not any(f.startswith(named(p)) for f in fields)}
    assert unseen == {} and len(found) > 50


def test_places_that_were_swapped_are_named() -> None:
    text = changed(render_lottery_file(drawn_lottery()), ("draw", "winners"), lambda places: places[::-1])
    (fault,) = verify_lottery(text).faults
    assert fault.field == "draw.winners"
    assert fault.params["place"] == "1"


def test_terms_changed_together_with_their_digest_break_the_commitment() -> None:
    text = changed(render_lottery_file(drawn_lottery()), ("terms", "seats"), lambda _: 5)
    text = changed(text, ("digests", "seats"), lambda _: sha256(canonical_json(5)).hexdigest())
    assert [fault.field for fault in verify_lottery(text).faults] == ["commitment"]


NO_FILES = [
    "",
    "[]",
    "{}",
    "{",
    "null",
    "[" * 100_000,
    '{"a": NaN}',
    '{"format": "yihui-lottery-1", "format": "yihui-lottery-1"}',
    "\ufeff{}",
]


@pytest.mark.parametrize("text", NO_FILES, ids=lambda text: text[:20])
def test_what_is_no_lottery_is_refused(text: str) -> None:
    assert verify_lottery(text).faults
    assert verify_lottery(text).file is None


def test_of_two_equal_keys_none_is_believed() -> None:
    text = render_lottery_file(drawn_lottery()).replace('"seats": 4', '"seats": 5, "seats": 4')
    assert [fault.text for fault in verify_lottery(text).faults] == ["the key seats stands there twice"]
