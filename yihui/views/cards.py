"""Member cards as JSON and as lines."""

from collections.abc import Iterator, Sequence

from core.civil_time import format_civil_instant
from core.text_marks import N_
from members import StoredKey, format_card_number
from yihui.cases.cards.own import OrganisationName, ShownCard, VerifiedCard
from yihui.runtime.language import Language
from yihui.views.vouchers import amount_text, render_qr_svg


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
