"""What a programme file says of its board: what members may write there, who, how much in a day, and for how long
they may mend it. Nothing on the board earns anything, so there is nothing to say about points.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from portal.programme.kinds import Key, Label, Text, filled, wrong
from portal.programme.parts import Part

PostKind = Literal["idea", "question"]


def _once(kinds: tuple[PostKind, ...]) -> tuple[PostKind, ...]:
    if len(set(kinds)) < len(kinds):
        raise wrong("names a kind twice", 'write each once, for example kinds = ["idea", "question"]')
    return kinds


class Board(Part):
    """A place for members alone, to write ideas and questions, answer them, and vote."""

    label: Label = Field("Board", description="its name", examples=["Ideas and questions"])
    intro: Text | None = Field(
        None, description="a sentence under the name", examples=["Tell us what to build next."]
    )
    rules: tuple[Text, ...] = Field(
        (), description="what holds for everybody who writes, one text each", examples=[["Be kind."]]
    )
    kinds: Annotated[tuple[PostKind, ...], AfterValidator(filled), AfterValidator(_once)] = Field(
        ("idea", "question"),
        json_schema_extra={"minItems": 1},
        description="what can be written",
        examples=[["idea", "question"]],
    )
    tiers: tuple[Key, ...] = Field(
        (),
        description="who may write; everybody when left out. All may read and vote",
        examples=[["silver", "gold"]],
    )
    posts_per_day: int = Field(
        5, ge=1, le=100, description="ideas and questions of one member within 24 hours", examples=[3]
    )
    answers_per_day: int = Field(
        30, ge=1, le=500, description="answers of one member within 24 hours", examples=[20]
    )
    edit_minutes: int = Field(
        30,
        ge=0,
        le=1440,
        description="minutes in which a member may still change what she wrote; taking it back is always possible",
        examples=[15],
    )
