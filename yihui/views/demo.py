"""What the demo says at its end: its files, and commands to type next."""

from core.text_marks import N_

# File names and what they hold.
DEMO_CONTENTS = (
    (("yihui.db",), N_("the database of everything above")),
    (
        ("register.csv", "stations.csv", "old.csv", "new.csv"),
        N_("registers of stations; stations.csv is in GCJ-02"),
    ),
    (
        ("roll.csv", "roll-faulty.csv", "organisations.csv"),
        N_("members, the same with a slip, and their unions"),
    ),
    (
        ("events.jsonl", "autumn-events.jsonl", "more-events.jsonl"),
        N_("what happened to members, one event a line; some lines are wrong on purpose"),
    ),
    (("population.tif", "shandong.osm.pbf"), N_("a raster of people, and an OpenStreetMap extract")),
    (
        ("own-rule.yaml", "adaptation.yaml", "my-rules/", "cases.yaml"),
        N_("rules of your own, and cases that test rules"),
    ),
    (("aigonghui.yaml", "records.jsonl", "links.csv"), N_("another app's records, and how they are read")),
    (("entries.csv",), N_("the entries of a lottery")),
    (
        ("merchant.key", "redemptions.csv", "invoice.xlsx"),
        N_("a merchant's key, uses and invoice (with two slips)"),
    ),
    (("payees.xlsx", "bank.yaml", "orders.csv", "bank-return.csv"), N_("accounts, and the bank's files")),
    (("keeper.key",), N_("the key of a station's keeper")),
    (
        ("county-rule.yaml", "county-events.jsonl"),
        N_("a county's own rule, and what happened to its members"),
    ),
    (("county-officers.csv",), N_("the log-ins of two officers who have the money of that county alone")),
    (("vault.key",), N_("the key of the vault, with which made-up names are encrypted")),
    (("report.xlsx", "map.html"), N_("a report as a workbook, and a map for the browser")),
)

# Commands and what they show; the last one needs the packages of planners.
DEMO_NEXT = (
    (
        "yihui serve",
        N_(
            "the site, at http://127.0.0.1:8000; a member logs in at /me with 13800138000 and the code in codes.jsonl"
        ),
    ),
    ("yihui benefits why --member m-000001", N_("every condition of every benefit of one member")),
    ("yihui rules simulate own-rule.yaml --backdate", N_("what a rule would cost")),
    ("yihui vouchers show PB000001-000001", N_("one payment, from the document to the bank")),
    ("yihui plan coverage --area 370100 --hours", N_("who has an open place near, hour by hour")),
)
