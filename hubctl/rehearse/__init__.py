"""``hubctl rehearse``: a class comes to the trial Lab or the trial cluster, in accelerated time, and the waits are measured.

``roster`` and ``programme`` say who comes when; ``person`` is one scripted user, ``stage`` what they come to; ``play`` lets
it happen; ``aims``, ``report`` and ``picture`` say how it went.
"""
