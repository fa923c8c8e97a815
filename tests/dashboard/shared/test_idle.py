from types import SimpleNamespace

import streamlit as st
from streamlit.runtime import Runtime, RuntimeState
from streamlit.runtime.memory_session_storage import MemorySessionStorage

from dashboard.shared import idle
from dashboard.shared.idle import IDLE_SECONDS, Idle


def test_memory_is_given_back_once_after_each_time_that_somebody_was_there():
    there, given = [True], []
    watched = Idle(lambda: there[0], lambda: given.append(True))
    for now in range(0, 1000, 10):
        watched.look(now)
    assert not given
    there[0] = False
    watched.look(1000)
    watched.look(1000 + IDLE_SECONDS - 1)
    assert not given
    watched.look(1000 + IDLE_SECONDS)
    watched.look(1000 + 10 * IDLE_SECONDS)
    assert len(given) == 1
    there[0] = True
    watched.look(5000)
    there[0] = False
    watched.look(5010)
    watched.look(5005 + IDLE_SECONDS)
    assert len(given) == 1
    watched.look(5010 + IDLE_SECONDS)
    assert len(given) == 2


def test_what_was_kept_is_forgotten(monkeypatch):
    storage = MemorySessionStorage(ttl_seconds=0)
    storage.save(SimpleNamespace(session=SimpleNamespace(id="gone")))
    runtime = SimpleNamespace(
        state=RuntimeState.NO_SESSIONS_CONNECTED,
        _session_mgr=SimpleNamespace(_session_storage=storage),
    )
    monkeypatch.setattr(Runtime, "instance", lambda: runtime)
    calls = []

    @st.cache_data
    def data():
        calls.append("data")
        return 1

    @st.cache_resource
    def resource():
        calls.append("resource")
        return []

    for _ in range(2):
        data(), resource()
    assert len(calls) == 2
    assert not idle.has_visitors()
    idle.give_back()
    data(), resource()
    assert len(calls) == 4
    assert not storage._cache._data


def test_this_streamlit_keeps_sessions_where_they_are_looked_for():
    """An upgrade that moves them is seen here; the screens would go on, with more memory."""
    from streamlit.runtime.websocket_session_manager import WebsocketSessionManager

    storage = MemorySessionStorage()
    manager = WebsocketSessionManager(storage, None, None, lambda: None)
    assert manager._session_storage is storage
    assert len(storage._cache) == 0
