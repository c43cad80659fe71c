"""The page where the clock of a tier is stopped, for the gallery, with invented facts."""

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace as Sample
from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField

Context = dict[str, Any]
UNTIL, LONGER, AGAIN = date(2026, 12, 31), date(2027, 6, 29), date(2028, 5, 24)
SILVER = Sample(key="silver", label="Silver")
LAST = Sample(on=date(2026, 5, 24), tier="silver", days=180, again_on=AGAIN)


class PauseForm(FlaskForm):
    """Stop the clock."""

    longer = HiddenField()


def pause(**changes: Any) -> Context:
    """The page; `changes` are of what is offered."""
    facts = {
        "days": 180, "once_in_months": 24, "tier": SILVER, "until": UNTIL, "longer": LONGER, "last": None, "why": None,
    }  # fmt: skip
    offer = Sample(**(facts | changes))
    paused = None if offer.last is None else SILVER.label
    return {
        "offer": offer,
        "form": PauseForm(data={"longer": str(LONGER)}),
        "paused": paused,
        "again_on": AGAIN,
    }


PAGES: dict[str, tuple[str, Callable[[], Context]]] = {
    "tier-pause": ("tiers/pause.html", pause),
    "tier-pause-confirm": ("tiers/confirm_pause.html", pause),
    "tier-pause-waits": ("tiers/pause.html", lambda: pause(why="waits", last=LAST, until=LONGER)),
    "tier-pause-ended": ("tiers/pause.html", lambda: pause(why="ended")),
    "tier-pause-none": (
        "tiers/pause.html",
        lambda: pause(why="none", tier=None, until=None, last=LAST),
    ),
}
