"""Language models that write one sentence from several captions, one file a backend."""
