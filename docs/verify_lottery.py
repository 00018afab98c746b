"""Verify lotteries with Python's own library: python verify_lottery.py FILE... (explained in lottery.md)."""

# ruff: noqa: E401, I001, PTH123, T201
# fmt: off
import bisect, hashlib, hmac, itertools, json, re, sys
from datetime import datetime, timedelta

def canonical_sha256(value):
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()

def is_later(plan, committed_at):  # the number is published after the commitment, and has enough digits
    return plan["count"] > 11 and plan["on"] > str((committed_at + timedelta(hours=8)).date())

def draw_order(terms, seed):  # all entries in the order drawn: reserved places by group, then the others
    block, left, order = 0, [*terms["entries"]], []
    for name, places in [*((g["name"], g["places"]) for g in terms["groups"]), (None, len(left))]:
        urn, end = [e for e in left if name in (None, *e["groups"])], len(order) + places
        while urn and len(order) < end:
            sums = [*itertools.accumulate(e["weight"] for e in urn)]
            bits, block = hmac.digest(seed, block.to_bytes(8, "big"), "sha256"), block + 1
            ticket = int.from_bytes(bits, "big") >> 256 - (sums[-1] - 1).bit_length()
            if ticket < sums[-1]:  # else draw again: taking a remainder would favour some entries
                winner = urn.pop(bisect.bisect_right(sums, ticket))
                left.remove(winner)
                order.append({"pseudonym": winner["pseudonym"], "reserved": name})
    return order

def list_checks(terms, digests, draw, **rest):  # each condition's name, and whether it holds
    weights, places = [e["weight"] for e in terms["entries"]], [g["places"] for g in terms["groups"]]
    yield from ((f"terms.{name}", canonical_sha256(term) == digests[name]) for name, term in terms.items())
    yield "terms.number", is_later(terms["number"], datetime.fromisoformat(terms["committed_at"][:-1]))
    yield "terms.entries", min(weights) > 0 and len({e["pseudonym"] for e in terms["entries"]}) == len(weights)
    yield "terms.groups", min([1, *places]) > 0 and sum(places) <= terms["seats"]
    yield "format", rest["format"] == "yihui-lottery-1"
    yield "commitment", rest["commitment"] == canonical_sha256(digests)
    if draw:
        secret = bytes.fromhex(draw["secret"])
        yield "draw.number", re.fullmatch(f"[0-9]{{{terms['number']['count']}}}", draw["number"])
        yield "draw.secret", digests["secret"] == hashlib.sha256(secret).hexdigest()
        message, order = f"{rest['commitment']}:{draw['number']}", draw_order(terms, bytes.fromhex(draw["seed"]))
        yield "draw.seed", draw["seed"] == hmac.digest(secret, message.encode(), "sha256").hex()
        yield "draw.winners", draw["winners"] == order[:terms["seats"]]
        yield "draw.waiting", draw["waiting"] == [e["pseudonym"] for e in order[terms["seats"]:]]

def find_failures(path):
    try:
        return sorted({name for name, holds in list_checks(**json.load(open(path, encoding="utf-8"))) if not holds})
    except (AttributeError, LookupError, TypeError, ValueError) as fault:
        return [f"no lottery file ({fault!r})"]

if __name__ == "__main__":
    found = {path: find_failures(path) for path in sys.argv[1:]}
    print("\n".join(f"{path}: {', '.join(names) or 'ok'}" for path, names in found.items()))
    sys.exit(any(found.values()))
