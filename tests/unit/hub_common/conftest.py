"""What the tests of the shared package need of a hub: the Swarm's, because a whole hub is configured there."""

from tests.support.swarm_hub_fixtures import configured, document, postgresql, swarm

__all__ = ["configured", "document", "postgresql", "swarm"]
