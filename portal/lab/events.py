"""Event lines (contracts.md section 3): one JSON object a line, read strictly, told one by one.

A line that cannot be taken is refused with its number and a code; the lines after it go on (Reading 20).
"""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from portal import billing
from portal.earning import YEARS, At, Id, OrderBody
from portal.errors import Refused
from portal.joining import MemberBody
from portal.lab.unread import unread
from portal.merchant import ActivityBody, AttributeBody, FactName, check, read_json

Points = Annotated[int, Field(strict=True, ge=-(10**9), le=10**9)]


def _in_reach(value: date) -> date:
    if value.year not in YEARS:
        raise ValueError(f"a day lies in the years {YEARS[0]} to {YEARS[-1]}")
    return value


Day = Annotated[date, AfterValidator(_in_reach)]


class Event(BaseModel):
    """What every line has. Fields that a type does not know are left unread, and told about."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    at: At


class MemberLine(Event):
    """A member as a shop knows her; `referred_by` names the inviter by id (Reading 14)."""

    type: Literal["member"]
    member: Id
    data: MemberBody
    referred_by: Id | None = None


class OrderLine(Event):
    """The full state of an order; its body is read by itself, so that its faults are told as the API tells them."""

    type: Literal["order"]
    order: Id
    data: dict[str, Any]


class ActivityLine(ActivityBody, Event):
    """Something a member did, and its id; the body of `POST /activities`."""

    type: Literal["activity"]


class AttributeLine(AttributeBody, Event):
    """An outside fact about a member: it holds from `at`, or `since`, to the end of `until`, or until it is false."""

    type: Literal["attribute"]
    member: Id
    name: FactName


class PlanLine(Event):
    """What became of a paid plan: it stands in for Stripe, which alone says so when live (Reading 15)."""

    type: Literal["plan"]
    member: Id
    plan: str
    change: billing.Change
    paid_until: Day | None = None


class RedeemLine(Event):
    """Points for a reward."""

    type: Literal["redeem"]
    member: Id
    reward: str
    points: Points | None = None
    ref: Id | None = None


class UndoLine(Event):
    """An unused reward goes back."""

    type: Literal["undo"]
    ref: Id


class UseLine(Event):
    """A reward is used on an order: the one named by `ref`, or the member's that expires soonest (Reading 11)."""

    type: Literal["use"]
    order: Id
    ref: Id | None = None
    member: Id | None = None
    reward: str | None = None


class DonateLine(Event):
    """Points for a charity; without `points` all that is available (Reading 40)."""

    type: Literal["donate"]
    member: Id
    charity: str
    points: Points | None = None
    ref: Id | None = None


class ChooseCharityLine(Event):
    """The charity that a member picks."""

    type: Literal["choose_charity"]
    member: Id
    charity: str


class ChooseBonusDayLine(Event):
    """The day of more points that a member picks."""

    type: Literal["choose_bonus_day"]
    member: Id
    date: Day


class ClockLine(Event):
    """Nothing but time."""

    type: Literal["clock"]


LINES: dict[str, type[Event]] = {
    "member": MemberLine, "order": OrderLine, "activity": ActivityLine, "attribute": AttributeLine, "plan": PlanLine,
    "redeem": RedeemLine, "undo": UndoLine, "use": UseLine, "donate": DonateLine, "choose_charity": ChooseCharityLine,
    "choose_bonus_day": ChooseBonusDayLine, "clock": ClockLine,
}  # fmt: skip


def parse(raw: bytes) -> tuple[datetime, Event | Refused, list[str]]:
    """A line's instant, the line itself (or why it is refused, although its instant is good), and fields left unread.

    Refuses `bad_json`, and `missing_field` or `bad_value` for an instant that is missing or none.
    """
    value = read_json(raw)
    if not isinstance(value, dict):
        raise Refused("bad_json", "A line is one JSON object.")
    at = check(Event, value).at
    kind = value.get("type")
    if kind is None:
        return at, Refused("missing_field", "The line has no type.", pointer="/type"), []
    model = LINES.get(kind) if isinstance(kind, str) else None
    if model is None:
        return at, Refused("unknown_type", f"{str(kind)[:40]!r} is no type of line.", pointer="/type"), []
    try:
        event = check(model, value)
    except Refused as refused:
        return at, refused, []
    names = unread(model, value)
    if model is OrderLine:
        names += [f"data/{name}" for name in unread(OrderBody, value["data"])]
    return at, event, names
