"""What a member chooses on the page Give."""

from collections.abc import Callable

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from portal.giving.rules import fits
from portal.programme import Programme

MOST_POINTS = 10**12  # more than anybody has, and no more than a column holds


class GiftForm(FlaskForm):
    """A cause and an amount. Sent by GET: it only leads to the page that asks for the last word."""

    class Meta:
        csrf = False

    charity = RadioField(_l("To whom"), validate_choice=False)
    points = StringField(_l("How much"))
    number: int | None = None

    def __init__(
        self,
        programme: Programme,
        read: Callable[[str | None], int],
        words: Callable[[int], str],
        **kwargs: object,
    ) -> None:
        """`read` makes points of what was typed, `words` says a number of points as people read it."""
        super().__init__(**kwargs)
        self.programme, self.read, self.words = programme, read, words
        self.charity.choices = [SelectChoice(cause.key, cause.label) for cause in programme.charities]

    def validate_charity(self, field: Field) -> None:
        """Refuse what is none of the causes."""
        if field.data not in {cause.key for cause in self.programme.charities}:
            raise ValidationError(_l("Choose who it goes to."))

    def validate_points(self, field: Field) -> None:
        """Read the amount into `number`, in points. Refuse what is no amount, is below the minimum or off the step."""
        giving, number = self.programme.giving, self.read(field.data)
        if not 0 < number <= MOST_POINTS or not fits(giving, number):
            least, step = self.words(giving.minimum), self.words(giving.step)
            if giving.step == 1:
                raise ValidationError(_l("Give %(points)s or more.", points=least))
            raise ValidationError(
                _l("Give %(points)s or more, in steps of %(step)s.", points=least, step=step)
            )
        self.number = number


class StandingForm(GiftForm):
    """The same each month. The token stands in the page for all of its forms."""

    charity = SelectField(_l("Cause"), validate_choice=False)
    points = StringField(_l("Each time"))

    def __init__(
        self,
        programme: Programme,
        read: Callable[[str | None], int],
        words: Callable[[int], str],
        **kwargs: object,
    ) -> None:
        super().__init__(programme, read, words, prefix="standing", **kwargs)
        for field in (self.charity, self.points):
            field.flags.required = True


class CauseForm(FlaskForm):
    """Who is meant, where the programme gives for a member. The token stands in the page for all of its forms."""

    class Meta:
        csrf = False

    charity = RadioField(_l("To whom"), validate_choice=False)

    def __init__(self, programme: Programme, **kwargs: object) -> None:
        super().__init__(prefix="cause", **kwargs)  # beside the other form its fields have names of their own
        self.charity.choices = [SelectChoice(cause.key, cause.label) for cause in programme.charities]

    def validate_charity(self, field: Field) -> None:
        """Refuse what is none of the causes."""
        if field.data not in {choice.value for choice in self.charity.choices}:
            raise ValidationError(_l("Choose who it goes to."))


class GiveForm(FlaskForm):
    """The last word: one button."""
