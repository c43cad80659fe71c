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


MOST = 120  # bytes of an id
Id = Annotated[str, Field(min_length=1), AfterValidator(_word), _fits(MOST)]


class _Object(_Strict):
    id: Id | None = None
    customer: Any = None


class _Before(_Strict):
    customer: Any = None


class _Data(_Strict):
    object: _Object
    previous_attributes: _Before | None = None

    def customer(self) -> str:
        """Whose it is, or was until now: what was taken from somebody is nobody's. "" where that is not told."""
        before = None if self.previous_attributes is None else self.previous_attributes.customer
        found = self.object.customer or before
        return found if isinstance(found, str) and len(found.encode()) <= MOST else ""


class Event(_Strict):
    """A message, as far as it is looked at. Raises ValueError for anything else, as pydantic does."""

    id: Annotated[str, Field(min_length=1), AfterValidator(_word), _fits(64)]
    type: Annotated[str, Field(min_length=1), AfterValidator(_word), _fits(80)]
    api_version: Annotated[str, AfterValidator(_word), _fits(40)] | None
    livemode: bool
    created: Annotated[int, Field(ge=0)]
    data: _Data

    def told(self) -> Told:
        """What changed; of a payment method, whose it is, for we know customers alone. Raises OverflowError or
        ValueError for an instant that no calendar has."""
        pays = self.type.startswith("payment_method.")
        of = self.data.customer() if pays else self.data.object.id or ""  # what is only announced has none
        return Told(self.id, self.type, of, self.api_version or "", self.livemode, instant(self.created))
