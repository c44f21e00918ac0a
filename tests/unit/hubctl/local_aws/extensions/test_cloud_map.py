from hubctl.trial.aws.server import LocalAws


def test_an_instance_that_registers_again_is_updated(aws: LocalAws) -> None:
    discovery = aws.client("servicediscovery")
    discovery.create_http_namespace(Name="again.example.test")
    (namespace,) = [n for n in discovery.list_namespaces()["Namespaces"] if n["Name"] == "again.example.test"]
    service = discovery.create_service(Name="leader", NamespaceId=namespace["Id"])["Service"]["Id"]
    for address in ("10.30.0.10", "10.30.0.99"):
        discovery.register_instance(
            ServiceId=service, InstanceId="leader", Attributes={"AWS_INSTANCE_IPV4": address}
        )
    (instance,) = discovery.list_instances(ServiceId=service)["Instances"]
    assert instance["Attributes"] == {"AWS_INSTANCE_IPV4": "10.30.0.99"}
