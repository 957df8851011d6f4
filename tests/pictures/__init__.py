"""The pictures of docs/mailroom.md, taken by a script: a real federation, and a browser that is used by keys alone.

python -m tests.pictures          a federation of processes, a carrier's stand-in, one working day, its pictures

camera    a person at a desk: signs in, types, scans, goes to a page; what is on the screen, or on paper, as PNG
day       the working day, in the order of the document
"""
