"""What a rule file may say: the YAML format, checked whole, and its content hash."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Any

from pydantic import Field, SerializerFunctionWrapHandler, field_serializer

from rules.model.adaptation import LowerLevels
from rules.model.allocation import Allocation
from rules.model.basis import Basis
from rules.model.benefit import Benefit
from rules.model.dependency import Dependency
from rules.model.every import Every
from rules.model.limit import Limit
from rules.model.parameter import Parameter, ParameterValue
from rules.model.process import Precondition, Process
from rules.model.span import Span
from rules.model.terms import Claim, Clawback
from rules.yaml.wording import PARAMETER, Code, Document, Duration, Name, OneOrMore, Saying, Text, Word


class Requirement(Document):
    """One condition, and what to say and to do when it doesn't hold."""

    that: Text
    otherwise: Saying = Field(alias="else")
    remedy: Saying | None = None


class RuleDefinition(Document):
    """One dated version of a rule."""

    id: Name
    title: Text
    purpose: Text | None = None
    basis: Annotated[tuple[Basis, ...], Field(min_length=1)]
    owner: Code
    in_force: Span
    programme: Span | None = None
    on: Text
    parameters: Annotated[dict[Word, Parameter], Field(max_length=30)] = Field(default_factory=dict)
    among: Text | None = None
    require: tuple[Requirement, ...] = ()
    benefits: Annotated[tuple[Benefit, ...], Field(min_length=1, max_length=10), OneOrMore()] = Field(
        alias="benefit"
    )
    limits: Annotated[tuple[Limit, ...], Field(max_length=5), OneOrMore()] = Field(default=(), alias="limit")
    allocate: Allocation = Allocation()
    depends: Annotated[tuple[Dependency, ...], Field(max_length=10)] = ()
    budget: Name | None = None
    claim: Claim | None = None
    expires: Duration | None = None
    clawback: Annotated[tuple[Clawback, ...], Field(max_length=10)] = ()
    grace: Duration | None = None
    caps: tuple[Name, ...] = ()
    process: Process | None = None
    lower_levels: LowerLevels | None = None

    @property
    def programme_span(self) -> Span:
        """The span that ``programme_period`` means: all versions of one programme share it."""
        return self.programme or self.in_force

    @property
    def whom(self) -> str | None:
        """Whom the rule looks at: what stands in among:, and those who applied for its process's programme."""
        if self.process is None or self.among is None:
            return self.among if self.process is None else self.process.among
        return f"{self.process.among} and ({self.among})"

    @property
    def preconditions(self) -> tuple[Precondition, ...]:
        """What its process demands, before what it requires itself."""
        return self.process.preconditions() if self.process else ()

    def figure(self, value: int | str) -> int:
        """A whole number that is written out or held by a parameter.

        Raises: KeyError, TypeError where no such parameter is; the loader proves that there is.
        """
        found = value if isinstance(value, int) else self.parameters[value.removeprefix(PARAMETER)].value
        if type(found) is not int:
            raise TypeError(f"{value} is no whole number")
        return found

    def period(self, every: Every) -> str | Span:
        """A period that is written out or held by a parameter: a word, ``rolling N days`` or a span.

        Raises: KeyError, TypeError where no such parameter is; the loader proves that there is.
        """
        if not isinstance(every, str) or not every.startswith(PARAMETER):
            return every
        found = self.parameters[every.removeprefix(PARAMETER)].value
        if not isinstance(found, str):
            raise TypeError(f"{every} is no period")
        return found

    def part_name(self, index: int) -> str:
        """What a part of the benefit is called: its name, else its number."""
        return self.benefits[index].name or str(index + 1)

    def with_parameters(self, values: Mapping[str, ParameterValue]) -> "RuleDefinition":
        """The same rule with other values of some parameters.

        Raises: KeyError for a parameter that it doesn't have.
        """
        changed = {
            name: self.parameters[name].model_copy(update={"value": value}) for name, value in values.items()
        }
        return self.model_copy(update={"parameters": {**self.parameters, **changed}})

    @field_serializer("benefits", "limits", mode="wrap")
    def _as_written(self, parts: Any, write: SerializerFunctionWrapHandler) -> Any:
        """One part is written as a mapping, whichever way it stood in the file: both hash alike."""
        written = write(parts)
        return written[0] if len(written) == 1 else written


def canonical_text(definition: Document) -> str:
    """The canonical form, as JSON.

    What has its default is left out, so that a key added to the format later changes no hash of today.
    """
    content = definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def content_hash(definition: Document) -> str:
    """SHA-256 of the canonical form."""
    return sha256(canonical_text(definition).encode()).hexdigest()
