"""What somebody who signs in types and presses."""

from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from portal.signin.rules import CODE_DIGITS, code_digits


class AddressForm(FlaskForm):
    """The e-mail address, and what brought her here: the page she wanted (`next`), whether she means to `join`."""

    email = StringField(_l("E-mail address"), [InputRequired(_l("Type your e-mail address."))])

    next = HiddenField()
    join = HiddenField()

    def validate_email(self, field: Field) -> None:
        """Refuse what no mail can go to, and write the address in its normal form."""
        try:
            checked = validate_email((field.data or "").strip(), check_deliverability=False)
        except EmailNotValidError:
            raise ValidationError(
                _l("That is not an e-mail address. It looks like anna@example.com.")
            ) from None
        field.data = checked.normalized


class CodeForm(FlaskForm):
    """The six digits of the mail."""

    code = StringField(_l("Code of six digits"), [InputRequired(_l("Type the six digits of the mail."))])

    def validate_code(self, field: Field) -> None:
        """Refuse what cannot be a code, before it costs a try."""
        digits = code_digits(field.data or "")
        if len(digits) != CODE_DIGITS or not (digits.isascii() and digits.isdigit()):
            raise ValidationError(_l("The code has six digits."))


class SignInCodeForm(CodeForm):
    """The six digits that sign her in; `next` is where she goes when another tab was quicker."""

    next = HiddenField()


class ResendForm(FlaskForm):
    """One button."""


class LinkForm(FlaskForm):
    """One button; `elsewhere` is set when the page has said that another browser asked."""

    elsewhere = HiddenField()


class LiftForm(FlaskForm):
    """She lifts the stop of her card: which of the newest passkeys she knows, by their ids, and of the newest customer
    numbers. `since`: the stop that the page has shown."""

    known = SelectMultipleField(_l("Which of these passkeys do you know?"), validate_choice=False)
    numbers = SelectMultipleField(_l("Which of these customer numbers are yours?"), validate_choice=False)
    since = HiddenField()


class ProofForm(FlaskForm):
    """One button; `next` is the page that asked for the proof."""

    next = HiddenField()


class PasskeyForm(FlaskForm):
    """What a browser says for a passkey, as JSON, and the page to go on to; the script of the page fills it in."""

    credential = HiddenField()
    next = HiddenField()


class NameForm(FlaskForm):
    """What a passkey is called."""

    passkey = HiddenField()
    name = StringField(
        _l("Name"), [InputRequired(_l("Type a name.")), Length(max=60, message=_l("At most 60 letters."))]
    )

    def validate_name(self, field: Field) -> None:
        """Refuse a name of nothing but spaces."""
        if not field.data.strip():
            raise ValidationError(_l("Type a name."))


def _new_address() -> StringField:
    return StringField(_l("New e-mail address"), [InputRequired(_l("Type your new e-mail address."))])


class NewAddressForm(FlaskForm):
    """The address that she wants from now on."""

    email = _new_address()

    validate_email = AddressForm.validate_email


class LostForm(NewAddressForm):
    """Somebody who can read her mail no more: what she knows of her card, where to reach her, what happened."""

    told = StringField(
        _l("Card number, or your old e-mail address"),
        [
            InputRequired(_l("Type the number on your card, or the address that you had.")),
            Length(max=254, message=_l("That is too long to be either.")),
        ],
    )
    email = _new_address()  # once more, for faults are told in the order of the fields
    words = TextAreaField(
        _l("What happened"),
        [
            InputRequired(_l("Say it in a few words.")),
            Length(max=500, message=_l("Say it in %(max)d letters.")),
        ],
    )
