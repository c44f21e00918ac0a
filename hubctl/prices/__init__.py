"""What AWS charges, in dated files that an operator may edit; nothing is asked over the network."""
