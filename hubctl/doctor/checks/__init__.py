"""One check a module; each holds a ``CHECK`` that :mod:`hubctl.doctor.run` lists."""
