"""All mechanics by name: a programme each, and how a life under it is made up."""

from tests.engine import ageing, buying, living, taking
from tests.engine.teller import BASE, MONEY, ONE, SLIDER, Mechanic, text


def _ladder(name: str, rules: str) -> Mechanic:
    return Mechanic(name, text(ONE, ageing.LADDER.format(rules=rules)), ageing.climbing)


def _ending(name: str, rule: str) -> Mechanic:
    return Mechanic(name, text(BASE, ONE, ageing.EXPIRY.format(rule=rule)), ageing.ending)


YEAR = 'period = "calendar-year"\n'
TEXT_OF_CAMPAIGNS = buying.CAMPAIGNS.replace("{1}", "one").replace("{cap}", "")
ALL = (
    Mechanic("rates", text(buying.RATES.format(rounding="down")), buying.rates),
    Mechanic("rates-half-up", text(buying.RATES.format(rounding="half-up")), buying.rates),
    Mechanic("campaigns", text(BASE, TEXT_OF_CAMPAIGNS), buying.campaigns),
    Mechanic(
        "chosen-day-of-the-year",
        text(ONE, buying.CHOSEN.format(per="year", tiers='tiers = ["gold"]')),
        buying.chosen,
    ),
    Mechanic(
        "chosen-day-of-the-month", text(ONE, buying.CHOSEN.format(per="month", tiers="")), buying.chosen
    ),
    Mechanic("welcome", text(BASE, ONE, buying.WELCOME), buying.welcome),
    Mechanic("refunds", text(BASE, ONE, SLIDER), taking.refunds),
    Mechanic("redemption", text(BASE, ONE, taking.BUYABLE), taking.redemption),
    Mechanic("currencies", text(ONE, taking.CURRENCIES), taking.currencies),
    Mechanic("activities", text(BASE, living.ACTIVITIES), living.activities),
    Mechanic("goals", text(BASE, ONE, living.GOALS), living.prizes),
    Mechanic("steps", text(BASE, ONE, living.STEPS), living.prizes),
    Mechanic("grants", text(ONE, living.GRANTS), living.grants),
    Mechanic("plans", text(living.STREAK), living.streak),
    Mechanic("birthdays", text(BASE, ONE, ageing.BIRTHDAY), ageing.birthdays),
    Mechanic("dividends", text(BASE, ageing.DIVIDEND, unit=MONEY), ageing.dividends),
    _ladder("tiers-of-the-year", YEAR + 'keeps = "next-period"'),
    _ladder("tiers-with-grace", YEAR + "grace_days = 30"),
    _ladder("tiers-one-step", YEAR + 'step_down = "one-step"\ngrace_days = 10\nreview = "02-01"'),
    _ladder("tiers-within-the-year", YEAR + 'keeps = "period"'),
    _ladder("tiers-rolling", 'period = "rolling-12-months"'),
    _ladder(
        "tiers-rolling-one-step", 'period = "rolling-12-months"\nstep_down = "one-step"\ngrace_days = 30'
    ),
    _ladder("tiers-for-life", 'period = "life"'),
    _ending("expiry-days", 'kind = "days"\ndays = 100'),
    _ending("expiry-month-end", 'kind = "month-end"\nmonths = 2'),
    _ending("expiry-year-end", 'kind = "year-end"\nyears = 1'),
    _ending("expiry-inactivity", 'kind = "inactivity"\ndays = 120'),
)
MECHANICS = {one.name: one for one in ALL}
