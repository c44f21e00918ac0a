"""The operator's command line: set-up, local AWS, demo, adoption, cookbooks, pictures and forecasts."""
