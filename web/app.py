"""The application factory: one place that says what the web service is made of."""

import os
import secrets
from pathlib import Path

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from records.core.config import Config
from records.core.database import Database
from web import (
    addresses,
    assets,
    boundary,
    errors,
    formats,
    i18n,
    navigation,
    preferences,
    routes,
    security,
    session,
    signin,
    words,
)

csrf = CSRFProtect()


def create_app(config: Config, *, database: Database | None = None) -> Flask:
    """Build the web service.

    Args:
        config: the settings of this installation.
        database: an open database to use; by default the one of the settings is opened.

    Returns:
        A WSGI application that holds no state beyond its database connections and static files.
    """
    app = Flask("web", static_folder=None)
    _configure(app, config)
    boundary.init_app(app, database or Database(config.database_url, zone=config.time_zone))
    app.before_request(routes.check_permission)
    csrf.init_app(app)
    for part in (session, addresses, i18n, formats, words, security, errors, assets, navigation):
        part.init_app(app)
    for screens in (preferences, signin):
        screens.init_app(app)
    return app


def _configure(app: Flask, config: Config) -> None:
    secure = config.public_url.startswith("https://")
    app.config.from_mapping(
        SECRET_KEY=config.secret_key or session_key(config.keys_folder / "session.key"),
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
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops, x_port=0, x_prefix=0
        )


def session_key(path: Path) -> str:
    """Return the key that signs session cookies, made at first start and kept readable to us alone.

    Several processes may start at once: the first to link its file into place wins.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()
