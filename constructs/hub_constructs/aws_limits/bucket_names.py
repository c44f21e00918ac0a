"""Names of S3's general purpose buckets."""

from hub_constructs.aws_limits.text_rules import TextRule

_SOURCE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"
PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_SUFFIXES = ("-s3alias", "--ol-s3", "[.]mrap", "--x-s3", "--table-s3")

BUCKET = (
    TextRule(
        pattern="[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
        problem="a bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens, with a letter or digit at both ends",
        source=_SOURCE,
    ),
    TextRule(
        refused=".*[.][.].*",
        problem="two dots follow each other, which no bucket's name has",
        source=_SOURCE,
    ),
    TextRule(
        refused="[0-9]{1,3}([.][0-9]{1,3}){3}",
        problem="it looks like an address, which no bucket's name does",
        source=_SOURCE,
    ),
    TextRule(
        refused=f"({'|'.join(PREFIXES)}).*",
        problem=f"it begins with what S3 keeps for itself ({', '.join(PREFIXES)})",
        source=_SOURCE,
    ),
    TextRule(
        refused=f".*({'|'.join(_SUFFIXES)})",
        problem="it ends with what S3 keeps for itself (-s3alias, --ol-s3, .mrap, --x-s3, --table-s3)",
        source=_SOURCE,
    ),
)
