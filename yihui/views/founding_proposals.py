"""Show proposals to found unions, and what became of one."""

from collections.abc import Iterator, Sequence

from core.text_marks import N_
from members import FoundingProposal
from yihui.runtime.language import Language
from yihui.services.organisations.founding_proposals import FoundedUnion


def proposal_json(one: FoundingProposal) -> dict[str, object]:
    """Return a proposal as JSON."""
    return {
        "employer": one.employer,
        "members": one.members,
        "homes": dict(sorted(one.homes.items())),
        "union": one.union,
    }


def proposal_lines(found: Sequence[FoundingProposal], language: Language) -> Iterator[str]:
    """Yield a line for each employer."""
    for one in found:
        homes = language.format_list([f"{code} {count}" for code, count in sorted(one.homes.items())])
        yield language.render(
            N_("{employer}: {members} members, by home: {homes}"),
            employer=one.employer,
            members=f"{one.members:,}",
            homes=homes,
        )
        if one.union is not None:
            yield "    " + language.render(N_("it has a union already: {code}"), code=one.union)
    if not found:
        yield language.translate(N_("no employer has enough members in members' homes"))


def founded_json(done: FoundedUnion) -> dict[str, object]:
    """Return a founded union as JSON."""
    return {
        "code": done.code,
        "name": done.name,
        "employer": done.employer,
        "transferred": sum(done.homes.values()),
        "homes": dict(sorted(done.homes.items())),
    }


def founded_line(done: FoundedUnion, language: Language) -> str:
    """Return what was founded, and how many members came."""
    return language.render(
        N_("{code} {name} was founded; members transferred: {count}"),
        code=done.code,
        name=done.name,
        count=f"{sum(done.homes.values()):,}",
    )
