"""How one wants to be told: mail at once, daily or never, quiet hours, and of what."""

from collections.abc import Mapping
from datetime import time
from uuid import UUID

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import LazyString, gettext, lazy_gettext
from werkzeug.wrappers import Response

from records.core.errors import Invalid, NotFound
from records.notify.rules import KINDS, MailWhen, Wishes
from records.notify.service import change_settings, settings_of
from records.people.service import get_user
from web.boundary import office, reading, writing
from web.errors import sentence, status_of
from web.permissions import SIGNED_IN
from web.routes import route
from web.session import actor

notice_settings = Blueprint("notice_settings", __name__, url_prefix="/account/notices")

NAMES: dict[str, LazyString] = {
    "item.delivered": lazy_gettext("Something is to be read"),
    "item.asked_again": lazy_gettext("Something is to be read again, because it changed"),
    "item.reminder": lazy_gettext("Reminders: soon due, due, overdue"),
    "task.given": lazy_gettext("A task is given to you"),
    "paper.handed": lazy_gettext("A paper original is handed to you"),
    "item.escalated": lazy_gettext("A reader whom you answer for is long overdue"),
    "item.returned": lazy_gettext("A reader returned what you sent"),
    "item.declined": lazy_gettext("A reader declined what you sent"),
    "item.delegated": lazy_gettext("A reader handed on what you sent"),
    "item.recalled": lazy_gettext("Something that you had opened was recalled"),
    "instruction.given": lazy_gettext("A leader wrote an instruction on what you sent"),
    "round.completed": lazy_gettext("All readers of a reading round have answered"),
    "task.finished": lazy_gettext("A task that you gave is finished"),
    "deputy.named": lazy_gettext("Somebody named you as deputy"),
    "document.glass_broken": lazy_gettext("Somebody opened a document by emergency access"),
    "seal_request.to_decide": lazy_gettext("A seal request waits for your decision"),
    "seal_request.to_stamp": lazy_gettext("An approved seal request is to be stamped"),
    "seal_request.approved": lazy_gettext("Your seal request is approved"),
    "seal_request.declined": lazy_gettext("Your seal request is declined"),
    "seal_request.refused": lazy_gettext("The keeper refuses your seal request"),
    "seal_request.voided": lazy_gettext("A seal request is void"),
    "seal_request.used": lazy_gettext("Your document is stamped"),
    "seal.handover": lazy_gettext("Your part in the hand-over of a seal is to be confirmed"),
    "seal.check_due": lazy_gettext("A seal is due for its check"),
    "seal.late": lazy_gettext("A seal that is out is late"),
    "seal.lost": lazy_gettext("A seal is lost"),
    "seal.stamping_failed": lazy_gettext("An electronic stamping failed"),
    "search.found": lazy_gettext("A saved search has new hits"),
}
_MUTABLE = frozenset(code for code, kind in KINDS.items() if not kind.warns)


@route(notice_settings, "", permission=SIGNED_IN)
def show() -> str:
    """Show the form."""
    with reading() as uow:
        wishes = settings_of(uow, _own_id())
    return _page(_values(wishes))


@route(notice_settings, "", permission=SIGNED_IN, methods=("POST",))
def save() -> Response | tuple[str, int]:
    """Keep what the form says."""
    try:
        with writing() as uow:
            change_settings(uow, actor(), wishes=_wishes())
    except Invalid as refusal:
        given = {**request.form.to_dict(), "told": request.form.getlist("told")}
        return _page(given, {refusal.field or "": sentence(refusal)}), status_of(refusal)
    flash(gettext("Kept."), "ok")
    return redirect(url_for("notice_settings.show"), code=303)


def _own_id() -> UUID:
    user_id = actor().user_id
    if user_id is None:
        raise NotFound
    return user_id


def _wishes() -> Wishes:
    mail = request.form.get("mail", "")
    if mail not in {each.value for each in MailWhen}:
        raise Invalid("There is no such choice.", field="mail")
    daily_at = _time("daily_at")
    if daily_at is None:
        raise Invalid("This must not be empty.", field="daily_at")
    told = set(request.form.getlist("told"))
    return Wishes(
        MailWhen(mail),
        daily_at,
        _time("quiet_from"),
        _time("quiet_until"),
        frozenset(_MUTABLE - told),
    )


def _time(name: str) -> time | None:
    text = request.form.get(name, "").strip()
    if not text:
        return None
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        raise Invalid("This must be a time of day such as 08:30.", field=name) from None


def _values(wishes: Wishes) -> dict[str, object]:
    return {
        "mail": wishes.mail.value,
        "daily_at": f"{wishes.daily_at:%H:%M}",
        "quiet_from": f"{wishes.quiet_from:%H:%M}" if wishes.quiet_from else "",
        "quiet_until": f"{wishes.quiet_until:%H:%M}" if wishes.quiet_until else "",
        "told": [each for each in KINDS if each not in wishes.muted],
    }


def _page(values: Mapping[str, object], errors: Mapping[str, str] | None = None) -> str:
    with reading() as uow:
        email = get_user(uow, _own_id()).email
    return render_template(
        "notices/settings.html",
        values=values,
        errors=errors or {},
        kinds=[(code, name, KINDS[code].asks) for code, name in NAMES.items()],
        email=email,
        mails=office().config.smtp_url is not None,
    )


def init_app(app: Flask) -> None:
    """Add the settings of notices."""
    app.register_blueprint(notice_settings)
