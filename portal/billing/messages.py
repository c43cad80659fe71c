"""The shape of a message of Stripe's: what is kept of it, and what it has to be for that.

Nobody but Stripe can sign one; what is signed and yet of no such shape is refused instead of guessed at.
"""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from portal.billing.shapes import Told, instant


def _word(value: str) -> str:
    if not value.isprintable() or value != value.strip():
        raise ValueError("no word of a message")
    return value


def _fits(most: int) -> Any:
    """At most so many bytes, as the column has it."""

    def fits(value: str) -> str:
        if len(value.encode()) > most:
            raise ValueError("too long")
        return value

    return AfterValidator(fits)


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, hide_input_in_errors=True)


class _Object(_Strict):
    id: Annotated[str, Field(min_length=1), AfterValidator(_word), _fits(120)] | None = None


class _Data(_Strict):
    object: _Object


class Event(_Strict):
    """A message, as far as it is looked at. Raises ValueError for anything else, as pydantic does."""

    id: Annotated[str, Field(min_length=1), AfterValidator(_word), _fits(64)]
    type: Annotated[str, Field(min_length=1), AfterValidator(_word), _fits(80)]
    api_version: Annotated[str, AfterValidator(_word), _fits(40)] | None
    livemode: bool
    created: Annotated[int, Field(ge=0)]
    data: _Data

    def told(self) -> Told:
        """What changed. Raises OverflowError or ValueError for an instant that no calendar has."""
        of = self.data.object.id or ""  # what is only announced has none
        return Told(self.id, self.type, of, self.api_version or "", self.livemode, instant(self.created))
