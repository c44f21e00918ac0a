"""The constructs of the chef-hub stack: each module builds one part in AWS; the stack chooses which of them a deployment has."""
