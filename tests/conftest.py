from hypothesis import settings

# On a busy machine a single example may take long; that is no failure.
settings.register_profile("xpz", deadline=None)
settings.load_profile("xpz")
