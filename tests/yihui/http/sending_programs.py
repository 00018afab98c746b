"""Programs with keys, and an installation that is no demo: nobody may do anything without a key."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi.testclient import TestClient
from httpx import Response

from events import InboundEvent, parse_event
from yihui.access.actor import Actor, ActorKind
from yihui.bootstrap import Wiring
from yihui.services.access.sender_keys import SenderDraft, add_sender

OFFICER = Actor("console:test", "console:test", ActorKind.CONSOLE)
LATER = date(2026, 12, 31)
JINAN, QINGDAO = "370102001-00001", "370202001-00017"
TYPES = ("member.imported", "member.joined", "member.left", "course.completed", "member.transferred")


def issue_key(wiring: Wiring, name: str = "hr", **changes: Any) -> str:
    """A key of a sender of Jinan for events, unless something else is said."""
    draft = {
        "organisation": "370100",
        "until": LATER,
        "sources": ("/hr/jinan/",),
        "types": TYPES,
        "uses": ("events",),
        **changes,
    }
    return add_sender(wiring, OFFICER, SenderDraft(name, **draft)).text


def event(kind: str, member: str = "m-1", **changes: Any) -> dict[str, Any]:
    made = {
        "specversion": "1.0",
        "id": f"{kind}-{member}",
        "source": "/hr/jinan/app",
        "type": kind,
        "subject": member,
        "time": "2026-11-19T09:00:00+08:00",
        "data": {},
    }
    return {**made, **changes}


def joined(member: str = "m-1", organisation: str = JINAN, **changes: Any) -> dict[str, Any]:
    made = event("member.joined", member, **changes)
    return {**made, "data": {"organisation": organisation, "joined_on": made["time"][:10]}}


def process(wiring: Wiring, *events: dict[str, Any]) -> None:
    """Handle events as a file's: no key is asked."""
    now = wiring.now()
    items = [InboundEvent(parse_event(json.dumps(one), now), "file:1") for one in events]
    for outcomes in wiring.runner.run_events(items):
        assert outcomes.dead_letters == []


@dataclass
class Program:
    """Sends events with a key."""

    client: TestClient
    key: str | None = None

    def send(self, *events: dict[str, Any], path: str = "/api/v1/events", **headers: str) -> Response:
        sent = {"accept-language": "en", **headers}
        if self.key is not None and "authorization" not in headers:
            sent["authorization"] = f"Bearer {self.key}"
        return self.client.post(path, json=list(events), headers=sent)
