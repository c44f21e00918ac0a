#!/usr/bin/env bash
# Every machine ships its journal to the log group that its settings name; the settings come with the first boot.
set -euo pipefail
: "${JOURNAL_SOURCES:?folder with the files of images/journal}"

/usr/local/lib/aws-cli/bin/python -m py_compile "$JOURNAL_SOURCES/ship_journal.py"
install -D -m 0644 "$JOURNAL_SOURCES/ship_journal.py" /usr/local/lib/ship-journal/ship_journal.py
install -m 0644 "$JOURNAL_SOURCES/ship-journal.service" /etc/systemd/system/ship-journal.service
systemctl enable ship-journal.service
