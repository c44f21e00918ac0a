"""What operators of the Chef hub watch: the advice that its alarms give."""

from collections.abc import Callable
from typing import Any

from tests.support.stack_alarms import alarms

Configuration = dict[str, Any]


def test_the_advice_for_a_failing_instance_depends_on_its_address(
    synth: Callable[..., Configuration],
) -> None:
    for name in ("machine_chef_server", "machine_hub_leader", "machine_workstation"):
        lasting = alarms(synth("chef-hub"))[name]["alarm_description"]
        assert "stop and start it, which moves it to other hardware; its addresses stay" in lasting
        lent = alarms(synth("chef-hub", profile="original", monitoring=True))[name]["alarm_description"]
        assert "another public address" in lent


def test_the_dashboard_shows_free_places_where_the_hub_keeps_some(
    synth: Callable[..., Configuration],
) -> None:
    def graph(**context: Any) -> str:
        (dashboard,) = synth("chef-hub", **context)["resource"]["aws_cloudwatch_dashboard"].values()
        return str(dashboard["dashboard_body"])

    assert "Free places" in graph()
    assert '"JupyterHub/ChefHub"' in graph()
    assert "FreePlaces" in graph()
    assert "FreePlaces" not in graph(profile="original", monitoring=True)
