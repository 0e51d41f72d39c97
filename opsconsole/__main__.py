"""`python -m opsconsole` does what the `opsconsole` command does."""

from opsconsole.cli import main

if __name__ == "__main__":
    main()
