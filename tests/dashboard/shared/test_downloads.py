"""Files that are made when they are asked for: one that cannot be made says so on the page."""

import dataclasses

import pytest
import streamlit as st
from streamlit.runtime import Runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.session_manager import ActiveSessionInfo, SessionManager
from streamlit.testing.v1 import AppTest

from core.errors import DataError
from tests.support.apps import texts


def script():
    import pandas as pd

    from core.errors import DataError
    from dashboard.shared.downloads import download_file, download_table

    def wrong():
        raise DataError("A FITS table holds at most 999 columns, these are 1000.")

    def defect():
        raise KeyError("recalibrated_with")

    download_file("FITS", wrong, "z.fits", "application/fits", key="fits")
    download_file("VOTable", defect, "z.vot", "application/x-votable+xml")
    download_table("Curves", pd.DataFrame({"loss": [0.5]}), "curves")


@pytest.fixture
def makers(monkeypatch):
    """What the buttons of the page last drawn make, by their labels."""
    made, draw = {}, st.download_button

    def recorded(label, data, *args, **settings):
        made[label] = data
        return draw(label, data, *args, **settings)

    monkeypatch.setattr(st, "download_button", recorded)
    return made


def test_a_file_that_cannot_be_made_says_why_once(makers):
    app = AppTest.from_function(script).run()
    assert not app.exception
    assert not app.error
    assert makers["Curves (CSV)"]() == b"loss\n0.5\n"
    with pytest.raises(DataError, match="999 columns"):
        makers["FITS"]()
    app.run()
    assert texts(app.error) == "A FITS table holds at most 999 columns, these are 1000."
    with pytest.raises(KeyError):
        makers["VOTable"]()
    app.run()
    assert texts(app.error).startswith("Internal error; the details are in the server's log.")
    assert not app.run().error


def test_streamlit_can_still_be_asked_to_draw_a_page_again():
    assert {"_event_loop", "_client_state"} <= {*AppSession.__init__.__code__.co_names}
    assert callable(AppSession.request_rerun)
    assert "_session_mgr" in Runtime.__init__.__code__.co_names
    assert callable(SessionManager.get_active_session_info)
    assert "session" in {field.name for field in dataclasses.fields(ActiveSessionInfo)}
