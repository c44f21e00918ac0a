"""S3: emptying a versioned bucket stumbles over delete markers, which moto cannot dispose of.

Terraform empties a bucket with ``force_destroy`` before it deletes it.
"""

from moto.s3.models import FakeDeleteMarker

from hubctl.local_aws.extensions.patching import add


@add(FakeDeleteMarker)
def dispose(self: FakeDeleteMarker) -> None:
    """Free nothing: a marker has no contents."""
    del self
