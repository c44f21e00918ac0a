"""What the hubs of both designs share: admission, names, users' files, login, database, keeper, pages.

``swarm_hub`` (Chef hub) and ``lab_hub`` (AWS Lab) import it; it imports neither. Chef puts it beside each of them.
"""
