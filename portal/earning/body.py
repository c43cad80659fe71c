"""An order as shops send it (contracts.md section 2), and its reading into whole numbers.

The same models check the HTTP API, its description and the import. Amounts stay strings until `facts` turns them into
minor units of the order's currency: nothing is rounded on the way in.
"""

import hashlib
import re
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails

from portal import people, rewards
from portal.earning.rules import Line, OrderFacts, Refund
from portal.errors import Refused
from portal.money import to_minor, without_cards
from portal.programme import Programme

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
YEARS = range(1900, 9950)
"""Of every instant: at the ends of time a zone, or the years that a reward lasts, fall off the calendar."""


def _instant(value: object) -> object:
    # Numbers, also in quotes, would be read as seconds since 1970.
    if not isinstance(value, datetime) and not (isinstance(value, str) and _RFC3339.fullmatch(value)):
        raise ValueError('an instant is a string such as "2026-03-01T10:15:00+02:00"')
    return value


def _address(value: object) -> object:
    return people.normal_address(value) if isinstance(value, str) else value


def _in_reach(value: datetime) -> datetime:
    if value.year not in YEARS:
        raise ValueError(f"an instant lies in the years {YEARS[0]} to {YEARS[-1]}")
    return value


At = Annotated[AwareDatetime, BeforeValidator(_instant), AfterValidator(_in_reach)]
Id = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
Word = Annotated[str, Field(min_length=1, max_length=100)]
Amount = Annotated[str, Field(max_length=40, examples=["18.00"])]
Email = Annotated[
    str,
    BeforeValidator(_address),
    Field(
        min_length=3,
        max_length=254,
        pattern=r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+$",
        examples=["a@example.com"],
    ),
]
"""Kept as it is compared: trimmed and lower-cased (Reading 13)."""


class Body(BaseModel):
    """What a shop sends. Fields we do not know are left unread, so that it may send more; null is left out."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_left_out(cls, value: Any) -> Any:
        if not isinstance(value, dict) or None not in value.values():
            return value
        fields = cls.model_fields
        return {
            name: held
            for name, held in value.items()
            if held is not None or (name in fields and fields[name].is_required())
        }


class MemberOf(Body):
    """Whose order it is."""

    id: Id | None = None
    email: Email | None = None

    @model_validator(mode="after")
    def _somebody(self) -> "MemberOf":
        if self.id is None and self.email is None:
            raise ValueError("name the member by id, or by e-mail")
        return self


class OrderLine(Body):
    """One line; `amount` is its total after its own discounts, for the whole quantity."""

    id: Id
    amount: Amount
    sku: Word | None = None
    name: Annotated[str, Field(max_length=300), AfterValidator(without_cards)] | None = None
    category: Word | None = None
    brand: Word | None = None
    kind: Literal["goods", "service", "gift-card", "digital"] = "goods"
    quantity: Annotated[int, Field(ge=0, le=10**9, strict=True)] = 1
    tags: Annotated[tuple[Word, ...], Field(max_length=50)] = ()


class RefundLine(Body):
    """What of one line was given back."""

    id: Id
    amount: Amount


class RefundOf(Body):
    """Money given back, by line or as one sum over all lines."""

    id: Id
    at: At
    amount: Amount | None = None
    lines: Annotated[tuple[RefundLine, ...], Field(max_length=1000)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "RefundOf":
        if (self.amount is None) == (self.lines is None):
            raise ValueError("give either lines or an amount")
        return self


class OrderBody(Body):
    """The full present state of an order, with a version that rises whenever anything of it changes."""

    version: Annotated[int, Field(ge=0, le=2**53, strict=True)]
    member: MemberOf | None = None
    guest: bool = False
    email: Email | None = None
    placed_at: At
    status: Literal["pending", "paid", "fulfilled", "cancelled"]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["USD"])]
    channel: Word | None = None
    shop: Word | None = None
    payment: Word | None = None
    lines: Annotated[tuple[OrderLine, ...], Field(max_length=1000)]
    shipping: Amount = "0"
    tax: Amount = "0"
    discount: Amount = "0"
    paid_by_rewards: Amount = "0"
    codes: Annotated[tuple[Word, ...], Field(max_length=50)] = ()
    refunds: Annotated[tuple[RefundOf, ...], Field(max_length=1000)] = ()

    @model_validator(mode="after")
    def _somebody(self) -> "OrderBody":
        if self.member is None and self.email is None:
            of = (
                "email" if self.guest else "member"
            )  # one of both is required, as any other field (Reading 16)
            missing = InitErrorDetails(type="missing", loc=(of,), input=None)
            raise ValidationError.from_exception_data(type(self).__name__, [missing])
        return self

    @property
    def address(self) -> str | None:
        """The e-mail that came with the order."""
        return (self.member.email if self.member else None) or self.email

    def text(self) -> str:
        """The body in one normal form, so that the same state sent twice is the same text, next year too.

        It is what is kept of an order: codes of rewards stand in it masked.
        """
        kept = self
        if self.codes:
            kept = self.model_copy(update={"codes": tuple(rewards.masked(code) for code in self.codes)})
        return kept.model_dump_json(exclude_none=True, exclude_defaults=True)


class BasketBody(Body):
    """What somebody is about to buy: an order body without id, version and status. Nothing of it is kept.

    Its fields are written out and not shared: the order of an order's fields makes the hash of every order stored.
    """

    member: MemberOf | None = None
    placed_at: At | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["USD"])]
    channel: Word | None = None
    shop: Word | None = None
    payment: Word | None = None
    lines: Annotated[tuple[OrderLine, ...], Field(max_length=1000)]
    shipping: Amount = "0"
    tax: Amount = "0"
    discount: Amount = "0"
    paid_by_rewards: Amount = "0"
    codes: Annotated[tuple[Word, ...], Field(max_length=50)] = ()


def fingerprint(text: str) -> str:
    """Hash under which a body is recognised."""
    return hashlib.sha256(text.encode()).hexdigest()


def facts(body: OrderBody, programme: Programme, shop: str) -> OrderFacts:
    """The order in whole numbers; `shop` is who sent it, used where the body names none.

    Refuses `bad_value` for amounts below zero or ids that come twice, `too_precise`, `unknown_currency`.
    """
    return OrderFacts(
        status=body.status,
        placed_at=body.placed_at,
        placed_on=programme.day(body.placed_at),
        currency=body.currency,
        lines=_lines(body),
        shop=body.shop or shop,
        channel=body.channel,
        payment=body.payment,
        shipping_minor=_amount(body.shipping, body.currency, "/shipping"),
        tax_minor=_amount(body.tax, body.currency, "/tax"),
        discount_minor=_amount(body.discount, body.currency, "/discount"),
        rewards_minor=_amount(body.paid_by_rewards, body.currency, "/paid_by_rewards"),
        refunds=refunds_of(body),
        placed_time=body.placed_at.astimezone(programme.zone).time(),
    )


def basket(body: BasketBody, programme: Programme, shop: str, at: datetime) -> OrderFacts:
    """A basket in whole numbers, as the order that it would be if it were paid at `at`. Refuses as `facts` does."""
    placed_at = body.placed_at or at
    return OrderFacts(
        status="paid",
        placed_at=placed_at,
        placed_on=programme.day(placed_at),
        currency=body.currency,
        lines=_lines(body),
        shop=body.shop or shop,
        channel=body.channel,
        payment=body.payment,
        shipping_minor=_amount(body.shipping, body.currency, "/shipping"),
        tax_minor=_amount(body.tax, body.currency, "/tax"),
        discount_minor=_amount(body.discount, body.currency, "/discount"),
        rewards_minor=_amount(body.paid_by_rewards, body.currency, "/paid_by_rewards"),
        placed_time=placed_at.astimezone(programme.zone).time(),
    )


def _lines(body: OrderBody | BasketBody) -> tuple[Line, ...]:
    seen: set[str] = set()
    lines = []
    for place, line in enumerate(body.lines):
        if line.id in seen:
            raise Refused("bad_value", f"Line id {line.id!r} comes twice.", pointer=f"/lines/{place}/id")
        seen.add(line.id)
        amount = _amount(line.amount, body.currency, f"/lines/{place}/amount")
        lines.append(Line(line.id, amount, line.kind, line.category, line.brand, line.tags, line.quantity))
    return tuple(lines)


def refunds_of(body: OrderBody) -> tuple[Refund, ...]:
    """What was given back, in minor units. Refuses as `facts` does."""
    seen: set[str] = set()
    refunds = []
    for place, refund in enumerate(body.refunds):
        pointer = f"/refunds/{place}"
        if refund.id in seen:
            raise Refused("bad_value", f"Refund id {refund.id!r} comes twice.", pointer=f"{pointer}/id")
        seen.add(refund.id)
        if refund.lines is None:
            amount = _amount(refund.amount or "0", body.currency, f"{pointer}/amount")
            refunds.append(Refund(refund.id, amount, None))
            continue
        by_line = tuple(
            (line.id, _amount(line.amount, body.currency, f"{pointer}/lines/{at}/amount"))
            for at, line in enumerate(refund.lines)
        )
        refunds.append(Refund(refund.id, sum(amount for _, amount in by_line), by_line))
    return tuple(refunds)


def _amount(value: str, currency: str, pointer: str) -> int:
    try:
        minor = to_minor(value, currency)
    except Refused as refused:
        refused.pointer = "/currency" if refused.code == "unknown_currency" else pointer
        raise
    if minor < 0:
        raise Refused("bad_value", "An amount is never below zero.", pointer=pointer)
    return minor
