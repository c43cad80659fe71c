"""Attack 14: passkeys that say what they should not. One answer: 400, the same words, nothing open."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from portal import signin
from portal.db import read
from tests.authenticator import LEFT_OUT, Phone, b64, unb64
from tests.home.doors import enter, join
from tests.page import Visit
from tests.signin.browsing import is_in, options_for, prove, send, set_up, sign_in, token_of
from tests.signin.mutating import mutated_passkeys, throw

pytestmark = pytest.mark.usefixtures("programme", "mailbox")
SAID = "That passkey did not work here."


@pytest.fixture
def phone(app) -> Phone:
    """Anna's phone, with a passkey of hers."""
    join()
    phone = Phone()
    assert set_up(enter(app), phone).status_code == 303
    return phone


@pytest.fixture
def door(app) -> Visit:
    """Somebody's browser at the door."""
    return Visit(app.test_client())


BENT = {
    "another site": {"origin": "https://evil.example"},
    "a site that ends alike": {"origin": "http://evil-localhost"},
    "a site that begins alike": {"origin": "http://localhost.evil.example"},
    "another port": {"origin": "http://localhost:8081"},
    "https for http": {"origin": "https://localhost"},
    "a slash behind the site": {"origin": "http://localhost/"},
    "another relying party": {"rp_id": "evil.example"},
    "nobody looked at the phone": {"uv": False},
    "nobody touched the phone": {"up": False},
    "the ceremony of setting up": {"type": "webauthn.create"},
    "inside another site's page": {"client": {"crossOrigin": True}},
    "inside another page, said as a number": {"client": {"crossOrigin": 1}},
    "inside another page, said as text": {"client": {"crossOrigin": "false"}},
    "with the site on top": {"client": {"topOrigin": "https://evil.example"}},
    "backed up without being able to": {"be": False, "bs": True},
    "no longer able to be backed up": {"be": False, "bs": False},
    "somebody else's handle": {"owner": b64(bytes(64))},
    "no handle": {"owner": None},
    "a handle that is no text": {"owner": "\ud800"},
    "a challenge of its own": {"challenge": b64(bytes(32))},
    "no challenge": {"challenge": "AA"},
    "a signature of nothing": {"signature": b""},
    "a signature of noise": {"signature": bytes(70)},
    "another kind of credential": {"outer": {"type": "password"}},
    "ids that differ": {"outer": {"rawId": b64(bytes(20))}},
    "an id with a NUL": {"outer": {"id": "a\x00b", "rawId": "a\x00b"}},
    "a response that is a list": {"outer": {"response": []}},
    "a response that is text": {"outer": {"response": "yes"}},
}


@pytest.mark.parametrize("bent", BENT.values(), ids=BENT.keys())
def test_14_a_bent_passkey_opens_nothing(door, phone, bent):
    answer = sign_in(door, phone, **bent)
    assert answer.status_code == 400
    assert SAID in answer.text
    assert not is_in(door)


def test_14_an_honest_one_does_and_goes_on_where_she_was_going(door, phone):
    answer = sign_in(door, phone, "/rewards?x=1")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/rewards?x=1")
    assert is_in(door)


def test_14_a_browser_that_leaves_out_that_nobody_frames_it_is_as_good(door, phone):
    assert sign_in(door, phone, client={"crossOrigin": LEFT_OUT}).status_code == 303


def test_14_another_members_passkey_under_her_id_opens_neither_card(app, door, phone):
    join("c-2", "berta@example.com", "Berta")
    other = Phone()
    set_up(enter(app, "berta@example.com"), other)
    hers, bertas = phone.keys[-1], other.keys[-1]
    for bent in (
        {"credential_id": b64(hers.id)},
        {"credential_id": b64(hers.id), "owner": hers.owner},
        {"owner": hers.owner},
    ):
        answer = sign_in(door, other, key=bertas, **bent)
        assert (answer.status_code, is_in(door)) == (400, False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        "1",
        '"x"',
        "not json",
        "[" * 10_000,
        '{"response":' * 2_000,
        "\x00",
        "{" * 20_000,
        "\ud7ff",
    ],
    ids=lambda text: text[:12] or "nothing",
)
def test_14_what_is_no_passkey_at_all_gets_the_same_answer(door, phone, text):
    door.open("/sign-in")
    answer = send(door, "/passkeys/sign-in", text)
    assert answer.status_code == 400
    assert SAID in answer.text


@pytest.mark.both_engines
def test_14_an_answer_counts_once_also_with_the_cookie_of_before(app, door, phone):
    door.open("/sign-in")
    credential = phone.sign(options_for(door, "sign_in"))
    before = door.client.get_cookie("portal").value
    assert send(door, "/passkeys/sign-in", credential).status_code == 303
    again = Visit(app.test_client())
    again.client.set_cookie("portal", before)
    again.open("/sign-in")
    answer = send(again, "/passkeys/sign-in", credential)
    assert answer.status_code == 400
    assert not is_in(again)


@pytest.mark.both_engines
def test_14_the_same_answer_twenty_times_at_once_opens_one_session(app, door, phone):
    door.open("/sign-in")
    told = {
        "csrf_token": token_of(door),
        "credential": json.dumps(phone.sign(options_for(door, "sign_in"))),
    }
    cookie = door.client.get_cookie("portal").value

    def once(_number: int) -> int:
        client = app.test_client()
        client.set_cookie("portal", cookie)
        return client.post("/passkeys/sign-in", data=told).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(once, range(20)))
    assert statuses == [303] + [400] * 19


def test_14_a_challenge_is_for_its_browser_its_purpose_and_five_minutes(app, door, phone, clock):
    elsewhere = Visit(app.test_client())
    door.open("/sign-in")
    elsewhere.open("/sign-in")
    options_for(elsewhere, "sign_in")
    stolen = phone.sign(options_for(door, "sign_in"))
    assert send(elsewhere, "/passkeys/sign-in", stolen).status_code == 400, "another browser"
    hers = enter(app)
    hers.open("/proof?next=/safety")
    answer = send(hers, "/passkeys/sign-in", phone.sign(options_for(hers, "prove", "/safety")))
    assert answer.status_code == 400, "another purpose"
    late = phone.sign(options_for(door, "sign_in"))
    clock.shift(signin.rules.CEREMONY_LASTS)
    assert send(door, "/passkeys/sign-in", late).status_code == 400, "to the second"
    assert sign_in(door, phone).status_code == 303


def test_14_a_proof_is_for_the_session_and_the_operation_that_asked(app, phone, clock):
    hers, others = enter(app), enter(app)
    hers.open("/proof?next=/safety")
    credential = phone.sign(options_for(hers, "prove", "/safety"))
    others.open("/proof?next=/safety")
    assert send(others, "/proof/passkey", credential, "/safety").status_code == 400, "another session"
    hers.open("/proof?next=/safety")
    credential = phone.sign(options_for(hers, "prove", "/safety"))
    answer = send(hers, "/proof/passkey", credential, "/you/leave")
    assert answer.status_code == 400, "another operation"
    assert prove(hers, phone).headers["Location"] == "/safety"


def test_14_somebody_elses_passkey_proves_nothing_about_her(app, phone):
    join("c-2", "berta@example.com", "Berta")
    other = Phone()
    set_up(enter(app, "berta@example.com"), other)
    hers = enter(app)
    answer = prove(hers, other)
    assert answer.status_code == 400
    assert "That passkey did not work." in answer.text
    assert prove(hers, phone).headers["Location"] == "/safety"


SET_UP = {name: bent for name, bent in BENT.items() if not {"owner", "signature", "outer"} & bent.keys()} | {
    "no longer able to be backed up": {"be": False, "bs": True},
    "the ceremony of setting up": {"type": "webauthn.get"},
    "ids that differ": {"outer": {"rawId": b64(bytes(20))}},
    "a response that is a list": {"outer": {"response": []}},
}


@pytest.mark.parametrize("bent", SET_UP.values(), ids=SET_UP.keys())
def test_14_a_bent_passkey_is_not_set_up(app, bent):
    anna = join()
    answer = set_up(enter(app), Phone(), **bent)
    assert answer.status_code == 400
    assert "nothing was changed" in answer.text
    assert signin.passkeys_of("member", anna) == []


def test_14_a_passkey_of_somebody_else_is_not_set_up_again(app, phone):
    join("c-2", "berta@example.com", "Berta")
    berta, thief = enter(app, "berta@example.com"), Phone()
    berta.open("/passkeys/new")
    credential = thief.make(options_for(berta, "add"))
    stolen = phone.keys[-1].id
    data = unb64(credential["response"]["attestationObject"]).replace(thief.keys[-1].id, stolen)
    credential["response"]["attestationObject"] = b64(data)
    credential["id"] = credential["rawId"] = b64(stolen)
    assert send(berta, "/passkeys/new", credential).status_code == 400
    rows = read(select(signin.Passkey.__table__)).all()
    assert [row.owner for row in rows] == [phone.keys[-1].owner], "it is Anna's as before"


def test_14_two_thousand_mutations_get_one_answer(door, phone):
    said, opened = throw(mutated_passkeys(2_000, seed=14, phone=phone), door)
    assert said == {400}
    assert opened == 0
    assert sign_in(door, phone).status_code == 303, "and hers works as before"
