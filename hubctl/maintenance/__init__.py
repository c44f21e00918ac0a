"""No new starts: a switch that hubs look at, with a sentence for those who want to start."""
