"""What a member sends from her own pages."""

from flask_wtf import FlaskForm
from wtforms import BooleanField


class ConsentForm(FlaskForm):
    """The switch for news."""

    marketing = BooleanField()
