"""The stream at the desk: what waits, who processes it, and webhooks whose deliveries are sent again."""

from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import update

from events import accept_events, parse_event
from events.tables import webhooks as receivers
from events.webhooks.deliveries import WebhookDelivery, find_deliveries
from events.webhooks.sending import WebhookSender
from tests.events.receiving import Reply, receiving
from tests.events.telling import happened
from tests.yihui.http.desk.officers import acts_of, open_desk
from tests.yihui.http.two_districts import found_two_districts
from tools.servers.desk import Officers, text_of
from tools.servers.sending import Sender
from yihui.bootstrap import Wiring
from yihui.services.events.webhook_receivers import NewReceiver, add_receiver
from yihui.services.events.webhooks import load_webhook_key

STATE, WEBHOOKS = "/desk/stream/state", "/desk/stream/webhooks"
OPERATOR, READER = "administrator/ancestor", "auditor/ancestor"
TOKEN = "token-in-the-address"


@pytest.fixture
def wiring(target: str, tmp_path: Path) -> Iterator[Wiring]:
    """On both databases."""
    made = found_two_districts(target, tmp_path).wiring
    yield made
    made.close()


@pytest.fixture
def site(wiring: Wiring) -> Iterator[Officers]:
    with open_desk(wiring) as opened:
        yield opened


def send_all(wiring: Wiring, later: timedelta = timedelta()) -> int:
    key = load_webhook_key(wiring)
    sender = WebhookSender(wiring.database, key, lambda: wiring.now() + later, lambda: 0.5, round_s=60.0)
    return sender.run_round()


def plant(wiring: Wiring) -> tuple[NewReceiver, list[WebhookDelivery]]:
    """A receiver that refused two deliveries; its address holds a token."""
    with receiving(lambda _: Reply(500)) as refusing:
        made = add_receiver(wiring, f"{refusing.url}?key={TOKEN}", ["benefit.granted"], private=False)
        happened(wiring.database, "a")
        happened(wiring.database, "b", member="m-2")
        send_all(wiring)
    return made, deliveries(wiring, made.webhook.id)


def deliveries(wiring: Wiring, id_: str) -> list[WebhookDelivery]:
    with wiring.database.read() as connection:
        return find_deliveries(connection, webhook_id=id_)[::-1]


def test_the_page_counts_what_waits_in_the_database(site: Officers, wiring: Wiring) -> None:
    text = text_of(site.open(STATE, OPERATOR))
    assert "accepted events that wait 0" in text and "this site processes the events itself" in text
    event = parse_event(Sender().joined("m-new"), wiring.now())
    with wiring.database.write() as connection:
        accept_events(connection, [event], wiring.now())  # type: ignore[list-item]
    plant(wiring)
    text = text_of(site.open(STATE, OPERATOR))
    assert "accepted events that wait 1 · since" in text
    assert "deliveries to webhooks that wait or were given up 2" in text
    assert "outcomes that no topic" not in text, "there is no topic"


def test_a_webhook_shows_its_deliveries_with_reason_and_next_try_and_no_secret(
    site: Officers, wiring: Wiring
) -> None:
    assert "there is no webhook" in text_of(site.open(WEBHOOKS, READER))
    made, (first, _) = plant(wiring)
    path = f"{WEBHOOKS}/{made.webhook.id}"
    page = site.open(path, READER)
    text = text_of(page)
    assert "http 500" in text and "waits · attempts: 1" in text and first.id in text
    assert "<button" not in page.text.split("<main")[1], "an auditor sends nothing"
    assert "told (0)" in text_of(site.open(f"{path}?state=waiting", READER))
    assert "there are none" in text_of(site.open(f"{path}?state=given_up", READER))
    for one in (WEBHOOKS, path):
        html = site.open(one, OPERATOR).text
        assert "?…" in unescape(html) and TOKEN not in html and made.secret not in html


def test_one_delivery_or_all_of_them_are_sent_again(site: Officers, wiring: Wiring) -> None:
    made, (first, second) = plant(wiring)
    path = f"{WEBHOOKS}/{made.webhook.id}"
    with receiving() as answering:
        with wiring.database.write() as connection:
            connection.execute(update(receivers).values(url=answering.url))
        sent = site.send(path, f"{path}/deliveries/{first.sequence}/retry", OPERATOR)
        assert sent.status_code == 303, text_of(sent)
        assert send_all(wiring) == 1 and answering.ids() == [first.id]
        again = site.send(path, f"{path}/deliveries/{first.sequence}/retry", OPERATOR)
        assert again.status_code == 422 and "does not wait" in text_of(again)
        assert site.send(path, f"{path}/retry", OPERATOR).status_code == 303
        assert send_all(wiring) == 1 and answering.ids() == [first.id, second.id]
    recorded = [act for _, act in acts_of(wiring, made.webhook.id)]
    assert recorded == [f"operation.act.retry-{first.sequence}", "operation.act.retry"]


def test_the_pages_are_for_the_whole_union_alone(site: Officers, wiring: Wiring) -> None:
    made, _ = plant(wiring)
    for path in (STATE, WEBHOOKS, f"{WEBHOOKS}/{made.webhook.id}"):
        assert site.open(path, "administrator/inside").status_code == 403
