"""What a member sends of her tier."""

from flask_wtf import FlaskForm
from wtforms import HiddenField


class PauseForm(FlaskForm):
    """Stop the clock: `longer` is the last day that the page promised, so that a page that was sent before is known."""

    longer = HiddenField()
