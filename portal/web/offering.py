"""What a programme offers, in rows made from its file alone: what a visitor reads before she joins. Nothing is
in them that the programme does not do."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from babel.numbers import format_decimal

from portal.programme import (
    Activity,
    Campaign,
    EarnRule,
    Goal,
    Grant,
    Prize,
    Programme,
    Step,
    When,
)
from portal.web.conditions import (
    at_most,
    between,
    holders,
    last_day,
    tiers_named,
    when_words,
)
from portal.web.filters import birthday, money, percent, points, points_unit
from portal.web.i18n import gettext as _
from portal.web.i18n import ngettext, reader
from portal.web.memberships import Offered, causes, funded, in_one_line, ladder, perks, plans
from portal.web.wording import gift_words

EVERYTHING = When()
WELCOME = "account"  # the activity that joining itself is (Reading 8)


@dataclass(frozen=True, slots=True)
class Offer:
    """Everything that a programme offers, part by part; a part that it does not have is empty."""

    facts: list[Offered]
    earning: list[Offered]
    given: list[Offered]
    tiers: list[tuple[str, str, str, list[str]]]
    perks: list[Offered]
    plans: list[Offered]
    causes: list[Offered]
    funded: list[Offered]


def offer(programme: Programme, day: date) -> Offer:
    """What is offered on a day: what is over by then is left out, what is still to come says when."""
    return Offer(
        facts(programme),
        earning(programme, day),
        given(programme),
        ladder(programme),
        perks(programme),
        plans(programme),
        causes(programme),
        funded(programme),
    )


def welcome_points(programme: Programme) -> int:
    """What is on the card the moment somebody joins."""
    return next((one.points for one in programme.activities if one.key == WELCOME), 0)


def facts(programme: Programme) -> list[Offered]:
    """The three numbers that stand first; fewer where there are fewer."""
    found = []
    base = _base(programme)
    if base is not None and programme.unit.kind == "money":
        figure = percent(Fraction(base.points, base.per_minor))
        found.append(Offered(_("of what you spend comes back to you, online and in the shop"), "", figure))
    elif base is not None:
        unit = programme.unit.one if base.points == 1 else programme.unit.many
        per = money(base.per_minor, programme.currency)
        words = _("%(unit)s for every %(money)s you spend, online and in the shop", unit=unit, money=per)
        found.append(Offered(words, "", points(base.points)))
    if welcome_points(programme):
        words = _("%(unit)s on your card the moment you join", unit=programme.unit.many)
        found.append(Offered(words, "", points(welcome_points(programme))))
    return found + _prize(programme)


def _base(programme: Programme) -> EarnRule | None:
    """The rule that holds for everything."""
    return next((rule for rule in programme.earn if rule.when == EVERYTHING), None)


def _prize(programme: Programme) -> list[Offered]:
    """The dearest money off that has a price, else the cheapest thing."""
    priced = [one for one in programme.for_points if one.price]
    off = [one for one in priced if one.kind == "money-off" and one.value_minor is not None]
    if off:
        value, price = off[-1].value_minor or 0, off[-1].price or 0
        return [
            Offered(_("off for %(points)s", points=points_unit(price)), "", money(value, programme.currency))
        ]
    return [Offered(priced[0].label, "", points_unit(priced[0].price or 0))] if priced else []


def earning(programme: Programme, day: date) -> list[Offered]:
    """Ways to collect, beside what `facts` says already: rates, more of them for a while, activities, a friend."""
    base = _base(programme)
    found = [_rule(rule, programme) for rule in programme.earn if rule is not base]
    found += [
        Offered(one.label, in_one_line(when_words(one.when, programme)), times(one.factor))
        for one in programme.multipliers
        if not _is_over(one.when.until, programme, day)
    ]
    if programme.chosen_day is not None:
        rule = programme.chosen_day
        how = (
            _("on one day a month that you choose")
            if rule.per == "month"
            else _("on one day a year that you choose")
        )
        words = in_one_line([how, *holders(rule.tiers, (), programme)])
        found.append(Offered(rule.label, words, times(rule.factor)))
    found += [
        _campaign(one, programme) for one in programme.campaigns if not _is_over(one.until, programme, day)
    ]
    found += [_activity(one, programme) for one in programme.activities if one.points and one.key != WELCOME]
    return found + _friends(programme)


def _friends(programme: Programme) -> list[Offered]:
    """What bringing a friend is worth to both."""
    offers = programme.referral.offers if programme.referral is not None else ()
    offer = programme.referral_offer(programme.country) or next(iter(offers), None)
    if offer is None:
        return []
    mine, theirs = gift_words(offer.inviter, programme), gift_words(offer.friend, programme)
    notes = [
        _("For you: %(gift)s", gift=mine) if mine else "",
        _("For your friend: %(gift)s", gift=theirs) if theirs else "",
        _("It depends on where your friend lives.") if len(offers) > 1 else "",
    ]
    return [Offered(_("Bringing a friend"), notes=[one for one in notes if one])]


def given(programme: Programme) -> list[Offered]:
    """What is given for reaching something, or by itself."""
    found = [_goal(one, programme) for one in programme.goals]
    found += [_step(one, programme) for one in programme.steps]
    found += [_grant(one, programme) for one in programme.grants]
    for one in programme.dividends:
        share = _(
            "%(percent)s of what you spend in a year, paid on %(day)s",
            percent=percent(Fraction(one.percent, 100)),
            day=birthday(one.pays_on),
        )
        words = [share, *when_words(one.when, programme), *holders((), one.plans, programme)]
        found.append(Offered(one.label, in_one_line(words)))
    return found


def times(factor: Fraction) -> str:
    """A factor: "1.25 times"."""
    exact = Decimal(factor.numerator) / Decimal(factor.denominator)
    number = format_decimal(exact, locale=reader().language, decimal_quantization=False)
    return _("%(factor)s times", factor=number)


def rate(many: int, per_minor: int, programme: Programme) -> str:
    """So much for so much."""
    if programme.unit.kind == "money":
        return percent(Fraction(many, per_minor))
    return _("%(points)s for %(money)s", points=points_unit(many), money=money(per_minor, programme.currency))


def prize_words(prize: Prize, programme: Programme) -> str:
    """What is given: a reward, points, a badge."""
    label = "" if prize.reward is None else programme.reward(prize.reward).label
    many = "" if prize.points is None else points_unit(prize.points)
    return in_one_line([one for one in (label, many, prize.badge or "") if one])


def _rule(rule: EarnRule, programme: Programme) -> Offered:
    words = when_words(rule.when, programme)
    return Offered(rule.label, in_one_line(words), rate(rule.points, rule.per_minor, programme))


def _campaign(one: Campaign, programme: Programme) -> Offered:
    words = [between(one.from_, one.until, programme), *when_words(one.when, programme)]
    if one.minimum_minor is not None:
        words.append(_("from %(money)s", money=money(one.minimum_minor, programme.currency)))
    if one.cap is not None:
        words.append(at_most(one.cap))
    if one.factor is not None:
        return Offered(one.label, in_one_line(words), times(one.factor))
    if one.bonus is not None:
        return Offered(one.label, in_one_line([*words, _("once an order")]), points_unit(one.bonus))
    return Offered(one.label, in_one_line(words), rate(one.points or 0, one.per_minor or 1, programme))


def _activity(one: Activity, programme: Programme) -> Offered:
    words = [_("on your birthday")] if one.key == "birthday" else []
    words += holders(one.tiers, one.plans, programme)
    if one.per_amount_minor is not None:
        size = money(one.per_amount_minor, programme.currency)
        words.append(_("for each full %(size)s", size=size))
    elif one.per > 1:
        words.append(_("for each full %(size)s", size=format_decimal(one.per, locale=reader().language)))
    elif one.quantity:
        words.append(_("for each one"))
    if one.distinct is not None:
        words.append(_("each counts once"))
    words += [
        _("once") if cap.points == one.points and cap.per == "lifetime" else at_most(cap) for cap in one.caps
    ]
    if one.pending_days:
        words.append(ngettext("yours after %(num)s day", "yours after %(num)s days", one.pending_days))
    return Offered(one.label, in_one_line(words), points_unit(one.points))


def _goal(goal: Goal, programme: Programme) -> Offered:
    each = {
        "day": _("once a day"),
        "month": _("once a month"),
        "year": _("once a year"),
        "lifetime": _("once"),
    }[goal.per]
    words = [prize_words(goal.gives, programme), each, *holders(goal.tiers, goal.plans, programme)]
    return Offered(goal.label, in_one_line(words))


def _step(step: Step, programme: Programme) -> Offered:
    words = [prize_words(step.gives, programme), *when_words(step.when, programme)]
    return Offered(step.label, in_one_line(words))


def _grant(grant: Grant, programme: Programme) -> Offered:
    when = {
        "joining": _("when you join"),
        "birthday": _("on your birthday"),
        "child-birthday": _("on your child's birthday"),
        "tier": _("on reaching %(tier)s", tier=tiers_named(grant.tiers, programme)),
        "month": _("each month"),
        "year": _("each year"),
        "payment": _("with each month of your plan"),
    }[grant.on]
    for_whom = holders(() if grant.on == "tier" else grant.tiers, grant.plans, programme)
    return Offered(grant.label, in_one_line([prize_words(grant.gives, programme), when, *for_whom]))


def _is_over(ends: object, programme: Programme, day: date) -> bool:
    return isinstance(ends, date) and last_day(ends, programme) < day
