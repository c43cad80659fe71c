"""A browser that signs in by mail, or by a phone's passkeys without script: what the page's script would fetch and
send is sent here."""

import json
from typing import Any

from portal import clock, signin
from tests.authenticator import Json, Phone
from tests.home.doors import ANNA
from tests.notices.mailbox import Mailbox
from tests.page import Visit


def token_of(visit: Visit) -> str:
    """The proof of the page's own forms."""
    return visit.page.all("input", name="csrf_token")[0]["value"]


def options_for(visit: Visit, purpose: str, next_path: str = "", door: str = "") -> Json:
    """The challenge that the page's script asks for."""
    told = {"csrf_token": token_of(visit), "purpose": purpose, "next": next_path}
    answer = visit.client.post(f"{door}/passkeys/options", data=told)
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def send(visit: Visit, path: str, credential: Any, next_path: str = "") -> Any:
    """What the page's script sends; the answer, which is not followed."""
    text = credential if isinstance(credential, str) else json.dumps(credential)
    told = {"csrf_token": token_of(visit), "credential": text, "next": next_path}
    return visit.client.post(path, data=told)


def set_up(visit: Visit, phone: Phone, **bent: Any) -> Any:
    """Set a passkey up in a browser that is signed in; the answer."""
    visit.open("/passkeys/new")
    answer = send(visit, "/passkeys/new", phone.make(options_for(visit, "add"), **bent))
    if answer.status_code == 303:
        visit.open("/safety")
    return answer


def sign_in(visit: Visit, phone: Phone, next_path: str = "", **bent: Any) -> Any:
    """Sign in by a passkey; the answer."""
    visit.open("/sign-in")
    options = options_for(visit, "sign_in")
    return send(visit, "/passkeys/sign-in", phone.sign(options, **bent), next_path)


def prove(visit: Visit, phone: Phone, next_path: str = "/safety", **bent: Any) -> Any:
    """Show by a passkey that it is still her; the answer."""
    visit.open(f"/proof?next={next_path}")
    options = options_for(visit, "prove", next_path)
    return send(visit, "/proof/passkey", phone.sign(options, **bent), next_path)


def ask(visit: Visit, email: str = ANNA, path: str = "/sign-in") -> None:
    """Ask for a code."""
    visit.open(path)
    visit.submit("Send the code", email=email)
    assert visit.path == "/sign-in/code", visit.page.text


def sign_in_by_code(visit: Visit, mailbox: Mailbox, email: str = ANNA) -> None:
    """Ask for a code and type it."""
    ask(visit, email)
    visit.submit("Continue", code=mailbox.code(email))


def come_in(visit: Visit, mailbox: Mailbox, email: str = ANNA) -> None:
    """Sign in by a code from the page at hand."""
    visit.submit("Send the code", email=email)
    visit.submit("Continue", code=mailbox.code(email))


def by_link(visit: Visit, mailbox: Mailbox) -> None:
    """Sign in by the newest mailed link."""
    visit.open(mailbox.link(ANNA))
    visit.submit("Sign in as a•••@example.com on this device")


def prove_by_mail(visit: Visit, mailbox: Mailbox, path: str = "/proof") -> None:
    """Show by a mailed code that it is still her."""
    visit.open(path)
    visit.submit("Send the code")
    visit.submit("Continue", code=mailbox.code(ANNA))


def other_tab(visit: Visit, path: str) -> Visit:
    """The same browser, with a page open in a second tab."""
    tab = Visit(visit.client)
    tab.open(path)
    return tab


def value_of(visit: Visit, name: str) -> str:
    """What stands in a field of the page."""
    return str(visit.page.all("input", "textarea", name=name)[0]["value"])


def session_of(visit: Visit) -> str:
    """What the browser's cookie holds of its session; empty when nobody is signed in."""
    with visit.client.session_transaction() as cookie:
        return str(cookie.get("_user_id", ""))


def is_in(visit: Visit) -> bool:
    """Whether somebody is signed in."""
    return visit.client.get("/home").status_code == 200


def names(owner_id: str, kind: signin.sessions.Kind = "member") -> list[str]:
    """The passkeys that somebody has, by name."""
    return [one.name for one in signin.passkeys_of(kind, owner_id)]


def person_in(visit: Visit) -> signin.Person:
    """Who is signed in there."""
    with visit.client.session_transaction() as cookie:
        person = signin.load_session(cookie["_user_id"], clock.now())
    assert person is not None
    return person
