"""How good are predicted redshifts: one definition per metric, bins, intervals, histograms."""
