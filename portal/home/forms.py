"""What a member sends from her own pages."""

from datetime import date

from babel.dates import get_month_names
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, Field, HiddenField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Regexp, ValidationError

from portal.db import new_id

A_LEAP_YEAR = 2000
NICKNAME_LENGTH = 60
NONE = SelectChoice("", "–")


class ConsentForm(FlaskForm):
    """The switch for news."""

    marketing = BooleanField()


class _DayField(DateField):
    """A date that says in our own words that it is none."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_l("Choose a day.")) from None


class DayForm(FlaskForm):
    """Her chosen day. `shown` is what stood chosen when the page was made."""

    shown = HiddenField()
    date = _DayField(_l("Your day"), [InputRequired(_l("Choose a day."))])


class ChildForm(FlaskForm):
    """One more child. `child`, its id, is made with the page, so that a second tap is the same child."""

    child = HiddenField(validators=[Regexp(r"^[0-9A-Za-z]{26}\Z")])
    nickname = StringField(_l("Nickname"), [InputRequired(_l("Type a nickname."))])
    birthday_day = SelectField(
        _l("Day"),
        [InputRequired(_l("Choose the day and the month."))],
        choices=[NONE, *(SelectChoice(f"{day:02}", str(day)) for day in range(1, 32))],
    )
    birthday_month = SelectField(
        _l("Month"), [InputRequired(_l("Choose the day and the month."))], choices=[NONE]
    )

    def __init__(self) -> None:
        super().__init__(child=new_id())
        names = get_month_names("wide", context="stand-alone", locale=get_locale())
        self.birthday_month.choices = [
            NONE,
            *(SelectChoice(f"{month:02}", names[month]) for month in range(1, 13)),
        ]

    def validate_nickname(self, field: Field) -> None:
        """Refuse what is no name, and line breaks."""
        field.data = " ".join(field.data.split())
        if not field.data:
            raise ValidationError(_l("Type a nickname."))
        if len(field.data) > NICKNAME_LENGTH or not field.data.isprintable():
            raise ValidationError(_l("That nickname is too long. Shorten it."))

    def validate_birthday_day(self, field: Field) -> None:
        """Refuse a day that no year has."""
        if field.data and self.birthday_month.data:
            try:
                date(A_LEAP_YEAR, int(self.birthday_month.data), int(field.data))
            except ValueError:
                raise ValidationError(_l("That month has no such day.")) from None

    @property
    def birthday(self) -> str:
        """MM-DD."""
        return f"{self.birthday_month.data}-{self.birthday_day.data}"
