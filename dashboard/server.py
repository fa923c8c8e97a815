"""The dashboard's server: Streamlit's, which here answers to pages of its own address alone.

Streamlit itself opens its websocket to every page of this machine, whatever its port, and asks a
host on the internet for its own address when a page of another one knocks.
"""

import importlib
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

REFUSED = "This page does not belong to the dashboard's address. Open the dashboard itself."


class OwnOrigin:
    """Refuses requests of pages from elsewhere, by HTTP and to the websocket.

    A browser says by the header Origin which page asks. It must be the address that was asked, or
    one of `server.corsAllowedOrigins`; programs that are no browsers need not say anything.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on to Streamlit."""
        if scope["type"] not in ("http", "websocket") or is_own(Headers(scope=scope)):
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await PlainTextResponse(REFUSED, 403)(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008, "reason": REFUSED})


def is_own(headers: Headers) -> bool:
    """Return whether a request comes from a page of this server, or from no page."""
    origins = headers.getlist("origin")
    if not origins:
        return True
    (origin, *more), host = origins, headers.get("host", "")
    if more:
        return False
    try:
        page = urlsplit(origin)
    except ValueError:
        return False
    own = page.scheme in ("http", "https") and page.netloc.lower() == host.lower()
    return own or origin in st.get_option("server.corsAllowedOrigins")


def to_home(request: Request) -> RedirectResponse:
    """Lead from the first page's own name to its address: Streamlit would find no such page."""
    return RedirectResponse(f"/?{request.url.query}".removesuffix("?"))


FIRST_PAGE = (
    *("dashboard.shared.store", "dashboard.shared.idle", "dashboard.shared.login"),
    *("dashboard.shared.about", "dashboard.shared.one_theme"),
    *("dashboard.screens.home.at_work", "dashboard.screens.home.best"),
    *("dashboard.screens.home.dataset", "dashboard.screens.home.last_ended"),
    "dashboard.screens.home.runs",
)


@asynccontextmanager
async def import_ahead(_: st.App) -> AsyncIterator[dict[str, Any] | None]:
    """Import what Home is made of while the first browser is on its way, a second of work."""
    threading.Thread(target=_import_first_page, daemon=True).start()
    yield None


def _import_first_page() -> None:
    for name in FIRST_PAGE:
        importlib.import_module(name)


# Streamlit asks for its allowed hosts at the websocket alone.
HOSTS = Middleware(
    TrustedHostMiddleware, allowed_hosts=st.get_option("server.allowedHosts") or None
)
app = st.App(
    "Home.py",
    routes=[Route("/home", to_home)],
    lifespan=import_ahead,
    middleware=[HOSTS, Middleware(OwnOrigin)],
)
