"""Every command of paid plans that asks Stripe for something: how it comes to its tap, and what it ends in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portal import programme as programmes
from portal.db import transact
from tests.billing.giving import buy
from tests.billing.giving import choose as choose_gift
from tests.billing.giving import pay as pay_gift
from tests.billing.kills import Act, cookies
from tests.billing.paying_back import refund
from tests.billing.shop import Desk, now
from tests.home.doors import make_fresh
from tests.page import _fields
from tests.stripe_standin import EVENTS_PATH

GIFT, SOLD = "plus-monthly-3", 'key = "plus-monthly"\n'


@dataclass(frozen=True)
class Command:
    """What is done first, what dies; what was taken and given back in the end, and what runs then.

    `then` is what she does next. `half` names what may be otherwise where nobody taps again.
    """

    ready: Callable[[Desk], Act]
    charged: list[int]
    runs: list[str]
    back: tuple[int, ...] = ()
    then: Callable[[Desk, str], None] | None = None
    half: tuple[str, ...] = ()


def tap(desk: Desk, path: str, button: str, **values: str) -> Act:
    """The request that a button would send, not sent yet; `button` is how its words begin."""
    page = desk.visit.open(path)
    words = [one.spoken_name for one in page.all("button") if one.spoken_name.startswith(button)]
    assert words, f"no button {button!r} on {desk.visit.path}: {page.text}"
    form, pressed = desk.visit._form_with(words[0])
    path = pressed["formaction"] or form["action"] or desk.visit.path
    return request(desk, path, "POST", _fields(form) | values)


def request(desk: Desk, path: str, method: str = "GET", data: Any = None) -> Act:
    return {"path": path, "method": method, "data": data, "headers": {"Cookie": cookies(desk)}}


def told(desk: Desk, kind: str) -> Act:
    """The newest message of this kind."""
    body, signature = desk.stripe.signed(desk.stripe.events(kind)[-1])
    headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
    return {"path": EVENTS_PATH, "method": "POST", "data": body.decode(), "headers": headers}


def joining(plan: str) -> Callable[[Desk], Act]:
    return lambda desk: tap(desk, "/plans", "Join Plus", plan=plan)


def pays(desk: Desk, url: str) -> None:
    """She pays where the tap has brought her, and comes back."""
    path = desk.pay(url)
    assert path is not None
    desk.visit.open(path)


def back_from(plan: str) -> Callable[[Desk], Act]:
    def ready(desk: Desk) -> Act:
        return request(desk, str(desk.pay(desk.choose(plan))))

    return ready


def message(desk: Desk) -> Act:
    desk.pay(desk.choose())
    return told(desk, "checkout.session.completed")


def renewal(desk: Desk) -> Act:
    desk.pass_time(days=30, hours=2)
    return told(desk, "invoice.paid")


def paid_back(desk: Desk) -> Act:
    refund(desk)
    return told(desk, "charge.refunded")


def unheard(desk: Desk) -> Act:
    desk.pay(desk.choose())
    desk.stripe.drop()
    return {"work": "reconcile"}


def left_checkout(desk: Desk) -> Act:
    desk.choose()
    return tap(desk, "/plans", "Choose something else")


def shown(desk: Desk) -> Act:
    return tap(desk, "/membership/change", "See what it costs", plan="plus-yearly")


def change(desk: Desk) -> Act:
    desk.visit.open("/membership/change")
    desk.visit.submit("See what it costs", plan="plus-yearly")
    return tap(desk, desk.visit.path, "Pay")


def change_later(desk: Desk) -> Act:
    desk.visit.open("/membership/change")
    desk.visit.submit("See what it costs", plan="plus-monthly")
    return tap(desk, desk.visit.path, "Change on")


def done(desk: Desk, act: Act) -> None:
    """Send it, undisturbed."""
    assert desk.visit.client.open(act["path"], method=act["method"], data=act["data"]).status_code == 303
    desk.tell()


def stay(desk: Desk) -> Act:
    done(desk, change_later(desk))
    return tap(desk, "/membership", "Undo")


def end(desk: Desk) -> Act:
    return tap(desk, "/membership/cancel", "End it on")


def end_planned(desk: Desk) -> Act:
    done(desk, change_later(desk))
    return tap(desk, "/membership/cancel", "End it on")


def keep(desk: Desk) -> Act:
    done(desk, end(desk))
    return tap(desk, "/membership", "Keep Plus")


def failing(desk: Desk) -> Act:
    desk.stripe.set_card(desk.at_stripe("customers")[0].id, "0341")
    desk.pass_time(days=30, hours=2)
    desk.tell()
    return tap(desk, "/membership/cancel", "End it today")


def pause(desk: Desk) -> Act:
    return tap(desk, "/membership/pause", "Pause it today")


def late(wish: Callable[[Desk], Act]) -> Callable[[Desk], Act]:
    """She asked while Stripe was out of reach; it is back once the plan has renewed, and the worker comes by."""

    def ready(desk: Desk) -> Act:
        desk.pass_time(days=29, hours=20)
        desk.tell()
        act = wish(desk)
        desk.stripe.fault("500", "*", times=10_000)
        assert desk.visit.client.open(act["path"], method=act["method"], data=act["data"]).status_code == 303
        desk.stripe.heal()
        desk.pass_time(hours=8)
        return {"work": "work off"}

    return ready


def cheaper(desk: Desk) -> Act:
    """A cheaper plan of the same rhythm, that comes with the next period."""
    source = programmes.source_of(programmes.active()[0])
    plan = '\n[[plans]]\nkey = "least"\nlabel = "Least"\ninterval = "month"\nprice = "1.00"\nperks = []\n'
    transact(lambda: programmes.publish(source + plan, now()))
    desk.visit.open("/membership/change")
    desk.visit.submit("See what it costs", plan="least")
    return tap(desk, desk.visit.path, "Change on")


def going_on(days: int) -> Callable[[Desk], Act]:
    def ready(desk: Desk) -> Act:
        done(desk, pause(desk))
        desk.pass_time(days=days)
        return tap(desk, "/membership", "Go on with Plus")

    return ready


def end_paused(desk: Desk) -> Act:
    done(desk, pause(desk))
    return tap(desk, "/membership/cancel", "End it on")


def withdrawal(desk: Desk) -> Act:
    return tap(desk, "/membership/withdraw", "Withdraw and get")


def leaving(desk: Desk) -> Act:
    make_fresh(desk.visit)
    return tap(desk, "/you/leave", "Leave for good")


def leaving_checkout(desk: Desk) -> Act:
    desk.choose()
    make_fresh(desk.visit)
    return tap(desk, "/you/leave", "Leave for good")


def extra(desk: Desk) -> Act:
    """She has paid a second subscription, which somebody made at Stripe."""
    (price,), (customer,) = desk.at_stripe("prices"), desk.at_stripe("customers")
    client = desk.stripe.bare_client().v1
    (method,) = client.payment_methods.list({"customer": customer.id}).data
    client.subscriptions.create(
        {"customer": customer.id, "items": [{"price": price.id}], "default_payment_method": method.id}
    )
    return told(desk, "customer.subscription.updated")


def portal(desk: Desk) -> Act:
    return tap(desk, "/membership", "Card and invoices")


def giving(desk: Desk) -> Act:
    return tap(desk, "/gifts/new", "Go on to the payment", choice=GIFT)


def pays_gift(desk: Desk, url: str) -> None:
    """She pays where the tap has brought her, and comes back."""
    desk.visit.open(pay_gift(desk, url))


def back_from_a_gift(desk: Desk) -> Act:
    return request(desk, pay_gift(desk, choose_gift(desk)))


def gift_message(desk: Desk) -> Act:
    pay_gift(desk, choose_gift(desk))
    return told(desk, "checkout.session.completed")


def unheard_gift(desk: Desk) -> Act:
    pay_gift(desk, choose_gift(desk))
    desk.stripe.drop()
    return {"work": "reconcile"}


def used_gift(desk: Desk) -> Act:
    return use_of(desk, buy(desk))


def taken_back_gift(desk: Desk) -> Act:
    buy(desk)
    desk.tell()
    desk.visit.follow("Get your money back")
    return tap(desk, desk.visit.path, "Get £9.00 back")


def paid_back_gift(desk: Desk) -> Act:
    code = buy(desk)
    desk.tell()
    done(desk, use_of(desk, code))
    refund(desk)
    return told(desk, "charge.refunded")


def use_of(desk: Desk, code: str) -> Act:
    desk.visit.open(f"/gift/{code}")
    desk.visit.submit("Open it")
    return tap(desk, "/gift", "Use it")


def back_with_a_code(desk: Desk) -> Act:
    """She has paid half of it, by a code that she typed at the till."""
    source = programmes.source_of(programmes.active()[0])
    source = source.replace(SOLD, f"{SOLD}promotion_codes = true\n", 1)
    transact(lambda: programmes.publish(source, now()))
    stripe = desk.stripe.bare_client().v1
    coupon = stripe.coupons.create({"percent_off": 50, "duration": "once"})
    stripe.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "HALF"})
    return request(desk, str(desk.pay(desk.choose(), promotion_code="half")))


COMMANDS = {
    None: {
        "join": Command(joining("plus-monthly"), [300], ["active"], then=pays),
        "join for life": Command(joining("plus-life"), [9000], [], then=pays),
        "come back": Command(back_from("plus-monthly"), [300], ["active"]),
        "a message": Command(message, [300], ["active"]),
        "reconcile": Command(unheard, [300], ["active"]),
        "leave the checkout": Command(left_checkout, [], []),
        "leave with an open checkout": Command(leaving_checkout, [], []),
        "give": Command(giving, [900], [], then=pays_gift),
        "come back from a gift": Command(back_from_a_gift, [900], []),
        "the message of a gift": Command(gift_message, [900], []),
        "reconcile a gift": Command(unheard_gift, [900], []),
        "use a gift": Command(used_gift, [900], []),
        "take a gift back": Command(taken_back_gift, [900], [], (900,)),
        "the message of a gift that was paid back": Command(paid_back_gift, [900], [], (900,)),
        "come back with a promotion code": Command(back_with_a_code, [150], ["active"]),
    },
    "plus-monthly": {
        "come back for life": Command(back_from("plus-life"), [300, 9000], ["active"]),
        "the message of a renewal": Command(renewal, [300, 300], ["active"]),
        "see what a change costs": Command(shown, [300], ["active"]),
        "change now": Command(change, [300, 2700], ["active"]),
        "end": Command(end, [300], ["active"]),
        "keep": Command(keep, [300], ["active"]),
        "end what is not paid": Command(failing, [300], []),
        "pause": Command(pause, [300], ["paused"]),
        "end what is paused": Command(end_paused, [300], ["active"]),
        "end late": Command(late(end), [300, 300], [], (300,)),
        "pause late": Command(late(pause), [300, 300], ["paused"], (300,)),
        "change late": Command(late(cheaper), [300, 300], ["active"], (200,)),
        "go on for nothing": Command(going_on(9), [300], ["active"]),
        "go on for a month": Command(going_on(75), [300, 300], ["active"]),
        "withdraw": Command(withdrawal, [300], [], (300,)),
        "leave": Command(leaving, [300], [], half=("left", "entries", "mails")),
        "a second subscription": Command(extra, [300, 300], ["active"], (300,)),
        "the card": Command(portal, [300], ["active"]),
    },
    "plus-yearly": {
        "change later": Command(change_later, [3000], ["active"]),
        "stay": Command(stay, [3000], ["active"]),
        "end with a change planned": Command(end_planned, [3000], ["active"]),
    },
    "plus-life": {
        "the message of a refund": Command(paid_back, [9000], [], (9000,)),
        "withdraw from life": Command(withdrawal, [9000], [], (9000,)),
    },
}
"""By the plan that she has before."""
