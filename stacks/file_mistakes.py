"""The error of files that people edit; apart from what reads them, so that it can be caught without importing that."""


class EditedFileError(Exception):
    """A file that people edit cannot be used. ``mistakes`` holds a sentence each, with file, line and column."""

    def __init__(self, mistakes: list[str], remedy: str) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes
        self.remedy = remedy
