"""What a member sends to take a reward: the page's key, the price she was shown, and for a slider how many points."""

from collections.abc import Callable

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, StringField
from wtforms.validators import ValidationError

from portal.programme import Reward

MOST_POINTS = 10**12  # more than anybody has, and no more than a column holds
KEY_LETTERS = 26


class TakeForm(FlaskForm):
    """One reward. `key` is made with the page, so that a double tap takes once; `price` is what the page showed.

    `read` makes points of what was typed; `off_slider` is what to say of a number that the slider does not take.
    """

    key = HiddenField()
    price = HiddenField()
    points = StringField(_l("How much"))
    number: int | None = None

    def __init__(
        self, reward: Reward, read: Callable[[str | None], int], off_slider: str, **kwargs: object
    ) -> None:
        super().__init__(**kwargs)
        self.reward, self.read, self.off_slider = reward, read, off_slider

    @property
    def wish(self) -> str | None:
        """The page's key; None for something that no page of ours has made."""
        key = self.key.data or ""
        return key.upper() if len(key) == KEY_LETTERS and key.isascii() and key.isalnum() else None

    @property
    def shown_price(self) -> int | None:
        """The price that the page showed; None where it showed none."""
        price = self.price.data or ""
        return int(price) if price.isascii() and price.isdigit() and len(price) <= 12 else None

    def validate_points(self, field: Field) -> None:
        """Read the amount into `number`, in points. Refuse what is no amount or off the slider (Reading 40)."""
        slider = self.reward.slider
        if slider is None:
            return
        number = self.read(field.data)
        if not 0 < number <= MOST_POINTS or not slider.takes(number):
            raise ValidationError(self.off_slider)
        self.number = number
