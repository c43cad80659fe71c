"""What staff send, and what a member says to visits."""

import re
from collections.abc import Callable, Sequence
from datetime import date

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    Field,
    Form,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, ValidationError

from portal.support import rules

KEY = re.compile(r"[0-9A-Z]{26}")


def _seen(words: object, least: int = 1) -> Callable[[Form, Field], None]:
    """Refuses, with these words, what has fewer than `least` letters that can be seen."""

    def check(_form: Form, field: Field) -> None:
        if rules.letters(field.data or "") < least:
            raise ValidationError(words)

    return check


class SearchForm(FlaskForm):
    """One search over everything that names a member."""

    class Meta:
        csrf = False  # a search changes nothing and is a link that can be kept

    q = StringField(validators=[Length(max=254)])


class ReasonForm(FlaskForm):
    """Why, in words: a sentence, not a letter. A card is stopped, a request is refused."""

    reason = StringField(
        _l("Reason"),
        [
            InputRequired(_l("Say why.")),
            Length(max=rules.MOST_REASON, message=_l("Say it in %(max)d letters.")),
            _seen(_l("Say it in ten letters or more."), rules.LEAST_REASON),
        ],
    )


class TicketForm(ReasonForm):
    """Why, and in which ticket."""

    ticket = StringField(
        _l("Ticket"),
        [
            InputRequired(_l("Give the number of the ticket.")),
            Length(max=rules.MOST_TICKET, message=_l("A ticket has at most %(max)d letters.")),
            _seen(_l("Give the number of the ticket.")),
        ],
    )


class VisitForm(TicketForm):
    """A visit to a member's pages."""


class PauseForm(TicketForm):
    """Her tier is to last longer: why, in which ticket."""


class _DayField(DateField):
    """A date that says in our own words that it is none."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_l("Choose a day.")) from None


class GivePlanForm(TicketForm):
    """A plan that is given until a day, from `first` to `last`; `key` makes it once."""

    plan = SelectField(_l("Plan"), [InputRequired(_l("Choose a plan."))])
    until = _DayField(_l("Last day"), [InputRequired(_l("Choose a day."))])
    words = StringField(
        _l("What the member reads"),
        [Length(max=rules.MOST_WORDS, message=_l("Say it in %(max)d letters."))],
    )
    key = HiddenField()

    def __init__(self, plans: Sequence[tuple[str, str]], first: date, last: date) -> None:
        """`plans`: key and label of each plan that can be given."""
        super().__init__()
        self.plan.choices = [SelectChoice(*plan) for plan in plans]
        self.first, self.last = first, last

    def validate_until(self, field: Field) -> None:
        """A day that is not over, and not too far ahead."""
        if field.data is not None and not self.first <= field.data <= self.last:
            raise ValidationError(_l("Choose a day from today on, at most two years ahead."))

    def validate_key(self, field: Field) -> None:
        """Only a key that this page made."""
        if not KEY.fullmatch(field.data or ""):
            raise ValidationError(_l("Load the page again."))


class TakeBackForm(TicketForm):
    """A plan that was given is taken back: why, in which ticket."""


class NoteForm(FlaskForm):
    """An activity that a colleague vouches for; it asks for a quantity or a value only where the activity does."""

    quantity = IntegerField(_l("How many"))
    value = StringField(validators=[Length(max=rules.MOST_VALUE, message=_l("Say it in %(max)d letters."))])
    receipt = StringField(
        _l("Receipt or ticket"),
        [
            InputRequired(_l("Give the number of the receipt or ticket.")),
            Length(max=rules.MOST_RECEIPT, message=_l("It has at most %(max)d letters.")),
            _seen(_l("Give the number of the receipt or ticket.")),
        ],
    )

    def __init__(self, *, asks: str | None, **kwargs: object) -> None:
        """`asks`: quantity, value, or nothing."""
        super().__init__(**kwargs)
        for name in ("quantity", "value"):
            if asks != name:
                del self[name]
            else:
                self[name].flags.required = True

    def validate_quantity(self, field: Field) -> None:
        """One or more."""
        field.errors = []
        if field.data is None or not 0 < field.data <= rules.MOST_QUANTITY:
            raise ValidationError(_l("Type a whole number, 1 or more."))

    def validate_value(self, field: Field) -> None:
        """Something."""
        if not (field.data or "").strip():
            raise ValidationError(_l("Fill this in."))


class AdjustmentForm(TicketForm):
    """Points to give or take; `key` makes it once."""

    points = StringField(_l("How much"), [InputRequired(_l("Say how much."))])
    words = StringField(
        _l("What the member reads"),
        [
            InputRequired(_l("Write a sentence for the member.")),
            Length(max=rules.MOST_WORDS, message=_l("Say it in %(max)d letters.")),
            _seen(_l("Write a sentence for the member.")),
        ],
    )
    key = HiddenField()
    number = 0

    def __init__(self, read: Callable[[str | None], int], **kwargs: object) -> None:
        """`read` makes points of what was typed."""
        super().__init__(**kwargs)
        self.read = read

    def validate_points(self, field: Field) -> None:
        """Read the amount into `number`, in points. Refuse no amount, nothing, and far too much."""
        number = self.read(field.data)
        if not 0 < abs(number) <= rules.MOST_POINTS:
            raise ValidationError(_l("That is nothing, or far too much. Check the number."))
        self.number = number

    def validate_key(self, field: Field) -> None:
        """Only a key that this page made."""
        if not KEY.fullmatch(field.data or ""):
            raise ValidationError(_l("Load the page again."))


class ScanForm(FlaskForm):
    """What the scanner reads, or somebody types."""

    code = StringField(
        _l("Card or code"),
        [
            InputRequired(_l("Scan a card or a code, or type it.")),
            Length(max=rules.MOST_CODE, message=_l("No card and no code is that long.")),
        ],
    )


class UseForm(FlaskForm):
    """A code is marked used; of money so much of it, all when nothing is typed. `key` makes it once."""

    code = HiddenField(validators=[InputRequired(), Length(max=rules.MOST_CODE)])
    key = HiddenField()
    amount = StringField(_l("How much is taken off"))
    minor: int | None = None

    def __init__(self, read: Callable[[str | None], int], **kwargs: object) -> None:
        """`read` makes minor units of what was typed."""
        super().__init__(**kwargs)
        self.read = read

    def validate_amount(self, field: Field) -> None:
        """Read the amount into `minor`."""
        self.minor = self.read(field.data) if (field.data or "").strip() else None

    def validate_key(self, field: Field) -> None:
        """Only a key that this page made."""
        if not KEY.fullmatch(field.data or ""):
            raise ValidationError(_l("Load the page again."))


class OpenPagesForm(FlaskForm):
    """The member's switch."""

    visits = BooleanField()


class WhoForm(TicketForm):
    """Somebody has shown that she is this member: how, and in which ticket. A tick is named after its proof."""

    member = SelectField(_l("Member"), [InputRequired(_l("Choose whose card it is."))])
    email = StringField(
        _l("The new address, as she tells it"),
        [
            InputRequired(_l("Ask her for the new address.")),
            Length(max=rules.MOST_ADDRESS, message=_l("An address has at most %(max)d letters.")),
            _seen(_l("Ask her for the new address.")),
        ],
    )
    id = BooleanField(_l("Showed an ID with that name in the shop"))
    card = BooleanField(_l("Showed the member card, on paper or on a phone"))
    orders = BooleanField(_l("Named two orders, with day and amount"))
    payment = BooleanField(_l("Named the end of the payment card that she used"))
    known = BooleanField(_l("Somebody who works here knows her"))
    stops = BooleanField(_l("Somebody else reads her mail: stop her points, too"))

    def __init__(self, members: Sequence[tuple[str, str]]) -> None:
        """`members`: id and words of each who may be meant."""
        super().__init__()
        self.member.choices = [SelectChoice(*one) for one in members]

    @property
    def proofs(self) -> list[str]:
        """The ticks that were made."""
        return [name for name in sorted(rules.PROOFS) if self[name].data]

    def validate_known(self, field: Field) -> None:
        """Two ticks are the least; said at the last one."""
        if len(self.proofs) < rules.LEAST_PROOFS:
            raise ValidationError(_l("Two proofs are the least."))


class LiftForm(TicketForm):
    """A stop is lifted: why, in which ticket, and which of the newest passkeys she knows, by their ids, and of the
    newest customer numbers. `since`: the stop that the page has shown."""

    known = SelectMultipleField(_l("Which of these passkeys does she know?"), validate_choice=False)
    numbers = SelectMultipleField(_l("Which of these customer numbers are hers?"), validate_choice=False)
    since = HiddenField()
