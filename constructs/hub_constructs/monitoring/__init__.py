"""How operators learn the state of a deployment: a topic for notifications, alarms, and a dashboard."""
