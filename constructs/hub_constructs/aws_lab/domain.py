"""The Lab's domain: a certificate that a DNS record in the hosted zone validates, and alias records to the balancer."""

from dataclasses import dataclass

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.acm_certificate import AcmCertificate
from cdktf_cdktf_provider_aws.acm_certificate_validation import AcmCertificateValidation
from cdktf_cdktf_provider_aws.lb import Lb
from cdktf_cdktf_provider_aws.route53_record import Route53Record, Route53RecordAlias
from constructs import Construct

from hub_constructs.core.addresses import at


@dataclass(frozen=True, kw_only=True)
class CertificateProps:
    """The domain, and the id of the hosted zone that holds it; ``wait`` False goes on before it is validated."""

    domain: str
    zone_id: str
    wait: bool = True


class Certificate(Construct):
    """Certificate, validation record, and the wait for the validation; ``valid_arn`` exists once it is valid."""

    def __init__(self, scope: Construct, id_: str, props: CertificateProps) -> None:
        super().__init__(scope, id_)
        self.certificate = at(
            AcmCertificate(
                self,
                "certificate",
                domain_name=props.domain,
                validation_method="DNS",
                # A listener cannot be without a certificate, so a changed domain gets its new one first.
                lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
                tags={"Name": props.domain},
            ),
            "lab",
        )
        # A certificate that was adopted may have further names, each with its option.
        validation_option = (
            f"one([for option in {self.certificate.fqn}.domain_validation_options : option "
            f"if option.domain_name == {self.certificate.fqn}.domain_name])"
        )
        self.record = at(
            Route53Record(
                self,
                "record",
                zone_id=props.zone_id,
                name=f"${{{validation_option}.resource_record_name}}",
                type=f"${{{validation_option}.resource_record_type}}",
                records=[f"${{{validation_option}.resource_record_value}}"],
                ttl=60,
                # ACM asks for the same record again for every certificate of a domain.
                allow_overwrite=True,
            ),
            "certificate_validation",
        )
        self.validation = None
        if props.wait:
            self.validation = at(
                AcmCertificateValidation(
                    self,
                    "validation",
                    certificate_arn=self.certificate.arn,
                    validation_record_fqdns=[self.record.fqdn],
                ),
                "lab",
            )

    @property
    def valid_arn(self) -> str:
        """A reference to the certificate's ARN that waits for its validation."""
        return (self.validation.certificate_arn if self.validation else None) or self.certificate.arn


@dataclass(frozen=True, kw_only=True)
class AliasRecordsProps:
    """The domain, the hosted zone's id, and the balancer that answers."""

    domain: str
    zone_id: str
    balancer: Lb
    ipv6: bool


class AliasRecords(Construct):
    """An A record, and an AAAA record where the balancer has IPv6 addresses."""

    def __init__(self, scope: Construct, id_: str, props: AliasRecordsProps) -> None:
        super().__init__(scope, id_)
        self.ipv4 = self._record("lab", "A", props)
        self.ipv6 = self._record("lab_ipv6", "AAAA", props) if props.ipv6 else None

    def _record(self, address: str, kind: str, props: AliasRecordsProps) -> Route53Record:
        alias = Route53RecordAlias(
            name=props.balancer.dns_name, zone_id=props.balancer.zone_id, evaluate_target_health=True
        )
        return at(
            Route53Record(self, address, zone_id=props.zone_id, name=props.domain, type=kind, alias=alias),
            address,
        )
