"""What members will notice: every difference of two files is told, with what it means and from when."""

import re

import pytest

from portal import programme
from portal.programme.diffing import SOLD_AGAIN, SOLD_NO_MORE, means
from tests.programme.texts import small

EARN = '[[earn]]\nkey = "all"\nlabel = "All"\npoints = 5\nper = "1.00"\n'
GOLD = '[[tiers]]\nkey = "gold"\nlabel = "Gold"\nentry = [{ metric = "spend", amount = "500.00" }]\n'
TEN = '[[rewards]]\nkey = "ten-off"\nlabel = "Ten off"\nprice = 1000\nkind = "money-off"\nvalue = "10.00"\n'
CAMPAIGN = '[[campaigns]]\nkey = "may"\nlabel = "May"\nfrom = 2026-05-01\nuntil = 2026-05-31\nfactor = "2"\n'


def told(old: str, new: str) -> list[str]:
    changes = programme.diff(programme.parse(old, "old.toml"), programme.parse(new, "new.toml"))
    return [str(change) for change in changes]


def test_equal_files_differ_in_nothing_whatever_their_comments() -> None:
    assert told(small(EARN), "# a comment\n" + small(EARN)) == []


@pytest.mark.parametrize(
    ("old", "new", "what", "means"),
    [
        (EARN, EARN.replace("= 5", "= 6"), "earn all.points: 5 -> 6", "keep the rule they were counted by"),
        (EARN, EARN.replace("1.00", "2.00"), "earn all.per: 1.00 GBP -> 2.00 GBP", "first told from now on"),
        ("", EARN, "earn all: new: All", "first told from now on"),
        (GOLD, GOLD.replace("500", "600"), "gold.entry: 500.00 GBP of spend -> 600.00 GBP of spend", "end date"),
        (GOLD, "", "tiers gold: gone: Gold", "falls to the tier below"),
        (TEN, TEN.replace("1000", "1200"), "rewards ten-off.price: 1000 -> 1200", "members' hands keep"),
        (TEN, "", "rewards ten-off: gone: Ten off", "stay good to their dates"),
        ("", CAMPAIGN, "campaigns may: new: May", "first told from now on"),
        (
            "",
            '[expiry]\nkind = "days"\ndays = 365\n',
            "expiry.kind: never -> days",
            "those that members have keep their dates",
        ),
        ("", '[orders]\npending_days = 14\n', "orders.pending_days: 0 -> 14", "first told from now on"),
        ("", '[brand]\ncolour = "#000000"\n', "brand.colour: #24476b -> #000000", "Shown from now on"),
    ],
)  # fmt: skip
def test_a_change_is_told_with_what_it_means(old: str, new: str, what: str, means: str) -> None:
    lines = told(small(old), small(new))
    assert any(what in line and means in line for line in lines), lines


EURO = '[[currencies]]\ncode = "EUR"\nrate = "1.10"\n'
MILES = '[[activities]]\nkey = "ride"\nlabel = "A ride"\ncounter = "miles"\nquantity = true\n'
STEP = '[[steps]]\nkey = "ten"\nlabel = "Ten"\ncounter = "miles"\ncount = 10\ngives = {{ {} }}\n'
GOAL = '[[goals]]\nkey = "far"\nlabel = "Far"\nmetric = "counter"\ncounter = "miles"\n' + (
    "count = 5\ngives = { points = 9 }\n"
)
THREE = '[[goals]]\nkey = "three"\nlabel = "Three"\nmetric = "orders"\ncount = 3\ngives = { points = 9 }\n'
SLIDE = '[[rewards]]\nkey = "off"\nlabel = "Off"\nkind = "money-off"\nslider = {{ minimum = 100, step = 50{} }}\n{}'
CARD = (
    '[[tiers]]\nkey = "card"\nlabel = "Card"\nentry = [{ metric = "attribute", attribute = "store_card" }]\n'
)
PAID = '[[plans]]\nkey = "plus"\nlabel = "Plus"\ninterval = "month"\nprice = "3.00"\n' + (
    '[[tiers]]\nkey = "six"\nlabel = "Six"\nentry = [{ metric = "paid-months", count = 6 }]\n'
)
COURTESY = '[[tiers]]\nkey = "guest"\nlabel = "Guest"\ncourtesy = true\n'
REFERRAL = '[referral]\n[[referral.offers]]\ncountries = ["GB"]\nfriend = { points = 100 }\n'
ASKED = '[[faq]]\nquestion = "Why?"\nanswer = "Because."\n'
CAPPED = '[[activities]]\nkey = "review"\nlabel = "A review"\npoints = 5\n{}'
TWICE = '[[multipliers]]\nkey = "gold"\nlabel = "Gold"\nfactor = "1.25"\n{}'
CAUSE = '[[charities]]\nkey = "c"\nlabel = "C"\n'
BY_CARD = "Who has what it asks for has it within the hour; others reach it from now on."


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("", EURO, "currencies EUR: new: 1 EUR is 1.1 GBP\n    Orders in it are taken from now on."),
        (EURO, EURO.replace("1.10", "1.2"), "currencies EUR.rate: 1.1 -> 1.2\n"),
        (
            EURO,
            EURO + EURO.replace("1.10", "1.2") + "from = 2026-06-01\n",
            "currencies EUR from 2026-06-01: new: 1 EUR is 1.2 GBP\n",
        ),
        (GOLD, GOLD.replace("500", "600"), "tiers gold.entry: 500.00 GBP of spend -> 600.00 GBP of spend\n"),
        ("", CARD, f"tiers card: new: Card\n    {BY_CARD}"),
        ("", PAID, f"tiers six: new: Six\n    {BY_CARD}"),
        ("", COURTESY, "tiers guest: new: Guest\n    Colleagues can give it from now on."),
        (
            MILES,
            MILES + STEP.format("points = 5"),
            "steps ten: new: Ten\n    What the counter holds counts at once.",
        ),
        (MILES, MILES + GOAL, "goals far: new: Far\n    What the counter holds counts at once."),
        (
            "",
            THREE,
            "goals three: new: Three\n    Counted from now on: earlier orders do not count towards it.",
        ),
        (
            MILES + STEP.format("points = 5"),
            MILES + STEP.format('points = 5, badge = "Ten"'),
            "steps ten.gives.badge: none -> Ten\n",
        ),
        (
            SLIDE.format("", ""),
            SLIDE.format(", maximum = 500", "limit = { per = 'year', count = 2 }\n"),
            "rewards off.limit: none -> 2 a year\n",
        ),
        (
            TEN,
            TEN.replace("price = 1000\n", "slider = { minimum = 100, step = 50 }\n").replace(
                'value = "10.00"\n', ""
            ),
            "rewards ten-off.slider: none -> from 100 points, in steps of 50\n",
        ),
        ("", REFERRAL, "offers GB: 100 points for the friend\n    Friends who join from now on."),
        (
            REFERRAL,
            REFERRAL + "inviter = { points = 1 }\n[[referral.offers]]\n" + "inviter = { points = 5 }\n",
            "100 points for the friend, 1 point for the inviter; everywhere else: 5 points for the inviter\n",
        ),
        (ASKED, ASKED.replace("Because", "So"), 'faq "Why?".answer: Because. -> So.\n'),
        ("", ASKED, 'faq "Why?": new: Because.\n'),
        (
            CAPPED.format(""),
            CAPPED.format('caps = [{ per = "month", points = 75 }, { per = "lifetime", points = 1 }]\n'),
            "activities review.caps: none -> 75 points a month; 1 point in all\n",
        ),
        (
            TWICE.format(""),
            TWICE.format('when = { hours = ["17:00", "19:00"], weekdays = ["sat", "sun"] }\n'),
            "multipliers gold.when.hours: none -> 17:00, 19:00\n",
        ),
        (
            CAUSE,
            CAUSE + '[giving]\nmatching = { percent = 50, most = "20.00" }\n',
            "giving.matching: none -> 50 percent of each gift, at most 20.00 GBP a year\n",
        ),
        (
            GOLD,
            GOLD + "[tier_rules]\npause = { days = 180 }\n",
            "tier_rules.pause: none -> 180 days, once in 24 months\n",
        ),
    ],
)
def test_values_are_told_in_words(old: str, new: str, what: str) -> None:
    lines = told(small(old), small(new))
    assert any(what in f"{line}\n" for line in lines), lines


def test_the_worth_of_a_point_is_told_in_money() -> None:
    dearer = small().replace('amount = "0.01"', 'amount = "0.02"')
    assert [line.split("\n")[0] for line in told(small(), dearer)] == [
        "unit.value.amount: 0.01 GBP -> 0.02 GBP"
    ]
    money = small().replace('value = { points = 1, amount = "0.01" }', 'kind = "money"')
    assert [line.split("\n")[0] for line in told(small(), money)] == [
        "unit.kind: points -> money",
        "unit.value: 1 point for 0.01 GBP -> none",
    ]


def test_points_of_a_balance_of_money_are_told_as_money() -> None:
    money = small(EARN).replace('value = { points = 1, amount = "0.01" }', 'kind = "money"')
    assert told(money, money.replace("points = 5", 'points = "0.07"'))[0].startswith(
        "earn all.points: 0.05 GBP -> 0.07 GBP\n"
    )


def test_of_a_long_text_only_the_paragraphs_that_differ_are_told() -> None:
    terms = '[pages.terms]\ntitle = "Terms"\nparagraphs = ["One.", "{}", "Three."]\n'
    (line,) = told(small(terms.format("Two.")), small(terms.format("Other.")))
    assert line == "pages.terms.paragraphs: Two. -> Other.\n    Shown from now on."


def test_no_value_of_the_catalogue_is_told_as_a_program_would() -> None:
    """Each file against the next: no bracket, fraction or variable in what is told of numbers and keys."""
    shipped = [programme.load(key).programme for key in programme.catalogue_keys()]
    for old, new in zip(shipped, [*shipped[1:], shipped[0]], strict=True):
        for change in programme.diff(old, new):
            if not change.where.startswith(("pages", "faq", "tagline", "joining", "contact", "board")):
                said = re.search(
                    r"[(\[{}\])]|\b\d+/\d+\b|_minor|\bminor\b|from_|None|True|False", str(change)
                )
                assert said is None, change


def test_a_plan_that_is_sold_no_more_or_again_is_told_by_what_that_means() -> None:
    plan = '[[plans]]\nkey = "plus"\nlabel = "Plus"\ninterval = "month"\nprice = "3.00"\n'
    closed = plan + "for_sale = false\n"
    assert told(small(plan), small(closed)) == [f"plans plus.for_sale: yes -> no\n    {SOLD_NO_MORE}"]
    assert told(small(closed), small(plan)) == [f"plans plus.for_sale: no -> yes\n    {SOLD_AGAIN}"]
    assert told(small(), small(closed)) == ["plans plus: new: Plus\n    Nobody can join it."]


def test_every_section_of_a_file_has_words_for_its_change() -> None:
    """Whatever is changed in a file is told, in a sentence that ends."""
    for name in programme.Programme.model_fields:
        for place in range(3):
            assert means(name, place).endswith(".")
