"""`python -m web.cli` is the command `chancery`."""

from web.cli import main

main(prog_name="chancery")
