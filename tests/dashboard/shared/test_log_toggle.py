"""The choice of a logarithmic axis, which values below 0 cannot have."""

import pytest
from streamlit.testing.v1 import AppTest


def script():
    import numpy as np
    import streamlit as st

    from dashboard.shared.log_toggle import log_toggle

    values = [np.array([0.1, np.nan]), np.array(st.session_state.get("values", [2.0]))]
    st.session_state["got"] = log_toggle(values, "log")


@pytest.mark.parametrize("values", [[-1.5, 2.0], [0.0]])
def test_values_without_a_logarithm_disable_it_and_say_why(values):
    app = AppTest.from_function(script).run()
    app.toggle(key="log").set_value(True).run()
    assert app.session_state["got"] is True
    app.session_state["values"] = values
    app.run()
    assert app.toggle(key="log").disabled
    assert "no logarithm" in app.toggle(key="log").help
    assert app.session_state["got"] is False
