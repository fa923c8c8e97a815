"""Why a network answers as it does, and which galaxies deserve a look."""
