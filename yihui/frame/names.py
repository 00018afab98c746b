"""The names by which people know what a record states by its id."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from core.text_marks import N_
from yihui.runtime.language import Language


@dataclass(frozen=True, slots=True)
class PersonLabel:
    """How a member is named to officers: the masked name, the card's last digits, and her organisation's code."""

    name: str = ""
    card: str = ""
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """Names by id, looked up for a whole page; what has none is shown by its id, as programs read it."""

    organisations: Mapping[str, str] = field(default_factory=dict)
    actors: Callable[[str, Language, bool], str] = lambda id_, *_: id_
    persons: Mapping[str, PersonLabel] = field(default_factory=dict)
    are_ids_shown: bool = False

    def organisation(self, code: str) -> str:
        return self.organisations.get(code) or code

    def officer(self, id_: str, language: Language) -> str:
        return self.actors(id_, language, self.are_ids_shown)

    def person(self, member: str, language: Language) -> str:
        """Return a member's masked name with the end of her card's number, or of her id where she has neither."""
        known = self.persons.get(member, PersonLabel())
        card = known.card and language.render(N_("card …{digits}"), digits=known.card[-4:])
        if self.are_ids_shown:
            return " ".join(filter(None, (known.name, card, member)))
        name = known.name or language.translate(N_("member"))
        return f"{name} {card or ('' if known.name else f'…{member[-4:]}')}".strip()

    def beside(self, other: "Names") -> "Names":
        """Return these names with those of other organisations and persons, of which the same page shows some."""
        organisations = {**other.organisations, **self.organisations}

        def name_actor(id_: str, language: Language, with_ids: bool) -> str:
            name = self.actors(id_, language, with_ids)
            return other.actors(id_, language, with_ids) if name == id_ else name

        persons = {**other.persons, **self.persons}
        return replace(self, organisations=organisations, persons=persons, actors=name_actor)

    @property
    def with_ids(self) -> "Names":
        """Return the same names beside the ids that commands take."""
        return replace(self, are_ids_shown=True)


NO_NAMES = Names()
