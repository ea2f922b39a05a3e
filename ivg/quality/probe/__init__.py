"""The probe: a small moment-retrieval network, trained on a dataset to tell how much it teaches."""
