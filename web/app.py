"""The application factory: one place that says what the web service is made of."""

from flask import Flask
from flask_wtf import CSRFProtect
from jinja2 import Template
from jinja2.environment import TemplateModule
from jinja2.runtime import Context
from werkzeug.middleware.proxy_fix import ProxyFix

from records.core.config import Config
from records.office import Office, session_key
from web import (
    acts,
    addresses,
    api,
    arrivals,
    assessments,
    assets,
    boundary,
    check,
    checking,
    copies,
    deputies,
    desk,
    door,
    due,
    errors,
    file_plan,
    filing_rules,
    finding,
    fixity,
    formats,
    glass,
    groups,
    hits,
    i18n,
    index,
    keys,
    lists,
    log,
    log_periods,
    log_proofs,
    log_watch,
    measures,
    navigation,
    notice_settings,
    notices,
    operations,
    own_account,
    passkeys,
    people,
    phrases,
    pickers,
    pictures,
    preferences,
    reading_item,
    reading_list,
    receipts,
    register_keeping,
    related,
    round_acts,
    routes,
    saved_routes,
    saved_searches,
    scans,
    seal_approving,
    seal_asking,
    seal_authority,
    seal_books,
    seal_certificates,
    seal_checks,
    seal_custody,
    seal_imprints,
    seal_keeping,
    seal_lines,
    seal_requests,
    seal_statistics,
    sealing,
    seals,
    second_factor,
    security,
    session,
    signin,
    similar,
    splitting,
    stages,
    statistics,
    synonyms,
    tasks,
    units,
    uploads,
    views,
    whereabouts,
    words,
    working_days,
    workshop,
)

csrf = CSRFProtect()

# Screens that stand on the blueprints of others.
COMPLETED = (
    *(log_periods, log_proofs, log_watch),
    *(deputies, door, hits, keys, passkeys, phrases, reading_item, seal_approving),
    *(seal_checks, seal_custody, seal_imprints, seal_keeping, seal_lines, seal_statistics),
    similar,
)


class PageTemplate(Template):
    """A template whose macros are imported from one module, made once.

    Jinja compares all names of the importer with its own at each import, dozens of times for a
    page, because templates could be loaded with names of their own. Ours never are.
    """

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:  # noqa: ARG002
        return super()._get_default_module()


def create_app(office: Office) -> Flask:
    """Build the web service.

    Args:
        office: the opened installation: settings, database and vault.

    Returns:
        A WSGI application that holds no state beyond its database connections and static files.
    """
    app = Flask("web", static_folder=None)
    _configure(app, office.config)
    boundary.init_app(app, office)
    app.before_request(routes.check_permission)
    csrf.init_app(app)
    # Programs show a token with every request; no browser sends one by itself.
    csrf.exempt(api.api)
    for part in (session, addresses, i18n, formats, due, words, security, errors, assets):
        part.init_app(app)
    for part in (navigation, measures, views, workshop, index, api):
        part.init_app(app)
    # The body of a part is no form: the blueprint checks the token in the header itself.
    csrf.exempt(uploads.uploads)
    app.register_blueprint(uploads.uploads)
    app.register_blueprint(operations.operations)
    for screens in (preferences, signin, checking, acts, pictures, pickers):
        screens.init_app(app)
    arrivals.init_app(app)
    for screens in (
        related,
        desk,
        lists,
        finding,
        register_keeping,
        file_plan,
        filing_rules,
        synonyms,
        saved_searches,
    ):
        screens.init_app(app)
    for screens in (reading_list, receipts, tasks, whereabouts, statistics):
        screens.init_app(app)
    for screens in (people, units, groups, own_account, log, fixity):
        screens.init_app(app)
    for screens in (stages, round_acts, saved_routes, working_days):
        screens.init_app(app)
    for screens in (scans, splitting, second_factor):
        screens.init_app(app)
    glass.init_app(app)
    check.init_app(app)
    for screens in (seal_authority, seal_certificates, sealing):
        screens.init_app(app)
    for screens in (notices, notice_settings, seal_books, copies, assessments, seals):
        screens.init_app(app)
    for screens in (seal_requests, seal_asking):
        screens.init_app(app)
    return app


def _configure(app: Flask, config: Config) -> None:
    secure = config.public_url.startswith("https://")
    app.config.from_mapping(
        SECRET_KEY=session_key(config),
        SESSION_COOKIE_NAME="__Host-chancery" if secure else "chancery",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        # A form is good as long as its session; sessions end in the database.
        WTF_CSRF_TIME_LIMIT=None,
        TIME_ZONE=config.time_zone,
        PUBLIC_URL=config.public_url,
        # Forms are small; uploads are streamed by their own handlers, which set their own limit.
        MAX_CONTENT_LENGTH=1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
    )
    app.jinja_env.template_class = PageTemplate
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops, x_port=0, x_prefix=0
        )
