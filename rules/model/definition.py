"""Format of a rule file: the YAML model, validated as a whole, and its content hash."""

import json
from datetime import date
from hashlib import sha256
from typing import Annotated, Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, field_serializer

from rules.model.allocation import Allocation
from rules.model.benefit import Benefit
from rules.model.figures import Basis, Parameter, ParameterValue
from rules.model.period import CountingPeriod, Span, last_day
from rules.model.process import Precondition, Process
from rules.model.terms import Claim, Clawback, Dependency, Limit, LowerLevels, OnChange
from rules.yaml.wording import (
    PARAMETER_PREFIX,
    Duration,
    ExpiryTerm,
    MemberMessage,
    NonEmptyText,
    OneOrMore,
    ParameterName,
    SlugName,
    StrictFileModel,
    TerritoryCode,
)


class Requirement(StrictFileModel):
    """One condition, with the reason and the remedy that the member reads if it doesn't hold."""

    that: NonEmptyText
    otherwise: MemberMessage = Field(alias="else")
    remedy: MemberMessage | None = None


class RuleDefinition(StrictFileModel):
    """One dated version of a rule."""

    id: SlugName
    title: NonEmptyText
    purpose: NonEmptyText | None = None
    basis: Annotated[tuple[Basis, ...], Field(min_length=1)]
    owner: TerritoryCode
    in_force: Span
    programme: Span | None = None
    on: NonEmptyText
    parameters: Annotated[dict[ParameterName, Parameter], Field(max_length=30)] = Field(default_factory=dict)
    among: NonEmptyText | None = None
    require: tuple[Requirement, ...] = ()
    benefits: Annotated[tuple[Benefit, ...], Field(min_length=1, max_length=10), OneOrMore()] = Field(
        alias="benefit"
    )
    limits: Annotated[tuple[Limit, ...], Field(max_length=5), OneOrMore()] = Field(default=(), alias="limit")
    allocate: Allocation = Allocation()
    depends: Annotated[tuple[Dependency, ...], Field(max_length=10)] = ()
    budget: SlugName | None = None
    together: bool = False
    """Whether a lower level's top-up and the rule's own benefit are granted only together."""
    claim: Claim | None = None
    expires: ExpiryTerm | None = None
    clawback: Annotated[tuple[Clawback, ...], Field(max_length=10)] = ()
    grace: Duration | None = None
    caps: tuple[SlugName, ...] = ()
    process: Process | None = None
    lower_levels: LowerLevels | None = None
    on_change: OnChange | None = None
    member_as_of: Literal["happened_on"] | None = None
    """The day whose facts of the member count: of what happened; None: of the event."""

    @property
    def programme_span(self) -> Span:
        """The span that ``programme_period`` means: all versions of one programme share it."""
        return self.programme or self.in_force

    @property
    def audience_condition(self) -> str | None:
        """The condition that selects members: ``among:``, and an application for its process's programme."""
        if self.process is None or self.among is None:
            return self.among if self.process is None else self.process.among
        return f"{self.process.among} and ({self.among})"

    @property
    def has_term(self) -> bool:
        """Whether it is applied for within so many days of what happened, whose day then decides its version."""
        return self.process is not None and self.process.within is not None

    @property
    def last_application_day(self) -> date | None:
        """The last day on which it can be applied for: of its version, and of what happened until then."""
        until, process = self.in_force.until, self.process
        return last_day(until, process.within) if until and process and process.within else until

    @property
    def preconditions(self) -> tuple[Precondition, ...]:
        """The conditions of its process; they come before its own requirements."""
        return self.process.preconditions() if self.process else ()

    @property
    def parameter_values(self) -> dict[str, ParameterValue]:
        """The values of the parameters, by path (``param.amount``)."""
        return {f"{PARAMETER_PREFIX}{name}": held.value for name, held in self.parameters.items()}

    def resolve_figure(self, value: int | str) -> int:
        """Return a whole number that is written out or held by a parameter; the loader proves that one holds it."""
        found = self._resolve(value)
        assert type(found) is int, f"{value} is no whole number"
        return found

    def resolve_period(self, every: CountingPeriod) -> str | Span:
        """Return a period that is written out or held by a parameter: a name, ``rolling N days`` or a span."""
        found = self._resolve(every)
        assert isinstance(found, str | Span), f"{every} is no period"
        return found

    def resolve_duration(self, duration: str) -> str:
        """Return a duration that is written out or held by a parameter."""
        found = self._resolve(duration)
        assert isinstance(found, str), f"{duration} is no duration"
        return found

    def _resolve(self, value: int | str | Span) -> ParameterValue | Span:
        if isinstance(value, str) and value.startswith(PARAMETER_PREFIX):
            return self.parameters[value.removeprefix(PARAMETER_PREFIX)].value
        return value

    def part_name(self, index: int) -> str:
        """Return the name of a part of the benefit, or its number if it has none."""
        return self.benefits[index].name or str(index + 1)

    @field_serializer("benefits", "limits", mode="wrap")
    def _as_written(self, parts: Any, write: SerializerFunctionWrapHandler) -> Any:
        """Serialise one part as a mapping, whichever way the file states it: both forms have the same hash."""
        written = write(parts)
        return written[0] if len(written) == 1 else written


def canonical_text(definition: StrictFileModel) -> str:
    """Return the canonical form, as JSON.

    Default values are left out, so that a key added to the format later changes no existing hash.
    """
    content = definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def content_hash(definition: StrictFileModel) -> str:
    """Return the SHA-256 of the canonical form."""
    return sha256(canonical_text(definition).encode()).hexdigest()
