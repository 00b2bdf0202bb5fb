"""``python -m emulator`` is ``mq-emulator``."""

from emulator.cli import main

main(prog_name="mq-emulator")
