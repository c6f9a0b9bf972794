"""The pages of the log, which stand on one blueprint."""

from flask import Blueprint

from records.audit.checkpoints import log_origin
from web.boundary import office

log = Blueprint("log", __name__, url_prefix="/log")


def origin() -> str:
    """Return the name of the log of this office."""
    return log_origin(office().config.public_url)
