"""The WSGI app for servers: settings come from the environment (docs/operating.md)."""

import os
import sys

from portal import boot
from portal.config import BadSettings

try:
    application = boot(os.environ)
except BadSettings as error:
    sys.exit("The portal does not start:\n" + "\n".join(f"  {problem}" for problem in error.problems))
