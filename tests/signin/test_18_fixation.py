"""Attack 18: what a cookie of before is worth after a change of what it opens: nothing."""

from datetime import timedelta

import pytest

from tests.authenticator import Phone
from tests.home.doors import ANNA, enter
from tests.page import Visit
from tests.signin.browsing import is_in, prove, send, session_of, set_up, sign_in, token_of

pytestmark = [pytest.mark.usefixtures("programme"), pytest.mark.both_engines]


@pytest.fixture
def phone(hers) -> Phone:
    """Her phone, with a passkey."""
    phone = Phone()
    set_up(hers, phone)
    return phone


def cookie(visit: Visit) -> str:
    return visit.client.get_cookie("portal").value


def opens(app, value: str) -> bool:
    """Whether a cookie of this value opens her card."""
    thief = app.test_client()
    thief.set_cookie("portal", value)
    return thief.get("/home").status_code == 200


def test_18_a_passkey_gives_a_new_session_and_ends_the_one_that_the_browser_had(app, hers, phone):
    planted, before = cookie(hers), session_of(hers)
    hers.client.get("/home")
    hers.open("/home")
    door = Visit(app.test_client())
    door.client.set_cookie("portal", planted)
    assert sign_in_again(door, phone).status_code == 303
    assert session_of(door) != before
    assert is_in(door)
    assert not opens(app, planted)


def sign_in_again(visit: Visit, phone: Phone):
    """Sign in by a passkey in a browser that is signed in, as in a second tab that was open before."""
    from tests.signin.browsing import options_for

    visit.open("/safety")
    return send(visit, "/passkeys/sign-in", phone.sign(options_for(visit, "sign_in")))


def test_18_a_step_up_gives_a_new_session_id_and_the_cookie_of_before_is_dead(app, hers, phone, clock):
    clock.shift(timedelta(hours=1))
    before, planted = session_of(hers), cookie(hers)
    assert prove(hers, phone).status_code == 303
    assert session_of(hers) != before
    assert is_in(hers)
    assert not opens(app, planted)


def test_18_a_step_up_by_mail_does_the_same(app, hers, mailbox):
    before, planted = session_of(hers), cookie(hers)
    hers.open("/proof")
    hers.submit("Send the code")
    hers.submit("Continue", code=mailbox.code(ANNA))
    assert session_of(hers) != before
    assert not opens(app, planted)


def test_18_setting_a_passkey_up_ends_the_cookie_of_before_and_all_other_sessions(app, hers):
    tablet, planted = enter(app), cookie(hers)
    set_up(hers, Phone())
    assert is_in(hers)
    assert not opens(app, planted)
    assert not is_in(tablet)


def test_18_removing_a_passkey_does_too(app, hers, phone):
    tablet = enter(app)
    prove(hers, phone)
    planted = cookie(hers)
    hers.open("/safety")
    hers.submit("Remove")
    assert "Removed." in hers.page.text
    assert is_in(hers)
    assert not opens(app, planted)
    assert not is_in(tablet)
    assert sign_in(Visit(app.test_client()), phone).status_code == 400, "and it opens nothing"


def test_18_signing_out_ends_it_on_the_server(app, hers, phone):
    planted = cookie(hers)
    hers.open("/you")
    hers.submit("Sign out on this device")
    assert not opens(app, planted)


def test_18_signing_out_everywhere_else_leaves_this_one(app, hers, phone):
    tablet, laptop = enter(app), enter(app)
    prove(hers, phone)
    hers.open("/safety")
    hers.submit("Sign out everywhere else")
    assert (is_in(hers), is_in(tablet), is_in(laptop)) == (True, False, False)
    assert token_of(hers)
