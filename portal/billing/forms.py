"""What a member chooses on the pages of her plan."""

from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, ValidationError

from portal.billing import gift_rules
from portal.billing.price_rules import Choice
from portal.money import without_cards

MOST_LETTERS = 500  # Stripe keeps it with the subscription
REASONS = (  # Stripe's own keys, so that its reports count them too
    ("", _l("I would rather not say")),
    ("too_expensive", _l("It costs too much")),
    ("unused", _l("I do not use it enough")),
    ("missing_features", _l("Something is missing")),
    ("switched_service", _l("I shop elsewhere now")),
    ("customer_service", _l("I was not content with your service")),
    ("other", _l("Something else")),
)


def plain_breaks(typed: str | None) -> str | None:
    """Each line break as one letter, as her browser counts it; it sends two."""
    return None if typed is None else typed.replace("\r\n", "\n")


class PlanForm(FlaskForm):
    """One of the prices of a plan. `shown` is what the page said of each."""

    shown = HiddenField()
    plan = RadioField(_l("How would you like to pay?"), [InputRequired(_l("Choose how to pay."))])

    def __init__(self, choices: list[Choice], *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        prices = [price for choice in choices for price in choice.prices]
        self.plan.choices = [SelectChoice(price.plan.key, price.plan.label) for price in prices]


class GiftForm(FlaskForm):
    """A plan for a friend: which and for how long, and where its code is to go. `once` is the page's one-time key,
    `shown` what the page said of each choice.
    """

    once = HiddenField()
    shown = HiddenField()
    choice = RadioField(_l("What would you like to give?"), [InputRequired(_l("Choose one of them."))])
    friend = StringField(_l("Your friend's e-mail address"))
    words = TextAreaField(
        _l("A line from you"),
        [Length(max=gift_rules.MOST_LETTERS, message=_l("At most 200 characters, please."))],
        filters=[plain_breaks],
    )

    def __init__(self, choices: list[gift_rules.Choice], *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.offers = {offer.key: offer for one in choices for offer in one.offers}
        self.choice.choices = [SelectChoice(key, offer.plan.label) for key, offer in self.offers.items()]

    @property
    def said(self) -> str | None:
        """What she says, as one line of plain text; None for nothing."""
        typed = "".join(letter if letter.isprintable() else " " for letter in self.words.data or "")
        return without_cards(" ".join(typed.split())) or None

    def validate_words(self, field: Field) -> None:
        """Refuse addresses: the mail to her friend goes out in the shop's name."""
        if gift_rules.names_address(self.said or ""):
            raise ValidationError(
                _l("No web or e-mail addresses, please. If it is none, put a space after the full stop.")
            )

    def validate_friend(self, field: Field) -> None:
        """Refuse what no mail can go to, and write the address in its normal form. Left empty, the code goes to her."""
        typed = (field.data or "").strip()
        if not typed:
            field.data = None
            return
        try:
            field.data = validate_email(typed, check_deliverability=False).normalized
        except EmailNotValidError:
            raise ValidationError(
                _l("That is not an e-mail address. It looks like anna@example.com.")
            ) from None


class CodeForm(FlaskForm):
    """The code of a gift, as somebody types it."""

    code = StringField(
        _l("The code of your gift"),
        [InputRequired(_l("Type the code.")), Length(max=60, message=_l("This code is too long."))],
    )


class EndForm(FlaskForm):
    """Why somebody ends her plan, if she wants to say so; `shown` is what the page said of it."""

    shown = HiddenField()
    reason = SelectField(
        _l("What is the reason?"), choices=[SelectChoice(key, words) for key, words in REASONS]
    )
    comment = TextAreaField(
        _l("Anything you would like to tell us"),
        [Length(max=MOST_LETTERS, message=_l("At most 500 characters, please."))],
        filters=[plain_breaks],
    )


class PauseForm(FlaskForm):
    """A pause; `shown` is what the page said of the plan."""

    shown = HiddenField()


class PlainForm(FlaskForm):
    """A button, and the proof that this page sent it."""
