"""The words of ``TF_CLI_ARGS`` as Terraform splits them.

It does not ask a shell: a backslash stands for the next character also between double quotes, back quotes and ``$(...)`` stay
as they are, and what a shell would take for the end of a command (``;``, ``|``, ``&``, ``<``, ``>``) ends the text.
https://developer.hashicorp.com/terraform/cli/config/environment-variables#tf_cli_args-and-tf_cli_args_name
"""

from collections.abc import Mapping

_SPACE = " \t\r\n"
_QUOTES = "'\"`"
_ENDS = ";|&<>"
_STAY = "`)"  # the ends of quotations that are kept with their quotes


def environment_words(environment: Mapping[str, str], command: str = "plan") -> list[str]:
    """Return the arguments that the environment adds to a command, in the order in which Terraform then reads them.

    It puts those of ``TF_CLI_ARGS`` after the command's name, and then those of the command before them. None are returned of
    a text that Terraform refuses.
    """
    return [
        word
        for name in (f"TF_CLI_ARGS_{command}", "TF_CLI_ARGS")
        for word in split_words(environment.get(name, "")) or ()
    ]


def split_words(text: str) -> list[str] | None:
    """Return the words of a text, None where Terraform refuses it."""
    words: list[str] = []
    word: str | None = None
    end = ""  # of the quotation that is open
    letters = iter(text)
    for letter in letters:
        if letter == "\\" and end != "'":
            following = next(letters, None)
            if following is None:
                return None
            word = (word or "") + (letter + following if end and end in _STAY else following)
        elif end:
            word = (word or "") + (letter if letter != end or end in _STAY else "")
            end = "" if letter == end else end
        elif letter in _SPACE:
            words += [] if word is None else [word]
            word = None
        elif letter in _QUOTES or (letter == "(" and (word or "").endswith("$")):
            word = (word or "") + (letter if letter in "`(" else "")
            end = ")" if letter == "(" else letter
        elif letter in "()":
            return None
        elif letter in _ENDS:
            break
        else:
            word = (word or "") + letter
    if end:
        return None
    return words if word is None else [*words, word]
