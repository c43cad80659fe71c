"""Anna in front of her browser, and Stripe behind it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal import ledger
from portal.billing.terms import Terms
from tests.home.doors import make_fresh, step_in
from tests.notices.mailbox import Mailbox
from tests.page import Element, Visit
from tests.stripe_standin import StripeStandIn

AGREED = Terms("You agree to pay.", "en_GB")


@dataclass
class Desk:
    """One member on her way through plans, with both sides at hand."""

    app: Flask
    member: str
    visit: Visit
    client: FlaskClient
    stripe: StripeStandIn
    clock: Any
    mailbox: Mailbox

    def choose(self, plan: str = "plus-monthly", visit: Visit | None = None) -> str:
        """Tap Join on the plans page; the address of Stripe's page that the browser is sent to."""
        one = visit or self.visit
        one.open("/plans")
        answer = one.client.post("/billing/checkout", data=joining(one.page, plan))
        assert answer.status_code == 303, answer.text
        return str(answer.location)

    def pay(self, url: str, card: str | None = "4242", **how: Any) -> str | None:
        """Pay there; the path that the browser is sent back to, None when it stays."""
        answer = self.stripe.pay(session_of(url), card, **how)
        parts = urlsplit(answer.location)
        if answer.status != 303 or not parts.path.startswith("/billing/"):
            return None
        return f"{parts.path}?{parts.query}"

    def join(self, plan: str = "plus-monthly", card: str | None = "4242") -> Element:
        """Choose, pay and come back."""
        path = self.pay(self.choose(plan), card)
        assert path is not None
        return self.visit.open(path)

    def tell(self, *types: str, **how: Any) -> list[int]:
        """Deliver what Stripe has to say (of these types), in order; the statuses."""
        events = self.stripe.events(*types, pending=True) if types else None
        return self.stripe.deliver_to(self.client, events, **how)

    def pass_time(self, **span: float) -> None:
        """Time goes by on both sides; after weeks she signs in again."""
        self.clock.shift(timedelta(**span))
        if timedelta(**span) > timedelta(days=20):
            has_left = ledger.wallet(self.member).status == "closed"
            self.visit = Visit(self.app.test_client()) if has_left else step_in(self.app)
        self.stripe.advance(to=int(now().timestamp()))

    def status(self, day: date | None = None) -> str | None:
        """The status of her plan on a day, today without one."""
        from portal import billing
        from portal.programme import active

        found = billing.standing(self.member, day or active()[1].day(now()))
        return None if found is None else found.status

    def perks(self, day: date | None = None) -> bool:
        """Whether her plan gives her anything."""
        from portal import billing
        from portal.programme import active

        found = billing.standing(self.member, day or active()[1].day(now()))
        return found is not None and found.perks

    def subscription(self) -> Any:
        """Her one subscription, as the portal knows it."""
        from portal.billing.models import Subscription
        from portal.db import read

        return read(select(Subscription.__table__)).one()

    def mails(self, kind: str) -> int:
        """How many mails of a kind were queued."""
        from portal import notices
        from portal.db import read

        notice = notices.Notice.__table__.c
        return int(read(select(func.count()).where(notice.kind == kind)).scalar_one())

    def mail(self, subject: str) -> str:
        """The plain text of the newest mail to her with this subject."""
        found = [one for one in self.mailbox.to("anna@example.com") if one["Subject"] == subject]
        return str(found[-1].get_body(("plain",)).get_content())

    def at_stripe(self, path: str, **params: Any) -> list[Any]:
        """What Stripe lists."""
        service: Any = self.stripe.bare_client().v1
        for part in path.split("."):
            service = getattr(service, part)
        return list(service.list({"limit": 100, **params}).data)


def joining(page: Element, plan: str) -> dict[str, str]:
    """What the form of a plan on the plans page sends."""
    forms = [form for form in page.all("form") if form.all("input", name="plan")]
    form = next((f for f in forms if f.all("input", name="plan", value=plan)), forms[0])
    return {one["name"]: one["value"] for one in form.all("input", type="hidden")} | {"plan": plan}


def leave(desk: Desk) -> None:
    """The member leaves for good, from a browser of hers."""
    visit = make_fresh(step_in(desk.app))
    visit.open("/you/leave")
    visit.submit("Leave for good")
    assert ledger.wallet(desk.member).status == "closed"


def session_of(url: str) -> str:
    """The checkout session of a page's address."""
    path = urlsplit(url).path
    return path.rsplit("/", 1)[1]


def session_in(path: str) -> str:
    """The checkout session that the browser brings back."""
    return parse_qs(urlsplit(path).query)["session_id"][0]


def now() -> datetime:
    """The portal's time."""
    from portal import clock

    return clock.now()


def count(model: Any) -> int:
    """Rows of a table."""
    from portal.db import read

    return int(read(select(func.count()).select_from(model.__table__)).scalar_one())


def everything() -> dict[str, list[str]]:
    """Every row of paid plans, as text: equal when nothing has changed."""
    from portal.billing import models
    from portal.db import read

    tables = (models.Subscription, models.Purchase, models.Invoice, models.BillingOperation)
    return {one.__tablename__: sorted(map(repr, read(select(one.__table__)).all())) for one in tables}
