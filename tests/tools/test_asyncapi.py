"""The AsyncAPI document: valid, as the code makes it, and true of the messages that we send."""

import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from events import Event, parse_event, payload_models
from events.stream.access import StreamAccess
from events.stream.message import build_message
from events.stream.topics import declared_topics
from tools.asyncapi import JsonObject, build_asyncapi
from tools.servers.sending import NOW

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "docs" / "asyncapi.json"
SCHEMA = ROOT / "web" / "node_modules" / "@asyncapi" / "specs" / "schemas" / "3.0.0.json"
GOLDEN = sorted((ROOT / "tests" / "events" / "golden").glob("*.v*.json"))


@pytest.fixture(scope="module")
def document() -> JsonObject:
    return build_asyncapi()


def test_the_document_in_docs_is_what_the_code_makes(document: JsonObject) -> None:
    assert json.loads(COMMITTED.read_text("utf-8")) == document, (
        "run: python -m tools.asyncapi > docs/asyncapi.json"
    )


def test_it_is_a_valid_document_of_asyncapi_3(document: JsonObject) -> None:
    assert SCHEMA.exists(), "`make setup` fetches it (web/package-lock.json)"
    checker = jsonschema.Draft7Validator(json.loads(SCHEMA.read_text("utf-8")))
    assert [error.message[:300] for error in checker.iter_errors(document)] == []


def test_every_type_is_in_the_channel_of_its_topic(document: JsonObject) -> None:
    access = StreamAccess("x:1")
    channels: dict[str, JsonObject] = document["channels"]  # type: ignore[assignment]
    said = {(c["address"], name) for c in channels.values() for name in c["messages"]}  # type: ignore[attr-defined]
    wanted = {(access.topic_for_event_type(kind), f"{kind}.v1") for kind in payload_models()}
    assert said == wanted


def test_the_channels_are_the_topics_that_are_declared(document: JsonObject) -> None:
    channels: dict[str, JsonObject] = document["channels"]  # type: ignore[assignment]
    bindings = [channel["bindings"]["kafka"] for channel in channels.values()]  # type: ignore[index]
    topics = [topic for topic in declared_topics(StreamAccess("x:1"), 3) if "__" not in topic.name]
    assert [(b["topic"], b["partitions"], b["replicas"]) for b in bindings] == [
        (topic.name, topic.partitions, topic.replication) for topic in topics
    ]


def _references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _at(document: JsonObject, reference: str) -> object:
    found: object = document
    for part in reference.removeprefix("#/").split("/"):
        assert isinstance(found, dict), reference
        found = found[part]
    return found


def test_every_reference_leads_somewhere(document: JsonObject) -> None:
    for reference in _references(document):
        assert reference.startswith("#/")
        assert _at(document, reference)


def test_each_message_that_we_send_is_what_the_document_says(document: JsonObject) -> None:
    """Checked by a reader who has the document only, with each golden event as it goes into its topic."""
    for file in GOLDEN:
        event = parse_event(json.dumps(json.loads(file.read_text("utf-8"))["event"]), NOW)
        assert isinstance(event, Event)
        sent = build_message(event.text)
        said: JsonObject = _at(document, f"#/components/messages/{file.stem}")  # type: ignore[assignment]
        headers = {name: content.decode() for name, content in sent.headers}
        payload = json.loads(sent.value)
        assert (
            _faults(document, said["headers"], headers) == _faults(document, said["payload"], payload) == []
        )
        assert _faults(document, said["payload"], {**payload, "nobody_knows": 1}), file.stem
        assert _faults(document, said["headers"], {**headers, "ce_type": "member.cloned"}), file.stem


def _faults(document: JsonObject, schema: object, value: object) -> list[str]:
    assert isinstance(schema, dict)
    checker = jsonschema.Draft202012Validator({**schema, "components": document["components"]})
    return [error.message for error in checker.iter_errors(value)]
