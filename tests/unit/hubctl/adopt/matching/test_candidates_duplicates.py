"""One thing in AWS that the state holds twice is managed once."""

from collections.abc import Callable

from hubctl.adopt.matching.candidates import duplicates_of
from hubctl.adopt.state.existing import Existing

Make = Callable[..., Existing]


def test_the_validation_record_of_a_domain_and_its_wildcard_is_one_record(existing: Make) -> None:
    adopted = existing("aws_route53_record.v[0]", id="Z1__x.example.test._CNAME")
    duplicate = existing("aws_route53_record.v[1]", id="Z1__X.example.test._CNAME")
    other = existing("aws_route53_record.v[2]", id="Z1__y.example.test._CNAME")
    again = existing("aws_route53_record.v[3]", id="Z1__y.example.test._CNAME")
    assert duplicates_of([duplicate, other, again], [adopted]) == [duplicate, again]


def test_things_without_id_and_of_other_types_are_no_twins(existing: Make) -> None:
    adopted = [existing("aws_route53_record.a"), existing("aws_lb.a", id="same")]
    assert duplicates_of([existing("aws_route53_record.b"), existing("aws_lb.b", id="same")], adopted) == []
