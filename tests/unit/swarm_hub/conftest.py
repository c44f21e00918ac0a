"""Settings, a Swarm in memory, tasks as the engine describes them, and a whole hub's configuration."""

from tests.support.swarm_hub_fixtures import configured, document, swarm, task

__all__ = ["configured", "document", "swarm", "task"]
