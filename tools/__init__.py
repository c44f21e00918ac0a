"""What maintainers run; nothing here is part of hubctl or of a deployment."""
