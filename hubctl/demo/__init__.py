"""The trial on one machine: deploy the stacks for real, to an AWS that is none."""
