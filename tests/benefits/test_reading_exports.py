"""The program reads an export only as it was written: it names what was forged or damaged, without a traceback."""

import json
import re
import shutil
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine, event, select

from benefits import Extent
from benefits.sealing.sealing import seal_hash
from benefits.tables.draws import draw_secrets
from benefits.tables.exported import EXPORTED
from benefits.tables.lines import LOOSE, REST, WHOLE, render_complete_line, render_export_line
from benefits.tables.vouchers import vouchers
from benefits.verification.verify import accept_export, judge_export, verify_export_lines
from store import Database, open_database
from tests.benefits.exported import disagreements_of, export_lines
from tests.benefits.lived import fixed, moved, used
from tests.benefits.test_every_byte import TABLES
from tests.tiers import budget

Lines = list[bytes]
_Pairs = list[tuple[str, str]]
_ODD_VALUES = (
    *("0", "-0", "1.0", "1e2", "NaN", "-Infinity", "true", "null", str(2**63), "9" * 5_000, "[]", "{}", "[" * 300),
    *('""', '"a b"', r'"\u0061"', r'"\/"', r'"\ud800"', r'"\u0000"', '"\u2028"', '"\ufeff"', '"20260101"'),
    *('"2026-W01-1"', '"2026-01-01T00:00:00+00:00"', '"2026-01-01T00:00:00.000Z"', '[[1,"a",1]]', '[[1,"a",1.0,"fen"]]'),
)  # fmt: skip
_ODD_BYTES = (
    *(b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\r", b"\r\n", b"\n\n"),
    *(b"\0", b" ", b'"', b",", b"{}"),
)


def _pairs(text: str) -> _Pairs:
    """The keys and values of a JSON object, as they are written."""
    found, at, read = [], 1, json.JSONDecoder().raw_decode
    while at < len(text) - 1:
        colon = read(text, at)[1]
        end = read(text, colon + 1)[1]
        found.append((text[at:colon], text[colon + 1 : end]))
        at = end + 1
    return found


def _object(pairs: _Pairs) -> str:
    return "{" + ",".join(f"{key}:{value}" for key, value in pairs) + "}"


def _alike(value: str) -> list[str]:
    """Other values of the same type, and the same instant or day in other words."""
    same = value.replace('Z"', '+00:00"'), value.replace('Z"', '.000Z"')
    day = re.sub(r'^"(\d{4})-(\d\d)-(\d\d)"$', r'"\1\2\3"', value)
    return [one for one in (*same, day, re.sub("[0-9]", "3", value, count=1)) if one != value]


def _with_odd_pairs(rng: Random, line: bytes) -> bytes:
    """A line with a column that has another value or place, or stands twice."""
    pairs = _pairs(line.decode())
    place = rng.randrange(1, len(pairs))
    key, value = pairs[place]
    odd = rng.choice([*_alike(value), rng.choice(_ODD_VALUES)])
    into = {'"rest"', '"loose"'} & {name for name, _ in pairs} or {rng.choice(['"rest"', '"loose"'])}
    inner = min(into)
    match rng.randrange(6):
        case 0 | 1:
            pairs[place] = key, odd
        case 2:
            pairs.insert(rng.randrange(len(pairs)), (key, rng.choice([value, odd])))
        case 3:
            pairs.insert(rng.randrange(len(pairs)), pairs.pop(place))
        case 4:  # into the columns behind the body
            kept = dict(pairs).get(inner, "{}")
            pairs = [pair for pair in pairs if pair[0] != inner and (pair[0] != key or rng.random() < 0.5)]
            more = [*_pairs(kept), (key, rng.choice([value, odd]))]
            pairs.insert(-1, (inner, _object(rng.sample(more, len(more)))))
        case 5:  # out of them
            behind = _pairs(dict(pairs).get(inner, "{}"))
            pairs[place:place] = behind[:1]
            pairs = [(name, _object(behind[1:]) if name == inner else kept) for name, kept in pairs]
    return _object(pairs).encode()


def _with_digests_anew(line: bytes, *, whole: bool) -> bytes:
    head, mark, _ = line.rpartition(b',"whole":"')
    head = head if mark else line[:-1]
    body = re.split(b',"(?:explanation|decision|rest|loose)":["{]', head[45:])[0]
    head = head[:11] + sha256(body).hexdigest()[:32].encode() + head[43:]
    end = sha256(head).hexdigest()[:32].encode() + b'"}' if whole else line[-34:]
    return head + mark + (end if mark else b"}")


def _with_seals_anew(lines: Lines, old: bytes, new: bytes) -> Lines:
    """The lines, with seals that agree with a line that was changed."""

    def said(line: bytes) -> str:
        rest = re.search(rb',"rest":(\{.*?\})(?:,"loose":\{.*)?,"whole":"', line)
        return f"{line[11:43].decode()} {sha256(rest[1] if rest else b'{}').hexdigest()[:16]}"

    chains, found = dict[tuple[str, int], str](), []
    for line in lines:
        if line != new and line[43:].startswith(b'","table":"seals",'):
            _, _, *pairs, _ = json.loads(line).items()
            row = dict(pairs)
            chain = row["book"], row["lane"]
            row["digests"] = row["digests"].replace(said(old), said(new))
            row["previous"] = chains.get(chain, row["previous"])
            row["hash"] = seal_hash(*chain, row["number"], row["previous"], row["digests"])
            chains[chain] = row["hash"]
            line = _complete("seals", row)
        found.append(line)
    return found


def _with_queue(lines: Lines, rows: dict[str, list[str]]) -> Lines:
    """The lines with one more batch that waits to be sealed."""
    place = sum(b'"table":"seals"' in line[:70] for line in lines) + 1
    row = {"number": 99, "lane": 0, "rows": json.dumps(rows)}
    batch = _complete("unsealed", row, rest={"recorded_at": "2026-01-01T00:00:00Z"})
    return [*lines[:place], batch, *lines[place:-1], _complete("end", {"lines": len(lines) + 1})]


def _with_known_queue(lines: Lines, table: str) -> Lines:
    """The lines with a queue that names a row which is there, as one of a table."""
    told = f'"table":"{_KNOWN_QUEUES[table]}"'.encode()
    return _with_queue(lines, {table: [json.loads(next(n for n in lines if told in n[:70]))["id"]]})


_SEALED_WITH_OTHERS = ("grants", "slots", "entries", "waiting_list")  # and never queued by themselves


_KNOWN_QUEUES = {name: name for name in ("transactions", *_SEALED_WITH_OTHERS)} | {"slots": "grants"}


def _forge(rng: Random, lines: Lines) -> Lines:
    """Forge an export: change, add or drop lines, and make the digests of the seals anew for some of them."""
    lines = list(lines)
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    old = new = lines[one]
    match rng.randrange(11):
        case 0:
            del lines[one : rng.choice([one + 1, len(lines)])]
        case 1:
            lines.insert(other, old)
        case 2:
            lines.insert(other, lines.pop(one))
        case 3:
            place = rng.randrange(len(old))
            new = old[:place] + bytes([old[place] ^ 1 << rng.randrange(8)]) + old[place + 1 :]
        case 4:
            place = rng.choice([0, len(old), rng.randrange(len(old))])
            new = old[:place] + rng.choice(_ODD_BYTES) + old[place:]
        case 5:
            lines = _with_known_queue(lines, rng.choice(list(_KNOWN_QUEUES)))
        case _:
            new = _with_odd_pairs(rng, old)
    if new != old:
        new = _with_digests_anew(new, whole=rng.random() < 0.8) if rng.random() < 0.9 else new
        lines[one] = new
        lines = _with_seals_anew(lines, old, new) if rng.random() < 0.8 else lines
    elif lines and rng.random() < 0.7:
        end = {"lines": len(lines)}
        lines[-1] = _complete("end", end) if b'"whole"' in lines[-1] else render_export_line("end", end)[0]
    return lines


def _rewrite(pattern: str, by: str) -> Callable[[bytes], bytes]:
    """Return a function that writes a line in other bytes, of nearly the same meaning, with the right digests."""
    return lambda line: _with_digests_anew(re.sub(pattern, by, line.decode(), count=1).encode(), whole=True)


@pytest.mark.parametrize(
    ("told", "forge"),
    [
        ('"grants"', _rewrite('"amount_fen":', '"amount_fen":7,"amount_fen":')),
        ('"grants"', _rewrite('("part"[^,]*),("member_id"[^,]*)', r"\2,\1")),
        ('"kind":"issue"', _rewrite(r'"occurred_on":"(....)-(..)-(..)"', r'"occurred_on":"\1\2\3"')),
        ('"grants"', _rewrite(',"whole"', ',"loose":{},"whole"')),
        ('"decisions"', _rewrite('Z"}', '+00:00"}')),
        ('"decisions"', _rewrite('"outcome":"', r'"outcome":"\\u0067')),
        ('"transactions"', _rewrite('("act_id":[^,]*),("recorded_at":[^}]*)', r"\2,\1")),
        ('"transactions"', _rewrite('"rest":{', '"rest":{"reason":"",')),
        ('"kind":"issue"', _rewrite(r'\[\[1,("[^]]*)\],\[2,("[^]]*)\]', r"[[2,\1],[1,\2]")),
        ('"transactions"', lambda line: line[:-34] + b"0" * 32 + b'"}'),
    ],
)
def test_a_line_in_other_words_is_not_accepted_though_its_seal_says_the_same(
    told: str, forge: Callable[[bytes], bytes], exports: tuple[Lines, Lines]
) -> None:
    place = next(n for n, line in enumerate(exports[1]) if told in line[:150].decode())
    old = exports[1][place]
    new = forge(old)
    forged = _with_seals_anew([*exports[1][:place], new, *exports[1][place + 1 :]], old, new)
    assert new != old and accept_export(forged) is None


@pytest.mark.deeper
def test_what_is_accepted_in_one_pass_is_accepted_by_all_checks(
    exports: tuple[Lines, Lines], find_failures: Callable[[Sequence[bytes]], list[str]]
) -> None:
    rng = Random(20_261_128)
    for export in exports:
        assert accept_export(export) == judge_export(export)
    for _ in range(budget(400)):
        forged = _forge(rng, rng.choice([exports[0], exports[1], exports[1]]))
        if (accepted := accept_export(forged)) is not None:
            assert accepted == judge_export(forged)
            if (
                forged[0] == exports[1][0] and len(forged) > 2
            ):  # the stranger asks for seals of an empty one too
                assert find_failures(forged) == []


def test_only_these_queries_read_the_postings_of_an_export(exports: tuple[Lines, Lines]) -> None:
    """The one-pass reading stores only the postings that these queries read: a new query needs its postings stored."""
    asked = set()

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(("SELECT", "WITH")) and re.search(r"\bpostings\b", statement):
            asked.add(" ".join(statement.split()[:2]))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert all(accept_export(lines) for lines in exports)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert asked == {
        "SELECT clawbacks.id,",
        "SELECT point_spendings.id,",
        "SELECT redemptions.id,",
        "SELECT refunds.id,",
        "SELECT postings.account,",  # of what waits to be sealed
    }


# Tables that no export holds, and why.
NOT_EXPORTED = {
    "benefit_sums": "made anew from the postings, which are exported",
    "rulebook": "tells runners to look again",
    "draw_secrets": "kept from everybody until the draw, which publishes it",
    "appeal_texts": "a member's own words",
    "sessions": "which courses there are; what they grant is exported",
    "payout_payees": "accounts, encrypted, until the bank has answered",
    "payout_layouts": "how the bank's files look",
    "voucher_keys": "which key the codes were made with",
}


def test_every_table_is_exported_or_it_is_said_why_not() -> None:
    assert EXPORTED.keys() | NOT_EXPORTED.keys() == TABLES.keys()
    assert not EXPORTED.keys() & NOT_EXPORTED.keys()


def test_no_column_has_the_name_of_a_lines_own_key() -> None:
    own = {"table", "sha256", REST, LOOSE, WHOLE, "explanation_digest", "decision_digest"}
    for name, table in EXPORTED.items():
        assert not own & set(table.columns.keys()), name


@pytest.mark.parametrize("with_seals", [False, True])
def test_no_export_holds_a_secret(with_seals: bool, database: Database) -> None:
    used(database)
    fixed(database)
    with database.read() as connection:
        text = b"\n".join(export_lines(connection, seals=with_seals)).decode()
        for column in (vouchers.c.salt, draw_secrets.c.secret):
            secrets = [secret for secret in connection.execute(select(column)).scalars() if secret]
            assert secrets and not any(secret in text for secret in secrets)


def _complete(table: str, row: dict[str, object], **more: dict[str, object]) -> bytes:
    return render_complete_line(table, row, more.get("rest", {}), more.get("loose", {}))


def _without(lines: Lines, *tables: str) -> Lines:
    return [line for line in lines if json.loads(line)["table"] not in tables]


def _anew(lines: Lines, change: Callable[[dict[str, object]], None]) -> Lines:
    """The first counter changed, with all its digests made anew."""
    place = next(n for n, line in enumerate(lines) if json.loads(line)["table"] == "counters")
    row = json.loads(lines[place])
    for name in ("table", "sha256", "whole"):
        row.pop(name)
    change(row)
    return [*lines[:place], _complete("counters", row), *lines[place + 1 :]]


_COUNTER = {"key": "budget/z", "used": 0, "ceiling": None}


DAMAGED: dict[str, tuple[Callable[[Lines], Lines], str]] = {
    "a row twice": (lambda lines: [*lines[:-1], lines[-2], lines[-1]], "repeats a row"),
    "a line of a made-up table": (
        lambda lines: [*lines[:-1], _complete("payments", {"id": "x"}), lines[-1]],
        "an export has no table payments",
    ),
    **{
        f"{value} where a number belongs": (
            lambda lines, value=value: _anew(lines, lambda row: row.update(used=value)),
            "can't be read",
        )
        for value in ("7", True, 2**63, None)
    },
    "a column left out": (lambda lines: _anew(lines, lambda row: row.pop("used") and None), "can't be read"),
    "a made-up column": (lambda lines: _anew(lines, lambda row: row.update(more=1)), "can't be read"),
    "a line as in an export without seals": (
        lambda lines: [*lines[:-1], render_export_line("counters", _COUNTER)[0], lines[-1]],
        "is not what was written",
    ),
    "a list": (lambda lines: [*lines[:-1], b"[1, 2]", lines[-1]], "can't be read"),
    "no JSON": (lambda lines: [*lines[:-1], b"\xff{", lines[-1]], "can't be read"),
    "another format": (lambda lines: [_complete("export", {"format": 3}), *lines[1:]], "can't be read"),
    "the first line again": (lambda lines: [*lines[:-1], lines[0], lines[-1]], "can't be read"),
    "no first line": (lambda lines: lines[1:], "is not what was written"),
    "no last line": (lambda lines: lines[:-1], "without its last line"),
    "a last line before the last line": (
        lambda lines: [*lines[:9], lines[-1], *lines[9:-1], _complete("end", {"lines": len(lines) + 1})],
        "the export has 10 lines",
    ),
    **{
        f"a queue of {table}": (
            lambda lines, table=table: _with_known_queue(lines, table),
            "waits to be sealed and is missing",
        )
        for table in _SEALED_WITH_OTHERS
    },
    **{
        f"a queue of row {id_}": (
            lambda lines, id_=id_: _with_queue(lines, {"row_batches": [id_]}),
            f"row_batches {id_} waits to be sealed and is missing",
        )
        for id_ in ("abc", "9" * 30)
    },
    "no seals": (lambda lines: _without(lines, "seals"), "is in no seal"),
}


@pytest.fixture(scope="module")
def exports(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Lines, Lines]:
    """The lines of one ledger: without seals, and with them."""
    opened = open_database(str(shutil.copy(migrated_file, tmp_path_factory.mktemp("exported") / "a.db")))
    moved(opened)
    with opened.read() as connection:
        lines = export_lines(connection), export_lines(connection, seals=True)
    opened.close()
    return lines


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_export_is_told_and_never_a_traceback(damage: str, exports: tuple[Lines, Lines]) -> None:
    change, said = DAMAGED[damage]
    texts = [fault.text for fault in disagreements_of(change(exports[1]))]
    assert any(said in text for text in texts), texts


def test_an_export_says_which_rows_it_holds(exports: tuple[Lines, Lines]) -> None:
    plain, sealed = exports
    assert verify_export_lines(plain).extent is Extent.EXPORT
    found = verify_export_lines(sealed)
    assert (found.extent, found.gap.batches) == (Extent.SEALED_EXPORT, 1)
    assert verify_export_lines([]).extent is Extent.EXPORT
