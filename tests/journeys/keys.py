"""Authenticators inside Chromium: a phone, a key to plug in, another phone nearby (DevTools' WebAuthn domain)."""

from typing import Any

from playwright.sync_api import CDPSession, Page, expect

from tests.journeys.steps import ANNA, ask_for_code, enter
from tests.notices.mailbox import Mailbox

PHONE = {"transport": "internal", "defaultBackupEligibility": True, "defaultBackupState": True}
USB_KEY = {"transport": "usb"}
NEARBY = {"transport": "hybrid", "defaultBackupEligibility": True, "defaultBackupState": True}


class Authenticator:
    """One of them, which is touched whenever it asks; a test says whether it recognises its owner."""

    def __init__(self, page: Page, kind: dict[str, Any]) -> None:
        self._devtools: CDPSession = page.context.new_cdp_session(page)
        self._devtools.send("WebAuthn.enable", {"enableUI": False})
        options = {
            "protocol": "ctap2",
            "ctap2Version": "ctap2_1",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
            **kind,
        }
        added = self._devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self._id = {"authenticatorId": added["authenticatorId"]}

    @property
    def passkeys(self) -> list[dict[str, Any]]:
        """What it keeps."""
        return list(self._devtools.send("WebAuthn.getCredentials", self._id)["credentials"])

    def put(self, passkey: dict[str, Any]) -> None:
        """Let it keep a passkey of another one: a copy, or one that travelled."""
        self._devtools.send("WebAuthn.addCredential", {**self._id, "credential": passkey})

    def recognise(self, owner: bool) -> None:
        """Whether whoever looks at it is its owner."""
        self._devtools.send("WebAuthn.setUserVerified", {**self._id, "isUserVerified": owner})


def sign_in_able(phone: Page, mailbox: Mailbox) -> None:
    """Sign in by mail, slowly enough for the page to find out that this device can keep a passkey."""
    ask_for_code(phone, ANNA)
    expect(phone.locator("input[name=passkeys]")).to_have_value("1")
    enter(phone, mailbox.code(ANNA))
