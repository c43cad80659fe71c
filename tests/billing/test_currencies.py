"""Plans that are sold in several currencies: what she is shown is what she pays, in one of them for good."""

from datetime import date
from fractions import Fraction

import pytest
from sqlalchemy import update

from portal import clock, people, programme
from portal.billing import benefits, changes, checkout, price_rules
from portal.billing.models import StripePrice
from portal.db import run, transact
from portal.errors import Refused
from tests.billing import shelf
from tests.billing.past import buy
from tests.billing.shop import Desk, count, joining
from tests.home.doors import ANNA, step_in
from tests.programme.texts import small

ABROAD = "\n"
RATE = '\n[[currencies]]\ncode = "EUR"\nrate = "0.80"\n\n'
JUNE = date(2026, 6, 10)


@pytest.fixture
def counter(desk) -> Desk:
    """Gold in pounds, euros and yen; Platinum in pounds alone."""
    shelf.fill(clock.now(), abroad=ABROAD)
    return desk


def lives(desk: Desk, country: str | None) -> None:
    """Anna lives there."""
    who = people.Member.__table__
    transact(lambda: run(update(who).where(who.c.id == desk.member).values(country=country)))
    desk.visit = step_in(desk.app, ANNA)


def words(desk: Desk, path: str) -> str:
    return " ".join(desk.visit.open(path).text.split())


def bills(desk: Desk) -> list[tuple[int, str]]:
    """What Stripe took, oldest first."""
    return [(one.amount_paid, one.currency) for one in reversed(desk.at_stripe("invoices"))]


PLANS = """\
[[plans]]
key = "a"
label = "A"
interval = "month"
price = "3.00"
prices = { EUR = "3.50", JPY = "500" }
[[plans]]
key = "a-year"
label = "A"
interval = "year"
price = "30.00"
prices = { JPY = "5500", EUR = "40.00" }
[[plans]]
key = "b"
label = "B"
interval = "month"
price = "9.00"
prices = { JPY = "1500" }
"""


@pytest.mark.parametrize(
    ("wanted", "a", "year", "saving", "b"),
    [
        ((), (300, "GBP"), (3000, "GBP"), 600, (900, "GBP")),
        (("EUR",), (350, "EUR"), (4000, "EUR"), 200, (900, "GBP")),
        (("JPY",), (500, "JPY"), (5500, "JPY"), 500, (1500, "JPY")),
        (("EUR", "JPY"), (350, "EUR"), (4000, "EUR"), 200, (1500, "JPY")),
        (("CHF",), (300, "GBP"), (3000, "GBP"), 600, (900, "GBP")),
        (("", "GBP", "EUR"), (300, "GBP"), (3000, "GBP"), 600, (900, "GBP")),
    ],
)
def test_a_plan_costs_what_it_does_in_the_first_currency_in_which_it_is_sold(
    wanted, a, year, saving, b
) -> None:
    sold = programme.parse(small(PLANS), "small.toml")
    one, other = price_rules.choices(sold, *wanted)
    assert [(p.amount_minor, p.currency) for p in one.prices] == [a, year]
    assert [p.saving_minor for p in one.prices] == [0, saving]
    assert [(p.amount_minor, p.currency) for p in other.prices] == [b]


def test_a_year_that_is_dearer_than_twelve_months_saves_nothing_in_that_currency_alone() -> None:
    sold = programme.parse(small(PLANS.replace('"40.00"', '"42.01"')), "small.toml")
    assert [price_rules.choices(sold, code)[0].prices[1].saving_minor for code in ("GBP", "EUR")] == [600, 0]


@pytest.mark.parametrize(
    ("country", "day", "codes"),
    [
        ("DE", JUNE, ("EUR",)), ("JP", JUNE, ("JPY",)), ("GB", JUNE, ("GBP",)), ("HR", JUNE, ("EUR",)),
        ("HR", date(2022, 6, 10), ("HRK",)), (None, JUNE, ()), ("AQ", JUNE, ()),
    ],
)  # fmt: skip
def test_the_currency_of_a_country_is_that_of_the_day(country, day, codes) -> None:
    assert price_rules.used_in(country, day) == codes


@pytest.mark.both_engines
def test_she_is_shown_asked_and_charged_in_the_currency_of_her_country(counter):
    lives(counter, "DE")
    page = words(counter, "/plans")
    for said in (
        "€6.00", "saves €12.00 a year", "€180.00", "You agree to pay €6.00 for Gold today and again each month",
        "Join Gold, €60.00 a year", "£15.00",  # Platinum is sold in pounds alone
    ):  # fmt: skip
        assert said in page
    assert "£5.00" not in page
    joined = counter.join("gold-monthly")
    assert "€6.00 on 10 July 2026" in joined.text
    counter.tell()
    row = counter.subscription()
    assert (row.amount_minor, row.currency) == (600, "EUR")
    assert bills(counter) == [(600, "eur")]
    for path in ("/membership", "/home"):
        assert "€6.00" in words(counter, path)
    assert "€6.00" in counter.mail("Gold is yours")


def test_yen_have_no_decimals_anywhere(counter):
    lives(counter, "JP")
    assert "¥900" in words(counter, "/plans")
    counter.join("gold-monthly")
    counter.tell()
    assert bills(counter) == [(900, "jpy")]
    assert "¥900 on 10 July 2026" in words(counter, "/membership")


@pytest.mark.parametrize("country", [None, "GB", "US"])
def test_elsewhere_it_costs_what_it_costs_at_home(counter, country):
    lives(counter, country)
    counter.join("gold-monthly")
    assert bills(counter) == [(500, "gbp")]


def test_she_may_choose_another_currency_before_she_pays_and_not_after(counter):
    page = counter.visit.open("/plans")
    assert "Prices in British pounds" in " ".join(page.text.split())
    page = counter.visit.follow("Japanese yen")
    assert "¥900" in page.text
    answer = counter.visit.client.post("/billing/checkout", data=joining(page, "gold-monthly"))
    counter.visit.open(counter.pay(answer.location))
    assert bills(counter) == [(900, "jpy")]
    assert "Prices in" not in words(counter, "/plans")


@pytest.mark.both_engines
def test_whoever_has_paid_in_a_currency_stays_in_it_wherever_she_moves(counter):
    lives(counter, "DE")
    counter.join("gold-monthly")
    counter.stripe.bare_client().v1.subscriptions.cancel(counter.subscription().id)
    counter.tell()
    counter.pass_time(days=32)
    lives(counter, "JP")
    assert "€6.00" in words(counter, "/plans?in=JPY")
    counter.join("gold-yearly")
    assert bills(counter)[-1] == (6000, "eur")


def test_a_page_that_is_older_than_what_was_paid_charges_nothing(counter):
    old = joining(counter.visit.open("/plans"), "gold-monthly")
    lives(counter, "DE")
    counter.join("gold-monthly")
    counter.stripe.bare_client().v1.subscriptions.cancel(counter.subscription().id)
    counter.tell()
    counter.pass_time(days=32)
    token = counter.visit.open("/plans").all("input", name="csrf_token")[0]["value"]
    answer = counter.visit.client.post("/billing/checkout", data=old | {"csrf_token": token})
    assert answer.status_code == 409
    assert "The price has changed since you looked. Nothing was charged." in answer.text
    assert "€6.00" in answer.text
    assert len(counter.at_stripe("checkout.sessions")) == 1


@pytest.mark.parametrize("code", ["CHF", "XXX", "gbp", "'", "EUREUR"])
def test_a_currency_in_which_nothing_is_sold_is_as_none(counter, code):
    assert "£5.00" in words(counter, f"/plans?in={code}") or code == "EUREUR"


def test_a_plan_has_one_price_at_stripe_for_each_currency(counter):
    plan = programme.active()[1].plan("gold-monthly")
    ids = {code: checkout.price_id(plan, code, clock.now()) for code in ("GBP", "EUR", "JPY")}
    assert len(set(ids.values())) == 3
    assert {code: checkout.price_id(plan, code, clock.now()) for code in ids} == ids
    found = {one.id: (one.unit_amount, one.currency) for one in counter.at_stripe("prices")}
    assert [found[ids[code]] for code in ("GBP", "EUR", "JPY")] == [(500, "gbp"), (600, "eur"), (900, "jpy")]
    assert count(StripePrice) == 3
    with pytest.raises(Refused, match="not sold in CHF"):
        checkout.offer(plan, "CHF")


def test_a_change_stays_in_the_currency_that_she_pays_in(counter):
    lives(counter, "DE")
    counter.join("gold-monthly")
    counter.tell()
    counter.visit.open("/membership")
    counter.visit.follow("Change the plan")
    page = counter.visit.submit("See what it costs", plan="gold-yearly")
    text = " ".join(page.text.split())
    assert "€60.00 a year" in text
    counter.visit.submit("Pay €54.00 and change now")
    assert bills(counter) == [(600, "eur"), (5400, "eur")]
    assert counter.subscription().currency == "EUR"


def test_a_plan_that_is_not_sold_in_her_currency_is_not_changed_to(counter):
    lives(counter, "DE")
    counter.join("gold-monthly")
    with pytest.raises(Refused, match="one currency"):
        changes.show(counter.member, "platinum-monthly", clock.now())
    assert bills(counter) == [(600, "eur")]


def test_for_life_is_bought_in_her_currency_too(counter):
    lives(counter, "DE")
    page = counter.join("gold-life")
    assert "Gold is yours" in page.text
    counter.tell()
    assert bills(counter) == [(18000, "eur")]
    assert "€180.00" in words(counter, "/membership")


def test_a_visitor_reads_in_which_currencies_a_plan_is_sold(counter):
    visitor = counter.app.test_client()
    assert "£5.00" in visitor.get("/plans").text
    assert "€6.00" in visitor.get("/plans?in=EUR").text
    assert "Also sold in euros and Japanese yen." in visitor.get("/").text


@pytest.mark.parametrize(("abroad", "rate", "costs"), [(RATE, Fraction(4, 5), 4800), (ABROAD, None, None)])
def test_what_it_is_worth_is_reckoned_at_the_rate_and_without_one_set_beside_the_price(
    desk, abroad, rate, costs
):
    shelf.fill(clock.now(), abroad=abroad)
    lives(desk, "DE")
    buy("1", "20.00", shipping="4.00")
    one = benefits.estimates(desk.member, programme.active()[1], JUNE, ("EUR",))["Gold"]
    assert (one.payment_minor, one.currency, one.rate) == (6000, "EUR", rate)
    assert (one.gives_minor, one.costs_minor) == (400, costs)
    assert one.more_minor == (None if costs is None else 400 - costs)
    page = words(desk, "/plans")
    assert "A year of it: 1 payment of €60.00" in page
    gold = page[page.index("Worth it for you?") : page.index("Platinum")]
    assert ("less than its price" in gold) is (costs is not None)
    assert "it would have given you £4.00" in gold


@pytest.mark.parametrize(("abroad", "paid"), [(RATE, "£4.80"), (ABROAD, "€6.00")])
def test_the_meter_says_what_was_paid_at_the_rate_and_without_one_in_its_own_currency(desk, abroad, paid):
    shelf.fill(clock.now(), abroad=abroad)
    lives(desk, "DE")
    desk.join("gold-monthly")
    desk.tell()
    page = words(desk, "/membership")
    assert f"You paid since 10 June 2026 {paid}" in page
    assert "1 payment of €6.00" in page


SIBLING = PLANS.replace(', EUR = "40.00"', "")


@pytest.mark.parametrize(
    ("text", "path", "line", "message"),
    [
        (PLANS.replace("EUR", "XQQ", 1), "plans[0].prices", 20, '"XQQ" is not a currency'),
        (PLANS.replace("EUR", "eur", 1), "plans[0].prices", 20, 'write "EUR"'),
        (PLANS.replace("3.50", "3.505"), "plans[0].prices", 20, "more decimals than EUR"),
        (PLANS.replace('"500"', '"500.5"'), "plans[0].prices", 20, "more decimals than JPY"),
        (PLANS.replace('"500"', '"0"'), "plans[0].prices", 20, "in JPY, the amount is not above zero"),
        (PLANS.replace('"500"', "500"), "plans[0].prices", 20, "as text in quotes"),
        (PLANS.replace("EUR", "GBP", 1), "plans[0].prices", 20, "GBP is the home currency"),
        (PLANS.replace('{ EUR = "3.50", JPY = "500" }', "{}"), "plans[0].prices", 20, "or leave it out"),
        (
            PLANS.replace('{ EUR = "3.50", JPY = "500" }', '"3.50"'),
            "plans[0].prices",
            20,
            "no table of amounts",
        ),
        (SIBLING, "plans[1].prices", 26, "is sold in EUR, and this one is not"),
        (
            SIBLING.replace('prices = { JPY = "5500" }\n', ""),
            "plans[1]",
            21,
            "is sold in EUR, JPY, and this one",
        ),
    ],
)
def test_a_mistake_in_prices_says_where_and_how_to_mend_it(text, path, line, message) -> None:
    with pytest.raises(programme.Invalid) as wrong:
        programme.parse(small(text), "small.toml")
    assert [(one.path, one.line) for one in wrong.value.problems] == [
        (path, line)
    ] or path == "plans[0].prices"
    found = next(one for one in wrong.value.problems if one.path == path)
    assert found.line == line
    assert message in f"{found.message} {found.remedy}"


def test_a_difference_of_prices_is_told_with_its_currencies() -> None:
    before, after = (
        programme.parse(small(one), "small.toml") for one in (PLANS, PLANS.replace("3.50", "4.50"))
    )
    (change,) = programme.diff(before, after)
    assert (change.where, change.before, change.after) == (
        "plans a.prices", "3.50 EUR, 500 JPY", "4.50 EUR, 500 JPY",
    )  # fmt: skip
    assert "For who joins from now on." in change.means
