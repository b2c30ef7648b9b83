"""The reason that is quoted from an engine's log is an error of that log."""

import pytest

from swarmkit_helpers.engine import daemon_log

STAMP = 'time="2026-11-29T02:00:00Z" '
INFO = STAMP + 'level=info msg="skip loading plugin \\"io.containerd.snapshotter.v1.btrfs\\"" error="skip plugin"'
WARNING = STAMP + 'level=warning msg="Error while setting daemon root propagation, this is not generally critical"'
ERROR = STAMP + 'level=error msg="failed to load plugin" error="exit status 1"'
FATAL = STAMP + 'level=fatal msg="pidfile found"'
TIMEOUT = "failed to start containerd: timeout waiting for containerd to start"
DENIED = "failed to start daemon: iptables failed: Permission denied (you must be root)"
CONFIGURATION = "unable to configure the Docker daemon with file /etc/docker/daemon.json: EOF"
JSON_INFO, JSON_FATAL = '{"level":"info","msg":"no error"}', '{"level":"fatal","msg":"no space"}'
PANIC = "panic: runtime error: index out of range\n\ngoroutine 1 [running]:\nmain.main()\n\t/go/src/error.go:12"


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([ERROR, INFO, WARNING], ERROR),
        ([INFO, ERROR, FATAL, INFO], FATAL),
        ([TIMEOUT, ERROR, INFO], TIMEOUT),
        ([INFO, CONFIGURATION], CONFIGURATION),
        ([ERROR, PANIC], PANIC.splitlines()[0]),
        ([JSON_FATAL, JSON_INFO], JSON_FATAL),
        ([INFO, WARNING, JSON_INFO, "iptables v1.8.10 (nf_tables)"], "it gave no reason"),
        ([], "it gave no reason"),
    ],
)
def test_the_reason_is_the_last_error_and_no_line_of_another_level(lines: list[str], reason: str):
    assert daemon_log.reason("\n".join(lines)) == reason


@pytest.mark.parametrize(
    ("line", "late"),
    [
        (TIMEOUT, True),
        (STAMP + 'level=fatal msg="failed to dial containerd" error="context deadline exceeded"', True),
        (DENIED, False),
        (INFO.replace("skip plugin", "context deadline exceeded"), False),
    ],
)
def test_an_engine_lacked_time_if_its_reason_says_so(line: str, late: bool):
    assert daemon_log.lacked_time("\n".join([INFO, line, INFO])) is late
