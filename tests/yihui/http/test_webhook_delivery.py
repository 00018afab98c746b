"""From an event that is posted to the app that hears what came of it."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from shutil import copy

from fastapi.testclient import TestClient
from standardwebhooks import Webhook as Verifier

from events.webhooks.receivers import add_webhook
from tests.events.receiving import Receiver, receiving
from tests.events.sending import Sender
from yihui.bootstrap import Settings, build_wiring
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions
from yihui.runtime.audiences import Audience
from yihui.services.events.webhooks import load_webhook_key
from yihui.services.rules.rules import SHIPPED_RULES

WITHIN_S = 60.0
SENDERS = ServingOptions(chosen=frozenset({Audience.SENDERS}))


def test_what_became_of_a_posted_event_is_told_while_the_site_runs(
    migrated_file: Path, tmp_path: Path
) -> None:
    copy(migrated_file, tmp_path / "yihui.db")
    wiring = build_wiring(Settings(str(tmp_path / "yihui.db"), tmp_path, (SHIPPED_RULES,)))
    send = Sender()
    with receiving() as receiver, TestClient(create_app(wiring, SENDERS)) as client:
        with wiring.database.write() as connection:
            added = add_webhook(connection, receiver.url, (), datetime.now(UTC))
        for text in (send.joined("m-7"), send.birthday("m-7")):
            answer = client.post(
                "/api/v1/events", content=text, headers={"content-type": "application/cloudevents+json"}
            )
            assert answer.status_code == 202
        _until(receiver, 2)
    told = [
        Verifier(load_webhook_key(wiring).derive_secret(added.id)).verify(heard.body, dict(heard.headers))
        for heard in receiver.heard
    ]
    granted = {one["data"]["rule"] for one in told if one["type"] == "benefit.granted"}
    assert {"new-member-pack", "birthday-cake"} <= granted
    assert {one["subject"] for one in told} == {"m-7"}
    assert "m-7" not in json.dumps([one["data"] for one in told])
    wiring.close()


def _until(receiver: Receiver, number: int) -> None:
    until = time.monotonic() + WITHIN_S
    while len({heard.id for heard in receiver.heard if '"benefit.granted"' in heard.body}) < number:
        assert time.monotonic() < until, f"only {len(receiver.heard)} were told"
        time.sleep(0.02)  # a thread of the site tells: there is nothing to wait on
