"""The first signal unwinds, the following ones do not disturb the clean-up."""

import os
import signal

import pytest

from hubctl.demo.signals import stopping_in_order


@pytest.mark.parametrize(
    ("number", "raised"),
    [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit), (signal.SIGHUP, SystemExit)],
)
def test_a_second_signal_does_not_interrupt_the_clean_up(
    number: signal.Signals, raised: type[BaseException]
) -> None:
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    cleaned_up = []

    def work() -> None:
        with stopping_in_order():
            try:
                os.kill(os.getpid(), number)
                pytest.fail("the signal did nothing")
            finally:
                os.kill(os.getpid(), signal.SIGTERM)
                os.kill(os.getpid(), signal.SIGINT)
                cleaned_up.append(True)

    with pytest.raises(raised) as caught:
        work()
    assert cleaned_up
    if raised is SystemExit:
        assert caught.value.code == 128 + number  # type: ignore[attr-defined]
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before
