"""Lab: real histories go through the same verbs as live orders.

It imports files of orders (resumable, twice is once), loads the demonstration's history, and runs a programme over a
file of event lines. It owns the runs of imports and nothing else; it refuses files it cannot read and leaves every
decision about points to the slices above.
"""

from portal.lab.compare import Run, compare, issued
from portal.lab.dealing import activities_of
from portal.lab.demo import DemoReport, load_demo
from portal.lab.labelling import Labels
from portal.lab.mapping import BadInput, Mapping, load_mapping, preset_names
from portal.lab.models import ImportRefusal, ImportRun
from portal.lab.orders import Report, import_orders, write_refusals
from portal.lab.reading import History, Refusal, State, read_history
from portal.lab.retelling import retell
from portal.lab.seats import Seats
from portal.lab.simulate import BEFORE_ALL, Simulation, outcome, simulate
from portal.lab.talking import fill_board

__all__ = [
    "BEFORE_ALL",
    "BadInput",
    "DemoReport",
    "History",
    "ImportRefusal",
    "ImportRun",
    "Labels",
    "Mapping",
    "Refusal",
    "Report",
    "Run",
    "Seats",
    "Simulation",
    "State",
    "activities_of",
    "compare",
    "fill_board",
    "import_orders",
    "issued",
    "load_demo",
    "load_mapping",
    "outcome",
    "preset_names",
    "read_history",
    "retell",
    "simulate",
    "write_refusals",
]
