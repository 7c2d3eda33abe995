"""What NumPy's headers say to a compiler, through all releases: every header as lines, each with the releases that have it.

A line is a directive of the preprocessor, or what stands up to a comma, semicolon or brace: so conditions (targets,
deprecated API, C++) stay what they are, and releases share what they have in common. Comments are left out; spaces are the
same everywhere. Bodies of functions stay, since errors and warnings may be in them: under another CPython, under -Wextra.
"""
import difflib
import re

from . import Changed

TOKEN = re.compile(
    r"(?P<comment>/\*.*?\*/|//[^\n]*)|(?P<space>[ \t\f\v]+)|(?P<end>\n)"
    r"""|(?P<text>(?:L|u8?|U)?"(?:[^"\\\n]|\\.)*"|(?:L|u|U)?'(?:[^'\\\n]|\\.)*')"""
    r"|(?P<word>[A-Za-z_]\w*|\.?\d(?:[eEpP][+-]|[\w.])*)"
    r"|(?P<sign><<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|\#\#|::|.)", re.S)
NO_SPACE_BEFORE = {",", ";", ")", "]", "->", ".", "##"}
NO_SPACE_AFTER = {"(", "[", "!", "~", "->", ".", "##"}
AS_IT_STANDS = re.compile(r"#\s*(error|warning|pragma|include)\b")  # directives of text, not of tokens


def logical_lines(text):
    """The text without comments and continued lines; a comment over several lines keeps a directive on one."""
    text = re.sub(r"\\[ \t]*\n", "", text.replace("\r\n", "\n"))
    return "".join(" " if match.lastgroup == "comment" else match[0] for match in TOKEN.finditer(text)).split("\n")


def spelled(tokens):
    """Tokens as one text: [(token, whether a space stood before it)]."""
    define = tokens[0][0] == "#" and len(tokens) > 1 and tokens[1][0] == "define"
    parts = []
    for place, (token, spaced) in enumerate(tokens):
        before = tokens[place - 1][0] if place else None
        if before is None or (before == "#" and place == 1):
            space = False
        elif define and place == 3:
            space = spaced or token != "("  # the one space that has a meaning
        elif token == "(" or token == "[":
            space = re.fullmatch(r"\w+|[)\]]|[(\[!~]", before) is None
        else:
            space = token not in NO_SPACE_BEFORE and before not in NO_SPACE_AFTER
        parts.append(" " * space + token)
    return "".join(parts)


def tokens_of(line):
    spaced = False
    for match in TOKEN.finditer(line):
        if match.lastgroup == "space":
            spaced = True
        else:
            yield match[0], spaced
            spaced = False


def pieces(text):
    """Lists of tokens, one for each line of declarations.json."""
    piece, parentheses = [], 0
    for line in logical_lines(text):
        tokens = list(tokens_of(line))
        if tokens and tokens[0][0] == "#":
            if piece:
                yield piece
            piece = []
            yield [(" ".join(line.split()).replace("# ", "#", 1), False)] if AS_IT_STANDS.match(line.strip()) else tokens
            continue
        for token in tokens:
            piece.append(token)
            parentheses += (token[0] in "([") - (token[0] in ")]")
            if token[0] in ",;{}" and parentheses == 0:
                yield piece
                piece = []
    if piece:
        yield piece


def declarations_in(headers):
    """{header: its lines} of one release."""
    return {name: [spelled(piece) for piece in pieces(text)] for name, text in sorted(headers.texts.items())}


def woven(lines, rows, release):
    """`rows` ([line, releases]) with the lines of one more release; their order is that of every release."""
    result = []
    matcher = difflib.SequenceMatcher(None, [line for line, _ in rows], lines, autojunk=False)
    for what, begin, end, new_begin, new_end in matcher.get_opcodes():
        if what == "equal":
            for _, releases in rows[begin:end]:
                releases.append(release)
        result += rows[begin:end]
        if what != "equal":
            result += [(line, [release]) for line in lines[new_begin:new_end]]
    return result


def turning_points(present, releases):
    """The releases from which a line is there, no longer there, there again ..."""
    states = [release in present for release in releases]
    return [release for release, now, before in zip(releases, states, [False, *states]) if now != before]


def declaration_rows(per_release):
    """declarations.json out of {release: declarations_in()}, in order."""
    found = {}
    for release, headers in per_release.items():
        for header, lines in headers.items():
            if not lines:
                raise Changed(f"{header} of NumPy {release} is empty")
            found[header] = woven(lines, found.get(header, []), release)
    releases = list(per_release)
    return {header: [[line, *turning_points(set(present), releases)] for line, present in rows] for header, rows in sorted(found.items())}
