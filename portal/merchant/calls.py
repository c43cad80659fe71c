"""Every call of the API, once: what is written here is mounted, enforced and described, so that the three agree."""

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from portal import earning, joining
from portal.merchant import shapes
from portal.merchant.scopes import SCOPES, Scope

BODY_LIMIT = 1024 * 1024  # bytes
BATCH_LIMIT = 4 * BODY_LIMIT
LIMIT_OF_ENTRIES = 100


@dataclass(frozen=True, slots=True)
class Call:
    """One call: any one of `scopes` is enough, the first is the one to ask for; none means that no key is needed."""

    name: str
    method: Literal["GET", "PUT", "POST"]
    path: str
    scopes: tuple[Scope, ...]
    summary: str
    answer: type[BaseModel]
    body: type[BaseModel] | None = None
    limit: int = BODY_LIMIT
    refusals: tuple[int, ...] = ()
    query: tuple[tuple[str, str, dict[str, Any]], ...] = ()
    example: Any = None
    example_answer: Any = None


ORDER = {
    "version": 1,
    "member": {"id": "c-17", "email": "anna@example.com"},
    "placed_at": "2026-03-01T10:15:00+02:00",
    "status": "paid",
    "currency": "GBP",
    "lines": [{"id": "1", "sku": "B-1", "name": "Tea", "quantity": 2, "amount": "18.00"}],
    "shipping": "4.00",
}
ORDER_ANSWER = {
    "order": {"id": "1001", "shop": "main", "version": 1, "status": "paid"},
    "points": {"earned": 90, "pending": 90, "reversed": 0, "kept": 90},
    "member": "c-17",
    "explanation": {
        "text": [
            "What the order came to: £22.00",
            "Delivery is left out: -£4.00",
            "Counted: £18.00",
            "5 points for every £1.00, rounded down: 90 points",
        ],
        "facts": {"currency": "GBP", "total_minor": 2200, "counted_minor": 1800, "points": 90},
    },
}
REFUSED_ORDER = {
    "id": "1002",
    "type": "https://portal.example/developers#stale_version",
    "title": "stale version",
    "status": 409,
    "code": "stale_version",
    "detail": "Version 3 is known already.",
}
MEMBER = {
    "email": "anna@example.com",
    "name": "Anna Bell",
    "birthday": "06-14",
    "country": "GB",
    "locale": "en-GB",
    "timezone": "Europe/London",
    "joined_at": "2026-01-12T17:03:00Z",
    "consents": {"marketing": False},
}
MEMBER_ANSWER: dict[str, Any] = {
    "member": "c-17",
    "as_of": "2026-03-01T08:20:00Z",
    "joined": "2026-01-12T17:03:00Z",
    "points": {
        "available": 100, "pending": 90, "owed": 0, "earned": 190, "spent": 0, "donated": 0, "expired": 0,
        "value": {"amount": "1.00", "currency": "GBP"},
        "maturing": [{"on": "2026-03-15", "points": 90}], "expiring": [],
    },
    "tier": {"key": "member", "source": "base", "since": "2026-01-12", "until": None},
    "progress": {
        "next": {"tier": "silver", "metric": "spend", "have": "18.00", "need": "200.00", "by": "2026-12-31"},
        "keep": None,
    },
    "plan": None, "perks": [], "rewards": [], "charity": None, "goals": [], "counters": {}, "badges": [],
    "referral": None,
}  # fmt: skip

CALLS = (
    Call(
        "put_member", "PUT", "/members/{id}", ("members",),
        "A member as the shop knows her: she joins, is linked to this id, or changes",
        shapes.MemberState, joining.MemberBody, refusals=(404, 409, 422), example=MEMBER, example_answer=MEMBER_ANSWER,
    ),
    Call(
        "get_member", "GET", "/members/{id}", ("read", "members"), "Where a member stands now",
        shapes.MemberState, refusals=(404, 422), example_answer=MEMBER_ANSWER,
    ),
    Call(
        "get_entries", "GET", "/members/{id}/entries", ("read", "members"),
        "The ledger of a member, newest first, each entry with its explanation",
        shapes.Entries, refusals=(404, 422),
        query=(
            ("cursor", "next_cursor of the answer before", {"type": "string", "pattern": "^[0-9]{1,18}$"}),
            ("limit", "How many", {"type": "integer", "minimum": 1, "maximum": LIMIT_OF_ENTRIES, "default": 20}),
        ),
    ),
    Call(
        "put_order", "PUT", "/orders/{id}", ("orders",),
        "The full present state of an order; the ledger gets the difference",
        shapes.OrderAnswer, earning.OrderBody, refusals=(404, 409, 422), example=ORDER, example_answer=ORDER_ANSWER,
    ),
    Call(
        "get_order", "GET", "/orders/{id}", ("orders", "read"),
        "The last state of an order, and what came of it; rules that did not fire included",
        shapes.OrderState, refusals=(404, 422), example_answer={**ORDER_ANSWER, "state": ORDER},
    ),
    Call(
        "post_batch", "POST", "/orders/batch", ("orders",),
        "Up to 500 orders, each applied by itself: one answer or problem each, in order",
        shapes.BatchAnswer, shapes.DescribedBatch, limit=BATCH_LIMIT, refusals=(422,),
        example={"orders": [{"id": "1001", **ORDER}]}, example_answer={"results": [ORDER_ANSWER, REFUSED_ORDER]},
    ),
    Call(
        "get_programme", "GET", "/programme", SCOPES, "The programme in force: unit, tiers, rewards, ways to earn",
        shapes.ProgrammeSummary,
    ),
)  # fmt: skip
BY_NAME = {call.name: call for call in CALLS}
