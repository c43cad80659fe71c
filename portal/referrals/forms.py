"""What is sent from the pages of sharing."""

from flask_wtf import FlaskForm


class CodeForm(FlaskForm):
    """One button."""
