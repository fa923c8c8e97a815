import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.shared.login import is_allowed

AUTH = {
    "redirect_uri": "https://xpz.example.org/oauth2callback",
    "cookie_secret": "long and random",
    "client_id": "xpz",
    "client_secret": "theirs",
    "server_metadata_url": "https://login.example.org/.well-known/openid-configuration",
}


def page():
    import streamlit as st

    from dashboard.shared import login

    login.require()
    st.markdown("what nobody else may see")


def opened(monkeypatch, user=None, **secrets):
    """A page of a dashboard with these secrets, as `user` sees it."""
    app = AppTest.from_function(page)
    for name, value in secrets.items():
        app.secrets[name] = value
    if user is not None:
        monkeypatch.setattr(st, "user", {"is_logged_in": True, **user})
    return app.run()


def sees(app):
    return any("what nobody else may see" in each.value for each in app.markdown)


def test_without_secrets_everybody_sees_the_page(monkeypatch):
    assert sees(opened(monkeypatch))


def test_secrets_of_something_else_ask_for_no_login(monkeypatch):
    assert sees(opened(monkeypatch, mlflow={"token": "x"}))


def test_whoever_has_not_logged_in_sees_a_button_alone(monkeypatch):
    app = opened(monkeypatch, auth=AUTH, xpz={"allowed": ["*"]})
    assert not sees(app)
    assert [each.label for each in app.button] == ["Log in"]


def test_whoever_is_named_sees_the_page_and_the_way_out(monkeypatch):
    app = opened(monkeypatch, {"email": "ada@example.org"}, auth=AUTH,
                 xpz={"allowed": ["ada@example.org"]})  # fmt: skip
    assert sees(app)
    assert [each.label for each in app.sidebar.button] == ["Log out"]


@pytest.mark.parametrize(
    ("user", "allowed"),
    [
        ({"email": "eve@example.org"}, {"allowed": ["ada@example.org"]}),
        ({"email": "eve@example.org"}, {}),
        ({"email": ""}, {"allowed": ["*"]}),
        ({}, {"allowed": ["*"]}),
        ({"email": "ada@example.org", "email_verified": False}, {"allowed": ["*"]}),
    ],
)
def test_whoever_is_not_named_is_told_so(monkeypatch, user, allowed):
    app = opened(monkeypatch, user, auth=AUTH, xpz=allowed)
    assert not sees(app)
    assert "may not use this dashboard" in app.error[0].value
    assert [each.label for each in app.button] == ["Log out"]


def test_an_address_is_named_whole_or_by_its_end():
    assert is_allowed("Ada@Example.org", ["*@example.org"])
    assert not is_allowed("ada@example.org.evil.net", ["*@example.org"])
    assert not is_allowed("ada@example.org", [])


def test_a_single_pattern_need_not_be_in_a_list():
    assert is_allowed("ada@example.org", "*@example.org")
    assert not is_allowed("ada@evil.net", "*@example.org")
