#!/usr/bin/env python3
"""Every relative link in the documents leads to a file of the tree, and every path named in backquotes
that looks like one of the tree's exists."""
import pathlib
import re
import sys

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
PATH = re.compile(r"`((?:src|tests|docs|contrib|zones|checks)/[\w./-]*\w)`")


def main(root):
    documents = sorted([*root.glob("*.md"), *(root / "docs").rglob("*.md")])
    bad = []
    for document in documents:
        text = document.read_text()
        for target in LINK.findall(text):
            if "://" not in target and not (document.parent / target).exists():
                bad.append(f"{document}: the link to {target} leads nowhere")
        for target in PATH.findall(text):
            if not (root / target).exists():
                bad.append(f"{document}: there is no {target}")
    print("\n".join(bad) or f"{len(documents)} documents link to what exists")
    return 1 if bad or not documents else 0


sys.exit(main(pathlib.Path(sys.argv[1])))
