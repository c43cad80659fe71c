"""What is written on the board's pages, by members and by the team."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, ValidationError

from portal.board import rules
from portal.db import new_id
from portal.errors import Refused
from portal.programme import Board


class TextForm(FlaskForm):
    """Words with lines and paragraphs."""

    text = TextAreaField(_l("In your words"), [InputRequired(_l("Write something first."))])

    def validate_text(self, field: Field) -> None:
        """Refuse what is too short or too long once it is tidied."""
        try:
            rules.lines(field.data or "", "text", least=rules.LEAST_TEXT, most=rules.MOST_TEXT)
        except Refused as refused:
            if len(field.data or "") > rules.MOST_TEXT:
                raise ValidationError(
                    _l("That is too long: %(most)s letters at most.", most=rules.MOST_TEXT)
                ) from refused
            raise ValidationError(_l("Write something first.")) from refused


class AnswerForm(TextForm):
    """An answer; `key` is made with the page, so that a second tap is the same one."""

    text = TextAreaField(_l("Your answer"), [InputRequired(_l("Write something first."))])
    key = HiddenField()

    def validate_key(self, field: Field) -> None:
        """Only a key that a page made."""
        if not rules.is_id(field.data or ""):
            raise ValidationError(_l("Send it once more."))

    def renew(self) -> None:
        """Make the form another one, with what stands in it."""
        self.key.data = new_id()


class TitledForm(TextForm):
    """A post of hers that she changes."""

    title = StringField(_l("In one line"), [InputRequired(_l("Write a line that says it."))])
    text = TextAreaField(_l("In your words"), [InputRequired(_l("Write something first."))])

    def validate_title(self, field: Field) -> None:
        """As `validate_text`."""
        try:
            rules.one_line(field.data or "", "title", least=rules.LEAST_TITLE, most=rules.MOST_TITLE)
        except Refused as refused:
            if len(field.data or "") > rules.MOST_TITLE:
                raise ValidationError(
                    _l("That is too long: %(most)s letters at most.", most=rules.MOST_TITLE)
                ) from refused
            raise ValidationError(_l("Write a line that says it.")) from refused


class PostForm(TitledForm, AnswerForm):
    """A new idea or question."""

    kind = RadioField(_l("What is it?"), validate_choice=False)

    def __init__(self, board: Board, **kwargs: object) -> None:
        """The kinds are those that this board takes."""
        super().__init__(**kwargs)
        words = {"idea": _l("An idea"), "question": _l("A question")}
        self.kind.choices = [SelectChoice(kind, words[kind]) for kind in board.kinds]
        if self.kind.data not in board.kinds and not self.is_submitted():
            self.kind.data = board.kinds[0]

    def validate_kind(self, field: Field) -> None:
        """Refuse what this board does not take."""
        if field.data not in {choice.value for choice in field.choices}:
            raise ValidationError(_l("Choose what it is."))


class ReportForm(FlaskForm):
    """What is wrong with something."""

    reason = StringField(_l("What is wrong with it?"), [InputRequired(_l("Say it in a few words."))])

    def validate_reason(self, field: Field) -> None:
        """A few words, not an essay."""
        try:
            rules.one_line(field.data or "", "reason", least=rules.LEAST_REASON, most=rules.MOST_REASON)
        except Refused as refused:
            raise ValidationError(
                _l(
                    "Say it in %(least)s to %(most)s letters.",
                    least=rules.LEAST_REASON,
                    most=rules.MOST_REASON,
                )
            ) from refused


class PlainForm(FlaskForm):
    """One button."""
