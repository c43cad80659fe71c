"""What somebody who thinks about joining, or joins, types and ticks."""

import re
from datetime import date
from decimal import Decimal

from babel.dates import get_month_names
from babel.numbers import NumberFormatError, parse_decimal
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, ValidationError

from portal import programme as programmes
from portal import referrals
from portal.errors import Refused
from portal.money import to_minor

A_LEAP_YEAR = 2000
AMOUNT = re.compile(r"[0-9.,'’\s]{1,20}", re.ASCII)  # how languages write one; no 1e3, no other digits
MOST_SPEND = Decimal(10**6)
NAME_LENGTH = 120
NONE = SelectChoice("", "–")


class SpendForm(FlaskForm):
    """The calculator: what is spent in a month, as people write amounts in this language. Sent by GET."""

    class Meta:
        csrf = False  # it changes nothing, and its address can be shared

    spend = StringField(_l("I spend about this much a month"), [InputRequired(_l("Type an amount."))])
    minor = 0

    def validate_spend(self, field: Field) -> None:
        """Read the amount into `minor`, in minor units of the home currency."""
        currency = programmes.active()[1].currency
        try:
            if not AMOUNT.fullmatch(field.data):
                raise NumberFormatError(field.data)
            amount = parse_decimal(field.data.strip(), locale=get_locale(), strict=True)
            if not 0 <= amount <= MOST_SPEND:
                raise ValidationError(_l("Type an amount between 0 and a million."))
            self.minor = to_minor(f"{amount:f}", currency)
        except (NumberFormatError, Refused):
            raise ValidationError(_l("That is not an amount. Type digits, such as 40.")) from None


class LinkForm(FlaskForm):
    """One button."""


class LeaveForm(FlaskForm):
    """One button."""


class DetailsForm(FlaskForm):
    """The last step of joining. News are off unless she switches them on."""

    name = StringField(_l("Name"), [InputRequired(_l("Type a name for your card."))])
    birthday_day = SelectField(
        _l("Day"), choices=[NONE, *(SelectChoice(f"{day:02}", str(day)) for day in range(1, 32))]
    )
    birthday_month = SelectField(_l("Month"), choices=[NONE])
    code = StringField(_l("Code of a friend"))
    country = SelectField(_l("Where you live"), choices=[NONE])
    marketing = BooleanField(_l("News"))
    terms = BooleanField(_l("Terms"), [InputRequired(_l("Agree to the terms to join."))])

    def __init__(self, programme: programmes.Programme, code: str = "") -> None:
        super().__init__(code=code, country=programme.country)
        self.country.choices = _countries(programme)
        if not self.country.choices:
            del self.country
        names = get_month_names("wide", context="stand-alone", locale=get_locale())
        self.birthday_month.choices = [
            NONE,
            *(SelectChoice(f"{month:02}", names[month]) for month in range(1, 13)),
        ]

    def validate_name(self, field: Field) -> None:
        """Refuse what does not fit on a card, and line breaks, which have no business in a name."""
        field.data = " ".join(field.data.split())
        if not field.data:
            raise ValidationError(_l("Type a name for your card."))
        if len(field.data) > NAME_LENGTH or not field.data.isprintable():
            raise ValidationError(_l("That name does not fit on a card. Shorten it."))

    def validate_code(self, field: Field) -> None:
        """Refuse a code that nobody has: it is easily mistyped, and counts on joining alone."""
        if (field.data or "").strip() and referrals.inviter_of(field.data) is None:
            raise ValidationError(_l("Nobody has this code. Check it, or leave it out."))

    def validate_birthday_day(self, field: Field) -> None:
        """Refuse half a birthday, and a day that no year has."""
        month = self.birthday_month.data
        if bool(field.data) != bool(month):
            raise ValidationError(_l("Give the day and the month, or leave both out."))
        if field.data and month:
            try:
                date(A_LEAP_YEAR, int(month), int(field.data))
            except ValueError:
                raise ValidationError(_l("That month has no such day.")) from None

    @property
    def lives_in(self) -> str | None:
        """The country, where an offer asks for it and has a name for it."""
        return (self.country.data or None) if self.country else None

    @property
    def birthday(self) -> str | None:
        """MM-DD, or None when it was left out."""
        return f"{self.birthday_month.data}-{self.birthday_day.data}" if self.birthday_day.data else None


def _countries(programme: programmes.Programme) -> list[SelectChoice]:
    """Where a friend may live that an offer tells apart, and elsewhere; nothing where all offers are alike."""
    offers = programme.referral.offers if programme.referral is not None else ()
    codes = [code for offer in offers for code in offer.countries]
    if not codes:
        return []
    names = get_locale().territories
    here = [SelectChoice(code, names.get(code, code)) for code in dict.fromkeys(codes)]
    return [*here, SelectChoice("", str(_l("Somewhere else")))]
