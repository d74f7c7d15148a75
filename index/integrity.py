"""Whether the database's tables agree with each other, checked by SQL alone."""

import sqlite3


def faults(connection: sqlite3.Connection, fingerprints: set[str], present: str, dimension: int) -> list[str]:
    """What is wrong, one sentence a fault; empty when all of it agrees.

    `fingerprints` are what the stored vectors were made with, `present` what they should be made with, `dimension`
    the length of a vector.
    """
    found = [str(r[0]) for r in connection.execute("PRAGMA integrity_check") if r[0] != "ok"]
    found += [f"外键不一致：{row}" for row in connection.execute("PRAGMA foreign_key_check")]
    for stored in sorted(fingerprints - {present}):
        found.append(f"部分索引由 {stored} 建立，当前是 {present}")
    for row in connection.execute("SELECT id, path FROM documents WHERE id NOT IN (SELECT document_id FROM paths)"):
        found.append(f"文档 {row[0]}（{row[1]}）没有路径记录")
    for row in connection.execute(
        "SELECT c.id FROM chunks c JOIN documents d ON d.id = c.document_id"
        ' WHERE c.start < 0 OR c.start >= c."end" OR c."end" > length(d.text)'
    ):
        found.append(f"片段 {row[0]} 的位置超出文档")
    for row in connection.execute("SELECT id FROM chunks WHERE length(vector) <> ?", (dimension * 2,)):
        found.append(f"片段 {row[0]} 的向量长度不对")
    for row in connection.execute("SELECT id FROM chunks WHERE row NOT IN (SELECT rowid FROM words)"):
        found.append(f"片段 {row[0]} 没有词语索引")
    (orphans,) = connection.execute("SELECT count(*) FROM words WHERE rowid NOT IN (SELECT row FROM chunks)").fetchone()
    if orphans:
        found.append(f"词语索引里有 {orphans} 行不属于任何片段")
    return found
