"""Invented rewards for the gallery: what there is, one before spending, and those that a member has."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from types import SimpleNamespace as Sample
from typing import Any

import segno
from markupsafe import Markup

from portal import ledger
from portal.programme import Reward, Slider
from portal.web.gallery_forms import TakeForm, refused
from portal.web.samples import shop

CODE = "K7QM2XRD9TVB4HNC"
LATER = datetime(2026, 5, 27, 14, 5, tzinfo=UTC)
SLIDER = Reward(
    key="money-off", label="Money off", kind="money-off", detail="Online or in the shop, once.",
    slider=Slider(minimum=100, step=100),
)  # fmt: skip


def catalogue(**changes: Any) -> dict[str, Any]:
    """The page Rewards of a member with 1,240 points who has two codes in hand."""
    rows = [
        _row("A place at the tasting", 0), _row("A coffee and a bun", 200), _row("Free delivery", 350),
        _row("£10.00 off", 1000),
        _row("Money off", 100, **{"from": True}),
        _row("A seat at a makers' evening", 1500, why="260 points to go", stock_left=11),
        _row("An apron", 1200, why="For Gold, Platinum", stock_left=1), _row("A mug", 600, why="All taken"),
        _row("A tote bag", 400, why="Yours again from 1 January 2027"),
    ]  # fmt: skip
    facts: dict[str, Any] = {
        "have": 1240,
        "owed": 0,
        "held_back": Sample(frozen=False, stopped=False, waits=False),
        "waits_until": None,
        "ready": [held("five-off", left_minor=180), held("free-coffee")],
        "now": [row for row in rows if not row["why"]],
        "later": [row for row in rows if row["why"]],
    }
    return facts | changes


def nothing_to_take() -> dict[str, Any]:
    """The page Rewards of a programme without any, for a member who owes."""
    return catalogue(have=0, owed=50, ready=[], now=[], later=[])


def held_back(**held: bool) -> dict[str, Any]:
    """The page Rewards of a member of whose things something stands still."""
    rows = [_row("A coffee and a bun", 200), _row("£10.00 off", 1000, why="From 27 May 2026, 15:05")]
    every = {"frozen": False, "stopped": False, "waits": False} | held
    return catalogue(held_back=Sample(**every), waits_until=LATER, ready=[], now=[], later=rows)


def reward(key: str = "ten-off", **changes: Any) -> dict[str, Any]:
    """One reward before spending."""
    found = SLIDER if key == "money-off" else shop().reward(key)
    price = found.least or 0
    facts: dict[str, Any] = {
        "reward": found,
        "offer": Sample(price=price, to_go=0, why="", stock_left=found.stock),
        "have": 1240,
        "stays": 1240 - price,
        "most": 1200,
        "until": date(2027, 5, 24),
        "why": "",
        "waits_until": LATER,
        "limit": "2 times a year; taken so far: 1" if found.limit else "",
        "tiers": "Silver, Gold, Platinum" if found.tiers else "",
        "on": "",
        "unused": None,
        "fault": None,
        "digits": 2,
    }
    return facts | changes


def free() -> dict[str, Any]:
    """A place that is taken free."""
    place = shop().reward("makers-evening").model_copy(update={"price": 0, "tiers": ()})
    offer = Sample(price=0, to_go=0, why="", stock_left=11)
    return reward(reward=place, offer=offer, stays=1240, limit="Once a year", tiers="")


def held(key: str, **changes: Any) -> Sample:
    """A reward that a member has."""
    terms = shop().reward(key)
    facts: dict[str, Any] = {
        "id": "01K1Q7T3M8Z5W2V9X4Y6B0C1DE", "terms": terms, "points": terms.price or 0, "state": "available",
        "value_minor": terms.value_minor, "left_minor": terms.value_minor, "expires_on": date(2027, 5, 24),
    }  # fmt: skip
    return Sample(**(facts | changes))


def taken(key: str = "ten-off", **changes: Any) -> dict[str, Any]:
    """The page of one that can be used."""
    drawing = segno.make(CODE, error="m", micro=False).svg_inline(border=0, scale=8, omitsize=True)
    facts: dict[str, Any] = {
        "taken": held(key), "fault": None, "code": CODE, "words": "Use it until 24 May 2027", "uses": [],
        "qr_svg": Markup(drawing),  # noqa: S704 - segno draws, from letters and digits alone
        "can_open": False, "stopped": False, "waits_until": None,
        "can_undo": True, "on": "", "back": [], "paid_off": 0, "never": ledger.NEVER, "line_url": None,
    }  # fmt: skip
    return facts | changes


def closed(**changes: Any) -> dict[str, Any]:
    """One whose code is not open in this browser, or that `changes` hold back."""
    facts: dict[str, Any] = {"code": None, "qr_svg": None, "can_open": True}
    return taken(**(facts | changes))


def used(**changes: Any) -> dict[str, Any]:
    """One that was used, in part where `changes` say so."""
    use = Sample(shop="main", number="1182", amount_minor=320, at=datetime(2026, 5, 24, 14, 5, tzinfo=UTC))
    words = "Used on 24 May 2026"
    facts: dict[str, Any] = {"code": None, "qr_svg": None, "can_undo": False, "uses": [use], "words": words}
    return taken("five-off", taken=held("five-off", state="used", left_minor=180), **(facts | changes))


def undone() -> dict[str, Any]:
    """One that was given back, part of it into a debt."""
    lots = [
        Sample(expires_on=date(2026, 12, 31), points=400),
        Sample(expires_on=ledger.NEVER, points=550),
    ]
    return taken(
        code=None, qr_svg=None, can_undo=False, words="Undone on 24 May 2026", back=lots, paid_off=50,
        line_url="/gallery/pages/line",
    )  # fmt: skip


def mine(**changes: Any) -> dict[str, Any]:
    """All of hers."""
    ended = [
        (held("ten-off", state="undone"), "Undone on 24 May 2026"),
        (held("free-delivery", state="used"), "Used on 2 May 2026"),
        (held("free-coffee", state="expired"), "Expired after 30 April 2026"),
    ]
    return {"ready": [held("five-off", left_minor=180), held("free-coffee")], "ended": ended} | changes


def _row(label: str, price: int, **more: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "label": label, "detail": "Online or in the shop, once.", "price": price, "from": False, "why": "",
        "stock_left": None,
    }  # fmt: skip
    return facts | {"url": "/gallery/pages/reward"} | more


PAGES: dict[str, tuple[str, Callable[[], dict[str, Any]]]] = {
    "rewards": ("rewards/catalogue.html", catalogue),
    "rewards-none": ("rewards/catalogue.html", nothing_to_take),
    "reward": ("rewards/reward.html", lambda: reward() | {"form": TakeForm()}),
    "reward-rules": (
        "rewards/reward.html",
        lambda: (
            reward("makers-evening", why="260 points to go", stays=-260)
            | {"form": TakeForm(), "offer": Sample(price=1500, to_go=260, why="points", stock_left=11)}
        ),
    ),
    "reward-free": (
        "rewards/reward.html",
        lambda: free() | {"form": TakeForm()},
    ),
    "reward-dearer": (
        "rewards/reward.html",
        lambda: (
            reward(fault="Nothing was taken: the price is 1,000 points now, it was 900.")
            | {"form": TakeForm()}
        ),
    ),
    "reward-again": (
        "rewards/reward.html",
        lambda: reward() | {"form": TakeForm(), "unused": "01K1Q7T3M8Z5W2V9X4Y6B0C1DE"},
    ),
    "reward-slider": (
        "rewards/reward.html",
        lambda: reward("money-off") | {"form": TakeForm(data={"points": 500})},
    ),
    "reward-slider-refused": (
        "rewards/reward.html",
        lambda: reward("money-off") | {"form": refused(TakeForm)},
    ),
    "reward-taken": ("rewards/taken.html", taken),
    "reward-taken-lines": (
        "rewards/taken.html",
        lambda: taken(on="On toys or children's books, for 1 thing"),
    ),
    "reward-closed": ("rewards/taken.html", closed),
    "reward-stopped": (
        "rewards/taken.html",
        lambda: closed(can_open=False, stopped=True),
    ),
    "reward-waits": (
        "rewards/taken.html",
        lambda: closed(can_open=False, waits_until=LATER),
    ),
    "rewards-stopped": ("rewards/catalogue.html", lambda: held_back(stopped=True)),
    "rewards-wait": ("rewards/catalogue.html", lambda: held_back(waits=True)),
    "reward-used": (
        "rewards/taken.html",
        lambda: used(fault="It stays taken: the code has been used."),
    ),
    "reward-undone": ("rewards/taken.html", undone),
    "rewards-yours": ("rewards/list.html", mine),
    "rewards-yours-none": ("rewards/list.html", lambda: mine(ready=[], ended=[])),
}
