"""A draft, a year of events and a hostile pen, for tests of ``yihui rules simulate``."""

import json
from pathlib import Path

from tools.servers.sending import Sender

HOSTILE = "<img src=x onerror=alert(1)></script><script>alert(2)</script>"

DRAFT = """\
id: quiz
title: {title}
basis: [{{kind: example}}]
owner: "370000"
in_force: {{from: 2026-01-01, until: 2026-12-31}}
on: course.completed
parameters:
  amount: {{title: 奖金, value: 10000, unit: fen, least: 5000, most: 40000}}
  pass_mark: {{title: 及格分, value: 60}}
require:
  - {{that: member.status == 'active', else: 会籍已暂停, remedy: 办理激活}}
  - {{that: event.score >= param.pass_mark, else: 成绩不够, remedy: 再考一次}}
benefit: {{kind: cash, amount_fen: param.amount}}
limit: {{times: 2, per: [member], every: quarter}}
budget: quiz
"""


def draft(folder: Path, title: str = "网上练兵", **more: str) -> Path:
    """The draft as a file; ``more`` replaces texts in it."""
    text = DRAFT.format(title=json.dumps(title, ensure_ascii=False))
    for old, new in more.items():
        text = text.replace(old, new)
    file = folder / "draft.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def event(number: int, kind: str, member: str, day: str, **data: object) -> str:
    return Sender()(kind, member, f"{day}T09:00:00+08:00", envelope={"id": f"e-{number}"}, **data)


def year(members: int = 12) -> list[str]:
    """Members on a roll, then a course a month with marks from 51 to 72; birthdays now and then."""
    lines = [
        event(
            n,
            "member.imported",
            f"m-{n}",
            "2025-01-01",
            organisation=f"37020{n % 3 + 2}001-00017",
            joined_on="2020-01-01",
        )
        for n in range(members)
    ]
    for month in range(1, 10):
        for n in range(members):
            score = 51 + (n * 7 + month * 5) % 22
            day = f"2026-{month:02}-{n + 1:02}"
            lines.append(event(len(lines), "course.completed", f"m-{n}", day, course="安全", score=score))
            if n % 4 == month % 4:
                lines.append(event(len(lines), "member.birthday", f"m-{n}", day, on=day))
    return lines


def events(folder: Path, lines: list[str] | None = None) -> Path:
    """A file of events."""
    file = folder / "events.jsonl"
    file.write_text("\n".join(lines if lines is not None else year()) + "\n", encoding="utf-8")
    return file
