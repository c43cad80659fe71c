"""What is well written and says nothing is refused by its line; what only looks like it is taken."""

import pytest

from portal import programme
from tests.programme.texts import small
from tests.programme.wrong import problems

RULE = '[[earn]]\nkey = "all"\nlabel = "All"\npoints = 5\nper = "1.00"\nwhen = {{ {} }}\n'
SLIDER = '[[rewards]]\nkey = "off"\nlabel = "Off"\nkind = "money-off"\nslider = {{ {} }}\n'
ACTIVITY = '[[activities]]\nkey = "{}"\nlabel = "Something"\npoints = 10\n{}\n'
PLAN = '[[plans]]\nkey = "plus"\nlabel = "Plus"\ninterval = "{}"\nprice = "3.00"\ntrial_days = 14\n'
FUNDED = '[[funding]]\nkey = "five"\nlabel = "Five"\non = "joining"\namount = "5.00"\n'
CAUSE = '[[charities]]\nkey = "c"\nlabel = "C"\n'
EXPIRY = '[expiry]\nkind = "{}"\n{}\nnotices = {}\n'
DAY = '[chosen_day]\nlabel = "Your day"\nfactor = "{}"\n'
MAY = '[[campaigns]]\nkey = "may"\nlabel = "May"\nfrom = 2026-05-01\nuntil = 2026-05-31\nfactor = "{}"\n'
OFFER = "[[referral.offers]]\n"
FRIEND = "friend = { points = 5 }\n"
GB, FR = 'countries = ["GB"]\n', 'countries = ["FR"]\n'
GRANT = '[[grants]]\nkey = "g"\nlabel = "G"\non = "birthday"\ngives = { points = 5 }\n'
GOLD = '[[tiers]]\nkey = "gold"\nlabel = "Gold"\nentry = [{ metric = "spend", amount = "500.00" }]\n'


@pytest.mark.parametrize(
    ("part", "path", "message", "remedy"),
    [
        *[
            (RULE.format(f"{name} = []"), f"earn[0].when.{name}", "asks for nothing", f"leave {name} out")
            for name in ("channels", "categories", "brands", "shops", "payments", "kinds", "tiers", "plans")
        ],
        *[
            (RULE.format(f"{name} = []"), f"earn[0].when.{name}", "asks for nothing", f"leave {name} out")
            for name in ("attributes", "tags", "currencies", "weekdays", "hours")
        ],
        (ACTIVITY.format("a", "tiers = []"), "activities[0].tiers", "asks for nothing", "leave tiers out"),
        (GRANT + "plans = []\n", "grants[0].plans", "asks for nothing", "leave plans out"),
        (GOLD + "keep = []\n", "tiers[1].keep", "asks for nothing", "leave keep out"),
        ("[board]\ntiers = []\n", "board.tiers", "asks for nothing", "leave tiers out"),
        (DAY.format("2") + "tiers = []\n", "chosen_day.tiers", "asks for nothing", "leave tiers out"),
        (
            GOLD.replace('amount = "500.00"', 'amount = "500.00", plans = []'),
            "tiers[1].entry[0].plans",
            "asks for nothing",
            "leave plans out",
        ),
        (
            "[referral]\n" + OFFER + "countries = []\n" + FRIEND,
            "referral.offers[0].countries",
            "asks for nothing",
            "leave countries out",
        ),
        (
            RULE.format('hours = ["17:00", "17:00"]'),
            "earn[0].when.hours",
            "begin and end at 17:00",
            "leave hours",
        ),
        (RULE.format("hours = [17:00:00, '17:00']"), "earn[0].when.hours", "begin and end at 17:00", "leave"),
        (
            SLIDER.format("minimum = 500, step = 100, maximum = 400"),
            "rewards[0].slider.maximum",
            "less than",
            "or more",
        ),
        (
            SLIDER.format("minimum = 100, step = 30, maximum = 200"),
            "rewards[0].slider.maximum",
            "steps of 30 from 100 never come to 200",
            "end on a step",
        ),
        (DAY.format("1"), "chosen_day.factor", "no more than on any other day", 'factor = "2"'),
        (DAY.format("0.5"), "chosen_day.factor", "no more than on any other day", 'factor = "2"'),
        (MAY.format("1.00"), "campaigns[0].factor", "no more than without it", 'factor = "2"'),
        (
            ACTIVITY.format("a", 'caps = [{ per = "month", points = 5 }, { per = "month", points = 9 }]'),
            "activities[0].caps[1].per",
            "another cap per month: caps[0]",
            "keep one",
        ),
        (PLAN.format("life"), "plans[0].trial_days", "nothing to try before", "take trial_days out"),
        *[
            (
                PLAN.format(interval).replace("trial_days = 14", "renewal_notice_days = 7"),
                "plans[0].renewal_notice_days",
                "by the year",
                "on the yearly plan",
            )
            for interval in ("month", "life")
        ],
        (FUNDED, "funding[0]", "the file has none to pick", "[[charities]]"),
        ("[referral]\noffers = []\n", "referral.offers", "nothing is offered", "take [referral] out"),
        ("[referral]\n" + OFFER, "referral.offers[0]", "gives nothing to anybody", "friend = "),
        ("[referral]\n" + OFFER + GB, "referral.offers[0]", "gives nothing to anybody", "friend = "),
        (
            "[referral]\n" + OFFER + GB + FRIEND + OFFER + 'countries = ["FR", "GB"]\n' + FRIEND,
            "referral.offers[1].countries[1]",
            "nobody from GB comes to it: offers[0] takes them",
            "take it out",
        ),
        (
            "[referral]\n" + OFFER + FRIEND + OFFER + FRIEND,
            "referral.offers[1]",
            "offers[0] is for everywhere already",
            "countries",
        ),
        (
            EXPIRY.format("days", "days = 30", "[30, 7]"),
            "expiry.notices[0]",
            "points last 30 days",
            "fewer than 30",
        ),
        (
            EXPIRY.format("inactivity", "days = 30", "[7, 60]"),
            "expiry.notices[1]",
            "last 30 days",
            "fewer than 30",
        ),
        (
            EXPIRY.format("month-end", "months = 1", "[62]"),
            "expiry.notices[0]",
            "last 62 days",
            "fewer than 62",
        ),
        (
            EXPIRY.format("year-end", "years = 1", "[732]"),
            "expiry.notices[0]",
            "last 732 days",
            "fewer than 732",
        ),
        (
            EXPIRY.format("days", "days = 90", "[30, 7, 30]"),
            "expiry.notices[2]",
            "30 stands here twice",
            "take one",
        ),
        *[
            (
                ACTIVITY.format("newsletter", says),
                f"activities[0].{says.split()[0]}",
                "happens by itself",
                "take",
            )
            for says in ("quantity = true", 'distinct = "country"')
        ],
    ],
)
def test_what_says_nothing_has_its_line_and_a_remedy(part: str, path: str, message: str, remedy: str) -> None:
    source = small(part)
    found = {problem.path: problem for problem in problems(source)}
    assert message in found[path].message
    assert remedy in found[path].remedy
    assert found[path].line > small().count("\n")


@pytest.mark.parametrize(
    ("value", "line", "path"),
    [
        ('"GBP"\nlanguages = ["en", "en"]', 5, "languages[1]"),
        ('"GBP"\nlanguages = [\n  "en",\n  "ko",\n  "en",\n]', 8, "languages[2]"),
    ],
)
def test_a_language_stands_in_the_list_once(value: str, line: int, path: str) -> None:
    (problem,) = problems(small(currency=value))
    assert (problem.line, problem.path, problem.message) == (line, path, '"en" stands here twice')


@pytest.mark.parametrize(
    "part",
    [
        SLIDER.format("minimum = 100, step = 50, maximum = 100"),
        SLIDER.format("minimum = 130, step = 50, maximum = 180"),
        RULE.format('hours = ["22:00", "02:00"]'),
        RULE.format("") + "[orders]\ncounts = []\n",
        DAY.format("1.01"),
        ACTIVITY.format("a", 'caps = [{ per = "month", points = 5 }, { per = "year", points = 9 }]'),
        ACTIVITY.format("newsletter", 'caps = [{ per = "year", points = 10 }]\nproof = "none"'),
        PLAN.format("month"),
        FUNDED + CAUSE,
        FUNDED + 'charity = "c"\n' + CAUSE,
        "[referral]\n" + OFFER + FRIEND + OFFER + GB + FRIEND,
        "[referral]\n" + OFFER + GB + OFFER + FR + FRIEND + OFFER + FRIEND,
        EXPIRY.format("days", "days = 30", "[29, 1]"),
        EXPIRY.format("month-end", "months = 1", "[61]"),
        '[expiry]\nkind = "days"\ndays = 30\n',
        EXPIRY.format("days", "days = 30", "[]"),
    ],
)
def test_what_only_looks_like_it_is_taken(part: str) -> None:
    assert programme.parse(small(part), "shop.toml")


def test_a_slider_of_money_is_looked_at_in_money() -> None:
    rule = SLIDER.format('minimum = "1.00", step = "0.30", maximum = "2.00"')
    source = small(rule).replace('value = { points = 1, amount = "0.01" }', 'kind = "money"')
    (problem,) = problems(source)
    assert (problem.path, problem.message) == (
        "rewards[0].slider.maximum",
        "steps of 0.30 from 1.00 never come to 2.00",
    )
    assert programme.parse(source.replace('"0.30"', '"0.50"'), "shop.toml")


def test_what_was_published_before_still_loads() -> None:
    source = small(DAY.format("1"), RULE.format("tiers = []"))
    assert programme.parse(source, "shop.toml", published=True).chosen_day is not None
