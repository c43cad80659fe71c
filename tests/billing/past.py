"""Orders of the past for what reckons with them: as the shop tells them, and as facts alone."""

from datetime import UTC, datetime
from typing import Any

from tests import make


def buy(number: str, *amounts: str, placed_at: str = "2026-06-01T10:00:00Z", **changes: Any) -> None:
    """An order of Anna's, told now."""
    from portal import clock, earning
    from portal.db import transact

    body = earning.OrderBody.model_validate(make.order(*amounts, placed_at=placed_at, **changes))
    transact(
        lambda: earning.record_order(body, shop="main", number=number, at=clock.now(), actor="shop:main")
    )


def past(*amounts: int, on: str = "2026-06-01", tier: str = "member", **changes: Any) -> Any:
    """A paid order in minor units, with what was frozen with it."""
    from datetime import date

    from portal import earning

    lines = tuple(earning.Line(str(number), amount) for number, amount in enumerate(amounts, 1))
    facts: dict[str, Any] = {
        "status": "paid", "placed_at": datetime.fromisoformat(f"{on}T10:00:00").replace(tzinfo=UTC),
        "placed_on": date.fromisoformat(on), "currency": "GBP", "lines": lines, "shop": "main",
    }  # fmt: skip
    frozen = changes.pop("frozen", {})
    return earning.PastOrder(
        on, earning.OrderFacts(**(facts | changes)), earning.Frozen(1, tier, joined_day=100, **frozen)
    )
