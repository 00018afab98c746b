"""The verifier of a draw, and its fairness."""

import ast
import json
import subprocess
import sys
from collections import Counter
from itertools import permutations
from pathlib import Path
from random import Random

import pytest
from scipy.stats import chisquare

from rules.lottery.drawing import (
    SeededNumbers,
    WeightedUrn,
    commit_lottery,
    compute_places,
    draw_lottery,
    verify_lottery,
)
from rules.lottery.file import (
    LotteryFile,
    LotteryGroup,
    LotteryTerms,
    PublicDigits,
    render_lottery_file,
)
from tests.rules.test_lottery import changed, entry, leaves, other, terms_of
from tests.tiers import budget

VERIFIER = Path(__file__).parents[2] / "docs" / "verify_lottery.py"
LOTTERIES = budget(200)


def a_lottery(number: int) -> LotteryFile:
    """A lottery made by chance that repeats."""
    chance = Random(number)
    names = [f"会员-{n}" for n in range(chance.randint(1, 40))]
    groups = tuple(
        LotteryGroup(name=name, places=chance.randint(1, 5)) for name in "甲乙丙"[: chance.randint(0, 3)]
    )
    entries = [
        entry(
            name,
            chance.choice([1, 2, chance.randint(1, 10**9)]),
            *(group.name for group in groups if chance.random() < 0.4),
        )
        for name in names
    ]
    plan = PublicDigits(kind="digits", source="排列5 五期", on="2026-06-01", count=25)
    value = "".join(chance.choices("0123456789", k=25))
    seats = sum(group.places for group in groups) + chance.randint(0 if groups else 1, 9)
    terms = terms_of(entries, seats, groups, plan)
    secret = chance.randbytes(32).hex()
    return draw_lottery(commit_lottery(terms, secret), secret, value)


def answers(folder: Path, texts: dict[str, str]) -> tuple[int, dict[str, set[str]]]:
    """What the verifier says of files, run as anybody would: alone, away from this checkout."""
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    done = subprocess.run(
        [sys.executable, "-I", "-X", "utf8", str(VERIFIER), *texts],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )
    assert done.stderr == ""
    lines = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    return done.returncode, {name: set(said.split(", ")) - {"ok"} for name, said in lines.items()}


def test_it_imports_the_standard_library_only() -> None:
    tree = ast.parse(VERIFIER.read_text("utf-8"))
    names = {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names <= sys.stdlib_module_names


@pytest.mark.deeper
def test_it_agrees_on_many_lotteries(tmp_path: Path) -> None:
    texts = {f"{n}.json": render_lottery_file(a_lottery(n)) for n in range(LOTTERIES)}
    assert all(not verify_lottery(text).faults for text in texts.values())
    code, said = answers(tmp_path, texts)
    assert said == {name: set() for name in texts}
    assert code == 0


def tampered() -> dict[str, str]:
    """One change to each value of the file, and the order of those who wait turned around."""
    text = render_lottery_file(a_lottery(3))
    paths = leaves(json.loads(text))
    ends = [path for path in paths if sum(one[: len(path)] == path for one in paths) == 1]
    texts = {f"{n}.json": changed(text, path, other) for n, path in enumerate(ends)}
    texts["reversed.json"] = changed(text, ("draw", "waiting"), lambda waiting: waiting[::-1])
    return texts


def test_it_refuses_what_we_refuse(tmp_path: Path) -> None:
    texts = tampered()
    assert len(texts) > 80
    code, said = answers(tmp_path, texts)
    assert code == 1
    for name, text in texts.items():
        ours = {fault.field for fault in verify_lottery(text).faults}
        assert ours, name
        assert said[name], name
        by_terms = [field for field in said[name] if field.startswith("terms.")]
        assert all(any(ours_.startswith(field) for ours_ in ours) for field in by_terms), (name, ours)


def test_it_refuses_a_number_that_was_known_when_it_was_committed_to(tmp_path: Path) -> None:
    """Sound by all digests: only the date gives it away."""
    from rules.lottery import drawing as lottery

    file = a_lottery(3)
    early = PublicDigits(kind="digits", source="排列5", on="2026-05-01", count=25)
    terms = file.terms.model_copy(update={"number": early})
    secret = "5e" * 32
    digests = lottery.compute_digests(terms, secret)
    committed = file.model_copy(
        update={
            "terms": terms,
            "digests": digests,
            "commitment": lottery.compute_commitment(digests),
            "draw": None,
        }
    )
    text = render_lottery_file(committed)
    assert [fault.field for fault in verify_lottery(text).faults] == ["terms.number"]
    assert answers(tmp_path, {"early.json": text}) == (1, {"early.json": {"terms.number"}})


def test_it_says_so_where_there_is_no_lottery(tmp_path: Path) -> None:
    texts = dict(enumerate(["", "[]", "{}", '{"terms": 1}', "null"]))
    code, said = answers(tmp_path, {f"{n}.json": text for n, text in texts.items()})
    assert code == 1
    assert all("no lottery file" in " ".join(said[f"{n}.json"]) for n in texts)


DRAWS = budget(100_000)
UNLIKELY = 0.001  # the seeds are fixed: a fair drawing passes always, or never


def winners_of(terms: LotteryTerms) -> Counter[tuple[str, ...]]:
    """How often each row of winners came."""
    return Counter(
        tuple(winner.pseudonym for winner in compute_places(terms, seed.to_bytes(32, "big"))[0])
        for seed in range(DRAWS)
    )


def is_fair(seen: Counter[tuple[str, ...]], chances: dict[tuple[str, ...], float]) -> bool:
    assert set(seen) <= set(chances)
    keys = sorted(chances)
    found = chisquare([seen[key] for key in keys], [chances[key] * DRAWS for key in keys])
    return bool(found.pvalue > UNLIKELY)


def rows(weights: dict[str, int], places: int) -> dict[tuple[str, ...], float]:
    """Compute the chance of each row: at each draw, its weight divided by the weights that are left."""
    chances = {}
    for row in permutations(weights, places):
        left, chance = sum(weights.values()), 1.0
        for name in row:
            chance *= weights[name] / left
            left -= weights[name]
        chances[row] = chance
    return chances


@pytest.mark.endure
def test_more_tickets_have_more_chance_of_the_first_place_and_of_those_after_it() -> None:
    weights = {"a": 1, "b": 2, "c": 3, "d": 7}
    seen = winners_of(terms_of([entry(name, weight) for name, weight in weights.items()], 2))
    assert is_fair(seen, rows(weights, 2))
    first = Counter({(name,): 0 for name in weights})
    for row, times in seen.items():
        first[row[:1]] += times
    assert is_fair(first, {(name,): weight / 13 for name, weight in weights.items()})
    assert not is_fair(first, {(name,): 1 / 4 for name in weights})  # the test can tell


@pytest.mark.endure
def test_a_reserved_place_is_drawn_in_its_group_and_its_losers_compete_with_all() -> None:
    entries = [entry("a", 1, "riders"), entry("b", 2, "riders"), entry("c", 3), entry("d", 1)]
    seen = winners_of(terms_of(entries, 2, (LotteryGroup(name="riders", places=1),)))
    weights = {e.pseudonym: e.weight for e in entries}
    chances = {
        (first, second): weights[first] / 3 * weights[second] / (7 - weights[first])
        for first in "ab"
        for second in "abcd"
        if first != second
    }
    assert is_fair(seen, chances)


@pytest.mark.deeper
def test_numbers_that_a_remainder_would_favour_are_no_more_likely() -> None:
    """Of two bits, three is thrown away: with a remainder 0 would come twice as often as 1 and 2."""
    stream = SeededNumbers(b"seed")
    seen = Counter((str(stream.next_below(3)),) for _ in range(DRAWS))
    assert is_fair(seen, {("0",): 1 / 3, ("1",): 1 / 3, ("2",): 1 / 3})


def test_great_weights_are_exact() -> None:
    """Beyond what floating numbers hold apart: the last of 2**60 + 1 tickets has an owner of its own."""
    urn = WeightedUrn([2**60, 1])
    assert urn._owner(2**60 - 1) == 0  # the edge itself can't be met by chance
    assert urn._owner(2**60) == 1
