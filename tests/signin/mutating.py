"""Passkeys with something wrong in them, by a seed: for the suite and, in greater numbers, for evidence."""

import json
import random
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from sqlalchemy import delete, select

from portal import clock
from portal.db import read, run, transact
from portal.signin import Ceremony, ceremonies
from tests.authenticator import Json, Phone, b64, unb64
from tests.page import Visit
from tests.signin.browsing import options_for, send

Options = Callable[[], Json]
Mutant = Callable[[Options], str]
ODD = (
    None, True, False, 0, -1, 2**63, 1.5, "", "x", "\x00", "\ud800", "%00", "ＡＡ", "=" * 5, "a" * 20_000, [], [[]], {},
    {"x": {}}, ["usb", None], "https://evil.example", "webauthn.create",
)  # fmt: skip
PATHS = (
    ("id",), ("rawId",), ("type",), ("response",), ("authenticatorAttachment",), ("clientExtensionResults",),
    ("response", "clientDataJSON"), ("response", "authenticatorData"), ("response", "signature"),
    ("response", "userHandle"),
)  # fmt: skip
CLIENT = ("type", "challenge", "origin", "crossOrigin", "topOrigin", "tokenBinding")


def mutated_passkeys(count: int, seed: int, phone: Phone) -> Iterator[Mutant]:
    """So many mutants of answers to sign in with, none of which may open anything.

    Each is called with a way to get options for a fresh challenge, and answers the text that a browser would send.
    """
    for number in range(count):
        yield _mutant(f"{seed}/{number}", phone)


def throw(mutants: Iterator[Mutant], door: Visit) -> tuple[set[int], int]:
    """Send each to the door, with a challenge that is there: every status that came back, and how many got in.

    Raises AssertionError where two answers differ in their words.
    """
    door.open("/sign-in")
    options_for(door, "sign_in")
    with door.client.session_transaction() as cookie:
        browser = cookie["browser"]

    def options() -> Json:
        left = read(select(Ceremony.__table__).limit(1)).first()
        if left is None or not kept:
            begin = partial(
                ceremonies.begin, "sign_in", "member", browser=browser, person=None, operation=None
            )
            kept[:] = [transact(lambda: begin(now=clock.now()))]
        return kept[0]

    kept: list[Json] = []
    statuses, words, opened = set(), set(), 0
    transact(lambda: run(delete(Ceremony)))
    for mutant in mutants:
        answer = send(door, "/passkeys/sign-in", mutant(options))
        statuses.add(answer.status_code)
        opened += answer.status_code == 303
        words.add(re.sub(r' (value|data-unknown)="[^"]*"', "", answer.text))
        assert len(words) == 1, "one answer for all"
    return statuses, opened


def _mutant(seed: str, phone: Phone) -> Mutant:
    def text(options: Options) -> str:
        chance = random.Random(seed)
        credential = phone.sign(options())
        before = json.dumps(credential)
        while _says(sent := chance.choice(KINDS)(chance, json.loads(before))) == credential:
            pass
        return sent

    return text


def _says(text: str) -> object:
    """What the text comes to; a space less says the same."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _odd_value(chance: random.Random, credential: Json) -> str:
    *way, last = chance.choice(PATHS[:-6] + PATHS[-4:])
    place: Any = credential
    for step in way:
        place = place[step]
    place[last] = chance.choice(ODD)
    return json.dumps(credential)


def _missing(chance: random.Random, credential: Json) -> str:
    name = chance.choice(["id", "rawId", "type", "response"])
    if chance.random() < 0.5:
        del credential[name]
    else:
        credential["response"].pop(
            chance.choice(["clientDataJSON", "authenticatorData", "signature", "userHandle"])
        )
    return json.dumps(credential)


def _odd_client_data(chance: random.Random, credential: Json) -> str:
    told = json.loads(unb64(credential["response"]["clientDataJSON"]))
    told[chance.choice(CLIENT)] = chance.choice(ODD)
    credential["response"]["clientDataJSON"] = b64(json.dumps(told).encode())
    return json.dumps(credential)


def _flipped(chance: random.Random, credential: Json) -> str:
    """Bits turned over in what is signed or signs."""
    name = chance.choice(["clientDataJSON", "authenticatorData", "signature"])
    data = bytearray(unb64(credential["response"][name]))
    for _ in range(chance.randint(1, 4)):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    credential["response"][name] = b64(bytes(data))
    return json.dumps(credential)


def _cut_or_longer(chance: random.Random, credential: Json) -> str:
    name = chance.choice(["clientDataJSON", "authenticatorData", "signature", "userHandle"])
    data = unb64(credential["response"][name])
    data = (
        data[: chance.randrange(len(data))]
        if chance.random() < 0.5
        else data + chance.randbytes(chance.randint(1, 99))
    )
    credential["response"][name] = b64(data)
    return json.dumps(credential)


def _torn(chance: random.Random, credential: Json) -> str:
    """The text itself, cut or with noise in it."""
    text = json.dumps(credential)
    place = chance.randrange(len(text))
    return (
        text[:place]
        + chance.choice(["", "\x00", "}", '"', "[" * 5_000, "é"])
        + text[place + 1 : chance.randrange(place, len(text) + 1)]
    )


def _nested(chance: random.Random, credential: Json) -> str:
    credential["response"]["clientDataJSON"] = b64(b'{"challenge":' + b"[" * chance.randint(500, 9_000))
    return json.dumps(credential)


KINDS = (_odd_value, _missing, _odd_client_data, _flipped, _flipped, _cut_or_longer, _torn, _nested)
