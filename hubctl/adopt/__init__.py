"""``hubctl adopt``: take over an existing Terraform state, and prove by a plan that nothing is replaced.

From the command to its proof, in order: ``cli`` reads the options; ``run`` reads the state, asks questions and writes the files;
``adoption`` does the steps below and repeats the plan until nothing new is learned.

1. ``state/state_file``: the resources of the existing state (``state/source``: where it is read from).
2. ``inference/settings``: the settings of the stack, read off the state; ``inference/aws_lab`` and ``inference/chef_hub`` know
   the designs.
3. ``matching/matching``: pairs of our resources and existing ones; ``matching/evidence``: what speaks for a pair.
4. ``keeping``: arguments that stay as they are, so that nothing is replaced.
5. ``workbench``: synthesis and plan in a private folder.
6. ``differences``: what the plan would still change, and what makes it match.

Beside that way: ``division`` decides about resources that only one side has, ``carrying/`` writes down those that go on
unchanged, ``improvements`` knows what may get stronger in place, ``secrets/`` keeps secrets out of everything that is printed or
written, ``answers`` reads and writes the file of questions, ``report`` prints the outcome.
"""
