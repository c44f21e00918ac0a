"""What tells operators how a deployment is: a topic for notifications, alarms, and a dashboard."""
