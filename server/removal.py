"""Remove a document everywhere: from the index, its uploaded file, and what saved answers quote of it."""

from pathlib import Path

from index.store import Store
from server.ledger import conversations
from server.ledger.ledger import Ledger
from server.uploads import Uploads


def remove_document(store: Store, ledger: Ledger, uploads: Uploads, document_id: str) -> bool:
    """Raises UnknownDocument. Tells whether the bytes are gone too, from index and ledger: see `Database.purge`.

    Files that were not uploaded are left alone; an uploaded archive goes with the last document in it. Caches of the
    vectors are the caller's.
    """
    paths = store.paths(document_id)
    purged = store.remove(document_id)
    try:
        blanked = conversations.forget(ledger, [document_id])
    finally:  # what was removed is not left on the disk because the ledger is busy
        for path in paths:
            uploads.release(store, Path(path))
    return purged and blanked
