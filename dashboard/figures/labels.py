"""What people call flags, and how they are coloured: one name for each, wherever it is shown."""

from core.prediction import Flag

FLAG_NAMES = {
    flag: str(flag.name).lower().replace("_", " ").replace("low sn", "low S/N") for flag in Flag
}
# How much a flag says against a redshift, and the colour of that on every screen: that there is
# none to use; that it may be wrong; that it is uncertain, which its interval says as well.
UNUSABLE, DOUBTFUL, UNCERTAIN = "red", "orange", "blue"
SEVERITY_WORDS = {
    UNUSABLE: "no redshift to use",
    DOUBTFUL: "may be wrong",
    UNCERTAIN: "uncertain, as its interval says too",
}
_SEVERITIES = {
    Flag.NO_REDSHIFT: UNUSABLE,
    Flag.MISSING_BAND: UNUSABLE,
    Flag.OUTSIDE_DOMAIN: UNUSABLE,
    Flag.LOW_SN: UNCERTAIN,
    Flag.WIDE_INTERVAL: UNCERTAIN,
}
FLAG_COLOURS = {flag: _SEVERITIES.get(flag, DOUBTFUL) for flag in Flag}
