"""The last trouble that the office wrote down, for the report of a fault that was not told well."""

import logging


class LastTrouble(logging.Handler):
    """Keeps the last line of the log and prints none: a run of faults makes thousands."""

    def __init__(self) -> None:
        super().__init__()
        self.told = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line, with where it happened."""
        self.told = self.format(record)


LAST_TROUBLE = LastTrouble()
