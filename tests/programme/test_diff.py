"""What members will notice: every difference of two files is told, with what it means and from when."""

import pytest

from portal import programme
from portal.programme.diffing import means
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
        (GOLD, GOLD.replace("500", "600"), "amount 500.00 GBP) -> (metric spend, amount 600.00 GBP)", "end date"),
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


def test_every_section_of_a_file_has_words_for_its_change() -> None:
    """Whatever is changed in a file is told, in a sentence that ends."""
    for name in programme.Programme.model_fields:
        for place in range(3):
            assert means(name, place).endswith(".")
