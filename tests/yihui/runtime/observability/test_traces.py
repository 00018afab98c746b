"""From the request to the ledger and out again in one trace; nothing of it changes what is done."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from sqlalchemy import select

from events import Event, InvalidEvent, parse_event
from events.stream.message import build_message, parse_message
from events.tables import dead_letters
from store import Database, ingress, outbox
from tests.events.feeds.samples import APP, joining
from tests.yihui.runtime.observability.tracing import exporter
from tools.servers.sending import NOW, Sender, handle_in
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions
from yihui.runtime.audiences import Audience
from yihui.runtime.demo_marker import DEMO_MARKER_FILE
from yihui.runtime.observability.collector import collector_endpoint
from yihui.services.rules.rules import SHIPPED_RULES, read_library

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
OTHER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SENDERS = ServingOptions(chosen=frozenset({Audience.SENDERS}))
PAGES = ServingOptions(chosen=frozenset({Audience.OFFICERS, Audience.RIDERS}))
UNSAMPLED = f"00-{TRACE}-00f067aa0ba902b7-00"


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter().clear()
    yield exporter()
    exporter().clear()


def named(spans: InMemorySpanExporter, name: str) -> list[ReadableSpan]:
    return [span for span in spans.get_finished_spans() if span.name == name]


def trace_of(span: ReadableSpan) -> str:
    assert span.context is not None
    return f"{span.context.trace_id:032x}"


@pytest.fixture
def wiring(migrated_file: Path, tmp_path: Path) -> Iterator[Wiring]:
    target = str(shutil.copy(migrated_file, tmp_path / "yihui.db"))
    made = build_wiring(Settings(database=target, data_folder=tmp_path), now=lambda: NOW)
    (tmp_path / DEMO_MARKER_FILE).touch()
    yield made
    made.close()


def test_a_posted_events_trace_leads_to_its_benefit_and_out_of_the_outbox(
    wiring: Wiring, spans: InMemorySpanExporter
) -> None:
    send = Sender()
    body = json.dumps([json.loads(send.imported()), json.loads(send.birthday())])
    with TestClient(create_app(wiring, SENDERS)) as client:
        answer = client.post(
            "/api/v1/events",
            content=body,
            headers={"content-type": "application/cloudevents-batch+json", "traceparent": PARENT},
        )
    assert answer.json() == {"accepted": ["e-1", "e-2"], "rejected": []}
    (post,) = named(spans, "POST /api/v1/events")
    assert (post.kind, trace_of(post)) == (SpanKind.SERVER, TRACE)
    (birthday,) = named(spans, "handle member.birthday")
    assert trace_of(birthday) == TRACE
    assert birthday.parent is not None and post.context is not None
    assert birthday.parent.span_id == post.context.span_id
    assert birthday.attributes is not None
    assert birthday.attributes["cloudevents.event_id"] == "e-2"
    assert birthday.attributes["yihui.granted"] == ("birthday-cake",)
    batch = named(spans, "handle batch")[0]
    assert [f"{link.context.trace_id:032x}" for link in batch.links] == [TRACE, TRACE]
    assert [link.context for link in birthday.links] == [batch.context]
    steps = [s for s in spans.get_finished_spans() if s.parent is not None and s.parent == batch.context]
    assert [step.name for step in steps] == ["inbox", "decide", "admit", "record"]
    with wiring.database.read() as connection:
        told = (
            connection.execute(select(outbox.c.traceparent).where(outbox.c.type == "benefit.granted"))
            .scalars()
            .all()
        )
    assert told
    assert set(told) == {f"00-{TRACE}-{post.context.span_id:016x}-01"}


def test_a_pushed_records_trace_leads_to_its_benefit(
    wiring: Wiring, spans: InMemorySpanExporter, tmp_path: Path
) -> None:
    (tmp_path / "app.yaml").write_text(APP, encoding="utf-8")
    fed = build_wiring(replace(wiring.settings, feeds=(tmp_path,)), wiring.now)
    for _ in range(2):
        with TestClient(create_app(fed, SENDERS)) as client:
            answer = client.post(
                "/api/v1/feeds/zibo-aigonghui", json=joining(), headers={"traceparent": PARENT}
            )
            assert answer.json()["accepted"] == ["1:1"]
    fed.close()
    posts = named(spans, "POST /api/v1/feeds/{feed}")
    (joined,) = named(spans, "handle member.joined")[:1]
    assert [trace_of(span) for span in (*posts, joined)] == [TRACE] * 3
    assert joined.attributes is not None and joined.attributes["yihui.granted"] == ("new-member-pack",)


def test_addresses_of_pages_are_in_no_span(wiring: Wiring, spans: InMemorySpanExporter) -> None:
    """They hold members' ids, keepers' keys and where somebody stands."""
    client = TestClient(create_app(wiring, PAGES))
    client.get("/api/v1/members/m-7/benefits", headers={"traceparent": PARENT})
    client.get("/", params={"lon": "117.0204", "lat": "36.6683"})
    text = "".join(span.to_json() for span in spans.get_finished_spans())
    assert "m-7" not in text
    assert "117.0204" not in text


def test_no_span_names_a_member_or_says_an_errors_words(
    database: Database, spans: InMemorySpanExporter
) -> None:
    send = Sender()
    extension = {"traceparent": PARENT}
    lines = [send.imported("m-77", envelope=extension), send.birthday("m-77", envelope=extension)]
    handle_in(database, read_library([SHIPPED_RULES]), lines, 2)
    text = "".join(span.to_json() for span in spans.get_finished_spans())
    assert "member.birthday" in text
    assert "m-77" not in text


def test_a_batch_that_fails_says_only_what_kind_of_error_it_was(
    database: Database, spans: InMemorySpanExporter
) -> None:
    class Broken(Exception):
        pass

    def library() -> None:
        raise Broken("11010519491231002X")

    class Library:
        def __getattr__(self, name: str) -> object:
            return library()

    with pytest.raises(Broken):
        handle_in(database, Library(), [Sender().birthday(envelope={"traceparent": PARENT})], 1)  # type: ignore[arg-type]
    (batch,) = named(spans, "handle batch")
    assert (batch.status.status_code, batch.status.description) == (StatusCode.ERROR, "Broken")
    assert not batch.events
    assert not named(spans, "handle member.birthday")  # it did not happen
    assert "11010519491231002X" not in "".join(span.to_json() for span in spans.get_finished_spans())


def test_an_event_keeps_its_own_trace_through_http_and_kafka(
    wiring: Wiring, spans: InMemorySpanExporter
) -> None:
    event = {**json.loads(Sender().joined()), "traceparent": OTHER, "tracestate": "a=1"}
    app = create_app(wiring, SENDERS)  # without its lifespan: nobody takes what is accepted
    TestClient(app).post("/api/v1/events", json=event, headers={"traceparent": PARENT})
    with wiring.database.read() as connection:
        text = connection.execute(select(ingress.c.event)).scalar_one()
    message = build_message(text)
    assert dict(message.headers)["ce_traceparent"] == OTHER.encode()
    read = parse_message(message.value, message.headers, NOW)
    assert isinstance(read, Event)
    assert (read.traceparent, read.tracestate) == (OTHER, "a=1")


def test_a_replay_in_another_trace_is_a_duplicate(database: Database, spans: InMemorySpanExporter) -> None:
    line = json.loads(Sender().imported())
    traced = [line, {**line, "traceparent": PARENT}, {**line, "traceparent": OTHER, "tracestate": "b=2"}]
    outcomes = handle_in(database, read_library([SHIPPED_RULES]), [json.dumps(event) for event in traced], 1)
    assert (outcomes.handled, outcomes.duplicates, outcomes.dead_letters) == (1, 2, [])
    with database.read() as connection:
        assert connection.execute(select(dead_letters)).all() == []


@pytest.mark.parametrize(
    "written",
    [
        "",
        "no trace",
        7,  # no text
        {"traceparent": PARENT},
        PARENT.upper(),  # W3C: in lower case
        f"{PARENT}-more",
        f"ff{PARENT[2:]}",  # a version that there can't be
    ],
)
def test_nobody_is_refused_for_how_a_trace_is_written(written: object) -> None:
    event = parse_event(json.dumps({**json.loads(Sender().imported()), "traceparent": written}), NOW)
    assert isinstance(event, Event)
    assert event.traceparent is None


def test_chance_digits_of_a_trace_that_look_like_an_id_number_refuse_nobody(wiring: Wiring) -> None:
    number = next(
        str(n) for n in range(110105194912310000, 110105194912319999) if isinstance(
            parse_event(json.dumps({**json.loads(Sender().imported()), "traceparent": f"00-aaaaaa{n}aaaaaaaa-00f067aa0ba902b7-01"}), NOW), InvalidEvent)
    )  # fmt: skip
    unlucky = f"00-aaaaaa{number}aaaaaaaa-00f067aa0ba902b7-01"
    event = json.loads(Sender().imported())
    client = TestClient(create_app(wiring, SENDERS))
    assert client.post("/api/v1/events", json={**event, "traceparent": unlucky}).json()["rejected"] == []
    assert (
        client.post("/api/v1/events", json=event, headers={"traceparent": unlucky}).json()["rejected"] == []
    )


def test_an_event_whose_trace_isnt_kept_gets_no_span_of_its_own(
    database: Database, spans: InMemorySpanExporter
) -> None:
    line = Sender().imported(envelope={"traceparent": UNSAMPLED})
    handle_in(database, read_library([SHIPPED_RULES]), [line], 1)
    assert named(spans, "handle batch")
    assert not named(spans, "handle member.imported")


@pytest.mark.parametrize(
    ("environ", "where"),
    [
        ({}, None),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, None),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a:4318"}, "http://a:4318"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://b/v1/traces"}, "http://b/v1/traces"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a:4318", "OTEL_SDK_DISABLED": "true"}, None),
    ],
)
def test_traces_go_where_the_environment_says(environ: dict[str, str], where: str | None) -> None:
    assert collector_endpoint(environ) == where


ALONE = """
import json, os, sys
from dataclasses import replace
from pathlib import Path
from fastapi.testclient import TestClient
from sqlalchemy import select
from store import ingress
from tools.servers.sending import NOW, Sender
from yihui.bootstrap import Settings, build_wiring
from yihui.http.app import create_app
folder = Path(sys.argv[1])
wiring = build_wiring(Settings(database=str(folder / "yihui.db"), data_folder=folder), now=lambda: NOW)
client = TestClient(create_app(wiring), "http://127.0.0.1")
client.post("/api/v1/events", json=json.loads(Sender().joined("m-1")))
client.post("/api/v1/events", json=json.loads(Sender().joined("m-2")), headers={"traceparent": sys.argv[2]})
with wiring.database.read() as connection:
    texts = connection.execute(select(ingress.c.event).order_by(ingress.c.sequence)).scalars().all()
sdk = [name for name in sys.modules if name.startswith("opentelemetry.sdk")]
sys.stdout.write(json.dumps([[json.loads(text).get("traceparent") for text in texts], sdk]))
"""


@pytest.mark.endure
def test_without_a_collector_nothing_is_added_but_a_callers_trace_is_kept(tmp_path: Path) -> None:
    """In a process of its own: a provider, once set, stays."""
    done = subprocess.run(
        [sys.executable, "-c", ALONE, str(tmp_path), PARENT], capture_output=True, text=True, check=True,
        cwd=Path(__file__).parents[4],
    )  # fmt: skip
    assert json.loads(done.stdout) == [[None, PARENT], []]
