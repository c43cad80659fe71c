"""Conditions of a programme file in words: when a rule holds, how a tier is reached, between which days. For pages that
say beforehand what a programme does; what became of an order is said by wording.py."""

from datetime import date, datetime, timedelta

from babel.dates import get_day_names
from babel.lists import format_list

from portal.programme import Cap, Entry, Programme, Reward, Tier, When
from portal.web.filters import day, money, number, points_unit, time_of_day
from portal.web.i18n import gettext as _
from portal.web.i18n import ngettext, reader

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FEW = 3
INSTANT = timedelta(microseconds=1)


def either(words: list[str]) -> str:
    """Words of which any one is enough: "a, b or c"."""
    return format_list(words, style="or", locale=reader().language)


def _named(keys: tuple[str, ...], programme: Programme) -> str:
    """What members read for words that shops send, of which any one is enough."""
    return either([programme.word(one) for one in keys])


def _proper(keys: tuple[str, ...], programme: Programme) -> list[str]:
    """The same of brands and shops: those without a label have names, which begin with capitals."""
    return [programme.word(one) if one in programme.named else programme.word(one).title() for one in keys]


def tiers_named(keys: tuple[str, ...], programme: Programme) -> str:
    """The labels of tiers; hidden ones are not spoken of."""
    labels = [tier.label for tier in programme.tiers if tier.key in keys and not tier.hidden]
    return either(list(dict.fromkeys(labels))) if labels else ""


def plans_named(keys: tuple[str, ...], programme: Programme) -> str:
    """The labels of plans, each once."""
    return either(list(dict.fromkeys(plan.label for plan in programme.plans if plan.key in keys)))


def holders(tiers: tuple[str, ...], plans: tuple[str, ...], programme: Programme) -> list[str]:
    """For whom something is, as fragments; nothing where it is for everybody."""
    named = tiers_named(tiers, programme) if tiers else ""
    found = [_("for %(tiers)s", tiers=named)] if named else []
    return [*found, *([_("with %(what)s", what=plans_named(plans, programme))] if plans else [])]


def when_words(when: When, programme: Programme) -> list[str]:
    """What has to hold, as fragments of a sentence."""
    found = [*_of_goods(when, programme), *holders(when.tiers, when.plans, programme)]
    if when.attributes:
        found.append(_("with %(what)s", what=_named(when.attributes, programme)))
    if when.held_days is not None:
        found.append(
            ngettext("in the first day with it", "in the first %(num)s days with it", when.held_days)
        )
    if when.joined_days is not None:
        found.append(ngettext("on your first day", "in your first %(num)s days", when.joined_days))
    found += _by_clock(when)
    if when.from_ is not None or when.until is not None:
        found.append(between(when.from_, when.until, programme))
    return found


def lines_words(categories: tuple[str, ...], brands: tuple[str, ...], programme: Programme) -> list[str]:
    """On which lines of an order something is, as fragments; nothing where it is on all."""
    found = [_("on %(what)s", what=_named(categories, programme))] if categories else []
    if 0 < len(brands) <= FEW:  # of more of them the rule's own label speaks
        found.append(_("of %(brands)s", brands=either(_proper(brands, programme))))
    return found


def reward_words(reward: Reward, programme: Programme) -> str:
    """What a reward is taken off, in one line; empty where it is the whole order."""
    found = lines_words(reward.categories, reward.brands, programme)
    if reward.items is not None:
        found.append(ngettext("for %(num)s thing", "for %(num)s things at most", reward.items))
    line = ", ".join(found)
    return line[:1].upper() + line[1:]


def _of_goods(when: When, programme: Programme) -> list[str]:
    found = lines_words(when.categories, when.brands, programme)
    if when.shops:
        found.append(_("at %(shops)s", shops=either(_proper(when.shops, programme))))
    if when.kinds:
        kinds = {
            "goods": _("goods"),
            "service": _("services"),
            "gift-card": _("gift cards"),
            "digital": _("downloads"),
        }
        found.append(_("on %(what)s", what=either([kinds[one] for one in when.kinds])))
    if when.tags:
        found.append(_("on what is marked %(what)s", what=_named(when.tags, programme)))
    if when.channels:
        ways = {"store": _("in our shops"), "online": _("online"), "app": _("in the app")}
        found.append(either([ways.get(one, programme.word(one)) for one in when.channels]))
    if when.payments:
        found.append(_("paid by %(means)s", means=_named(when.payments, programme)))
    if when.currencies:
        found.append(_("paid in %(currency)s", currency=either(list(when.currencies))))
    return found


def _by_clock(when: When) -> list[str]:
    found = []
    if when.weekdays:
        names = get_day_names("wide", locale=reader().language)
        days = [names[WEEKDAYS.index(one)] for one in when.weekdays]
        found.append(_("on a %(days)s", days=either(days)))
    if when.hours:
        starts, ends = (time_of_day(one) for one in when.hours)
        found.append(_("from %(start)s to %(end)s", start=starts, end=ends))
    return found


def first_day(starts: date | datetime, programme: Programme) -> date:
    """The day on which something begins."""
    return programme.day(starts) if isinstance(starts, datetime) else starts


def last_day(ends: date | datetime, programme: Programme) -> date:
    """The last day of something; an instant at which it ends is not in it any more."""
    return programme.day(ends - INSTANT) if isinstance(ends, datetime) else ends


def between(starts: date | datetime | None, ends: date | datetime | None, programme: Programme) -> str:
    """From when to when, in days."""
    first = None if starts is None else first_day(starts, programme)
    last = None if ends is None else last_day(ends, programme)
    if first is not None and last is not None:
        return day(first) if first == last else _("%(first)s to %(last)s", first=day(first), last=day(last))
    if first is not None:
        return _("from %(day)s", day=day(first))
    return _("until %(day)s", day=day(last)) if last is not None else ""


def at_most(cap: Cap) -> str:
    """A limit, before it cuts anything."""
    most = points_unit(cap.points)
    return {
        "day": _("at most %(points)s a day", points=most),
        "month": _("at most %(points)s a month", points=most),
        "year": _("at most %(points)s a year", points=most),
        "lifetime": _("at most %(points)s in all", points=most),
    }[cap.per]


def ways_in(tier: Tier, programme: Programme) -> str:
    """How a tier is reached, in words."""
    if tier is programme.base_tier:
        return _("from the day you join")
    if not tier.entry:
        return _("given by us")
    return either([_way_in(way, programme) for way in tier.entry])


def _way_in(way: Entry, programme: Programme) -> str:
    if way.metric == "plan":
        plans = way.plans or tuple(plan.key for plan in programme.plans)
        return _("with %(what)s", what=plans_named(plans, programme))
    if way.metric == "attribute":
        return _("with %(what)s", what=programme.word(way.attribute or ""))
    if way.metric == "paid-months":
        return ngettext("with %(num)s paid month", "with %(num)s paid months in a row", way.need)
    much = much_of(way, programme)
    return {
        "life": _("from %(amount)s in all", amount=much),
        "calendar-year": _("from %(amount)s a calendar year", amount=much),
        "rolling-12-months": _("from %(amount)s in twelve months", amount=much),
    }[programme.tier_rules.period]


def much_of(way: Entry, programme: Programme) -> str:
    """How much a counted way asks for."""
    if way.metric == "spend":
        return money(way.need, programme.currency)
    if way.metric == "orders":
        return ngettext("%(num)s order", "%(num)s orders", way.need)
    if way.metric == "quantity":
        return quantity(way.need, way.categories, programme)
    return points_unit(way.need)


def quantity(many: int, categories: tuple[str, ...], programme: Programme) -> str:
    """So many of what is counted by its quantity: "7 rental days"; of what has no label "7 × rental day"."""
    what = either([programme.word(one, many) for one in dict.fromkeys(categories)])
    if all(one in programme.named for one in categories):
        return f"{number(many)} {what}"
    return f"{number(many)} × {what}"
