"""What a member chooses on the page Give."""

from collections.abc import Callable

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, IntegerField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, ValidationError

from portal.giving.rules import fits
from portal.programme import Programme

MOST_POINTS = 10**12  # more than anybody has, and no more than a column holds


class GiftForm(FlaskForm):
    """A cause and an amount. Sent by GET: it only leads to the page that asks for the last word."""

    class Meta:
        csrf = False

    charity = RadioField(_l("To whom"), validate_choice=False)
    points = IntegerField(_l("How much"), [InputRequired(_l("Type a whole number."))])

    def __init__(self, programme: Programme, words: Callable[[int], str], **kwargs: object) -> None:
        """`words` says a number of points as people read it."""
        super().__init__(**kwargs)
        self.programme, self.words = programme, words
        self.charity.choices = [SelectChoice(cause.key, cause.label) for cause in programme.charities]

    def validate_charity(self, field: Field) -> None:
        """Refuse what is none of the causes."""
        if field.data not in {cause.key for cause in self.programme.charities}:
            raise ValidationError(_l("Choose who it goes to."))

    def validate_points(self, field: Field) -> None:
        """Refuse what is no number, is below the minimum or off the step."""
        giving = self.programme.giving
        if field.process_errors:
            field.errors.clear()  # they speak of integers
            raise ValidationError(_l("Type a whole number."))
        if field.data is None or not 0 < field.data <= MOST_POINTS or not fits(giving, field.data):
            least, step = self.words(giving.minimum), self.words(giving.step)
            if giving.step == 1:
                raise ValidationError(_l("Give %(points)s or more.", points=least))
            raise ValidationError(
                _l("Give %(points)s or more, in steps of %(step)s.", points=least, step=step)
            )


class GiveForm(FlaskForm):
    """The last word: one button."""
