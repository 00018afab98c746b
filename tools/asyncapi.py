"""Print the AsyncAPI 3.0 document of our Kafka messages: ``python -m tools.asyncapi > docs/asyncapi.json``.

*Source*: AsyncAPI 3.0.0; Kafka bindings 0.5.0;
CloudEvents 1.0.2, Kafka Protocol Binding, 3.2 (binary mode).
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from events.catalogue import payload_models
from events.envelope import VERSION, build_dataschema
from events.stream.access import StreamAccess, TopicBaseName
from events.stream.topics import Topic, declared_topics

JsonObject = dict[str, object]

_ACCESS = StreamAccess("127.0.0.1:9092")
_BROKERS = 3
_BINDING = "0.5.0"
_REF = "#/components/schemas/{model}"
_MODE: JsonSchemaMode = "validation"

_CHANNELS: Mapping[TopicBaseName, tuple[str, str]] = {
    "member-events": ("memberEvents", "What happened to members; keyed by the member's pseudonym."),
    "station-events": ("stationEvents", "What was found at stations; keyed by the station's id."),
    "benefit-events": ("benefitEvents", "What was committed to the ledger; keyed by the member's pseudonym."),
}
_OPERATIONS: tuple[tuple[str, str, TopicBaseName, str], ...] = (
    ("relayMemberEvents", "send", "member-events", "`yihui relay`: what was accepted over HTTP, in order per key."),
    ("relayStationEvents", "send", "station-events", "`yihui relay`: what was accepted over HTTP, in order per key."),
    ("handleMemberEvents", "receive", "member-events", "`yihui worker`: at least once; handled exactly once."),
    ("handleStationEvents", "receive", "station-events", "`yihui worker`: at least once; handled exactly once."),
    ("tellBenefits", "send", "benefit-events", "`yihui relay`: exactly what was committed, in order per member."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Message:
    """One event type."""

    name: str
    noun: TopicBaseName
    model: type[BaseModel]
    headers: JsonObject


def build_asyncapi() -> JsonObject:
    """Build the document from the typed catalogue, with the program's version."""
    messages = list(_events())
    names, schemas = _schemas(messages)
    return {
        "asyncapi": "3.0.0",
        "info": _info(),
        "defaultContentType": "application/json",
        "servers": {
            "brokers": {
                "host": "{servers}",
                "protocol": "kafka",
                "variables": {"servers": {"default": _ACCESS.servers, "description": "YIHUI_KAFKA"}},
            }
        },
        "channels": {_CHANNELS[noun][0]: _channel(noun, messages) for noun in _CHANNELS},
        "operations": {
            name: _operation(action, noun, summary) for name, action, noun, summary in _OPERATIONS
        },
        "components": {
            "messages": {message.name: _component(message, names) for message in messages},
            "schemas": schemas,
        },
    }


def _info() -> JsonObject:
    return {
        "title": "Yihui events",
        "version": version("yihui"),
        "description": (
            "CloudEvents 1.0 over Kafka in binary mode. An event without ce_dataschema is of version 1 of its type. "
            "Names of topics begin with YIHUI_KAFKA_PREFIX, which is yihui unless it is set. Made by `python -m tools.asyncapi`; not edited by hand."
        ),
        "license": {"name": "Apache-2.0"},
    }


def _events() -> Iterator[_Message]:
    for kind, model in payload_models().items():
        yield _Message(f"{kind}.v{VERSION}", _noun(kind), model, _headers(kind))


def _noun(kind: str) -> TopicBaseName:
    topic = _ACCESS.topic_for_event_type(kind)
    return next(noun for noun in _CHANNELS if _ACCESS.topic_name(noun) == topic)


def _headers(kind: str) -> JsonObject:
    """Build the schema of the headers: CloudEvents attributes as UTF-8 text."""
    text: JsonObject = {"type": "string", "minLength": 1}
    instant: JsonObject = {"type": "string", "format": "date-time"}
    required = ["content-type", "ce_specversion", "ce_id", "ce_source", "ce_type", "ce_subject", "ce_time"]
    return {
        "type": "object",
        "required": required,
        "properties": {
            "content-type": {"const": "application/json"},
            "ce_specversion": {"const": "1.0"},
            "ce_id": text | {"maxLength": 200},
            "ce_source": text | {"maxLength": 200},
            "ce_type": {"const": kind},
            "ce_subject": text | {"maxLength": 128},
            "ce_time": instant,
            "ce_dataschema": {"const": build_dataschema(kind)},
            "ce_recordedtime": {"type": "string", "format": "date-time"},
        },
    }


def _schemas(messages: Iterable[_Message]) -> tuple[Mapping[type[BaseModel], JsonObject], JsonObject]:
    """Return a schema reference for each payload model, and the schemas referred to."""
    models = list(dict.fromkeys(message.model for message in messages))
    found, whole = models_json_schema([(model, _MODE) for model in models], ref_template=_REF)
    return {model: found[model, _MODE] for model in models}, whole["$defs"]


def _component(message: _Message, names: Mapping[type[BaseModel], JsonObject]) -> JsonObject:
    title, _, version = message.name.rpartition(".v")
    return {
        "name": message.name,
        "title": f"{title}, version {version}",
        "contentType": "application/json",
        "headers": message.headers,
        "payload": names[message.model],
        "bindings": {"kafka": {"key": {"type": "string"}, "bindingVersion": _BINDING}},
    }


def _channel(noun: TopicBaseName, messages: Iterable[_Message]) -> JsonObject:
    topic = next(
        topic for topic in declared_topics(_ACCESS, _BROKERS) if topic.name == _ACCESS.topic_name(noun)
    )
    own = [message.name for message in messages if message.noun == noun]
    return {
        "address": topic.name,
        "description": _CHANNELS[noun][1],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in own},
        "bindings": {"kafka": _topic_binding(topic)},
    }


def _topic_binding(topic: Topic) -> JsonObject:
    """Build the Kafka binding of a topic.

    The binding has fields for a few settings only; `yihui topics apply` sets the others too.
    """
    settings = topic.settings
    return {
        "topic": topic.name,
        "partitions": topic.partitions,
        "replicas": topic.replication,
        "topicConfiguration": {
            "cleanup.policy": settings["cleanup.policy"].split(","),
            "retention.ms": int(settings["retention.ms"]),
        },
        "bindingVersion": _BINDING,
    }


def _operation(action: str, noun: TopicBaseName, summary: str) -> JsonObject:
    binding: JsonObject = {"bindingVersion": _BINDING}
    if action == "receive":
        binding = {"groupId": {"type": "string", "const": _ACCESS.consumer_group}, **binding}
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{_CHANNELS[noun][0]}"},
        "summary": summary,
        "bindings": {"kafka": binding},
    }


def main() -> None:
    """Write the document to standard output."""
    sys.stdout.write(json.dumps(build_asyncapi(), ensure_ascii=False, indent=2) + "\n")


if __name__ == "__main__":
    main()
