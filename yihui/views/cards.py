"""Member cards as JSON and as lines."""

from collections.abc import Iterator, Sequence

from core.civil_time import format_civil_instant
from core.text_marks import N_
from members import Card, StoredKey, format_card_number
from yihui.runtime.errors import fault_line
from yihui.runtime.language import Language
from yihui.services.members.cards import CardFile, OrganisationName, ShownCard, VerifiedCard
from yihui.views.actors import actor_label
from yihui.views.vouchers import amount_text, render_qr_svg

_STATES = {"blocked": N_("blocked"), "replaced": N_("replaced"), None: N_("issued")}


def shown_card_json(member: str, shown: ShownCard) -> dict[str, object]:
    """Return what a card shows now; only for the member's own eyes."""
    return {
        "member": member,
        "number": shown.card.number,
        "organisation": _organisation_json(shown.organisation),
        "issued_at": format_civil_instant(shown.card.issued_at),
        "bank_card": shown.bank_card,
        "token": shown.token,
        "seconds_left": shown.seconds_left,
        "qr_svg": render_qr_svg(shown.token),
    }


def shown_card_lines(shown: ShownCard, language: Language) -> Iterator[str]:
    """Yield the card's number and organisation, and the token with its remaining seconds."""
    yield language.render(N_("card {number}"), number=format_card_number(shown.card.number))
    yield _organisation_text(shown.organisation)
    if shown.bank_card:
        yield language.render(N_("linked service card: {card}"), card=shown.bank_card)
    template = N_("{token}  another one in {seconds} s")
    yield language.render(template, token=shown.token, seconds=shown.seconds_left)


def card_file_json(member: str, file: CardFile, language: Language) -> dict[str, object]:
    """Return all cards of a member and what was done to them."""
    return {
        "member": member,
        "cards": [_card_json(card) for card in file.cards],
        "acts": [
            {
                "card": act.number,
                "kind": act.kind,
                "at": format_civil_instant(act.at),
                "by": act.by,
                "reason": act.reason,
            }
            for act in file.acts
        ],
        "refused": fault_line(file.fault, language).as_json() if file.fault else None,
    }


def card_file_lines(file: CardFile, language: Language) -> Iterator[str]:
    """Yield a line for each card and each act, and why the latest card is not in force, if so."""
    for card in file.cards:
        template = N_("{number}  {state}, issued {day}")
        number, day = format_card_number(card.number), format_civil_instant(card.issued_at)
        state = language.translate(_STATES[card.ended])
        yield language.render(template, number=number, state=state, day=day)
    for act in file.acts:
        if act.by is not None:
            yield "  ".join(
                filter(
                    None,
                    (
                        format_civil_instant(act.at),
                        format_card_number(act.number),
                        language.translate(_STATES.get(act.kind, act.kind)),
                        actor_label(act.by, language),
                        act.reason,
                    ),
                )
            )
    if file.fault is not None:
        yield fault_line(file.fault, language).text()
    if not file.cards:
        yield language.render(N_("no card yet: yihui cards issue"))


def _card_json(card: Card) -> dict[str, object]:
    return {
        "number": card.number,
        "issued_at": format_civil_instant(card.issued_at),
        "ended": card.ended,
        "ended_at": format_civil_instant(card.ended_at) if card.ended_at else None,
    }


def verified_card_json(verified: VerifiedCard, language: Language) -> dict[str, object]:
    """Return what a merchant may know of a card: nothing of the person."""
    off = verified.clock_off
    return {
        "state": "valid",
        "card": mask_card_number(verified.number),
        "organisation": _organisation_json(verified.organisation),
        "vouchers": [
            {
                "rule": grant.rule_id,
                "kind": grant.kind,
                "title": grant.title,
                "left": grant.left,
                "unit": grant.unit,
                "uses_left": grant.uses_left,
                "expires_on": grant.expires_on.isoformat() if grant.expires_on else None,
            }
            for grant in verified.grants
        ],
        "clock_off_s": None if off is None else round(off.total_seconds()),
        "note": clock_note(verified, language),
    }


def verified_card_lines(verified: VerifiedCard, language: Language) -> Iterator[str]:
    """Yield that the card is valid, its organisation, and what could be redeemed."""
    yield language.render(N_("valid: card {number}"), number=mask_card_number(verified.number))
    yield _organisation_text(verified.organisation)
    for grant in verified.grants:
        left = amount_text(grant.left, grant.unit, language)
        yield language.render(
            N_("{rule}: {title}, {left} left"), rule=grant.rule_id, title=grant.title, left=left
        )


def clock_note(verified: VerifiedCard, language: Language) -> str | None:
    """Return a note for a till whose clock is wrong; None if it isn't."""
    if not verified.is_clock_wrong or verified.clock_off is None:
        return None
    minutes = -(-abs(verified.clock_off).total_seconds() // 60)
    template = N_("this till's clock is {minutes} minutes off: set it, or its offline uses will be refused")
    return language.render(template, minutes=int(minutes))


def mask_card_number(number: str) -> str:
    """Return the last four digits of a card number, as a merchant sees it."""
    return "*" * (len(number) - 4) + number[-4:]


def stored_key_json(key: StoredKey) -> dict[str, object]:
    """Return a public key with its life."""
    return {
        "id": key.id,
        "made_at": format_civil_instant(key.made_at),
        "made_by": key.made_by,
        "retired_at": format_civil_instant(key.retired_at) if key.retired_at else None,
        "retired_by": key.retired_by,
    }


def stored_key_lines(keys: Sequence[StoredKey], language: Language) -> Iterator[str]:
    """Yield a line for each key: when it was made and retired, and by whom."""
    for key in keys:
        retired = key.retired_at
        ended = (
            language.render(
                N_("retired {time} by {who}"), time=format_civil_instant(retired), who=key.retired_by
            )
            if retired
            else ""
        )
        yield "  ".join(filter(None, (key.id, format_civil_instant(key.made_at), key.made_by, ended)))
    if not keys:
        yield language.render(N_("no key yet: the first card makes one"))


def _organisation_json(organisation: OrganisationName) -> dict[str, object]:
    return {"code": organisation.code, "name": organisation.name}


def _organisation_text(organisation: OrganisationName) -> str:
    return "  ".join(filter(None, (organisation.code, organisation.name)))
