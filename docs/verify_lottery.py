"""Verifies lotteries with Python's own library: python verify_lottery.py FILE... (explained in lottery.md)."""
# ruff: noqa: C408, DTZ001, E401, I001, PTH123, T201

import hashlib, hmac, json, re, sys
from bisect import bisect_right
from datetime import datetime, timedelta
from itertools import accumulate

DRAND = {  # chain: the second since 1970 in which its round 1 was published, and the seconds between rounds
    "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971": (1692803367, 3),
    "8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce": (1595431050, 30),
}


def sha(value):
    if not isinstance(value, bytes):
        value = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return hashlib.sha256(value).hexdigest()


def is_later(plan, committed_at):
    if plan["kind"] == "digits":
        return plan["count"] > 11 and plan["on"] > (committed_at + timedelta(hours=8)).date().isoformat()
    first, period = DRAND.get(plan["chain"], (0, 0))
    return datetime(1970, 1, 1) + timedelta(seconds=first + (plan["round"] - 1) * period) > committed_at


def places(terms, seed):
    block, left, order = 0, terms["entries"], []
    for group in [*terms["groups"], {"name": None, "places": len(left)}]:
        urn = [e for e in left if group["name"] in (None, *e["groups"])]
        while urn and group["places"] > 0:
            sums = list(accumulate(e["weight"] for e in urn))
            bits, block = hmac.digest(seed, block.to_bytes(8, "big"), "sha256"), block + 1
            ticket = int.from_bytes(bits, "big") >> 256 - (sums[-1] - 1).bit_length()
            if ticket < sums[-1]:  # else thrown away: a remainder would favour some
                order.append((urn.pop(bisect_right(sums, ticket))["pseudonym"], group["name"]))
                group = {**group, "places": group["places"] - 1}
        taken = dict(order)
        left = [e for e in left if e["pseudonym"] not in taken]
    return order


def wrong(file):
    terms, digests, draw, seats = file["terms"], file["digests"], file["draw"], file["terms"]["seats"]
    names, counts = [e["pseudonym"] for e in terms["entries"]], [g["places"] for g in terms["groups"]]
    holds = {f"terms.{name}": sha(term) == digests[name] for name, term in terms.items()}
    holds["terms.number"] &= is_later(terms["number"], datetime.fromisoformat(terms["committed_at"][:-1]))
    holds["terms.entries"] &= len({*names}) == len(names) and all(e["weight"] > 0 for e in terms["entries"])
    holds["terms.groups"] &= min([1, *counts]) > 0 and sum(counts) <= seats
    holds["format"] = file["format"] == "yihui-lottery-1"
    holds["commitment"] = sha(digests) == file["commitment"]
    if draw:
        secret, order = bytes.fromhex(draw["secret"]), places(terms, bytes.fromhex(draw["seed"]))
        seed = hmac.digest(secret, f"{file['commitment']}:{draw['number']}".encode(), "sha256")
        form = f"[0-9]{{{terms['number']['count']}}}" if "count" in terms["number"] else "[0-9a-f]{64}"
        signed = draw["signature"] is None or sha(bytes.fromhex(draw["signature"])) == draw["number"]
        holds |= {"draw.secret": sha(secret) == digests["secret"], "draw.signature": signed}
        holds |= {
            "draw.number": bool(re.fullmatch(form, draw["number"])),
            "draw.seed": seed.hex() == draw["seed"],
        }
        holds["draw.winners"] = draw["winners"] == [dict(pseudonym=p, reserved=g) for p, g in order[:seats]]
        holds["draw.waiting"] = draw["waiting"] == [p for p, _ in order[seats:]]
    return [name for name, good in holds.items() if not good]


def answer(path):
    try:
        return wrong(json.load(open(path, encoding="utf-8")))
    except (AttributeError, LookupError, TypeError, ValueError) as fault:
        return [f"no lottery file ({fault!r})"]


if __name__ == "__main__":
    answers = {path: answer(path) for path in sys.argv[1:]}
    print("\n".join(f"{path}: {', '.join(names) or 'ok'}" for path, names in answers.items()))
    sys.exit(any(answers.values()))
