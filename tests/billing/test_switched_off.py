"""Without a key no plan is sold, and production takes no stand-in."""

import pytest

from portal.config import BadSettings, Settings
from tests.billing.shop import everything
from tests.home.doors import join, step_in
from tests.notices.mailbox import programme

__all__ = ["programme"]

PRODUCTION = {
    "PORTAL_ENV": "production",
    "PORTAL_BASE_URL": "https://points.shop.example",
    "PORTAL_SECRET_KEY": "s" * 40,
    "PORTAL_ADDRESS_KEY": "a" * 40,
    "PORTAL_SMTP_URL": "smtp://127.0.0.1:1",
    "PORTAL_MAIL_FROM": "points@shop.example",
}
LONG_SECRET = "whsec_" + "x" * 32


@pytest.fixture
def environ(environ):
    """The settings of a portal that sells no plans."""
    return {name: value for name, value in environ.items() if "STRIPE" not in name}


def test_the_page_says_so_and_has_no_button(app, programme):
    join()
    visit = step_in(app)
    page = visit.open("/plans")
    assert "Paid membership is not switched on here yet." in page.text
    assert not [button for button in page.all("button") if "Join" in button.text]
    token = page.all("input", name="csrf_token")[0]["value"]
    before = everything()
    assert (
        visit.client.post("/billing/checkout", data={"csrf_token": token, "plan": "plus-monthly"}).status_code
        == 422
    )
    assert visit.client.post("/billing/events", data=b"{}").status_code == 400
    assert visit.client.get("/billing/return?session_id=cs_1").status_code == 404
    assert visit.client.get("/membership/cancel").status_code == 303
    assert "You have no plan." in visit.open("/membership").text
    assert everything() == before
    actions = visit.client.get("/plans").headers["Content-Security-Policy"]
    assert "form-action 'self';" in actions


def test_a_visitor_reads_the_plans_and_is_led_to_join(visit, programme):
    page = visit.open("/plans")
    assert "£30.00" in page.text
    assert "Join free" in [link.text for link in page.all("a")]


@pytest.mark.parametrize(
    ("more", "complains"),
    [
        ({"PORTAL_STRIPE_SECRET_KEY": "sk_live_x"}, "PORTAL_STRIPE_WEBHOOK_SECRET"),
        ({"PORTAL_STRIPE_API_BASE": "http://127.0.0.1:9"}, "PORTAL_STRIPE_API_BASE"),
        ({"PORTAL_STRIPE_SECRET_KEY": "sk_live_x", "PORTAL_STRIPE_WEBHOOK_SECRET": LONG_SECRET}, None),
        ({"PORTAL_STRIPE_SECRET_KEY": "rk_test_x", "PORTAL_STRIPE_WEBHOOK_SECRET": LONG_SECRET}, None),
        *(
            (
                {"PORTAL_STRIPE_SECRET_KEY": "sk_live_x", "PORTAL_STRIPE_WEBHOOK_SECRET": wrong},
                "PORTAL_STRIPE_WEBHOOK_SECRET",
            )
            for wrong in (
                " ",
                "\xa0",
                "whsec_",
                "whsec_short",
                "sk_live_1",
                f" {LONG_SECRET}",
                f"{LONG_SECRET}\n",
                f'"{LONG_SECRET}"',
            )
        ),
    ],
)
def test_what_production_takes(more, complains):
    if complains is None:
        assert Settings.load(PRODUCTION | more).stripe_secret_key
        return
    with pytest.raises(BadSettings) as refused:
        Settings.load(PRODUCTION | more)
    assert any(line.startswith(complains) for line in refused.value.problems)
