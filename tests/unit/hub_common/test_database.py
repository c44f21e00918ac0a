from pathlib import Path

from sqlalchemy import create_engine, text

from hub_common.database import quicken_sqlite


def test_commits_do_not_wait_for_the_disk(tmp_path: Path) -> None:
    quicken_sqlite()
    quicken_sqlite()
    engine = create_engine(f"sqlite:///{tmp_path}/hub.sqlite")
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 1  # NORMAL
    engine.dispose()
