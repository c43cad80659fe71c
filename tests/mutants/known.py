"""All mistakes: the engine's, billing's, sign-in's."""

from tests.mutants.billing import BILLING
from tests.mutants.engine import ENGINE
from tests.mutants.signin import SIGNIN

MUTANTS = ENGINE + BILLING + SIGNIN
