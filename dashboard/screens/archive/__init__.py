"""From the Gaia Archive: sources and spectra fetched by a job, on the screens Predict and Data."""
