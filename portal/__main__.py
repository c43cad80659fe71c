"""`python -m portal`: the command line without installing anything."""

from portal.cli import main

if __name__ == "__main__":
    main()
