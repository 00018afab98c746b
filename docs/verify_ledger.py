"""Verify an export of the ledger with Python's own library: python -I verify_ledger.py EXPORT [HEADS.json...]

The export is one that `yihui ledger export --seals` wrote; ledger_format.md describes it.
"""

# ruff: noqa: E401, I001, PTH123, SIM115, SIM905, T201
# fmt: off
import collections, hashlib, json, sys

ID = ("decisions grants transactions entries waiting_list reversals withdrawals draws redemptions refunds clawbacks "
      "point_spendings redemption_batches returned_places appeals payout_batches payout_returns merchants merchant_keys merchant_key_terms erased_rows").split()
KEYS = {**{table: ["id"] for table in ID}, "lapses": ["grant_id"], "claims": ["decision_id"], "rule_acts": ["sequence"],
        "row_batches": ["number"],
        "waiting_moves": ["waiting_id"], "draw_results": ["draw_id"], "vouchers": ["digest"], "appeal_answers": ["appeal_id"],
        "debt_acts": ["debt_id", "number"], "payout_answers": ["reference", "number"]}
WITH = {"decisions": ["entries", "waiting_list"], "transactions": ["grants", "slots"]}  # sealed with a row of that id
DECISION = ["id", "state", "decided_by", "decided_at", "decided_on", "decided_reason"]
BEHIND = ["explanation", "decision", "rest", "loose"]  # what may stand behind the body of a row, in this order
STAGES = ["promised", "issued", "redeemed", "settled", "expired", "reversed"]

def canonical(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

def sha256(content, digits=32):
    return hashlib.sha256(content).hexdigest()[:digits]

def read_line(line):  # the table, the row with all its columns, and its two digests as a seal states them
    head, _, whole = line.rstrip(b"\r\n").rpartition(b',"whole":"')
    row, body = json.loads(line), head[45:]  # after {"sha256":"…",
    if whole.decode() != sha256(head) + '"}':
        raise ValueError("is not what was written")
    for key in (b',"explanation":"', b',"decision":"', b',"rest":{', b',"loose":{'):
        body = body.partition(key)[0]
    rest, loose = row.get("rest", {}), row.get("loose", {})
    behind = b"".join(f',"{name}":'.encode() + canonical(row[name]) for name in BEHIND if name in row)
    if body + behind != head[45:] or len({*row, *rest, *loose}) < len(row) + len(rest) + len(loose):
        raise ValueError("has a column twice, or where no digest covers it")
    texts = [(row[name], row.pop(name + "_digest")) for name in ("explanation", "decision") if name + "_digest" in row]
    if head[:45].decode() != f'{{"sha256":"{sha256(body)}",' or any(
            kept != (text[11:43] if text.startswith('{"erased":"') else sha256(text.encode())) for text, kept in texts):
        raise ValueError("is not what its digest says")
    return row.pop("table"), {**row, **rest, **loose}, f"{head[11:43].decode()} {sha256(canonical(rest), 16)}"

class Ledger:
    def __init__(self):
        self.faults, self.lines, self.end, self.chains, self.heads = [], 0, None, {}, {}
        self.sealed, self.waiting, self.met, self.named, self.words = collections.defaultdict(set), set(), set(), set(), set()
        self.slots, self.kept, self.posted, self.stages = (collections.defaultdict(x) for x in (list, int, int, int))
        self.budgets, self.set_budgets, self.batches, self.ordered = {}, {}, {}, collections.Counter()

    def read(self, line):
        self.lines += 1
        try:
            table, row, digests = read_line(line)
            if table in KEYS:
                self.compare(f"{table} {':'.join(str(row[key]) for key in KEYS[table])}", digests)
            getattr(self, "read_" + table, lambda row: None)(row)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as fault:
            self.faults.append(f"line {self.lines}: {fault}")

    def compare(self, name, digests):
        self.met.add(name)
        if name not in self.sealed and name not in self.waiting:
            self.faults.append(f"{name} is in no seal and waits for none")
        elif self.sealed.get(name, {digests}) != {digests}:
            self.faults.append(f"{name} is not what was sealed")

    def expect(self, holds, fault):
        if not holds:
            self.faults.append(fault)

    def read_seals(self, row):
        number, before = self.chains.get((row["book"], row["lane"]), (0, "0" * 64))
        text = "\n".join([row["book"], str(row["lane"]), str(row["number"]), row["previous"], row["digests"]])
        whole = (row["number"], row["previous"], row["hash"]) == (number + 1, before, sha256(text.encode(), 64))
        self.chains[row["book"], row["lane"]] = row["number"], row["hash"]
        self.heads[row["book"], row["lane"], row["number"]] = row["hash"]
        lines, at = row["digests"].split("\n"), row["sealed_at"].removesuffix("Z").ljust(20, ".").ljust(26, "0")
        timely = lines.pop(0) == f"sealed_at {at}+00:00 - -"
        self.expect(whole and timely, f"seal {number + 1} of {row['book']}, lane {row['lane']} is broken")
        for table, id_, digests in (line.split(" ", 2) for line in lines):
            self.sealed[f"{table} {id_}"].add(digests)

    def read_unsealed(self, row):
        for table, ids in json.loads(row["rows"]).items():
            self.waiting |= {f"{name} {id_}" for name in [table, *WITH.get(table, [])] for id_ in ids}

    def read_limit_slots(self, row):
        self.slots[row["grant_id"]].append([row["limit_key"], row["slot"], row["day"]])

    read_freed_slots = read_limit_slots

    def read_payout_orders(self, row):
        self.ordered[row["batch_id"]] += row["amount_fen"]

    def read_payout_batches(self, row):
        self.batches[row["id"]] = row["amount_fen"]
        body = canonical({"table": "payout_decisions", **{name: row[name] for name in DECISION}})[1:-1]
        if row["state"] != "prepared":
            self.compare(f"payout_decisions {row['id']}", f"{sha256(body)} {sha256(b'{}', 16)}")

    def read_merchant_keys(self, row):
        if row["revoked_at"] is not None:
            body = canonical({"table": "merchant_key_ends", "id": row["id"], "revoked_at": row["revoked_at"]})[1:-1]
            self.compare(f"merchant_key_ends {row['id']}", f"{sha256(body)} {sha256(b'{}', 16)}")

    def read_transactions(self, row):
        sums = collections.Counter()
        for _, account, amount, unit in row["lines"]:
            sums[unit] += amount
            self.posted[account, unit] += amount
            self.kept[account, unit] += amount if f"transactions {row['id']}" in self.waiting else 0
            self.stages[row["grant_id"], account.split("/")[0], unit] += amount
        self.expect(not any(sums.values()), f"transactions {row['id']} does not sum to zero")

    def read_account_balances(self, row):
        self.kept[row["account"], row["unit"]] += row["balance"]

    def read_grant_balances(self, row):
        stand = [self.stages[row["grant_id"], stage, row["unit"]] for stage in STAGES]
        self.expect(stand == [row[stage] for stage in STAGES], f"grant {row['grant_id']} stands elsewhere")

    def read_counters(self, row):
        if row["key"].startswith("budget/"):
            self.budgets[row["key"]] = row["used"], row["ceiling"]

    def read_rule_acts(self, row):
        if row["act"] == "budget_set":
            self.set_budgets[row["rule_id"]] = json.loads(row["detail"])["ceiling_fen"]

    def read_rule_contents(self, row):
        own = sha256(row["content"].encode(), 64)
        hashed = sha256((own + row["tables"]).encode(), 64) if row["tables"] else own
        self.expect(hashed == row["hash"], f"rule {row['hash']} is not what was hashed")

    def read_decisions(self, row):
        self.named |= {row["explanation"][9:41]} if row["explanation"].startswith('{"form":"') else set()

    def read_explanation_forms(self, row):
        self.words.add(sha256(row["content"].encode()))

    def read_end(self, row):
        self.end = row["lines"]

    def close(self, heads):
        for grant, slots in self.slots.items():
            self.compare(f"slots {grant}", sha256(canonical(sorted(slots))) + " -")
        for name in self.sealed.keys() - self.met:
            self.faults.append(f"{name} was sealed and is missing")
        self.faults += [f"the words {form} of explanations are missing or changed" for form in self.named - self.words]
        for account in self.posted.keys() | self.kept.keys():
            self.expect(self.posted[account] == self.kept[account], f"account {account[0]} holds something else")
        for key in self.budgets.keys() | self.set_budgets.keys():
            now = -self.posted[key, "fen"], self.set_budgets.get(key)
            self.expect(self.budgets.get(key) == now, f"{key} is used or limited otherwise")
        self.expect(dict(self.ordered) == self.batches, "the payments of a batch do not sum to its amount")
        for head in heads:
            same = self.heads.get((head["book"], head["lane"], head["number"])) == head["hash"]
            self.expect(same, f"{head['book']}, lane {head['lane']}: history was rewritten")
        self.expect(self.end == self.lines, f"the last line does not say {self.lines} lines")
        self.expect(self.chains or self.waiting, "no seals in this export")
        return self.faults

def find_failures(lines, heads=()):
    ledger = Ledger()
    for line in lines:
        ledger.read(line)
    return ledger.close(heads)

if __name__ == "__main__":
    published = [head for path in sys.argv[2:] for head in json.load(open(path, encoding="utf-8"))["heads"]]
    found = find_failures(open(sys.argv[1], "rb"), published)
    print("\n".join(found or ["ok"]))
    sys.exit(bool(found))
