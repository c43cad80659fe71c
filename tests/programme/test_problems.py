"""A file that is wrong: every mistake has its line, and says how to mend it."""

import pytest

from tests.programme.texts import small
from tests.programme.wrong import GOLD, LAST, REWARD, RULE, SILVER, problems

MAY = '[[campaigns]]\nkey = "may"\nlabel = "May"\nfrom = 2026-05-01\nuntil = 2026-05-31\nfactor = "2"\n'
CHARITY = '[[charities]]\nkey = "{}"\nlabel = "{}"\n'
GOAL = (
    '[[goals]]\nkey = "three"\nlabel = "Three"\nmetric = "orders"\ncount = 3\ngives = { reward = "ten-of" }\n'
)
DIVIDEND = '[[dividends]]\nkey = "share"\nlabel = "Share"\npercent = 10\npays_on = "03-01"\n'


@pytest.mark.parametrize(
    ("source", "line", "path", "message", "remedy"),
    [
        (small(name='"x"\nnmae = "y"'), 3, "nmae", 'no key "nmae"', 'did you mean "name"?'),
        (small('[brand]\ncolor = "#123456"\n'), LAST + 2, "brand.color", 'no key "color"', '"colour"'),
        (small("[zzz]\n"), LAST + 1, "zzz", 'no key "zzz"', "use one of: key, name"),
        (small(name='"two\\nlines"'), 2, "name", "a character that cannot be shown", "take it out"),
        (
            small(name='"x"\nfaq = [{ question = "q", answer = "\\u0000" }]'),
            3,
            "faq[0].answer",
            "a character that cannot be shown",
            "take it out",
        ),
        (small(name=""), 1, "name", "missing", 'add name = "Pennywren Rewards"'),
        (small(name="5"), 2, "name", "expects text", 'write name = "Pennywren Rewards"'),
        (small(timezone='"Europe/Londres"'), 3, "timezone", "not a time zone", '"Europe/London"'),
        (small(timezone='"nowhere at all"'), 3, "timezone", "not a time zone", "IANA"),
        (small(currency='"gbp"'), 4, "currency", "not a currency", 'write "GBP"'),
        (small(currency='"XXY"'), 4, "currency", "not a currency", "ISO 4217"),
        (
            small('languages = ["en"]\n'),
            LAST + 1,
            "tiers[0].languages",
            'no key "languages"',
            "above the first",
        ),
        (
            small(currency='"GBP"\nlanguages = ["en", "xx-no"]'),
            5,
            "languages[1]",
            "not a language",
            '"zh-Hant"',
        ),
        (small(currency='"GBP"\ncountry = "UK"'), 5, "country", "not a country", '"GB"'),
        (small(currency='"GBP"\nlanguages = []'), 5, "languages", "is empty", "at least one"),
        (small(key='"Small Shop"'), 1, "key", "not a key", "small letters"),
        (small(RULE.replace('"1.00"', "1.00")), LAST + 5, "earn[0].per", "in quotes", 'write "1.00"'),
        (
            small(RULE.replace("1.00", "1.005")),
            LAST + 5,
            "earn[0].per",
            "more decimals than GBP",
            "at most 2",
        ),
        (small(RULE.replace("1.00", "0.00")), LAST + 5, "earn[0].per", "not above zero", "above zero"),
        (small(RULE.replace("1.00", "-1.00")), LAST + 5, "earn[0].per", "below zero", "above zero"),
        (small(RULE.replace("1.00", "1,00")), LAST + 5, "earn[0].per", "not an amount", "digits only"),
        (
            small(RULE.replace("= 5", "= 1.5")),
            LAST + 4,
            "earn[0].points",
            "a whole number",
            "write points = 5",
        ),
        (small(RULE.replace("= 5", "= true")), LAST + 4, "earn[0].points", "a whole number", "points = 5"),
        (small(RULE, RULE), LAST + 7, "earn[1].key", 'key "all" is taken by earn[0]', "its own key"),
        (
            small(RULE, 'when = { tiers = ["mmber"] }\n'),
            LAST + 6,
            "earn[0].when.tiers[0]",
            'no tier "mmber"',
            'did you mean "member"?',
        ),
        (
            small(RULE, 'when = { currencies = ["EUR"] }\n'),
            LAST + 6,
            "earn[0].when.currencies[0]",
            "orders in EUR are not accepted",
            "[[currencies]]",
        ),
        (
            small(RULE, "when = { from = 2026-03-02, until = 2026-03-01 }\n"),
            LAST + 6,
            "earn[0].when.until",
            "2026-03-01 is before 2026-03-02",
            "a later one",
        ),
        (
            small(RULE, "when = { from = 2026-03-02T09:00:00 }\n"),
            LAST + 6,
            "earn[0].when.from",
            "has no offset",
            "2026-03-02T09:00:00Z",
        ),
        (small(GOLD, SILVER), LAST + 8, "tiers[2].entry[0].amount", "200.00 is not above", "tiers rise"),
        (
            small('entry = [{ metric = "orders", count = 3 }]\n'),
            LAST + 1,
            "tiers[0].entry",
            "the base",
            "first",
        ),
        (small(GOLD.split("entry")[0]), LAST + 1, "tiers[1]", "only the first tier", "add entry"),
        (
            small(GOLD.replace("amount", "count")),
            LAST + 4,
            "tiers[1].entry[0].count",
            "expects a whole number",
            "count = 6",
        ),
        (
            small(GOLD.replace('"spend"', '"orders"')),
            LAST + 4,
            "tiers[1].entry[0]",
            "entry by orders needs a count",
            'metric = "orders", count = 6',
        ),
        (
            small(REWARD.replace("1000", "-5")),
            LAST + 4,
            "rewards[0].price",
            "at least 0, not -5",
            "at least 0",
        ),
        (
            small(REWARD.replace("money-off", "money-of")),
            LAST + 5,
            "rewards[0].kind",
            "money-of",
            '"money-off"',
        ),
        (small(REWARD.split("value")[0]), LAST + 1, "rewards[0]", "needs its value", 'value = "10.00"'),
        (
            small('[brand]\ncolour = "#7a7a7a"\n'),
            LAST + 2,
            "brand.colour",
            "contrast 4.29, needed 4.50",
            "take a darker shade",
        ),
        (small('[brand]\ncolour = "green"\n'), LAST + 2, "brand.colour", "not a colour", '"#1f5b4d"'),
        (small('[expiry]\nkind = "day"\n'), LAST + 2, "expiry.kind", "not one of never, days", '"days"'),
        (small('[expiry]\nkind = "days"\n'), LAST + 1, "expiry", "do not go together", "add days = 365"),
        (
            small(REWARD.replace('"10.00"', '"10.00 EUR"')),
            LAST + 6,
            "rewards[0].value",
            "names a currency",
            "take EUR out, and write the amount in GBP",
        ),
        (small(MAY, MAY.replace("may", "sun")), LAST + 7, "campaigns[1]", "at the same time", "stacking"),
        (
            small(GOLD.replace('"spend", amount = "500.00"', '"paid-months", count = 6')),
            LAST + 4,
            "tiers[1].entry",
            "nobody can reach this tier: no plan is paid by month or year",
            "courtesy = true",
        ),
        (
            small(GOLD, GOLD.replace("500", "900")),
            LAST + 6,
            "tiers[2].key",
            "comes back to a tier has no end",
            "its own key",
        ),
        (
            small(GOLD, 'keep = [{ metric = "spend", amount = "600.00" }]\n'),
            LAST + 5,
            "tiers[1].keep[0].amount",
            "more than it takes to reach",
            "or for less",
        ),
        (
            small(currency='"GBP"\nlanguages = ["en", "de"]'),
            5,
            "languages[1]",
            "not translated",
            "add a trans",
        ),
        (
            small(CHARITY.format("a", "Hedges"), CHARITY.format("b", "hedges")),
            LAST + 6,
            "charities[1].label",
            "twice",
            "take one",
        ),
        (
            small(CHARITY.format("a", "One"), CHARITY.format("a", "Two")),
            LAST + 5,
            "charities[1].key",
            "taken by",
            "its own",
        ),
        (
            small(GOAL.replace("ten-of", "ten")),
            LAST + 6,
            "goals[0].gives.reward",
            'no reward "ten"',
            "describe",
        ),
        (small(REWARD, GOAL), LAST + 12, "goals[0].gives.reward", 'no reward "ten-of"', '"ten-off"?'),
        (small(DIVIDEND), LAST + 1, "dividends", "a balance of money", 'kind = "money"'),
        (
            small(MAY.replace('factor = "2"', 'factor = "2"\nbonus = 5')),
            LAST + 1,
            "campaigns[0]",
            "only one of them",
            "or bonus = 500",
        ),
        (small("[orders]\npending_days = -1\n"), LAST + 2, "orders.pending_days", "at least 0", "at least 0"),
        (small(RULE, 'when = { hours = ["17:00"] }\n'), LAST + 6, "earn[0].when", "an end", '"19:00"'),
        (
            small(RULE, 'when = { hours = ["17h", "19:00"] }\n'),
            LAST + 6,
            "earn[0].when.hours[0]",
            "time of day",
            "17:30",
        ),
        (small(email='"hello"'), 10, "contact.email", "not an e-mail address", "hello@pennywren.example"),
        (
            small(value=""),
            6,
            "unit",
            "value of a point is missing",
            'add value = { points = 1, amount = "0.01" }',
        ),
        (
            small('[[currencies]]\ncode = "GBP"\nrate = "1"\n'),
            LAST + 2,
            "currencies[0].code",
            "home",
            "take this",
        ),
        (
            small('[[currencies]]\ncode = "EUR"\nrate = 0.86\n'),
            LAST + 3,
            "currencies[0].rate",
            "exact",
            '"0.86"',
        ),
    ],
)
def test_a_mistake_has_its_line_and_a_remedy(
    source: str, line: int, path: str, message: str, remedy: str
) -> None:
    (problem,) = problems(source)
    assert (problem.file, problem.line, problem.path) == ("shop.toml", line, path)
    assert message in problem.message
    assert remedy in problem.remedy


def test_a_currency_beside_an_amount_is_told_where_other_currencies_belong() -> None:
    ten = '[[rewards]]\nkey = "ten"\nlabel = "Ten"\nkind = "money-off"\nprice = 9\nvalue = "10.00"\n'
    (problem,) = problems(small(ten, 'currency = "CHF"\n'))
    assert (problem.line, problem.path) == (LAST + 7, "rewards[0].currency")
    assert "every amount is in the home currency; [[currencies]]" in problem.remedy


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    source = small(GOLD, SILVER, REWARD.replace("1000", "0"), timezone='"Mars"', name="")
    assert [problem.path for problem in problems(source)] == [
        "name",
        "timezone",
        "tiers[2].entry[0].amount",
        "rewards[0]",
    ]


def test_money_of_an_unknown_currency_is_told_once() -> None:
    assert [problem.path for problem in problems(small(RULE, REWARD, currency='"ZZZ"'))] == ["currency"]


def test_a_remedy_names_what_there_is_each_once() -> None:
    when = RULE + 'when = { tiers = ["zzz"] }\n'
    found = problems(small(SILVER, SILVER.replace("200", "300"), when))
    assert [problem.remedy for problem in found if "zzz" in problem.message] == ["use one of: member, silver"]
