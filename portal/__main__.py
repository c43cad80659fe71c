"""`python -m portal`: the command line without installing anything."""

import gc

gc.disable()  # nothing that is imported is garbage: looking for some costs a tenth of the start
from portal.cli import main  # noqa: E402 - see above

gc.enable()

if __name__ == "__main__":
    main()
