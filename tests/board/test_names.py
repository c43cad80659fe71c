"""Tables of names: how members are called on the board, and what is no name of theirs."""

from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import portal
from portal.board import names


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Anna Bell", "Anna B."),
        ("Anna", "Anna"),
        ("Berta Maria van der hill", "Berta H."),
        ("  Anna   Bell ", "Anna B."),
        ("Bell, Anna", "Anna B."),
        ("van der Berg, Anna Marie", "Anna B."),
        ("Anna,", "Anna"),
        ("Anna (Bell)", "Anna B."),
        ("O'Neil", "O'Neil"),
        ("Ü", "Ü"),
        ("Ａｎｎａ Bell", "Anna B."),
        ("a" * 300, "a" * 40),
        ("", ""),
        (None, ""),
    ],
)
def test_a_member_is_called_by_her_first_name_and_never_by_her_whole_name(name, shown):
    assert names.shown_name(name, "Penny & Wren") == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("민지", "민지"),
        ("김영희", "영희"),
        ("김 영희", "영희"),
        ("さくら", "さくら"),
        ("山田 はなこ", "はなこ"),
        ("田中太郎", "太郎"),
        ("小龙", "小龙"),
        ("李小龙", "小龙"),
        ("ﾊﾅｺ", "ハナコ"),
    ],
)
def test_where_the_family_name_is_written_first_the_given_name_is_shown_whole(name, shown):
    assert names.shown_name(name) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("anna.bell@example.com", ""),
        ("Anna anna＠example.com", ""),
        ("07946018200", ""),
        ("+44 7700 900123", ""),
        ("Anna 07946018200", "Anna"),
        ("Anna07946018200 Bell", "Anna B."),
        ("Customer 17850", "Customer"),
        ("٠١٢٣", ""),
    ],
)
def test_addresses_and_figures_are_no_name(name, shown):
    assert names.shown_name(name) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("\u202eAnna\u2066 Bell\u061c", "Anna B."),
        ("An\u00adna\u200b", "Anna"),
        ("Anna\u3164Bell", "Anna B."),
        ("\u2800\u3164\u115f\u1160\uffa0", ""),
        ("\u200d\u200b\x00", ""),
        ("\u0301\u0301", ""),
    ],
)
def test_what_cannot_be_seen_or_turns_letters_around_is_in_no_name(name, shown):
    assert names.shown_name(name) == shown


@pytest.mark.parametrize(
    "name",
    [
        "From the team",
        "From\u2800the\u2800team",
        "From\u3164the\u3164team",
        "From\u00a0the\u00adteam",
        "From-the-team",
        "FROMTHETEAM",
        "Ｆｒｏｍ the team",
        "From the t\u0435\u0430m",  # with Cyrillic letters
        "Te\u0301am",
        "Team",
        "The-Team",
        "Team Anna",
        "Support",
        "운영팀",
        "운 영 팀",
        "Penny Team",
        "Anna-Staff Bell",
        "Pennywren Rewards",
        "PennyWren",
        "penny  wren",
        "P\u0435nny-Wr\u0435n",
        "Rewards, Pennywren",
    ],
)
def test_nobody_is_called_as_the_team_or_the_programme(name):
    assert names.shown_name(name, "Pennywren Rewards") == ""


def test_who_only_shares_a_part_with_it_keeps_her_name():
    for name, shown in (
        ("Penny Wren-Hill", "Penny W."),
        ("Penny", "Penny"),
        ("Wren", "Wren"),
        ("Steam", "Steam"),
    ):
        assert names.shown_name(name, "Pennywren Rewards") == shown
    assert names.shown_name("Anna", "") == "Anna"


def test_the_label_of_the_team_is_known_in_every_language():
    labels = {"From the team"}
    for file in (Path(portal.__file__).parent / "translations").glob("*/LC_MESSAGES/messages.po"):
        with file.open("rb") as told:
            labels.add(read_po(told)["From the team"].string)
    assert labels == set(names.TEAM)
