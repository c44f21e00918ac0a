"""The timetable: when which classes meet, and how much capacity has to be up for them. It does not import cdktf."""
