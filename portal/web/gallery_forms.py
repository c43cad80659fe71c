"""Forms for the gallery: as the slices' own look, empty or refused, and never sent."""

from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, DateField, HiddenField, IntegerField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from portal.web import samples


class PlainForm(FlaskForm):
    """A form that is shown and never sent."""


class SpendForm(PlainForm):
    """The calculator of the landing page."""

    spend = StringField("I spend about this much a month", [InputRequired()])


class AddressForm(PlainForm):
    """First step of signing in."""

    email = StringField("E-mail address", [InputRequired("Type your e-mail address.")])
    next = HiddenField()
    join = HiddenField()


class CodeForm(PlainForm):
    """Second step of signing in."""

    code = StringField("Code of six digits", [InputRequired("That is not the code of the last mail.")])
    bound = HiddenField()
    next = HiddenField()


class DetailsForm(PlainForm):
    """Last step of joining."""

    name = StringField("Name", [InputRequired("Type a name for your card.")])
    birthday_day = SelectField(
        "Day", choices=[SelectChoice(""), *(SelectChoice(str(day)) for day in range(1, 32))]
    )
    birthday_month = SelectField("Month", choices=[SelectChoice(""), SelectChoice("6", "June")])
    code = StringField("Code of a friend")
    country = SelectField("Where you live", choices=[SelectChoice("GB", "United Kingdom")])
    marketing = BooleanField("News")
    terms = BooleanField("Terms", [InputRequired("Agree to the terms to join.")])


class GiftForm(PlainForm):
    """A cause and an amount."""

    charity = RadioField("To whom", [InputRequired("Choose who it goes to.")])
    points = IntegerField("How much", [InputRequired("Type a whole number.")])

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        self.charity.choices = [SelectChoice(one.key, one.label) for one in samples.shop().charities]

    @property
    def number(self) -> int | None:
        """The points that were typed."""
        return None if self.points.errors else self.points.data


class StandingForm(PlainForm):
    """The same each month."""

    charity = SelectField("Cause", [InputRequired("Choose who it goes to.")])
    points = StringField("Each time", [InputRequired("Type a whole number.")])

    def __init__(self, **fields: Any) -> None:
        super().__init__(prefix="standing", **fields)
        self.charity.choices = [SelectChoice(one.key, one.label) for one in samples.shop().charities]


class TakeForm(PlainForm):
    """A reward about to be taken."""

    key = HiddenField()
    price = HiddenField()
    points = IntegerField("How much", [InputRequired("Choose 100 points or more, in steps of 100.")])

    @property
    def number(self) -> int | None:
        """The points that were typed."""
        return None if self.points.errors else self.points.data


class DayForm(PlainForm):
    """The chosen day."""

    shown = HiddenField()
    date = DateField("Your day", [InputRequired("Choose a day.")])


class ChildForm(PlainForm):
    """One more child."""

    child = HiddenField()
    nickname = StringField("Nickname", [InputRequired("Type a nickname.")])
    birthday_day = SelectField("Day", choices=[SelectChoice("1")])
    birthday_month = SelectField("Month", choices=[SelectChoice("6", "June")])


class ConsentForm(PlainForm):
    """The switch on the member's page."""

    marketing = BooleanField("News")


def refused(form_class: type[PlainForm], **fields: str) -> PlainForm:
    """The form as it comes back when its fields were not good."""
    form = form_class(formdata=MultiDict(fields))
    form.validate()
    form.csrf_token.errors = []  # the kit looks at the token before a form does
    return form
