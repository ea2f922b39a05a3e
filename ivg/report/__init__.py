"""`ivg report`: a folder of HTML that opens from disk, to look at a dataset and review it."""
