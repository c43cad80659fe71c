"""The stand-in's clock going on: everything that is due until an instant, in the order in which it is due."""

from portal.sandbox.stripe import checkout, customers, renewals, schedules
from portal.sandbox.stripe.store import Obj
from portal.sandbox.stripe.wire import Complaint
from portal.sandbox.stripe.world import World

TURNS = {
    "subscription": renewals.turn_subscription,
    "invoice": renewals.turn_invoice,
    "subscription_schedule": schedules.turn,
    "checkout.session": checkout.turn,
}


def catch_up(world: World) -> None:
    """Do what has become due, each at its own instant."""
    until = world.now
    while (following := world.next_due(until)) is not None:
        obj, due = following
        world.now = due
        TURNS[obj["object"]](world, obj)
        assert obj.get("_due") is None or obj["_due"] > due or obj["object"] == "subscription", obj["id"]
    world.now = until


def make_clock(world: World, params: Obj) -> Obj:
    """`POST /test_helpers/test_clocks`: there is one clock, and this sets it."""
    if params["frozen_time"] < world.now:
        raise Complaint("The stand-in has one clock, and it only goes forward.", param="frozen_time")
    clock = world.add(
        "test_helpers.test_clock",
        "clock",
        deletes_after=params["frozen_time"] + 2_592_000,
        frozen_time=params["frozen_time"],
        name=params.get("name"),
        status="ready",
        status_details={},
    )
    move(world, params["frozen_time"])
    return clock


def advance(world: World, params: Obj, id: str) -> Obj:
    """`POST /test_helpers/test_clocks/{id}/advance`."""
    clock = world.get("test_helpers.test_clock", id, "test_clock", 404)
    if params["frozen_time"] <= clock["frozen_time"]:
        raise Complaint("The time to advance to must be after the clock's present time.", param="frozen_time")
    clock["frozen_time"] = params["frozen_time"]
    move(world, params["frozen_time"])
    return clock


def delete(world: World, params: Obj, id: str) -> Obj:
    """`DELETE /test_helpers/test_clocks/{id}`: its customers go with it, the time stays as it is."""
    clock = world.get("test_helpers.test_clock", id, "test_clock", 404)
    for customer in world.all("customer", test_clock=id):
        customers.delete(world, {}, customer["id"])
    clock["_deleted"] = True
    return clock


def move(world: World, to: int) -> None:
    """Set the one clock forward; what is due until then happens now."""
    moved = world.store.fact("moved_seconds", 0)
    world.store.remember("moved_seconds", moved + max(0, to - world.now))
    world.now = max(to, world.now)
    catch_up(world)
