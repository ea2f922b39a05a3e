"""Our own scripts and styles of the page: classic scripts, since `file://` forbids modules."""
