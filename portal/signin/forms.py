"""What somebody who signs in types and presses."""

from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, StringField
from wtforms.validators import InputRequired, ValidationError

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


class ResendForm(FlaskForm):
    """One button."""


class LinkForm(FlaskForm):
    """One button; `elsewhere` is set when the page has said that another browser asked."""

    elsewhere = HiddenField()


class ProofForm(FlaskForm):
    """One button; `next` is the page that asked for the proof."""

    next = HiddenField()


class EndSessionForm(FlaskForm):
    """One button beside a device."""

    session = HiddenField()


class SignOutForm(FlaskForm):
    """One button."""
