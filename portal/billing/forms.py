"""What a member chooses on the pages of her plan."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from portal.billing.rules import Choice

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


class PlanForm(FlaskForm):
    """One of the prices of a plan."""

    plan = RadioField(_l("How would you like to pay?"), [InputRequired(_l("Choose how to pay."))])

    def __init__(self, choices: list[Choice], *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        prices = [price for choice in choices for price in choice.prices]
        self.plan.choices = [SelectChoice(price.plan.key, price.plan.label) for price in prices]


class EndForm(FlaskForm):
    """Why somebody ends her plan, if she wants to say so; `shown` is what the page said of it."""

    shown = HiddenField()
    reason = SelectField(
        _l("What is the reason?"), choices=[SelectChoice(key, words) for key, words in REASONS]
    )
    comment = TextAreaField(
        _l("Anything you would like to tell us"),
        [Length(max=MOST_LETTERS, message=_l("At most 500 characters, please."))],
    )


class PauseForm(FlaskForm):
    """A pause; `shown` is what the page said of the plan."""

    shown = HiddenField()


class PlainForm(FlaskForm):
    """A button, and the proof that this page sent it."""
