"""The words of a file: names for what shops send, whom an activity is for, what happens by itself, tone, matching."""

import pytest

from portal import programme
from tests.programme.texts import small
from tests.programme.wrong import problems

QUANTITY = (
    '[[tiers]]\nkey = "gold"\nlabel = "Gold"\n'
    'entry = [{ metric = "quantity", count = 50, categories = ["rental-day"] }]\n'
)
NAMED = '[[words]]\nkey = "{}"\nlabel = "rental days"\none = "rental day"\n'
ACTIVITY = '[[activities]]\nkey = "{}"\nlabel = "Something"\npoints = 10\n'
PLAN = '[[plans]]\nkey = "monthly"\nlabel = "Plus"\ninterval = "month"\nprice = "3.00"\n'
CHARITY = '[[charities]]\nkey = "rivers"\nlabel = "Rivers"\n'


@pytest.mark.parametrize(("many", "said"), [(0, "rental days"), (1, "rental day"), (2, "rental days")])
def test_a_word_has_a_label_for_one_and_for_many(many: int, said: str) -> None:
    shop = programme.parse(small(QUANTITY, NAMED.format("rental-day")), "shop.toml")
    assert shop.word("rental-day", many) == said


def test_one_label_is_enough_and_none_is_readable() -> None:
    words = NAMED.format("rental-day").replace('one = "rental day"\n', "")
    assert programme.parse(small(QUANTITY, words), "shop.toml").word("rental-day", 1) == "rental days"
    assert programme.parse(small(QUANTITY), "shop.toml").word("store_card-two") == "store card two"


@pytest.mark.parametrize(
    "part",
    [
        f'[[earn]]\nkey = "a"\nlabel = "A"\npoints = 1\nper = "1.00"\nwhen = {{ {name} = ["it"] }}\n'
        for name in ("categories", "brands", "shops", "tags", "payments", "attributes")
    ]
    + [
        ACTIVITY.format("one") + 'counter = "it"\n',
        '[[perks]]\nkey = "p"\nlabel = "P"\nkind = "percent-off"\npercent = 5\nbrands = ["it"]\n',
        '[[rewards]]\nkey = "r"\nlabel = "R"\nkind = "percent-off"\npercent = 5\ncategories = ["it"]\n',
        '[[tiers]]\nkey = "g"\nlabel = "G"\nentry = [{ metric = "attribute", attribute = "it" }]\n',
    ],
)
def test_whatever_a_rule_looks_at_may_be_named(part: str) -> None:
    assert programme.parse(small(part, NAMED.format("it")), "shop.toml").word("it") == "rental days"


@pytest.mark.parametrize(
    ("part", "path", "message", "remedy"),
    [
        (NAMED.format("rental-days"), "words[0].key", 'is "rental-days"', 'did you mean "rental-day"?'),
        (NAMED.format("zzz"), "words[0].key", 'is "zzz"', "use one of: rental-day"),
        (NAMED.format("rental-day") * 2, "words[1].key", "is taken by words[0]", "its own key"),
        (ACTIVITY.format("a") + 'plans = ["monthly"]\n', "activities[0].plans[0]", "no plan", "[[plans]]"),
        (ACTIVITY.format("a") + 'tiers = ["golf"]\n', "activities[0].tiers[0]", "no tier", '"gold"'),
        (
            '[[tiers]]\nkey = "x"\nlabel = "X"\ncourtesy = true\ntone = "warm"\n',
            "tiers[2].tone",
            "no key",
            "",
        ),
        (
            "[giving]\nmatching = { percent = 101 }\n",
            "giving.matching.percent",
            "at most 100",
            "at most 100",
        ),
    ],
)
def test_a_mistake_has_its_place_and_a_remedy(part: str, path: str, message: str, remedy: str) -> None:
    (found,) = problems(small(QUANTITY, part))
    assert found.path == path
    assert message in found.message
    assert remedy in found.remedy


@pytest.mark.parametrize("key", ["account", "newsletter", "birthday"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("plans", '["monthly"]'),
        ("tiers", '["member"]'),
        ("caps", '[{ per = "day", points = 5 }]'),
        ("quantity", "true"),
        ("distinct", '"country"'),
        ("proof", '"staff"'),
    ],
)
def test_nobody_asks_for_what_happens_by_itself(key: str, name: str, value: str) -> None:
    text = small(PLAN, ACTIVITY.format(key), f"{name} = {value}\n")
    if key == "newsletter" and name in ("caps", "proof"):  # that may be sent as well
        assert programme.parse(text, "shop.toml")
        return
    (found,) = problems(text)
    assert (found.path, found.line) == (f"activities[0].{name}", text.count("\n"))
    assert "happens by itself" in found.message
    assert f"take {name} out" in found.remedy


def test_a_file_says_its_tone_and_what_is_added_to_gifts() -> None:
    shop = programme.parse(
        small(
            CHARITY, '[giving]\nmatching = { percent = 50, most = "20.00" }\n', name='"x"\ntone = "formal"'
        ),
        "shop.toml",
    )
    assert shop.tone == "formal"
    assert shop.giving.matching is not None
    assert (shop.giving.matching.percent, shop.giving.matching.most_minor) == (50, 2000)


def test_changes_of_words_are_told_in_words() -> None:
    old = programme.parse(small(QUANTITY, NAMED.format("rental-day")), "shop.toml")
    new = programme.parse(
        small(QUANTITY, NAMED.format("rental-day").replace("rental days", "days of rental")), "shop.toml"
    )
    (change,) = programme.diff(old, new)
    assert str(change) == "words rental-day.label: rental days -> days of rental\n    Shown from now on."
    gone = programme.diff(old, programme.parse(small(QUANTITY), "shop.toml"))
    assert [one.means for one in gone] == ["Shown as the word itself from now on."]
