"""What shops say of activities and outside facts, and what they are answered."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, TypeAdapter, WithJsonSchema

from portal import earning
from portal.merchant.shapes import Explanation, MemberState, Points, Shape

_INSTANT: TypeAdapter[datetime] = TypeAdapter(earning.At)


def _day_or_instant(value: object) -> date | datetime:
    try:
        if isinstance(value, str) and len(value) == len("2026-03-01"):
            day = date.fromisoformat(value)
            if day.year in earning.YEARS:
                return day
        return _INSTANT.validate_python(value)
    except ValueError:
        raise ValueError('a day such as "2026-03-01", or an instant such as "2026-03-01T10:15:00Z"') from None


DayOrInstant = Annotated[
    date | datetime,
    PlainValidator(_day_or_instant),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}
    ),
]
"""A day of the programme's zone, or an instant, which means its day."""
FactName = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f/]+$")]
Scalar = Annotated[str, Field(max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")] | bool | int | float | None


class FactAddress(BaseModel):
    """The part of an address that names a fact."""

    name: FactName


class AttributeBody(BaseModel):
    """An outside fact about a member: it holds from `since` (now when left out) to the end of `until`, or no longer."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    value: Annotated[
        bool, Field(strict=True, description="true: it holds; false: it holds no more", examples=[True])
    ]
    since: Annotated[DayOrInstant | None, Field(examples=["2026-03-01"])] = None
    until: Annotated[DayOrInstant | None, Field(description="The last day", examples=["2027-02-28"])] = None


class ActivityBody(earning.Body):
    """Something a member did. `id` makes it once: it is unique in the programme, and the same again is nothing.

    A `quantity` below zero, under a new id, takes back what was counted.
    """

    id: earning.Id
    member: earning.Id
    activity: Annotated[str, Field(min_length=1, max_length=60, examples=["review"])]
    at: earning.At
    quantity: Annotated[int, Field(strict=True, ge=-(10**9), le=10**9)] = 1
    attributes: Annotated[
        dict[FactName, Scalar],
        Field(default_factory=dict, max_length=20, examples=[{"country": "KE"}]),
    ]


class ActivityAnswer(Shape):
    """What came of an activity: points given (below zero: taken back), and whether a cap cut them.

    `state` is where the member stands after it.
    """

    id: str
    activity: str
    points: Points
    capped: bool
    member: str
    state: MemberState
    explanation: Explanation
