"""CloudWatch alarms and EC2 Auto Scaling as AWS documents them, without AWS.

Nothing here reads a clock or calls a service: every function gets the time (seconds since the epoch) and says what
has to happen. The local AWS carries it out on its instances, the simulator on imagined instances. Each rule names the page of the
AWS documentation that it follows; where AWS leaves something open, the docstring says what was chosen.
"""
