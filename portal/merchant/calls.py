"""Every call of the API, once: what is written here is mounted, enforced and described, so that the three agree."""

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from portal import earning, joining
from portal.merchant import activity_shapes, reward_shapes, shapes
from portal.merchant.scopes import SCOPES, Scope

BODY_LIMIT = 1024 * 1024  # bytes
BATCH_LIMIT = 4 * BODY_LIMIT
LIMIT_OF_ENTRIES = 100


@dataclass(frozen=True, slots=True)
class Call:
    """One call: any one of `scopes` is enough, the first is the one to ask for; none means that no key is needed."""

    name: str
    method: Literal["GET", "PUT", "POST", "DELETE"]
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
    "codes": [],
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

BASKET = {
    "member": {"id": "c-17"}, "currency": "GBP", "channel": "store", "shipping": "4.00",
    "lines": [{"id": "1", "sku": "B-1", "name": "Tea", "category": "food", "quantity": 2, "amount": "18.00"}],
}  # fmt: skip
QUOTE_ANSWER: dict[str, Any] = {
    "member": "c-17", "currency": "GBP",
    "lines": [{"id": "1", "amount": "18.00", "discount": "0.90", "total": "17.10", "perk": "five-in-the-shop"}],
    "shipping": {"amount": "4.00", "discount": "4.00", "total": "0.00", "perk": "free-shipping"},
    "discount_total": {"amount": "4.90", "currency": "GBP"}, "total": {"amount": "17.10", "currency": "GBP"},
    "perks": [
        {"key": "five-in-the-shop", "label": "5% off in our shops", "source": "tier:gold", "applied": True,
         "why_not": None},
        {"key": "free-shipping", "label": "Free delivery on every order", "source": "plan:plus-yearly", "applied": True,
         "why_not": None},
    ],
    "points": {"earned": 85, "value": {"amount": "0.85", "currency": "GBP"}, "available_on": "2026-03-15"},
    "missing": {
        "tier": {"tier": "platinum", "metric": "spend", "have": "520.00", "need": "1000.00", "by": "2026-12-31",
                 "left_after": "462.90"},
        "goals": [],
    },
    "explanation": {"text": ["5 points for every £1.00"], "facts": {}},
}  # fmt: skip

ACTIVITY = {
    "id": "review-8841", "member": "c-17", "activity": "review", "at": "2026-03-01T08:20:00Z",
}  # fmt: skip
ACTIVITY_ANSWER: dict[str, Any] = {
    "id": "review-8841", "activity": "review", "points": 25, "capped": False, "member": "c-17", "state": MEMBER_ANSWER,
    "explanation": {
        "text": ["A review: 25 points"],
        "facts": {"activity": {"key": "review", "label": "A review"}, "points": 25, "counted": 1, "each": 25},
    },
}  # fmt: skip

DONATION: dict[str, Any] = {
    "ref": "01K1Q7T3M8Z5W2V9X4Y6B0C1DE", "member": "c-17", "charity": "wildlife", "points": 500,
    "value": {"amount": "5.00", "currency": "GBP"}, "at": "2026-03-01T08:20:00Z", "on": "2026-03-01",
}  # fmt: skip
CHARITIES: dict[str, Any] = {
    "charities": [
        {"key": "wildlife", "label": "Hedgerow Wildlife", "category": "Nature", "detail": "Plants hedges.",
         "total": {"points": 31250, "value": {"amount": "312.50", "currency": "GBP"}, "gifts": 48}},
    ],
    "giving": {"minimum": 100, "step": 50},
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
        "put_attribute", "PUT", "/members/{id}/attributes/{name}", ("members",),
        "An outside fact about a member, such as a store card: tiers and rates that hang on it follow",
        shapes.MemberState, activity_shapes.AttributeBody, refusals=(404, 422),
        example={"value": True, "since": "2026-03-01"}, example_answer=MEMBER_ANSWER,
    ),
    Call(
        "post_activity", "POST", "/activities", ("orders",),
        "Something a member did that is no purchase; a quantity below zero takes it back",
        activity_shapes.ActivityAnswer, activity_shapes.ActivityBody, refusals=(409, 422), example=ACTIVITY,
        example_answer=ACTIVITY_ANSWER,
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
        "post_quote", "POST", "/quotes", ("orders", "read"),
        "What a basket would come to: perks by line, shipping, points to earn, what the next tier misses",
        shapes.Quote, earning.BasketBody, refusals=(404, 422), example=BASKET, example_answer=QUOTE_ANSWER,
    ),
    Call(
        "post_donation", "POST", "/members/{id}/donations", ("redeem",),
        "Points of a member for a charity; they cannot be taken back",
        shapes.Donation, shapes.DonationBody, refusals=(404, 409, 422), example={"charity": "wildlife", "points": 500},
        example_answer=DONATION,
    ),
    Call(
        "get_charities", "GET", "/charities", SCOPES, "The causes that points can be given to, and what was given",
        shapes.Charities, example_answer=CHARITIES,
    ),
    Call(
        "get_rewards", "GET", "/rewards", SCOPES, "What points buy: prices, stock, limits, tiers",
        reward_shapes.RewardCatalogue, example_answer=reward_shapes.CATALOGUE,
    ),
    Call(
        "post_redemption", "POST", "/members/{id}/redemptions", ("redeem",),
        "Take a reward for a member's points; the answer has its code",
        reward_shapes.Redemption, reward_shapes.RedemptionBody, refusals=(404, 409, 422),
        example={"reward": "ten-off", "points": 1000}, example_answer=reward_shapes.REDEMPTION,
    ),
    Call(
        "delete_redemption", "DELETE", "/redemptions/{id}", ("redeem",),
        "Undo an unused redemption by its id or ref; the points go back to the lots they came from",
        reward_shapes.Redemption, refusals=(404, 409, 422),
        example_answer={**reward_shapes.REDEMPTION, "state": "undone", "code": None, "ended": "2026-03-02"},
    ),
    Call(
        "get_code", "GET", "/codes/{code}", ("redeem",), "What a code is good for, on this basket where one is named",
        reward_shapes.CodeState, refusals=(404, 422), example_answer=reward_shapes.CODE,
        query=(
            ("amount", "What the goods of the basket come to", {"type": "string", "examples": ["25.00"]}),
            ("currency", "Of the amount; the home currency when left out", {"type": "string", "pattern": "^[A-Z]{3}$"}),
        ),
    ),
    Call(
        "post_code_use", "POST", "/codes/{code}/uses", ("redeem",),
        "Use a code on an order: a money reward in parts, anything else once; the same order again is once",
        reward_shapes.CodeUse, reward_shapes.UseBody, refusals=(404, 409, 422),
        example={"order": "1001", "amount": "4.00"}, example_answer=reward_shapes.USE,
    ),
    Call(
        "get_programme", "GET", "/programme", SCOPES, "The programme in force: unit, tiers, rewards, ways to earn",
        shapes.ProgrammeSummary,
    ),
)  # fmt: skip
BY_NAME = {call.name: call for call in CALLS}


def is_call(endpoint: str) -> bool:
    """Whether this endpoint is a call of the API, before which its key and scopes are asked for."""
    return endpoint.startswith("merchant.") and endpoint.removeprefix("merchant.") in BY_NAME
