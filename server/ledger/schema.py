"""The tables of the ledger: what the server keeps besides documents, in a database file of its own.

A table stands here, what is done with it in the module of its name. Text of documents may stand only in columns that
`server.ledger.conversations` blanks when the document is removed.
"""

from index.schema import FACTS, Schema

APPLICATION_ID = 0x596F754C  # "YouL", in the file's header

KEYS = (
    """CREATE TABLE keys (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, sha256 BLOB NOT NULL UNIQUE,
    created REAL NOT NULL, used REAL, revoked REAL
)""",
    "CREATE UNIQUE INDEX keys_by_name ON keys (name) WHERE revoked IS NULL",
    """CREATE TABLE sessions (
    sha256 BLOB PRIMARY KEY, key TEXT NOT NULL REFERENCES keys ON DELETE CASCADE,
    created REAL NOT NULL, expires REAL NOT NULL
) WITHOUT ROWID""",
    "CREATE INDEX sessions_by_key ON sessions (key)",
    """CREATE TABLE uploaded (
    key TEXT NOT NULL, day TEXT NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (key, day)
) WITHOUT ROWID""",
)
AUDIT = (
    """CREATE TABLE audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, key TEXT, name TEXT NOT NULL,
    action TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT NOT NULL
)""",
    "CREATE INDEX failed_logins ON audit (subject, at) WHERE action = 'login.failed'",
)

CONVERSATIONS = (
    """CREATE TABLE conversations (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, key TEXT, title TEXT NOT NULL,
    created_at REAL NOT NULL, changed_at REAL NOT NULL
)""",
    "CREATE INDEX conversations_by_key ON conversations (key, changed_at)",
    """CREATE TABLE turns (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
    conversation INTEGER NOT NULL REFERENCES conversations ON DELETE CASCADE,
    question TEXT NOT NULL, asked_at REAL NOT NULL, status TEXT NOT NULL, reason TEXT,
    answer TEXT NOT NULL, citations TEXT NOT NULL, evidence TEXT NOT NULL, timings TEXT NOT NULL, removed TEXT NOT NULL,
    understood TEXT NOT NULL DEFAULT '{}'
)""",
    "CREATE INDEX turns_by_conversation ON turns (conversation)",
)
FEEDBACK = (
    """CREATE TABLE feedback (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, key TEXT, given_at REAL NOT NULL, verdict TEXT NOT NULL,
    turn TEXT, question TEXT NOT NULL, status TEXT NOT NULL, history TEXT NOT NULL, answer TEXT NOT NULL, citations TEXT NOT NULL,
    comment TEXT NOT NULL, expected TEXT NOT NULL, removed TEXT NOT NULL
)""",
)
ASKED = (
    """CREATE TABLE asked (
    row INTEGER PRIMARY KEY AUTOINCREMENT, asked_at REAL NOT NULL, key TEXT, question TEXT, status TEXT NOT NULL,
    reason TEXT, retrieve_ms REAL, first_token_ms REAL, total_ms REAL
)""",
)
RUNS = (
    """CREATE TABLE runs (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, key TEXT, name TEXT NOT NULL, created_at REAL NOT NULL,
    finished_at REAL
)""",
    """CREATE TABLE run_cases (
    row INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    "case" TEXT NOT NULL, result TEXT
)""",
    "CREATE INDEX run_cases_by_run ON run_cases (run)",
)
QUOTED = (
    """CREATE TABLE quoted (
    document_id TEXT NOT NULL, turn INTEGER REFERENCES turns ON DELETE CASCADE,
    feedback INTEGER REFERENCES feedback ON DELETE CASCADE, run_case INTEGER REFERENCES run_cases ON DELETE CASCADE
)""",
    "CREATE INDEX quoted_by_document ON quoted (document_id)",
    "CREATE INDEX quoted_by_turn ON quoted (turn)",
    "CREATE INDEX quoted_by_feedback ON quoted (feedback)",
    "CREATE INDEX quoted_by_run_case ON quoted (run_case)",
)
"""What quotes which document, for `server.ledger.conversations.forget`."""

JOBS = (
    """CREATE TABLE jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, key TEXT, kind TEXT NOT NULL, replaces TEXT,
    state TEXT NOT NULL, cancelled INTEGER NOT NULL DEFAULT 0, created REAL NOT NULL, started REAL, ended REAL
)""",
    "CREATE INDEX jobs_by_key ON jobs (key, number)",
    """CREATE TABLE job_files (
    job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE, number INTEGER NOT NULL, name TEXT NOT NULL,
    stored TEXT NOT NULL, bytes INTEGER NOT NULL, state TEXT NOT NULL, share REAL NOT NULL DEFAULT 0, result TEXT,
    document TEXT, code TEXT, reason TEXT, starts INTEGER NOT NULL DEFAULT 0, crashes INTEGER NOT NULL DEFAULT 0,
    started REAL, ended REAL, PRIMARY KEY (job, number)
)""",
    "CREATE INDEX job_files_to_do ON job_files (job, number) WHERE state IN ('queued', 'running')",
    """CREATE TABLE job_members (
    job TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, result TEXT NOT NULL, document TEXT, code TEXT,
    reason TEXT, ended REAL NOT NULL, PRIMARY KEY (job, number, name),
    FOREIGN KEY (job, number) REFERENCES job_files ON DELETE CASCADE
)""",
    """CREATE TABLE idempotency (
    key TEXT NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL, job TEXT NOT NULL, created REAL NOT NULL,
    PRIMARY KEY (key, name)
) WITHOUT ROWID""",
)

TABLES: tuple[str, ...] = (*KEYS, *AUDIT, *CONVERSATIONS, *FEEDBACK, *ASKED, *RUNS, *QUOTED, *JOBS)

UPGRADES = {2: ("ALTER TABLE turns ADD COLUMN understood TEXT NOT NULL DEFAULT '{}'",)}

LEDGER = Schema(APPLICATION_ID, 2, (FACTS, *TABLES), UPGRADES)
