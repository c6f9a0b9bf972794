"""Back-up and restore: everything an office keeps, in one folder that checks itself.

A back-up folder holds `objects/`, laid out and named as an object store, and `snapshots/`, one
small JSON file per run. The originals are copied as they are stored. The tables are written in
blocks of rows, each an object of its own kind (`docs/formats/object.md`), so that a block that did
not change since the last run is not written again. Nothing in the folder is in clear but counts and
times, and nothing opens without the master keys, which are never in it. The format is told in
`docs/formats/backup.md`.
"""
