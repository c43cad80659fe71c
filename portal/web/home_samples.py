"""Invented members for the gallery's home pages: in mid-year, new, owing, without points, with everything."""

from datetime import date
from types import SimpleNamespace as Sample
from typing import Any

from portal.programme import ChosenDay
from portal.web import gained
from portal.web.samples import LINES, line, shop


def home(**changes: Any) -> Sample:
    """A member in the middle of her year; `changes` replace facts of the home page."""
    facts: dict[str, Any] = {
        "card": _card(
            available=1240,
            value_minor=1240,
            tier_label="Silver",
            what=(),
            material="silver",
            name="Anna Ferris",
            number="4127 8830",
        ),
        "pending": 239,
        "owed": 0,
        "held": [],
        "goals": [],
        "counters": [],
        "badges": [],
        "own_day": None,
        "ready": [],
        "plan": None,
        "perks": [],
        "offers_plan": False,
        "waiting_minor": 0,
        "welcome": False,
        "next_tier": Sample(
            label="Gold",
            what=(),
            second=Sample(metric="orders", left=3, what=()),
            metric="spend",
            have=32000,
            need=50000,
            left=18000,
            share=64,
            by=date(2026, 12, 31),
        ),
        "keep": Sample(
            label="Silver",
            what=(),
            until=date(2027, 12, 31),
            done=True,
            left=0,
            by=date(2026, 12, 31),
            metric="spend",
        ),
        "next_reward": None,
        "rewards": [
            Sample(
                key=reward.key, label=reward.label, price=reward.least, value_minor=reward.value_minor, left=0
            )
            for reward in shop().for_points
        ],
        "dates": [
            _day(date(2026, 6, 3), "maturing", points=239),
            _day(date(2026, 6, 30), "expiring", points=120),
            _day(date(2027, 12, 31), "tier-until", "Silver"),
        ],
        "recent": LINES[:5],
    }
    return Sample(**(facts | changes))


def new_member() -> Sample:
    """The home page right after joining: welcome points and the way to the first reward."""
    card = _card(
        available=100,
        value_minor=100,
        tier_label="Member",
        material="paper",
        name="Anna Ferris",
        number="4127 8830",
    )
    return home(
        card=card,
        pending=0,
        welcome=True,
        next_tier=Sample(
            label="Silver",
            what=(),
            second=None,
            metric="spend",
            have=0,
            need=20000,
            left=20000,
            share=0,
            by=date(2026, 12, 31),
        ),
        keep=None,
        next_reward=Sample(label="A coffee and a bun", price=200, left=100, have=100),
        rewards=[
            Sample(
                key=r.key,
                label=r.label,
                price=r.least,
                value_minor=r.value_minor,
                left=max(0, (r.least or 0) - 100),
            )
            for r in shop().for_points
        ],
        dates=[],
        recent=[line(1, date(2026, 5, 20), "Welcome to Pennywren", 100)],
    )


def owing_member() -> Sample:
    """The home page of somebody who sent back what her points were spent on."""
    card = _card(
        available=0,
        value_minor=0,
        tier_label="Platinum",
        what=(),
        material="ink",
        name="Bartholomew Featherstonehaugh",
        number="9903 1157",
    )
    keep = Sample(
        label="Platinum",
        what=(),
        until=date(2027, 12, 31),
        done=False,
        left=41250,
        by=date(2026, 12, 31),
        metric="spend",
    )
    next_reward = Sample(label="A coffee and a bun", price=200, left=250, have=0)
    return home(
        card=card, pending=0, owed=50, next_tier=None, keep=keep, next_reward=next_reward, recent=[], dates=[]
    )


def busy_member() -> Sample:
    """The home page with all that a programme may bring: goals, counters, badges, a day of her own, held points."""
    goals = [
        Sample(
            label="Three orders in one month",
            metric="orders",
            have=1,
            need=3,
            left=2,
            share=33,
            by=date(2026, 5, 31),
            prize="",
            points=100,
            what=(),
        ),
        Sample(
            label="£30.00 of soap and scent in a month",
            metric="spend",
            have=1800,
            need=3000,
            left=1200,
            share=60,
            by=date(2026, 5, 31),
            prize="A gift from our counter",
            points=0,
            what=(),
        ),
        Sample(
            label="Coffee from ten countries",
            metric="counter",
            have=7,
            need=10,
            left=3,
            share=70,
            by=None,
            prize="Far and wide",
            points=0,
            what=(),
        ),
    ]
    counters = [("countries", 7, False), ("miles", 21400, False), ("saved as a subscriber", 1750, True)]
    return home(
        held=[Sample(points=120, on=date(2026, 6, 30))],
        waiting_minor=500,
        goals=goals,
        counters=[
            Sample(label=label, amount=amount, is_money=is_money) for label, amount, is_money in counters
        ],
        badges=["Six months with us"],
        own_day=_day(date(2026, 5, 20), "own-day-open", "Your day: three times the points"),
        dates=[
            _day(date(2026, 5, 29), "window-ends", "Bonus week: twice the points"),
            _day(date(2026, 6, 14), "birthday", points=200),
            _day(date(2026, 6, 24), "plan-needs-card", "Plus"),
            _day(date(2026, 7, 10), "plan-changes", "Plus for two", amount_minor=3000, currency="GBP"),
            _day(date(2026, 8, 15), "own-day", "Your day: three times the points"),
            _day(date(2026, 11, 28), "window", "Bonus weekend: twice the points", until=date(2026, 11, 29)),
            _day(date(2027, 3, 1), "grant", "Your dividend"),
        ],
    )


def member_without_points(word: str = "Membership") -> Sample:
    """The home page of a programme that has a plan, or friends alone, and no balance."""
    own = _card(
        available=0,
        value_minor=0,
        tier_label="Member",
        material="paper",
        name="Anna Ferris",
        number="4127 8830",
        word=word,
        renews_on=date(2027, 3, 2) if word == "Membership" else None,
    )
    renews = _day(date(2027, 3, 2), "plan-renews", word, amount_minor=2500, currency="GBP")
    dates = [renews] if own.renews_on else []
    return home(
        card=own,
        pending=0,
        next_tier=None,
        keep=None,
        rewards=[],
        dates=dates,
        recent=[],
        perks=list(shop().perks),
        offers_plan=not dates,
    )


def _card(**facts: Any) -> Sample:
    return Sample(**{"word": "", "since": date(2026, 3, 2), "renews_on": None, "until": None} | facts)


def _day(on: date, kind: str, label: str = "", **facts: Any) -> Sample:
    return Sample(
        on=on,
        kind=kind,
        label=label,
        **{"points": 0, "amount_minor": 0, "until": None, "currency": ""} | facts,
    )


def your_day(state: str) -> dict[str, Any]:
    """The page of the chosen day: open, moved from one to another, settled by an order, or not hers."""
    rule = ChosenDay.model_validate({"label": "Your day: three times the points", "factor": "3"})
    chosen = Sample(day=date(2026, 8, 15), fixed=state == "settled")
    has_one = state in ("moved", "settled")
    periods = [
        Sample(begins=date(2026, 5, 20), chosen=chosen if has_one else None),
        Sample(begins=date(2027, 1, 1), chosen=None),
    ]
    is_carried = state != "not-hers"
    own = Sample(
        rule=rule,
        is_carried=is_carried,
        is_open=is_carried,
        zone="Pacific/Auckland" if state == "moved" else None,
        today=date(2026, 5, 20),
        last=date(2027, 12, 31),
        periods=periods,
    )
    return {"own": own, "times": "3 times", "tiers": "Gold or Platinum"}


TRACES: dict[str, tuple[str, int, dict[str, Any]]] = {
    "quantity": (
        "Miles your coffee has travelled",
        100,
        {"points": 100, "counted": 2500, "each": 50, "per": 1000, "before": 0},
    ),
    "capped": (
        "A review",
        15,
        {"points": 15, "counted": 1, "each": 25, "capped": {"per": "month", "points": 75, "asked": 25}},
    ),
    "distinct": (
        "Coffee from a new country",
        100,
        {"points": 100, "counted": 1, "each": 100, "value": "Kenya", "is_new": True},
    ),
    "goal": (
        "Three orders in one month",
        100,
        {"points": 100, "given": {"by": "goal"}, "metric": "orders", "have": 3, "need": 3},
    ),
    "goal-taken": (
        "Three orders in one month",
        -100,
        {"points": 100, "given": {"by": "goal"}, "taken": True},
    ),
    "dividend": (
        "Your dividend",
        8123,
        {"points": 8123, "given": {"by": "dividend"}, "percent": 10, "year": 2026, "counted_minor": 81237},
    ),
    "lapsed": (
        "Points expired",
        -120,
        {
            "lot": {"expires_on": "2026-05-01", "points": 120},
            "held_until": "2026-05-31",
            "notices": [{"days": 7, "sent_on": "2026-04-24", "outcome": "failed"}],
        },
    ),
}


def explained(name: str) -> Sample:
    """A line that came without an order, explained by the words that explain real ones."""
    title, points, trace = TRACES[name]
    label = {"key": name, "label": title}
    if "given" in trace:
        steps = gained.given(trace | {"given": trace["given"] | label}, shop())
    elif "lot" in trace:
        steps = gained.lapsed(trace)
    else:
        steps = gained.activity(trace | {"activity": label})
    detail = gained.cap(trace["capped"]) if "capped" in trace else ""
    return line(41, date(2026, 5, 20), title, points, detail, steps=steps)


CHILDREN = [(Sample(id="a", nickname="Pip"), "14 June"), (Sample(id="b", nickname="Minnie"), "29 February")]
