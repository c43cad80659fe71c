"""Subscription schedules: what a subscription changes to later, such as a cheaper plan from the next period on."""

from typing import Any

from portal.sandbox.stripe import collection, terms
from portal.sandbox.stripe.periods import add
from portal.sandbox.stripe.store import Obj
from portal.sandbox.stripe.wire import Complaint, visible
from portal.sandbox.stripe.world import World, merge_metadata, nothing, snapshot


def create(world: World, params: Obj) -> Obj:
    """`POST /subscription_schedules` from a subscription: one phase, the present period."""
    subscription = world.get("subscription", params["from_subscription"], "from_subscription")
    if subscription["status"] in ("canceled", "incomplete_expired", "incomplete", "paused"):
        raise Complaint(
            f"You cannot migrate a subscription that is `{subscription['status']}` to a schedule."
        )
    if subscription["schedule"]:
        raise Complaint(
            "You cannot migrate a subscription that is already attached to a schedule: "
            f"{subscription['schedule']}.",
            param="from_subscription",
        )
    start, stop = terms.period(subscription)
    items = [(item["price"]["id"], item["quantity"]) for item in subscription["items"]["data"]]
    schedule = world.add(
        "subscription_schedule",
        "sub_sched",
        application=None,
        billing_mode=subscription["billing_mode"],
        canceled_at=None,
        completed_at=None,
        current_phase={"start_date": start, "end_date": stop},
        customer=subscription["customer"],
        customer_account=None,
        default_settings={
            "application_fee_percent": None,
            "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
            "billing_cycle_anchor": "automatic",
            "billing_thresholds": None,
            "collection_method": "charge_automatically",
            "default_payment_method": None,
            "description": None,
            "invoice_settings": {"account_tax_ids": None, "days_until_due": None, "issuer": {"type": "self"}},
            "on_behalf_of": None,
            "transfer_data": None,
        },
        end_behavior="cancel" if subscription["cancel_at"] else "release",
        metadata=params.get("metadata") or {},
        phases=[
            _phase(
                subscription["currency"],
                items,
                start,
                stop,
                prorate="create_prorations",
                hung=subscription["discounts"],
            )
        ],
        released_at=None,
        released_subscription=None,
        status="active",
        subscription=subscription["id"],
        test_clock=None,
        _due=stop,
    )
    before = snapshot(subscription)
    subscription["schedule"] = schedule["id"]
    world.emit("subscription_schedule.created", schedule)
    world.emit("customer.subscription.updated", subscription, before)
    return schedule


def _phase(
    currency: str,
    items: list[tuple[str, int]],
    start: int,
    stop: int,
    *,
    prorate: str,
    metadata: Obj | None = None,
    hung: list[str],
) -> Obj:
    empty = nothing(
        "application_fee_percent billing_cycle_anchor billing_thresholds collection_method "
        "default_payment_method description invoice_settings on_behalf_of transfer_data trial_end"
    )
    return empty | {
        "add_invoice_items": [],
        "currency": currency,
        "default_tax_rates": [],
        "discounts": [{"coupon": None, "discount": id, "promotion_code": None} for id in hung],
        "end_date": stop,
        "items": [
            {
                "billing_thresholds": None,
                "discounts": [],
                "metadata": {},
                "price": price,
                "quantity": quantity,
                "tax_rates": [],
            }
            for price, quantity in items
        ],
        "metadata": metadata or {},
        "proration_behavior": prorate,
        "start_date": start,
    }


def update(world: World, params: Obj, id: str) -> Obj:
    """`POST /subscription_schedules/{id}`: new phases from the present one on, and what happens at the end."""
    schedule = _active(world, id)
    before = snapshot(schedule)
    schedule["end_behavior"] = params.get("end_behavior", schedule["end_behavior"])
    merge_metadata(schedule, params.get("metadata"))
    if "phases" in params:
        schedule["phases"] = _phases(world, schedule, params["phases"])
        here = _phase_at(schedule, world.now)
        schedule["current_phase"] = {name: here[name] for name in ("start_date", "end_date")}
        schedule["_due"] = here["end_date"]
        subscription = world.get("subscription", schedule["subscription"], "subscription")
        was = snapshot(subscription)
        subscription["discounts"] = hung_in(here)
        if snapshot(subscription) != was:
            world.emit("customer.subscription.updated", subscription, was)
    world.emit("subscription_schedule.updated", schedule, before)
    return schedule


def _phases(world: World, schedule: Obj, given: list[Obj]) -> list[Obj]:
    currency = schedule["phases"][0]["currency"]
    phases: list[Obj] = []
    start = schedule["current_phase"]["start_date"]
    if given and "start_date" not in given[0]:
        raise Complaint("You must set the start date of the first phase.", param="phases[0][start_date]")
    for place, phase in enumerate(given):
        at = f"phases[{place}]"
        if phase.get("start_date", start) != start:
            raise Complaint(
                "The start date of a phase must be the end date of the one before; "
                "that of the current phase cannot be changed.",
                param=f"{at}[start_date]",
            )
        items = []
        for number, item in enumerate(phase["items"]):
            price = terms.price_for(world, item.get("price"), f"{at}[items][{number}][price]", currency)
            items.append((price["id"], item.get("quantity", 1)))
        stop = _end(world, phase, start, items[0][0])
        if stop <= max(start, world.now if place == 0 else start):
            raise Complaint(
                "The end date of a phase must be after its start and now.", param=f"{at}[end_date]"
            )
        prorate = phase.get("proration_behavior", "create_prorations")
        hung = listed(world, phase.get("discounts") or [], f"{at}[discounts]")
        phases.append(
            _phase(currency, items, start, stop, prorate=prorate, metadata=phase.get("metadata"), hung=hung)
        )
        start = stop
    if not phases:
        raise Complaint("A schedule must have at least one phase.", param="phases")
    return phases


def listed(world: World, given: list[Obj], at: str) -> list[str]:
    """The discounts that a phase names; it has no others, for the stand-in's customers have none of their own."""
    found = []
    for place, one in enumerate(given):
        if set(one) != {"discount"}:
            raise Complaint(
                "The stand-in takes discounts of a phase by their ids only.", param=f"{at}[{place}]"
            )
        found.append(world.get("discount", one["discount"], f"{at}[{place}][discount]")["id"])
    return found


def _end(world: World, phase: Obj, start: int, price_id: str) -> int:
    """End of a phase: as given, after its duration, or after one interval of its price."""
    if "end_date" in phase:
        return int(phase["end_date"])
    price = world.get("price", price_id, "price")
    each: Any = phase.get("duration") or price["recurring"]
    return add(start, each["interval"], each.get("interval_count", 1))


def release(world: World, params: Obj, id: str) -> Obj:
    """`POST /subscription_schedules/{id}/release`: the subscription stays as it is and goes on by itself."""
    schedule = _active(world, id)
    before = snapshot(schedule)
    _let_go(world, schedule)
    world.emit("subscription_schedule.released", schedule, before)
    return schedule


def cancel(world: World, params: Obj, id: str) -> Obj:
    """`POST /subscription_schedules/{id}/cancel`: the schedule and its subscription are over now."""
    schedule = _active(world, id)
    collection.end(world, world.get("subscription", schedule["subscription"], "subscription"))
    return schedule


def _let_go(world: World, schedule: Obj) -> None:
    subscription = world.get("subscription", schedule["subscription"], "subscription")
    was = snapshot(subscription)
    schedule |= {
        "status": "released",
        "released_at": world.now,
        "released_subscription": subscription["id"],
        "subscription": None,
        "current_phase": None,
        "_due": None,
    }
    subscription["schedule"] = None
    world.emit("customer.subscription.updated", subscription, was)


def turn(world: World, schedule: Obj) -> None:
    """A phase has ended: the next one begins, or the schedule is over."""
    before = snapshot(schedule)
    subscription = world.get("subscription", schedule["subscription"], "subscription")
    later = [phase for phase in schedule["phases"] if phase["end_date"] > world.now]
    if not later:
        if schedule["end_behavior"] == "cancel":
            schedule |= {
                "status": "completed",
                "completed_at": world.now,
                "current_phase": None,
                "_due": None,
            }
            subscription["schedule"] = None
            collection.end(world, subscription)
            world.emit("subscription_schedule.completed", schedule, before)
        else:
            _let_go(world, schedule)
            world.emit("subscription_schedule.released", schedule, before)
        return
    phase = later[0]
    schedule["current_phase"] = {name: phase[name] for name in ("start_date", "end_date")}
    schedule["_due"] = phase["end_date"]
    _begin(world, subscription, phase)
    world.emit("subscription_schedule.updated", schedule, before)


def _begin(world: World, subscription: Obj, phase: Obj) -> None:
    """The subscription becomes what the phase says; between two periods nothing is prorated."""
    was = snapshot(subscription)
    items = items_of(world, subscription, phase)
    start, stop = terms.period(subscription)
    restart = terms.changes_interval(subscription, items)
    if world.now < stop and phase["proration_behavior"] != "none":
        if restart:  # the new rhythm bills a whole period by itself
            lines = terms.unused_lines(world, subscription, world.now)
        else:
            lines = terms.proration_lines(world, subscription, items, world.now)
        subscription["_pending_lines"] = (subscription.get("_pending_lines") or []) + lines
    subscription["items"]["data"] = items
    if restart:
        subscription["billing_cycle_anchor"] = world.now
        stop = min(stop, world.now)
    terms.set_period(subscription, start, stop)
    subscription["metadata"] |= phase["metadata"]
    subscription["discounts"] = hung_in(phase)
    collection.reschedule(subscription)
    world.emit("customer.subscription.updated", subscription, was)


def items_of(world: World, subscription: Obj, phase: Obj) -> list[Obj]:
    """The items of a phase, in the place of those that the subscription has."""
    items = snapshot(subscription)["items"]["data"][: len(phase["items"])]
    start, stop = terms.period(subscription)
    for place, planned in enumerate(phase["items"]):
        price = world.get("price", planned["price"], "price")
        if place == len(items):
            items.append(terms.new_item(world, subscription["id"], price, planned["quantity"], start, stop))
        items[place] |= {"price": visible(price), "quantity": planned["quantity"]}
    return list(items)


def hung_in(phase: Obj) -> list[str]:
    """The ids of the discounts that a phase lists."""
    return [one["discount"] for one in phase["discounts"]]


def next_terms(world: World, subscription: Obj) -> tuple[list[Obj], list[str]]:
    """The items and the discounts of the next bill: those of the phase that will have begun by then."""
    items: list[Obj] = subscription["items"]["data"]
    schedule = world.peek(subscription["schedule"])
    _, stop = terms.period(subscription)
    phases = schedule["phases"] if schedule is not None else []
    later = [phase for phase in phases if phase["start_date"] <= stop < phase["end_date"]]
    if not later:
        return items, subscription["discounts"]
    return items_of(world, subscription, later[0]), hung_in(later[0])


def _phase_at(schedule: Obj, now: int) -> Obj:
    found: Obj = next(
        (phase for phase in schedule["phases"] if phase["start_date"] <= now < phase["end_date"]),
        schedule["phases"][0],
    )
    return found


def _active(world: World, id: str) -> Obj:
    schedule = world.get("subscription_schedule", id, "schedule", 404)
    if schedule["status"] != "active":
        raise Complaint(f"The schedule is `{schedule['status']}` and cannot be changed any more.")
    return schedule
