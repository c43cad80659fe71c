"""What belonging to a programme brings whatever a member does, in rows made from its file: tiers with their perks,
plans, causes. What her doings bring stands in offering.py."""

from dataclasses import dataclass, field

from babel.lists import format_list

from portal.programme import Plan, Programme
from portal.web.conditions import holders, ways_in
from portal.web.filters import currency_name, money
from portal.web.i18n import gettext as _
from portal.web.i18n import reader


@dataclass(frozen=True, slots=True)
class Offered:
    """One thing that is offered: what it is called, how it comes about, the number that matters, what belongs to it."""

    title: str
    detail: str = ""
    figure: str = ""
    notes: list[str] = field(default_factory=list)


def ladder(programme: Programme) -> list[tuple[str, str, str, list[str]]]:
    """The tiers that everybody may hear of, lowest first: material, label, how, perks; empty where there is but one."""
    shown = [tier for tier in programme.tiers if not tier.hidden]
    if len(shown) < 2:
        return []
    return [
        (
            tier.material,
            tier.label,
            ways_in(tier, programme),
            [perk.label for perk in programme.perks_of(tier.perks)],
        )
        for tier in shown
    ]


def perks(programme: Programme) -> list[Offered]:
    """What every member has, where no ladder says it."""
    if ladder(programme):
        return []
    return [Offered(perk.label, perk.detail) for perk in programme.perks_of(programme.base_tier.perks)]


def plans(programme: Programme) -> list[Offered]:
    """Paid memberships that are for sale, several prices of one together."""
    by_label: dict[str, list[Plan]] = {}
    for plan in programme.plans_for_sale:
        by_label.setdefault(plan.label, []).append(plan)
    return [
        Offered(
            label,
            " · ".join(price_words(one, programme) for one in same),
            notes=[
                *[one.detail for one in same if one.detail],
                *[perk.label for perk in programme.perks_of(same[0].perks)],
                *_also_sold_in(same[0]),
            ],
        )
        for label, same in by_label.items()
    ]


def _also_sold_in(plan: Plan) -> list[str]:
    """The other currencies of a plan, in words."""
    names = [currency_name(code) for code, _minor in plan.prices]
    listed = format_list(names, locale=reader().language)
    return [_("Also sold in %(currencies)s.", currencies=listed)] if names else []


def price_words(plan: Plan, programme: Programme) -> str:
    """What a plan costs."""
    price = money(plan.price_minor, programme.currency)
    return {
        "month": _("%(price)s a month", price=price),
        "year": _("%(price)s a year", price=price),
        "life": _("%(price)s once, for life", price=price),
    }[plan.interval]


def causes(programme: Programme) -> list[Offered]:
    """Whom members, or the programme for them, give to."""
    return [Offered(one.label, one.detail) for one in programme.charities]


def funded(programme: Programme) -> list[Offered]:
    """What the programme gives of its own."""
    return [
        Offered(one.label, _funded_when(one.on, one.plans, programme), money(one.amount_minor))
        for one in programme.funding
    ]


def _funded_when(on: str, plan_keys: tuple[str, ...], programme: Programme) -> str:
    words = {
        "joining": _("when you join"),
        "plan": _("when you begin"),
        "order": _("with each order"),
        "activity": _("each time"),
    }
    return in_one_line([words[on], *holders((), plan_keys, programme)])


def in_one_line(words: list[str]) -> str:
    """Fragments in one line that begins with a capital letter."""
    line = ", ".join(word for word in words if word)
    return line[:1].upper() + line[1:]
