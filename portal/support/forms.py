"""What staff send."""

from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import Length


class SearchForm(FlaskForm):
    """One search over everything that names a member."""

    class Meta:
        csrf = False  # a search changes nothing and is a link that can be kept

    q = StringField(validators=[Length(max=254)])
