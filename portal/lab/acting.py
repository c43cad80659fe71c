"""One event line told to the portal: the verb that the API, a page or Stripe would have called, inside a write."""

from functools import singledispatch

from portal import billing, earning, giving, joining, merchant, people, referrals, rewards
from portal import programme as programmes
from portal.errors import Refused
from portal.lab.events import (
    ActivityLine,
    AttributeLine,
    ChooseBonusDayLine,
    ChooseCharityLine,
    ClockLine,
    DonateLine,
    Event,
    MemberLine,
    OrderLine,
    PlanLine,
    RedeemLine,
    UndoLine,
    UseLine,
)

ACTOR = "simulation"


@singledispatch
def tell(event: Event, number: int) -> str | None:
    """Tell line `number`; a warning where it was taken but not wholly. Refuses what the verb refuses."""
    raise AssertionError(f"no verb for {type(event).__name__}")


@tell.register
def _(event: ClockLine, number: int) -> str | None:
    return None


@tell.register
def _(event: MemberLine, number: int) -> str | None:
    body = event.data
    if event.referred_by is not None and body.referral_code is None:
        inviter = people.by_ref(event.referred_by)
        # Somebody unknown has no code: one that is nobody's is refused in the same words.
        code = None if inviter is None else referrals.code_of(inviter.id)
        body = body.model_copy(update={"referral_code": code or event.referred_by})
    put = joining.put_member(event.member, body, source=ACTOR, now=event.at)
    if put.waits:
        raise Refused("conflict", "The address belongs to another member.", pointer="/data/email")
    return "; ".join(_uncounted(warning) for warning in put.warnings) or None


def _uncounted(warning: Refused) -> str:
    """What of a member's line does not count, and why."""
    if warning.pointer == "/referral_code":
        return warning.message  # which says that it is the referral
    return f"email_verified does not count: {warning.message}"


@tell.register
def _(event: OrderLine, number: int) -> str | None:
    body = merchant.check(earning.OrderBody, event.data)
    earning.record_order(body, shop=merchant.MAIN, number=event.order, at=event.at, actor=ACTOR)
    return None


@tell.register
def _(event: ActivityLine, number: int) -> str | None:
    # A line is every word there is: the shop's, and that of the people who work for it.
    earning.record_activity(
        _member(event.member), event.activity, record_id=event.id, at=event.at, actor=ACTOR, quantity=event.quantity,
        attributes=event.attributes, word="staff",
    )  # fmt: skip
    return None


@tell.register
def _(event: AttributeLine, number: int) -> str | None:
    joining.put_attribute(
        event.member, event.name, event.value, event.since, event.until, source=ACTOR, now=event.at
    )
    return None


@tell.register
def _(event: PlanLine, number: int) -> str | None:
    billing.record_plan_change(
        _member(event.member), event.plan, event.change, at=event.at, paid_until=event.paid_until
    )
    return None


@tell.register
def _(event: RedeemLine, number: int) -> str | None:
    rewards.redeem(
        _member(event.member), event.reward, ref=event.ref or f"line-{number}", points=event.points, at=event.at,
        actor=ACTOR,
    )  # fmt: skip
    return None


@tell.register
def _(event: UndoLine, number: int) -> str | None:
    found = rewards.by_ref(event.ref, programmes.active()[1].day(event.at))
    if found is None:
        raise Refused("unknown_key", "There is no such redemption.", pointer="/ref")
    rewards.undo(found.member_id, event.ref, at=event.at, actor=ACTOR)
    return None


@tell.register
def _(event: UseLine, number: int) -> str | None:
    ref = event.ref if event.ref is not None else _soonest(event)
    rewards.use(ref=ref, shop=merchant.MAIN, order=event.order, at=event.at)
    return None


@tell.register
def _(event: DonateLine, number: int) -> str | None:
    giving.donate(
        _member(event.member), event.charity, event.points, ref=event.ref or f"line-{number}", at=event.at,
        actor=ACTOR,
    )  # fmt: skip
    return None


@tell.register
def _(event: ChooseCharityLine, number: int) -> str | None:
    giving.choose(_member(event.member), event.charity, event.at)
    return None


@tell.register
def _(event: ChooseBonusDayLine, number: int) -> str | None:
    earning.choose_day(_member(event.member), event.date, at=event.at)
    return None


def _member(ref: str) -> str:
    member = people.by_ref(ref)
    if member is None or member.status != "active":
        raise Refused("unknown_member", f"There is no member {ref!r}.", pointer="/member")
    return str(member.id)


def _soonest(event: UseLine) -> str:
    """The available reward of this kind that expires soonest (Reading 11)."""
    if event.member is None or event.reward is None:
        raise Refused("missing_field", "Name the reward by ref, or by member and reward.", pointer="/ref")
    member_id = _member(event.member)
    active = programmes.active()[1]
    mine = [one for one in rewards.held(member_id, active.day(event.at)) if one.terms.key == event.reward]
    is_known = bool(mine) or event.reward in {one.key for one in active.rewards}
    before = rewards.used_on(member_id, event.reward, merchant.MAIN, event.order) if is_known else None
    if before is not None:
        return before  # the same line again
    usable = [one for one in mine if one.state == "available"]
    if not usable:
        raise Refused(
            "unknown_key", f"She has no {event.reward[:40]!r} that could be used.", pointer="/reward"
        )
    return min(usable, key=lambda one: (one.expires_on, one.id)).ref
