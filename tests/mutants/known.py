"""All mistakes, the engine's before billing's."""

from tests.mutants.billing import BILLING
from tests.mutants.engine import ENGINE

MUTANTS = ENGINE + BILLING
