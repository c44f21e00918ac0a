"""What an existing state tells of the settings that its deployment would have here."""
