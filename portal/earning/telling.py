"""One telling of an order, what is answered to it, and whether it may follow what was told before."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row

from portal.earning.body import OrderBody, fingerprint, refunds_of
from portal.errors import Refused


@dataclass(frozen=True, slots=True)
class Answer:
    """What the shop is told of an order: its points (whole), whose it is (None while a purse holds it), and why.

    `codes` says of each code that came with it, masked, whether it was used and for how much, or what its problem is.
    """

    shop: str
    number: str
    version: int
    status: str
    member_ref: str | None
    earned: int
    pending: int
    reversed: int
    kept: int
    trace: dict[str, Any]
    risen: tuple[str, ...] = ()
    repeated: bool = False
    codes: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """One telling of an order: by whom, when (`at`, with its day in the programme's zone), and what it says."""

    shop: str
    number: str
    body: OrderBody
    text: str
    hash: str
    at: datetime
    day: date
    actor: str

    @classmethod
    def of(cls, body: OrderBody, shop: str, number: str, at: datetime, day: date, actor: str) -> "Told":
        """A telling with the body's normal form, and the hash by which the same one is known again."""
        text = body.text()
        return cls(shop, number, body, text, fingerprint(text), at, day, actor)

    @property
    def ref(self) -> str:
        return f"{self.shop}/{self.number}"

    @property
    def where(self) -> dict[str, str]:
        return {"p_shop": self.shop, "p_number": self.number}

    def key(self, step: str = "") -> str:
        return f"order/{self.ref}/v{self.body.version}{step}"


def answer_of(
    shop: str,
    number: str,
    version: int,
    status: str,
    ref: str | None,
    points: dict[str, Any],
    trace: dict[str, Any],
) -> Answer:
    """An answer from the numbers that are kept with an order."""
    return Answer(
        shop, number, version, status, ref, points["earned"], points["pending"], points["reversed"], points["kept"],
        trace, tuple(points["risen"]), codes=tuple(points.get("codes", ())),
    )  # fmt: skip


def stored_answer(known: Row[Any], ref: str) -> Answer:
    """What was answered to the state that stands."""
    return answer_of(known.shop, known.number, known.version, known.status, ref, known.answer, known.trace)


def is_repeated(known: Row[Any], told: Told) -> bool:
    """Whether this is what stands already. Refuses what is older, or differs under the same version."""
    if told.body.version < known.version:
        raise Refused("stale_version", f"Version {known.version} is known already.", pointer="/version",
                      known=known.version)  # fmt: skip
    if told.body.version == known.version and told.hash != known.body_hash:
        raise Refused("conflict", "This version was sent before with another body.", pointer="/version")
    return bool(told.body.version == known.version)


def check_refunds_stay(known: Row[Any], told: Told) -> None:
    """A refund that was told may not change or vanish (Reading 16)."""
    now = {refund.id: (place, refund) for place, refund in enumerate(refunds_of(told.body))}
    for before in refunds_of(OrderBody.model_validate_json(known.body)):
        if before.id not in now:
            raise Refused(
                "conflict", f"Refund {before.id!r} was told before and is missing now.", pointer="/refunds"
            )
        place, after = now[before.id]
        if after.given != before.given:
            raise Refused(
                "conflict", f"Refund {before.id!r} has changed its amount.", pointer=f"/refunds/{place}"
            )
