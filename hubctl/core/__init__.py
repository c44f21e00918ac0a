"""What all commands share: errors, console, files, processes, AWS, Terraform, and the synthesized configuration."""
