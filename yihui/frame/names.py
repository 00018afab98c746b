"""The names by which people know what a record states by its id."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from yihui.runtime.language import Language

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Names:
    """Names by id, looked up for a whole page; what has none is shown by its id, as programs read it."""

    organisations: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    actors: Callable[[str, Language], str] = lambda id_, _: id_

    def organisation(self, code: str) -> str:
        return self.organisations.get(code) or code

    def officer(self, id_: str, language: Language) -> str:
        return self.actors(id_, language)


NO_NAMES = Names()
