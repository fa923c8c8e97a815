"""A run handed on: bundles, their acceptance, model cards, an MLflow server."""
