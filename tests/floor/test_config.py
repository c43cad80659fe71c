"""Settings: read once, frozen, and unsafe ones never reach strangers."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from portal.config import DEVELOPMENT_KEY, BadSettings, Settings

SAFE = {
    "PORTAL_ENV": "production",
    "PORTAL_SECRET_KEY": "s" * 32,
    "PORTAL_ADDRESS_KEY": "a" * 32,
    "PORTAL_BASE_URL": "https://points.shop.example",
    "PORTAL_SMTP_URL": "smtp://mail.shop.example:25",
    "PORTAL_MAIL_FROM": "points@shop.example",
}


def problems(**changes: str) -> list[str]:
    """What keeps a production from starting, by the name of the variable."""
    with pytest.raises(BadSettings) as bad:
        Settings.load(SAFE | changes)
    return sorted(problem.split(":")[0] for problem in bad.value.problems)


def test_a_production_with_all_that_it_needs_starts():
    settings = Settings.load(SAFE)
    assert settings.secure
    assert settings.host == "points.shop.example"


def test_a_host_is_known_however_it_was_typed():
    typed = {
        "PORTAL_BASE_URL": "HTTPS://Points.Shop.Example/",
        "PORTAL_STAFF_URL": "https://Staff.Shop.Example",
    }
    settings = Settings.load(SAFE | typed)
    assert (settings.host, settings.staff_host) == ("points.shop.example", "staff.shop.example")
    assert problems(PORTAL_STAFF_URL="https://Points.Shop.Example") == ["PORTAL_STAFF_URL"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_SECRET_KEY", ""),
        ("PORTAL_SECRET_KEY", DEVELOPMENT_KEY),
        ("PORTAL_SECRET_KEY", "s" * 31),
        ("PORTAL_ADDRESS_KEY", ""),
        ("PORTAL_ADDRESS_KEY", "a" * 31),
        ("PORTAL_BASE_URL", "http://points.shop.example"),
        ("PORTAL_BASE_URL", ""),
        ("PORTAL_SMTP_URL", ""),
        ("PORTAL_MAIL_FROM", ""),
        ("PORTAL_DEMO", "1"),
    ],
)
def test_a_production_that_is_not_safe_does_not_start_and_says_which_setting(name, value):
    assert problems(**{name: value}) == [name]


def test_all_that_is_missing_is_said_at_once():
    with pytest.raises(BadSettings) as bad:
        Settings.load({"PORTAL_ENV": "production"})
    assert len(bad.value.problems) == 5


def test_a_value_that_cannot_be_is_named_and_not_repeated():
    with pytest.raises(BadSettings) as bad:
        Settings.load({"PORTAL_ENV": "prod", "PORTAL_TRUSTED_PROXIES": "hunter2"})
    assert sorted(problem.split(":")[0] for problem in bad.value.problems) == [
        "PORTAL_ENV",
        "PORTAL_TRUSTED_PROXIES",
    ]
    assert "hunter2" not in str(bad.value)


def test_settings_do_not_change():
    settings = Settings.load({})
    with pytest.raises(ValidationError):
        settings.demo = True  # type: ignore[misc]


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("postgresql://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgres://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgresql+psycopg://u@h/d", "postgresql+psycopg://u@h/d"),
        ("sqlite:////tmp/x.sqlite", "sqlite:////tmp/x.sqlite"),
    ],
)
def test_the_usual_addresses_of_databases_are_understood(given, url):
    assert Settings.load({"PORTAL_DATABASE_URL": given}).database == url


def test_without_a_database_there_is_a_file_at_home():
    home = Path("somewhere").resolve()
    assert Settings.load({"PORTAL_HOME": "somewhere"}).database == f"sqlite:///{home / 'portal.sqlite'}"


def test_addresses_stay_found_when_the_key_of_cookies_changes():
    before, after = Settings.load(SAFE), Settings.load(SAFE | {"PORTAL_SECRET_KEY": "t" * 32})
    assert before.address_secret == after.address_secret
    assert Settings.load({"PORTAL_SECRET_KEY": "x"}).address_secret != Settings.load({}).address_secret


@pytest.mark.parametrize(
    "address",
    [
        "http://desk.shop.example",
        "https://points.shop.example",
        "https://points.shop.example:8443",
        "https://desk.shop.example/staff",
        "desk.shop.example",
        "https://",
    ],
)
def test_staff_have_a_host_of_their_own_or_none_at_all(address):
    assert problems(PORTAL_STAFF_URL=address) == ["PORTAL_STAFF_URL"]


def test_without_a_host_of_their_own_staff_are_at_that_of_members():
    assert Settings.load(SAFE).staff_base_url == "https://points.shop.example"
    apart = Settings.load(SAFE | {"PORTAL_STAFF_URL": "https://desk.shop.example/"})
    assert (apart.staff_base_url, apart.staff_host) == ("https://desk.shop.example", "desk.shop.example")
